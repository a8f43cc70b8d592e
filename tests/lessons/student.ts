/** A student who does all lessons with real requests: what is done at each step, and what is answered. */

import type { Page } from "playwright-core";
import type { Detail } from "../../lib/xray/detail.ts";
import { NORMAL } from "../../lib/xray/experiments.ts";
import { until, type Watched } from "../xray/testing.ts";

/** What a student has: a browser on the site, raw connections, the X-ray's own numbers. */
export interface Desk extends Watched {
  readonly site: Page;
  readonly siteUrl: string;
  /** The requests of the student so far; the last is the newest. */
  last(): Promise<Detail>;
}

/** Does a step; gives the answer if it is a question. */
type Deed = (desk: Desk) => Promise<string | void>;

/** A raw request; the connection is closed by the server, as `Connection: close` asks, or by its error. */
function raw(request: string): Deed {
  return async ({ exchange }) => void await exchange(request.replaceAll("\n", "\r\n"));
}

/** A field of a response. */
function said({ response }: Detail, name: string): string {
  return new RegExp(`^${name}: (.*)\\r$`, "im").exec(atob(response))?.[1] ?? "none";
}

/** The page itself: its script asks for its head once more. */
function isPage({ method, requestTarget }: Detail): boolean {
  return method === "GET" && requestTarget === "/";
}

const BY_CURL = "Host: localhost\nUser-Agent: curl/8\nAccept: */*\nConnection: close\n\n";

