import { assertEquals } from "@std/assert";
import { RequestError } from "../../lib/errors.ts";
import type { Request } from "../../lib/http/message.ts";
import { parseTarget } from "../../lib/http/target.ts";
import { DEFAULT_OPTIONS } from "../../lib/options.ts";
import { basicCredentials } from "../../lib/site/auth.ts";
import { Guesses, MAX_GUESSES } from "../../lib/site/guesses.ts";
import { parseHeadersFile } from "../../lib/site/headers_file.ts";
import { Policy } from "../../lib/site/policy.ts";

const NO_RULES = { headers: [], redirects: [], locks: [] };
const LOCKED = new Policy({ ...DEFAULT_OPTIONS, auth: "ada:engine" }, NO_RULES);

/** A clock that stands until it is set, who guesses by it, and how many were refused. */
function scene() {
  const clock = { nowMs: 0, refused: 0 };
  const guesses = new Guesses(() => clock.refused++, () => clock.nowMs);
  /** The status of a request: 200 if it is let in. */
  const ask = (
    network: string | null,
    password: string | null,
    { path = "/", policy = LOCKED, agent = null }: {
      readonly path?: string;
      readonly policy?: Policy;
      readonly agent?: string | null;
    } = {},
  ) => {
    const guesser = { request: requestOf(path, password, agent), network };
    try {
      guesses.admit(policy, guesser);
      return 200;
    } catch (error) {
      return guesses.judge(policy, guesser, error as RequestError).statusCode;
    }
  };
  return { clock, guesses, ask };
}

function requestOf(path: string, password: string | null, agent: string | null = null): Request {
  // Blanks behind the scheme are free: a password that is spelled with more of them is the same one.
  const blanks = " ".repeat(Number(agent?.match(/\d+/)?.[0] ?? 0) % 50 + 1);
  const value = password === null ? null : `Basic${blanks}${basicCredentials(password)}`;
  const get = (name: string) =>
    name === "authorization" ? value : name === "user-agent" ? agent : null;
  return { method: "GET", path: parseTarget(path, "GET"), fields: { get } } as unknown as Request;
}

Deno.test("Guesses refuses whoever has tried too many, the right password too, and nobody else", () => {
  const { clock, ask } = scene();
  for (let i = 0; i < MAX_GUESSES; i++) assertEquals(ask("a", `ada:${i}`), 401, `${i}`);
  assertEquals(ask("a", "ada:x"), 429);
  assertEquals(ask("a", "ada:engine"), 429, "or it would be found all the same");
  assertEquals(ask("a", null), 401, "a stranger is asked for a password");
  assertEquals(ask("b", "ada:engine"), 200);
  assertEquals(ask("b", "ada:x"), 401);
  assertEquals(clock.refused, 2);
});

Deno.test("Guesses forgets ten in ten seconds, and what is refused counts for nothing", () => {
  const { clock, guesses, ask } = scene();
  for (let i = 0; i < MAX_GUESSES; i++) ask("a", `ada:${i}`);
  for (let i = 0; i < 1_000; i++) assertEquals(ask("a", `ada:${i}`), 429);
  const agent = "Browser";
  clock.nowMs = 9_999;
  assertEquals(ask("a", "ada:engine", { agent }), 429);
  clock.nowMs = 10_000;
  assertEquals(ask("a", "ada:engine", { agent }), 200, "who knows it is in");
  for (let i = 0; i < 10; i++) assertEquals(ask("a", `ada:${i}`), 401, `${i}`);
  assertEquals(ask("a", "ada:x"), 429, "ten more in ten seconds");
  clock.nowMs = 200_000;
  assertEquals(ask("b", "ada:x"), 401);
  assertEquals(guesses.size, 1, "the one that is long forgotten is gone");
  for (let i = 0; i < MAX_GUESSES; i++) assertEquals(ask("a", `ada:${i}`), 401);
});

Deno.test("Guesses counts no stranger without a password, and nobody who is in", () => {
  const { guesses, ask } = scene();
  for (let i = 0; i < 1_000; i++) {
    assertEquals([ask("a", null), ask("a", "ada:engine")], [401, 200]);
  }
  assertEquals(guesses.size, 0);
});

Deno.test("Guesses lets pass to what is open, and from where many come that nobody tells apart", () => {
  const { locks } = parseHeadersFile("/in/*\n  Basic-Auth: ada:engine\n");
  const policy = new Policy(DEFAULT_OPTIONS, { ...NO_RULES, locks });
  const { ask } = scene();
  const at = { path: "/in/", policy };
  for (let i = 0; i < MAX_GUESSES; i++) assertEquals(ask("a", `ada:${i}`, at), 401);
  assertEquals(ask("a", "ada:x", at), 429);
  assertEquals(ask("a", "ada:x", { path: "/out", policy }), 200);
  for (let i = 0; i < 1_000; i++) assertEquals(ask(null, `ada:${i}`), 401);
});

