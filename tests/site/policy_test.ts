import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseRequest } from "../../lib/3_parse.ts";
import { parseHeadersFile } from "../../lib/site/headers_file.ts";
import { isAskedFor, Policy, type PolicyOptions } from "../../lib/site/policy.ts";
import { headOf, requestErrorOf } from "../http/testing.ts";

const PLAIN: PolicyOptions = {
  listing: false,
  spa: false,
  cleanUrls: false,
  httpsPort: null,
  cors: false,
  isolate: false,
  cacheControl: null,
  immutable: false,
  fields: [],
  auth: null,
};

function requestOf(target: string, { method = "GET", lines = [] as string[] } = {}) {
  return parseRequest(
    headOf([`${method} ${target} HTTP/1.1`, "Host: a", ...lines, "", ""].join("\r\n")),
  );
}

/** The field lines that a policy puts on the response to a request. */
function linesFor(options: Partial<PolicyOptions>, target = "/a.txt", headers = ""): string[] {
  const { rules } = parseHeadersFile(headers);
  const policy = new Policy({ ...PLAIN, ...options }, { headers: rules, redirects: [], locks: [] });
  return policy.fieldsFor(requestOf(target)).lines.map((line) => line.join(": "));
}

const LINES = [
  // options, target, lines, why
  [{}, "/a", [], "nothing is asked for"],
  [{ cacheControl: "max-age=60" }, "/a", ["Cache-Control: max-age=60"], "--cache-control"],
  [{ fields: [["X-A", "1"]] }, "/a", ["X-A: 1"], "-H"],
  [
    { cacheControl: "max-age=60", fields: [["cache-control", "no-store"]] },
    "/a",
    ["cache-control: no-store"],
    "what -H says in so many words wins",
  ],
  [
    { immutable: true, cacheControl: "max-age=60" },
    "/app.0d4a1c.js",
    ["Cache-Control: max-age=31536000, immutable"],
    "--immutable knows a hash in a name",
  ],
  [{ immutable: true }, "/app.js", [], "and no other name"],
] as const;

for (const [options, target, expected, why] of LINES) {
  Deno.test(`Policy puts ${JSON.stringify(expected)} on ${target}: ${why}`, () => {
    assertEquals(linesFor(options as Partial<PolicyOptions>, target), [...expected]);
  });
}

Deno.test("Policy opens a site to the scripts of others, and to threads", () => {
  const cors = linesFor({ cors: true });
  assertEquals(cors, ["Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: *"]);
  const both = linesFor({ cors: true, isolate: true });
  assertStringIncludes(both.join("\n"), "Cross-Origin-Resource-Policy: cross-origin");
  assertStringIncludes(
    linesFor({ isolate: true }).join("\n"),
    "Cross-Origin-Resource-Policy: same-origin",
  );
});

Deno.test("Policy gives the same object for the same path, so that what is made of it can be kept", () => {
  const { rules } = parseHeadersFile("/a/*\n  X-A: 1\n");
  const policy = new Policy(PLAIN, { headers: rules, redirects: [], locks: [] });
  const first = policy.fieldsFor(requestOf("/a/b"));
  assert(policy.fieldsFor(requestOf("/a/b")) === first);
  assertEquals(first.lines, [["X-A", "1"]]);
  assertEquals(policy.fieldsFor(requestOf("/b")).lines, []);
  assertEquals(policy.fieldsFor(null).lines, [], "a request that could not be read");
});

Deno.test("Policy gives the same object for each route of an application that no rule names", () => {
  const { rules } = parseHeadersFile("/a/*\n  X-A: 1\n");
  const standIn = { segments: ["index.html"], key: "index.html", folder: false, query: "" };
  const facts = { kind: "file", facts: null as never, file: null, standIn } as const;
  for (const headers of [[], rules]) {
    const policy = new Policy({ ...PLAIN, spa: true }, { headers, redirects: [], locks: [] });
    const fieldsAt = (target: string, isByNavigation: boolean) =>
      policy.fieldsFor(requestOf(target), { ...facts, isByNavigation });
    assert(fieldsAt("/a/b", true) === fieldsAt("/a/b", true));
    assert(fieldsAt("/a/b", true) !== fieldsAt("/a/b", false));
    assertEquals(fieldsAt("/x", true) === fieldsAt("/y", true), headers.length === 0);
    assertEquals(fieldsAt("/y", true).lines, [["Vary", "Sec-Fetch-Mode, Accept"]]);
    assertEquals(fieldsAt("/y", false).lines, []);
  }
});

Deno.test("Policy answers a preflight for every path, without credentials: Fetch §3.2", () => {
  const policy = new Policy({ ...PLAIN, cors: true, auth: "u:p" }, {
    headers: [],
    redirects: [],
    locks: [],
  });
  const lines = ["Origin: https://b", "Access-Control-Request-Method: GET"];
  const preflight = requestOf("/a", { method: "OPTIONS", lines });
  policy.admit(preflight);
  const names = policy.fieldsFor(preflight).lines.map(([name]) => name);
  assert(names.includes("Access-Control-Allow-Methods"));
  const plain = requestOf("/a", { method: "OPTIONS", lines: lines.slice(1) });
  assertEquals(requestErrorOf(() => policy.admit(plain)).statusCode, 401, "twin: no Origin");
});

const CREDENTIALS = [
  // Authorization line, whether it lets in, why
  ["Authorization: Basic dTpw", true, "u:p"],
  ["Authorization: basic dTpw", true, "9110 §11.1 the scheme is case-insensitive"],
  ["Authorization: Basic dTpx", false, "u:q"],
  ["Authorization: Bearer dTpw", false, "another scheme"],
  ["X: 1", false, "none"],
] as const;

for (const [line, isLetIn, why] of CREDENTIALS) {
  Deno.test(`Policy ${isLetIn ? "admits" : "keeps out"} ${line}: ${why}`, () => {
    const policy = new Policy({ ...PLAIN, auth: "u:p" }, { headers: [], redirects: [], locks: [] });
    const request = requestOf("/nothing", { lines: [line] });
    if (isLetIn) return assertEquals(policy.admit(request), true);
    const error = requestErrorOf(() => policy.admit(request));
    assertEquals([error.statusCode, error.fieldLines[0][0]], [401, "WWW-Authenticate"]);
  });
}

Deno.test("Policy refuses a line that no response may have", () => {
  for (const fields of [[["A B", "1"]], [["A", "1\r\nB: 2"]], [["Content-Length", "1"]]] as const) {
    let message = "";
    try {
      new Policy({ ...PLAIN, fields }, { headers: [], redirects: [], locks: [] });
    } catch (error) {
      message = error instanceof TypeError ? error.message : "";
    }
    assertStringIncludes(message, "Cannot send a line that");
  }
});

Deno.test("isAskedFor() is false for a server that is asked nothing, and true for each switch", () => {
  assertEquals(isAskedFor(PLAIN), false);
  const switches: Partial<PolicyOptions>[] = [
    ...[{ listing: true }, { spa: true }, { cleanUrls: true }, { cors: true }, { isolate: true }],
    ...[{ immutable: true }, { cacheControl: "x" }, { fields: [["A", "1"]] as const }, {
      auth: "a:b",
    }],
  ];
  for (const one of switches) assert(isAskedFor({ ...PLAIN, ...one }), JSON.stringify(one));
});
