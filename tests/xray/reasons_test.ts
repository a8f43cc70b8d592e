import { assert, assertEquals } from "@std/assert";
import { reasonFor, REASONS } from "../../lib/xray/reasons.ts";

/** All sources of the server, without the X-ray. */
async function readServer(): Promise<string> {
  let sources = "";
  for (const folder of ["../../lib/", "../../lib/http/", "../../lib/site/"]) {
    const url = new URL(folder, import.meta.url);
    try {
      for await (const { name } of Deno.readDir(url)) {
        if (name.endsWith(".ts")) sources += await Deno.readTextFile(new URL(name, url));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // No site features in this version.
    }
  }
  return sources;
}

function reasonOf(statusCode: number, change: Partial<Parameters<typeof reasonFor>[0]> = {}) {
  return reasonFor({
    statusCode,
    rule: null,
    method: "GET",
    asked: new Map(),
    said: new Map(),
    ...change,
  });
}

const SERVER = await readServer();

Deno.test("every status that the server's sources name has a reason of its own", () => {
  const found = new Set(
    [...SERVER.matchAll(/\bRequestError\(\s*(\d{3})\b|\bstatusCode(?::| =) (\d{3})\b/g)]
      .map(([, thrown, set]) => Number(thrown ?? set)),
  );
  for (const status of [200, 204, 206, 301, 304, 400, 404, 416, 500, 505]) {
    assert(found.has(status), `${status} was not found in the sources`);
  }
  for (const status of found) {
    assert(REASONS.some((row) => row.status === status), `Add a row for ${status} to REASONS`);
    assert(reasonOf(status).section !== "RFC 9110 §15", `${status} has only its class`);
  }
});

Deno.test("no reason is for a status that the server's sources never name", () => {
  const code = SERVER.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  for (const { status } of REASONS) {
    if (status === 0) continue; // No response at all.
    assert(new RegExp(`\\b${status}\\b`).test(code), `${status} is given nowhere`);
  }
});

Deno.test("every rule for 400 is one that the server's sources cite, and the other way round", () => {
  const rows = REASONS.filter(({ status, rule }) => status === 400 && rule !== undefined);
  for (const { rule } of rows) assert(SERVER.includes(`"${rule}"`), `${rule} is cited nowhere`);
  const thrown = /(?:Error\(400, |targetError\(|framingError\(|fieldError\()"(RFC [^"]+)"/g;
  for (const [, rule] of SERVER.matchAll(thrown)) {
    assert(rows.some((row) => row.rule === rule), `Add a row for 400 by ${rule} to REASONS`);
  }
});

Deno.test("every status ends in a row without conditions, so that no request is left without words", () => {
  for (const { status } of REASONS) {
    const last = REASONS.findLast((row) => row.status === status)!;
    assertEquals(
      [last.rule, last.method, last.field, last.detail, last.when],
      Array(5).fill(undefined),
    );
  }
});

const CASES = [
  // status, what else is known, section, why
  [304, { asked: new Map([["if-none-match", "x"]]) }, "RFC 9110 §13.1.2", "by tag"],
  [304, { asked: new Map([["if-modified-since", "x"]]) }, "RFC 9110 §13.1.3", "by date"],
  [
    304,
    { asked: new Map([["if-modified-since", "x"], ["if-none-match", "x"]]) },
    "RFC 9110 §13.1.2",
    "§13.1.3: with a tag the date is ignored",
  ],
  [200, {}, "RFC 9110 §15.3.1", "the whole file"],
  [200, { method: "HEAD" }, "RFC 9110 §9.3.2", "HEAD"],
  [200, { asked: new Map([["range", "x"]]) }, "RFC 9110 §14.2", "a range that is ignored"],
  [206, { said: new Map([["content-type", "text/plain"]]) }, "RFC 9110 §15.3.7", "one part"],
  [
    206,
    { said: new Map([["content-type", "multipart/byteranges; boundary=x"]]) },
    "RFC 9110 §14.6",
    "several parts",
  ],
  [412, { rule: "RFC 9110 §13.1.1" }, "RFC 9110 §13.1.1", "If-Match"],
  [412, { rule: "RFC 9110 §13.1.4" }, "RFC 9110 §13.1.4", "If-Unmodified-Since"],
  [400, { rule: "RFC 9112 §5.1" }, "RFC 9112 §5.1", "a rule with a row"],
  [400, { rule: "RFC 0 §0" }, "RFC 9110 §15.5.1", "a rule without one"],
  [501, { rule: "RFC 9112 §6.1" }, "RFC 9112 §6.1", "a transfer coding"],
  [501, { rule: "RFC 9110 §9.1" }, "RFC 9110 §9.1", "a method"],
  [299, {}, "RFC 9110 §15", "a status that nobody gives"],
] as const;

for (const [status, change, section, why] of CASES) {
  Deno.test(`reasonFor() explains ${status} by ${section}: ${why}`, () => {
    assertEquals(reasonOf(status, change).section, section);
  });
}
