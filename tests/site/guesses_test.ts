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
  const ask = (network: string | null, password: string | null, path = "/", policy = LOCKED) => {
    const guesser = { request: requestOf(path, password), network };
    try {
      guesses.admit(policy, guesser);
      return 200;
    } catch (error) {
      return guesses.judge(policy, guesser, error as RequestError).statusCode;
    }
  };
  return { clock, guesses, ask };
}

function requestOf(path: string, password: string | null): Request {
  const value = password === null ? null : `Basic ${basicCredentials(password)}`;
  const get = (name: string) => name === "authorization" ? value : null;
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
  for (let i = 0; i < MAX_GUESSES; i++) ask("a", "ada:x");
  for (let i = 0; i < 1_000; i++) assertEquals(ask("a", "ada:x"), 429);
  clock.nowMs = 9_999;
  assertEquals(ask("a", "ada:engine"), 429);
  clock.nowMs = 10_000;
  assertEquals(ask("a", "ada:engine"), 200, "who knows it is in");
  for (let i = 0; i < 10; i++) assertEquals(ask("a", "ada:x"), 401, `${i}`);
  assertEquals(ask("a", "ada:x"), 429, "ten more in ten seconds");
  clock.nowMs = 200_000;
  assertEquals(ask("b", "ada:x"), 401);
  assertEquals(guesses.size, 1, "the one that is long forgotten is gone");
  for (let i = 0; i < MAX_GUESSES; i++) assertEquals(ask("a", "ada:x"), 401);
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
  for (let i = 0; i < MAX_GUESSES; i++) assertEquals(ask("a", "ada:x", "/in/", policy), 401);
  assertEquals(ask("a", "ada:x", "/in/", policy), 429);
  assertEquals(ask("a", "ada:x", "/out", policy), 200);
  for (let i = 0; i < 1_000; i++) assertEquals(ask(null, "ada:x"), 401);
});

Deno.test("Guesses keeps a bounded number of networks, whoever comes", () => {
  const { guesses, ask } = scene();
  for (let i = 0; i < 20_000; i++) ask(`2001:db8:0:${i}`, "ada:x");
  assertEquals(guesses.size, 4096);
});

Deno.test("Guesses.judge() gives 429 for any failure that would tell of a password", () => {
  const { guesses, ask } = scene();
  for (let i = 0; i < MAX_GUESSES; i++) ask("a", "ada:x");
  const tooLarge = new RequestError(413, "RFC 9110 §15.5.14", { detail: "-" });
  const guesser = { request: requestOf("/", "ada:engine"), network: "a" };
  assertEquals(guesses.judge(LOCKED, guesser, tooLarge).statusCode, 429);
  assertEquals(guesses.judge(LOCKED, { ...guesser, network: "b" }, tooLarge), tooLarge);
  assertEquals(guesses.judge(null, guesser, tooLarge), tooLarge, "nothing is asked for");
  const other = scene();
  const wrong = { request: requestOf("/", "ada:x"), network: "a" };
  for (let i = 0; i < MAX_GUESSES; i++) other.guesses.judge(LOCKED, wrong, tooLarge);
  assertEquals(other.ask("a", "ada:x"), 429, "and counts it");
});