/** By lesson and step. */
export const DEEDS: Readonly<Record<number, Readonly<Record<string, Deed>>>> = {
  1: {
    get: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
    headBytes: async ({ last }) => String(atob((await last()).head).length),
    contentBytes: async ({ last }) => said(await last(), "Content-Length"),
    byHand: raw("GET /plain.txt HTTP/1.1\nHost: localhost\nConnection: close\n\n"),
    head: raw(`HEAD /plain.txt HTTP/1.1\n${BY_CURL}`),
    headLength: async ({ last }) => said(await last(), "Content-Length"),
  },
  2: {
    ok: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
    moved: raw(`GET /guide HTTP/1.1\n${BY_CURL}`),
    location: async ({ last }) => said(await last(), "Location"),
    notFound: raw(`GET /nobody HTTP/1.1\n${BY_CURL}`),
    notAllowed: raw(`DELETE /plain.txt HTTP/1.1\n${BY_CURL}`),
    allow: async ({ last }) => said(await last(), "Allow"),
    unsatisfiable: raw(`GET /plain.txt HTTP/1.1\nRange: bytes=99999999-\n${BY_CURL}`),
  },
  3: {
    browser: async ({ site, siteUrl }) => void await site.goto(siteUrl),
    language: async ({ details }) => {
      const page = (await details()).findLast(isPage);
      return /^accept-language: ([^,;\r]+)/im.exec(atob(page?.head ?? ""))?.[1] ?? "none";
    },
    fieldCount: async ({ details }) => {
      const page = (await details()).findLast(isPage);
      return String(page?.parts.filter(({ kind }) => kind === "name").length);
    },
    ownName: raw(
      "GET /plain.txt HTTP/1.1\nHost: localhost\nUser-Agent: Ada\nConnection: close\n\n",
    ),
    anyCase: raw("GET /plain.txt HTTP/1.1\nhOsT: localhost\nConnection: close\n\n"),
    password: raw(`GET /plain.txt HTTP/1.1\nAuthorization: Basic YWRhOnNlY3JldA==\n${BY_CURL}`),
  },
  4: {
    slow: async (desk) => {
      desk.recorder.experiments = { ...NORMAL, stepMs: 100 };
      await raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`)(desk);
      desk.recorder.experiments = NORMAL;
    },
    fast: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
    longest: async ({ last }) => {
      const { steps } = await last();
      const times = NAMES.map((_, step) => {
        let sum = 0;
        for (let i = 0; i < steps.length; i += 3) {
          if (steps[i] === step) sum += steps[i + 2] - steps[i + 1];
        }
        return sum;
      });
      return NAMES[times.indexOf(Math.max(...times))];
    },
    atParse: raw("GET /plain.txt\n\n"),
    atLocate: raw(`GET /nobody HTTP/1.1\n${BY_CURL}`),
    cached: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
  },
  5: {
    // Twice, as by Ctrl+F5: the lesson counts the first load alone.
    page: async ({ site, siteUrl }) => {
      for (let i = 0; i < 2; i++) {
        const context = await site.context().browser()!.newContext();
        const page = await context.newPage();
        await page.goto(siteUrl);
        await context.close();
      }
    },
    count: async (desk) => String((await loadOf(desk)).length),
    connections: async (desk) =>
      String(new Set((await loadOf(desk)).map(({ connection }) => connection)).size),
    largest: async (desk) =>
      (await loadOf(desk)).toSorted((a, b) => b.contentBytes - a.contentBytes)[0].requestTarget,
    alone: raw(`GET / HTTP/1.1\n${BY_CURL}`),
  },
  6: {
    keepAlive: async ({ connect }) => {
      const client = await connect();
      for (const target of ["/plain.txt", "/"]) {
        await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await client.readResponse();
      }
    },
    lane: async ({ last }) => `#${(await last()).connection}`,
    close: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
    old: raw("GET /plain.txt HTTP/1.0\nHost: localhost\n\n"),
    pipelined: raw(`GET /plain.txt HTTP/1.1\nHost: a\n\nGET / HTTP/1.1\n${BY_CURL}`),
  },
  7: {
    guessConcurrent: () => Promise.resolve("0,8 s"),
    guessSerial: () => Promise.resolve("about 3.2 s"),
    concurrent: (desk) => downloads(desk, false),
    concurrentTime: (desk) => secondsOfLastFour(desk),
    serial: (desk) => downloads(desk, true),
    serialTime: (desk) => secondsOfLastFour(desk),
  },
  8: {
    first: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
    again: async (desk) => {
      const etag = said(await desk.last(), "ETag");
      await raw(`GET /plain.txt HTTP/1.1\nIf-None-Match: ${etag}\n${BY_CURL}`)(desk);
    },
    noContent: () => Promise.resolve("0"),
    saved: () => Promise.resolve("2058 bytes"),
    other: raw(`GET /plain.txt HTTP/1.1\nIf-None-Match: "old"\n${BY_CURL}`),
    byDate: async (desk) => {
      const date = said(await desk.last(), "Last-Modified");
      await raw(`GET /plain.txt HTTP/1.1\nIf-Modified-Since: ${date}\n${BY_CURL}`)(desk);
    },
  },
  9: {
    part: raw(`GET /plain.txt HTTP/1.1\nRange: bytes=0-63\n${BY_CURL}`),
    size: () => Promise.resolve("2,058"),
    end: raw(`GET /plain.txt HTTP/1.1\nRange: bytes=-50\n${BY_CURL}`),
    resume: async (desk) => {
      await raw(`GET /plain.txt HTTP/1.1\nRange: bytes=0-999\n${BY_CURL}`)(desk);
      await raw(`GET /plain.txt HTTP/1.1\nRange: bytes=1000-\n${BY_CURL}`)(desk);
    },
    ifRange: raw(`GET /plain.txt HTTP/1.1\nRange: bytes=9-\nIf-Range: "old"\n${BY_CURL}`),
    several: raw(`GET /plain.txt HTTP/1.1\nRange: bytes=0-9, 20-29, -10\n${BY_CURL}`),
  },
  10: {
    plain: raw(`GET / HTTP/1.1\n${BY_CURL}`),
    coded: raw(`GET / HTTP/1.1\nAccept-Encoding: gzip\n${BY_CURL}`),
    percent: async ({ details }) => {
      const [plain, coded] = (await details()).slice(-2).map(({ contentBytes }) => contentBytes);
      return `${(100 * (plain - coded) / plain).toFixed(1)} %`;
    },
    vary: () => Promise.resolve("accept-encoding"),
    refused: raw(`GET / HTTP/1.1\nAccept-Encoding: gzip;q=0\n${BY_CURL}`),
    picture: raw(`GET /vitrine.webp HTTP/1.1\nAccept-Encoding: gzip\n${BY_CURL}`),
  },
  11: {
    noHost: raw("GET / HTTP/1.1\n\n"),
    escape: raw("GET /../../etc/passwd HTTP/1.1\nHost: localhost\n\n"),
    hidden: raw("GET /%2e%2e/secret HTTP/1.1\nHost: localhost\n\n"),
    blame: () => Promise.resolve("Byte 5"),
    twoLengths: raw(
      "POST / HTTP/1.1\nHost: a\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\n",
    ),
    space: raw("GET / HTTP/1.1\nHost : localhost\n\n"),
    alive: raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`),
  },
  12: {
    pieces: async ({ connect }) => {
      const client = await connect();
      for (const part of ["GET /plain.txt HTTP/1.1\r\n", "Host: a\r\n", "\r\n"]) {
        await client.send(part);
        await pause(550);
      }
      await client.readResponse();
    },
    late: raw("GET /plain.txt HTTP/1.1\nHost: a\n"),
    patience: async ({ last }) => {
      const { startMs, endMs } = await last();
      return ((endMs - startMs) / 1000).toFixed(2);
    },
    meanwhile: async (desk) => {
      const slow = await desk.connect();
      await slow.send("GET /plain.txt HTTP/1.1\r\nHost: a\r\n");
      await raw(`GET /plain.txt HTTP/1.1\n${BY_CURL}`)(desk);
      await pause(1_100);
      await slow.send("\r\n");
      await slow.readResponse();
    },
    gaveUp: async ({ port, recorder }) => {
      recorder.experiments = { ...NORMAL, bytesPerSecond: 10_000 };
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await conn.write(new TextEncoder().encode("GET /vitrine.webp HTTP/1.1\r\nHost: a\r\n\r\n"));
      await conn.read(new Uint8Array(100));
      conn.close();
      await until(() => recorder.tracesUnderWay().length === 0);
      recorder.experiments = NORMAL;
    },
  },
  13: {
    challenge: raw(`GET /locked/ HTTP/1.1\n${BY_CURL}`),
    scheme: () => Promise.resolve("basic"),
    wrong: raw(
      `GET /locked/ HTTP/1.1\nAuthorization: Basic ${btoa("student:guess")}\n${BY_CURL}`,
    ),
    admitted: raw(
      `GET /locked/ HTTP/1.1\nAuthorization: Basic ${btoa("student:lesson13")}\n${BY_CURL}`,
    ),
    length: () => Promise.resolve(String(btoa("student:lesson13").length)),
    again: raw(`GET /locked/ HTTP/1.1\n${BY_CURL}`),
  },
  14: {
    accept: () => Promise.resolve("6789"),
    receive: () => Promise.resolve("0D 0A 0D 0A"),
    parse: () => Promise.resolve("a b.txt"),
    locate: () => Promise.resolve("404"),
    compose: () => Promise.resolve("6 bytes"),
    checker: async ({ siteUrl }) => {
      const start = new URL("../../lib/check/run/start.ts", import.meta.url).pathname;
      const args = ["run", "--quiet", "--no-prompt", "--allow-run=deno", start, siteUrl];
      const { code } = await new Deno.Command("deno", { args: [...args, "--level", "1"] }).output();
      if (code === 2) throw new Error("The checker did not run");
    },
    lanes: () => Promise.resolve("8"),
    points: () => Promise.resolve("13 points"),
  },
};

const NAMES = ["accept", "receive", "parse", "locate", "compose", "send"];

/** Long enough for a lesson to call it slow: nothing can be read that would say so. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The first load of the start page in lesson 5, as the browser’s network panel would list it. */
async function loadOf({ details, siteUrl }: Desk): Promise<Detail[]> {
  const gets = (await details()).filter(({ method, head }) =>
    method === "GET" && atob(head).includes("Mozilla/")
  ).sort((a, b) => a.id - b.id);
  const pages = gets.filter(isPage);
  // The last three: that of lesson 3, and two here, of which the lesson takes the first.
  const [first, second] = pages.slice(-2);
  return gets.filter((each) =>
    each === first ||
    (each.id > first.id && each.id < second.id && atob(each.head).includes(`Referer: ${siteUrl}\r`))
  );
}

/** Four downloads at once of a file that takes 0.2 s. */
async function downloads({ recorder, connect }: Desk, serial: boolean): Promise<void> {
  recorder.experiments = { ...NORMAL, bytesPerSecond: 400_000, serial };
  const clients = await Promise.all(Array.from({ length: 4 }, connect));
  await Promise.all(clients.map(async (client, i) => {
    await client.send(`GET /vitrine.webp?${i} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await client.readToEnd();
  }));
  recorder.experiments = NORMAL;
}

async function secondsOfLastFour({ details }: Desk): Promise<string> {
  const last = (await details()).slice(-4);
  const ms = Math.max(...last.map(({ endMs }) => endMs)) -
    Math.min(...last.map(({ startMs }) => startMs));
  return `${(ms / 1000).toFixed(2)} s`;
}