Deno.test("Guesses keeps a bounded number of networks, whoever comes", () => {
  const { guesses, ask } = scene();
  for (let i = 0; i < 20_000; i++) ask(`2001:db8:0:${i}`, "ada:x");
  assertEquals(guesses.size, 4096);
});

Deno.test("Guesses.judge() gives 429 for any failure that would tell of a password", () => {
  const { guesses, ask } = scene();
  for (let i = 0; i < MAX_GUESSES; i++) ask("a", `ada:${i}`);
  const tooLarge = new RequestError(413, "RFC 9110 §15.5.14", { detail: "-" });
  const guesser = { request: requestOf("/", "ada:engine"), network: "a" };
  assertEquals(guesses.judge(LOCKED, guesser, tooLarge).statusCode, 429);
  assertEquals(guesses.judge(LOCKED, { ...guesser, network: "b" }, tooLarge), tooLarge);
  assertEquals(guesses.judge(null, guesser, tooLarge), tooLarge, "nothing is asked for");
  const other = scene();
  for (let i = 0; i < MAX_GUESSES; i++) {
    other.guesses.judge(LOCKED, { request: requestOf("/", `ada:${i}`), network: "a" }, tooLarge);
  }
  assertEquals(other.ask("a", "ada:x"), 429, "and counts it");
});

Deno.test("Guesses lets in who was in before, however many somebody else guesses from there", () => {
  const { ask } = scene();
  const asBrowser = (password: string) => ask("a", password, { agent: "Browser" });
  assertEquals(asBrowser("ada:engine"), 200);
  for (let i = 0; i < 1_000; i++) {
    assertEquals(ask("a", `ada:${i}`), i < MAX_GUESSES ? 401 : 429, `${i}`);
    assertEquals(asBrowser("ada:engine"), 200, `${i}`);
  }
  assertEquals(asBrowser("ada:x"), 401, "a slip of one who is in");
  assertEquals(asBrowser("ada:engine"), 200);
  assertEquals(ask("a", "ada:engine", { agent: "Other" }), 429, "who was not waits");
  assertEquals(ask("a", null, { agent: "Other" }), 401, "or is asked");
  assertEquals(ask("b", "ada:engine", { agent: "Other" }), 200, "elsewhere nobody guesses");
});

Deno.test("Guesses bounds what is guessed in the name of one who is in, too", () => {
  const { ask } = scene();
  const asBrowser = (password: string) => ask("a", password, { agent: "Browser" });
  assertEquals(asBrowser("ada:engine"), 200);
  for (let i = 0; i < MAX_GUESSES; i++) assertEquals(asBrowser(`ada:${i}`), 401, `${i}`);
  assertEquals([asBrowser("ada:x"), asBrowser("ada:engine")], [429, 429]);
});

Deno.test("Guesses gives who knows one password one count more, by however many programs they come", () => {
  const { locks } = parseHeadersFile(
    "/a/*\n  Basic-Auth: ada:engine\n/b/*\n  Basic-Auth: ada:other\n",
  );
  const policy = new Policy(DEFAULT_OPTIONS, { ...NO_RULES, locks });
  const { ask } = scene();
  const statuses: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    const agent = `Program ${i}`;
    ask("a", "ada:engine", { path: "/a/", policy, agent });
    statuses.push(ask("a", `ada:${i}`, { path: "/b/", policy, agent }));
    statuses.push(ask("a", `ada:${i}`, { path: "/b/", policy, agent: "Stranger" }));
  }
  const looked = statuses.filter((status) => status === 401).length;
  assertEquals(looked, MAX_GUESSES * 2, "that, and the one of all others there");
});

Deno.test("Guesses takes no preflight for one who is in", () => {
  const policy = new Policy({ ...DEFAULT_OPTIONS, auth: "ada:engine", cors: true }, NO_RULES);
  const { guesses, ask } = scene();
  const get = (name: string) =>
    name === "authorization" ? `Basic ${basicCredentials("ada:x")}` : "GET";
  const preflight = { method: "OPTIONS", path: parseTarget("/", "OPTIONS"), fields: { get } };
  guesses.admit(policy, { request: preflight as unknown as Request, network: "a" });
  for (let i = 0; i < MAX_GUESSES; i++) ask("a", `ada:${i}`, { policy });
  assertEquals(ask("a", "ada:engine", { policy, agent: "GET" }), 429);
});

Deno.test("Guesses counts the same wrong password once: a program that keeps an old one shuts out nobody", () => {
  const { ask } = scene();
  for (let i = 0; i < 1_000; i++) assertEquals(ask("a", `ada:old${i % 3}`), 401);
  assertEquals(ask("a", "ada:engine"), 200);
  for (let i = 0; i < MAX_GUESSES; i++) ask("c", `ada:${i}`);
  const last = `ada:${MAX_GUESSES - 1}`;
  assertEquals(ask("c", last), 429, "nor is it looked at when there were too many");
});
