import { assertEquals } from "@std/assert";
import { type Door, isLoopback, judge, type Role, type Visitor } from "../../lib/xray/guard.ts";

const TOKENS = { teach: "k3y", watch: "l00k" };
const LOCAL: Door = { hostname: "127.0.0.1", port: 3001, tokens: null, origins: [] };
const SHARED: Door = { hostname: "0.0.0.0", port: 3001, tokens: TOKENS, origins: [] };
/** Behind a hub, and a second proxy on a port of its own. */
const HUB: Door = {
  hostname: "127.0.0.1",
  port: 3001,
  tokens: TOKENS,
  origins: ["https://hub.example", "https://other.example:8443"],
};
const HUB_ORIGIN = "https://hub.example";

type Change = Partial<Visitor>;

const ASK: Visitor = {
  method: "GET",
  host: "127.0.0.1:3001",
  origin: null,
  fetchSite: null,
  token: null,
  isForwarded: false,
};

const CASES: readonly (readonly [
  door: Door,
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
  [SHARED, { token: "l00k" }, true, "the other token"],
  [SHARED, { token: "k3yl00k" }, false, "both at once"],
  [SHARED, { token: "k3y", isForwarded: true }, true, "through a proxy, with a token"],

  [LOCAL, { isForwarded: true }, false, "a proxy that says our own name, as Codespaces does"],
  [LOCAL, { host: "hub.example", isForwarded: true }, false, "a proxy that was not named"],

  [HUB, {}, false, "no token, though it looks like this machine: nginx writes Host anew"],
  [HUB, { token: "k3y" }, true, "this machine, with the token"],
  [HUB, { host: "hub.example" }, false, "the hub without a token"],
  [HUB, { host: "hub.example", token: "k3y" }, true, "jupyter-server-proxy: Host of the browser"],
  [HUB, { host: "HUB.example:443", token: "k3y" }, true, "with the port that it has anyway"],
  [HUB, { host: "other.example", token: "k3y" }, true, "nginx's $host has no port"],
  [HUB, { host: "other.example:8443", token: "k3y" }, true, "the second one"],
  [HUB, { host: "evil.example", token: "k3y" }, false, "DNS rebinding, even with the token"],
  [HUB, { host: "hub.example.evil.example", token: "k3y" }, false, "a name that starts like it"],
  [HUB, { host: "sub.hub.example", token: "k3y" }, false, "a name below it"],
  [HUB, { host: "hub.example:x", token: "k3y" }, false, "no port"],
  [HUB, { host: "hub.example", origin: HUB_ORIGIN, token: "k3y" }, true, "fetch() of our page"],
  [HUB, { host: "hub.example", origin: "HTTPS://hub.example", token: "k3y" }, true, "case"],
  [HUB, { origin: HUB_ORIGIN, token: "k3y" }, true, "the same, Host written anew"],
  [HUB, { host: "hub.example", origin: "http://hub.example", token: "k3y" }, false, "not TLS"],
  [HUB, { host: "hub.example", origin: "https://hub.example:444", token: "k3y" }, false, "port"],
  [HUB, { host: "hub.example", origin: "https://evil.example", token: "k3y" }, false, "another"],
  [HUB, { host: "hub.example", origin: "null", token: "k3y" }, false, "a sandboxed frame"],
  [HUB, { host: "hub.example", fetchSite: "cross-site", token: "k3y" }, false, "another site"],
  [HUB, { host: "hub.example", fetchSite: "same-site", token: "k3y" }, false, "a sister"],
  [HUB, { host: "hub.example", fetchSite: "same-origin" }, false, "another user of the hub"],
  [HUB, { host: "127.0.0.1:8888", token: "k3y" }, true, "JupyterHub's, by --change-origin"],
  [HUB, { host: "172.18.0.3:8888", token: "k3y" }, true, "the same, in a container"],
  [HUB, { host: "[fd00::3]:8888", origin: HUB_ORIGIN, token: "k3y" }, true, "with IPv6"],
  [HUB, { host: "127.0.0.1:8888" }, false, "no token, wherever it comes through"],
  [
    HUB,
    { host: "127.0.0.1:8888", origin: "http://127.0.0.1:8888", token: "k3y" },
    false,
    "its own",
  ],
  [HUB, { host: "127.0.0.1.evil.example:8888", token: "k3y" }, false, "a name, not an address"],
  [SHARED, { host: "127.0.0.1:8888", token: "k3y" }, false, "no proxy is named"],
  [HUB, { origin: "http://localhost:3001", token: "k3y", isForwarded: true }, true, "Codespaces"],
  [HUB, { origin: "https://localhost:3001", token: "k3y", isForwarded: true }, true, "its TLS"],
  [
    HUB,
    { host: "hub.example", origin: "http://localhost:3001", token: "k3y" },
    true,
    "Codespaces, which left Host as it was (mastodon/mastodon#26400)",
  ],
  [HUB, { origin: "http://localhost:3000", token: "k3y" }, false, "the site that is watched"],
  [HUB, { origin: "http://evil.example:3001", token: "k3y" }, false, "a name on our port"],
  [HUB, { method: "POST", host: "hub.example", token: "k3y" }, false, "no Origin"],
  [HUB, { method: "POST", host: "hub.example", origin: HUB_ORIGIN }, false, "no token"],
  [HUB, { method: "POST", host: "hub.example", origin: HUB_ORIGIN, token: "k3y" }, true, "ours"],
];

/** Whether a request passes. */
function passes(visitor: Visitor, door: Door, need: Role | null): boolean {
  return "role" in judge(visitor, door, need);
}

Deno.test("judge() passes its own page, and nobody who comes by a trick", () => {
  for (const [door, change, expected, why] of CASES) {
    assertEquals(passes({ ...ASK, ...change }, door, "watch"), expected, why);
  }
});

Deno.test("judge() lets other sites link to the page, which is no secret, and checks Host all the same", () => {
  assertEquals(passes({ ...ASK, fetchSite: "cross-site" }, SHARED, null), true);
  assertEquals(passes({ ...ASK, host: "hub.example" }, HUB, null), true, "no token yet");
  for (const door of [LOCAL, SHARED, HUB]) {
    assertEquals(passes({ ...ASK, host: "evil.example:3001" }, door, null), false);
    assertEquals(passes({ ...ASK, origin: "https://evil.example" }, door, null), false);
  }
});

Deno.test("judge() tells who may teach from who may watch", () => {
  const verdict = (token: string | null, need: Role, door = HUB) =>
    judge({ ...ASK, host: door === LOCAL ? ASK.host : "hub.example", token }, door, need);
  assertEquals(verdict("k3y", "watch"), { role: "teach" });
  assertEquals(verdict("k3y", "teach"), { role: "teach" });
  assertEquals(verdict("l00k", "watch"), { role: "watch" });
  assertEquals(verdict(null, "teach", LOCAL), { role: "teach" }, "this machine alone");
  const refusals = [verdict("l00k", "teach"), verdict(null, "watch"), verdict("k4y", "watch")];
  assertEquals(
    refusals.map((refused) => "refusal" in refused && refused.refusal.split(/[:;]/)[0]),
    ["The token is for watching", "The token is missing", "The token is not of this run"],
  );
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
