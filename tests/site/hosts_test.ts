import { assertEquals } from "@std/assert";
import type { Fields } from "../../lib/http/fields.ts";
import { Hosts, parseHostPattern } from "../../lib/site/hosts.ts";

const PATTERNS = [
  // as typed, what it is, why
  ["a.example", "a.example", "a name"],
  ["A.Example", "a.example", "RFC 9110 §4.2.3: case does not count"],
  ["localhost", "localhost", "one label"],
  ["*.a.example", "*.a.example", "all below"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", "another script, in ASCII"],
  ["a_b.example", "a_b.example", "an underscore, as in names of containers"],
  ["127.0.0.1", "127.0.0.1", "an address"],
  ["[::1]", "[::1]", "an address of IPv6"],
  ["", null, "nothing"],
  ["*", null, "all: that is the folder itself"],
  ["*a.example", null, "a part of a label"],
  ["a.*.example", null, "in the middle"],
  ["a.example:80", null, "with a port"],
  ["a.example.", null, "with a point at its end"],
  ["a..example", null, "an empty label"],
  ["-a.example", null, "a hyphen first"],
  ["a/b", null, "a path"],
  ["b\u00fccher.example", null, "not in ASCII"],
  ["::1", null, "IPv6 without its brackets"],
] as const;

for (const [text, expected, why] of PATTERNS) {
  Deno.test(`parseHostPattern() of ${JSON.stringify(text)}: ${why}`, () => {
    assertEquals(parseHostPattern(text), expected);
  });
}

const HOSTS = new Hosts(
  [["a.example", "a"], ["*.a.example", "below a"], ["*.c.a.example", "below c"], ["[::1]", "six"]],
  "fallback",
);
const CASES = [
  // Host, target, site, why
  ["a.example", "/", "a", "the name"],
  ["A.EXAMPLE", "/", "a", "case does not count"],
  ["a.example:8080", "/", "a", "nor does a port"],
  ["a.example.", "/", "a", "nor the point of the root"],
  ["a.example.:80", "/", "a", "nor both"],
  ["b.a.example", "/", "below a", "a subdomain"],
  ["x.b.a.example", "/", "below a", "at any depth"],
  ["x.c.a.example", "/", "below c", "the longest ending"],
  ["c.a.example", "/", "below a", "an ending is not the name itself"],
  ["ba.example", "/", "fallback", "twin: no subdomain"],
  [".a.example", "/", "fallback", "an empty label is none"],
  ["a.example.org", "/", "fallback", "another one"],
  ["[::1]:3000", "/", "six", "IPv6 with a port"],
  ["", "/", "fallback", "RFC 9112 §3.2: empty"],
  [null, "/", "fallback", "HTTP/1.0 without Host"],
  ["other.example", "http://a.example/x", "a", "RFC 9112 §3.2.2: the absolute form counts"],
  ["a.example", "HTTP://b.a.example:80/", "below a", "in any case"],
  ["a.example", "*", "a", "OPTIONS *"],
] as const;

for (const [host, requestTarget, expected, why] of CASES) {
  Deno.test(`Hosts.at() of ${JSON.stringify(host)} and ${requestTarget}: ${why}`, () => {
    const fields = { get: () => host } as unknown as Fields;
    assertEquals(HOSTS.at({ requestTarget, fields }), expected);
  });
}
