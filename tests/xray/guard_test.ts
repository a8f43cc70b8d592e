import { assertEquals } from "@std/assert";
import { isLoopback, refusalOf, type Visitor } from "../../lib/xray/guard.ts";

const LOCAL = { hostname: "127.0.0.1", port: 3001, token: null };
const SHARED = { hostname: "0.0.0.0", port: 3001, token: "k3y" };

type Change = Partial<Visitor>;

const ASK: Visitor = {
  method: "GET",
  host: "127.0.0.1:3001",
  origin: null,
  fetchSite: null,
  token: null,
};

const CASES: readonly (readonly [
  door: typeof LOCAL | typeof SHARED,
  change: Change,
  passes: boolean,
  why: string,
])[] = [
  [LOCAL, {}, true, "typed into the address bar"],
  [LOCAL, { host: "localhost:3001" }, true, "by its name"],
  [LOCAL, { host: "LOCALHOST:3001" }, true, "names know no case"],
  [LOCAL, { host: "[::1]:3001" }, true, "IPv6"],
  [LOCAL, { host: null }, false, "HTTP/1.0 without Host"],
  [LOCAL, { host: "evil.example:3001" }, false, "DNS rebinding: a name that means 127.0.0.1 today"],
  [LOCAL, { host: "127.0.0.1.evil.example:3001" }, false, "a name that starts like ours"],
  [LOCAL, { host: "localhost.evil.example:3001" }, false, "the same with localhost"],
  [LOCAL, { host: "localhost" }, false, "another port"],
  [LOCAL, { host: "localhost:3000" }, false, "the site's port"],
  [LOCAL, { host: "192.168.0.7:3001" }, false, "an address that we do not listen on"],
  [LOCAL, { host: "user@localhost:3001" }, false, "no userinfo in Host"],
  [LOCAL, { origin: "http://127.0.0.1:3001" }, true, "fetch() of our own page"],
  [LOCAL, { origin: "http://localhost:3001" }, false, "Origin and Host differ"],
  [LOCAL, { origin: "http://127.0.0.1:3000" }, false, "the page of the site that is watched"],
  [LOCAL, { origin: "https://127.0.0.1:3001" }, false, "another scheme is another origin"],
  [LOCAL, { origin: "null" }, false, "a sandboxed frame"],
  [LOCAL, { fetchSite: "cross-site" }, false, "a script tag on another site"],
  [LOCAL, { fetchSite: "same-site" }, false, "a page on another port of this machine"],
  [LOCAL, { fetchSite: "same-origin" }, true, "our own page"],
  [LOCAL, { fetchSite: "none" }, true, "a bookmark"],
  [LOCAL, { method: "POST" }, false, "a form, or a program that says no Origin"],
  [LOCAL, { method: "POST", origin: "http://127.0.0.1:3001" }, true, "our own page posts"],
  [LOCAL, { method: "POST", origin: "http://evil.example" }, false, "another page posts"],
  [SHARED, {}, false, "no token"],
  [SHARED, { token: "k3y" }, true, "the token"],
  [SHARED, { token: "k3" }, false, "its beginning"],
  [SHARED, { token: "k3yk3y" }, false, "more than it"],
  [SHARED, { token: "" }, false, "nothing"],
  [SHARED, { token: "k3y", host: "192.168.0.7:3001" }, true, "from another machine, by address"],
  [SHARED, { token: "k3y", host: "evil.example:3001" }, false, "a name, even with the token"],
];

Deno.test("refusalOf() passes its own page, and nobody who comes by a trick", () => {
  for (const [door, change, passes, why] of CASES) {
    assertEquals(refusalOf({ ...ASK, ...change }, door, false) === null, passes, why);
  }
});

Deno.test("refusalOf() lets other sites link to the page, which is no secret, and checks Host all the same", () => {
  assertEquals(refusalOf({ ...ASK, fetchSite: "cross-site" }, SHARED, true), null);
  assertEquals(refusalOf({ ...ASK, host: "evil.example:3001" }, LOCAL, true) === null, false);
});

const LOOPBACK = [
  ["127.0.0.1", true],
  ["127.8.9.1", true],
  ["localhost", true],
  ["::1", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.0.7", false],
  ["127.0.0.1.evil.example", false],
] as const;

for (const [hostname, expected] of LOOPBACK) {
  Deno.test(`isLoopback("${hostname}") is ${expected}`, () => {
    assertEquals(isLoopback(hostname), expected);
  });
}
