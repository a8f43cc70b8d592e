import { assertEquals } from "@std/assert";
import type { Request } from "../../lib/http/message.ts";
import { parseTarget } from "../../lib/http/target.ts";
import { Hosts } from "../../lib/site/hosts.ts";
import { Mounts, parseMountPath } from "../../lib/site/mounts.ts";

const PATHS = [
  // as typed, what it is, why
  ["/docs", "/docs", "a name"],
  ["/docs/", "/docs", "a slash at its end makes no other"],
  ["/a/b", "/a/b", "two names"],
  ["//a//b", "/a/b", "two slashes are one, as in a target"],
  ["/a/../b", "/b", "dots are taken out, as in a target"],
  ["/my docs", "/my%20docs", "as a person types it"],
  ["/my%20docs", "/my%20docs", "as it stands in an address"],
  ["/%6dy%2fdocs", "/my/docs", "any spelling of it"],
  ["/b\u00fccher", "/b%C3%BCcher", "another script"],
  ["/=", "/=", "spelled %3D on the command line"],
  ["/", null, "that is the root"],
  ["", null, "nothing"],
  ["docs", null, "no slash in front: a host"],
  ["/..", null, "above the root"],
  ["/a?b", null, "a query"],
  ["/a#b", null, "a fragment"],
  ["/a\\b", null, "a backslash"],
  ["/%zz", null, "no byte"],
  ["http://a/b", null, "an address with a host"],
] as const;

for (const [text, expected, why] of PATHS) {
  Deno.test(`parseMountPath() of ${JSON.stringify(text)}: ${why}`, () => {
    assertEquals(parseMountPath(text), expected);
  });
}

const MOUNTS = new Mounts([["/a", "a"], ["/a/b/c", "abc"], ["/a/b", "ab"], ["/my%20docs", "my"]]);
const CASES = [
  // target, mount, key inside, why
  ["/a", "a", "", "the mount without its slash: a folder that is named so"],
  ["/a/", "a", "/", "its root"],
  ["/a/x.txt", "a", "x.txt", "a file of it"],
  ["/a/b", "ab", "", "the longest one counts, in whatever order they are named"],
  ["/a/b/x/", "ab", "x/", "a folder of it"],
  ["/a/b/c/x", "abc", "x", "three deep"],
  ["/%61//x?q=1", "a", "x", "any spelling of a path"],
  ["/z/../a/x", "a", "x", "with dots"],
  ["/a%2fx", "a", "x", "with an encoded slash"],
  ["http://h/a/x", "a", "x", "in absolute form"],
  ["/my%20docs/x", "my", "x", "an encoded name"],
  ["/a/../x", null, null, "out of it again by dots"],
  ["/ab/x", null, null, "twin: a longer name"],
  ["/A/x", null, null, "RFC 9110 §4.2.3: case counts in a path"],
  ["/", null, null, "the root"],
  ["*", null, null, "no path"],
] as const;

for (const [target, site, key, why] of CASES) {
  Deno.test(`Mounts.place() of ${target}: ${why}`, () => {
    const placed = MOUNTS.place(requestOf(target));
    assertEquals(placed?.site ?? null, site);
    assertEquals(placed?.request.path?.key ?? null, key);
    assertEquals(placed?.request.path?.query ?? "", target.includes("?") ? "?q=1" : "");
    if (placed !== null) assertEquals(placed.request.requestTarget, target);
  });
}

Deno.test("Hosts.place() gives every host that has a site the mounts, and no other", () => {
  const request = { ...requestOf("/a/x"), fields: { get: () => "other" } } as unknown as Request;
  const sites = [["a.example", "site"], ["/a", "mount"]] as const;
  assertEquals(new Hosts(sites, null).place(request), { site: null, request });
  assertEquals(new Hosts(sites, "root").place(request).site, "mount");
  const named = { ...request, fields: { get: () => "a.example" } } as unknown as Request;
  assertEquals(new Hosts(sites, null).place(named).site, "mount");
  const beside = { ...named, path: parseTarget("/b", "GET") };
  assertEquals(new Hosts(sites, null).place(beside), { site: "site", request: beside });
});

function requestOf(requestTarget: string): Request {
  const path = parseTarget(requestTarget, requestTarget === "*" ? "OPTIONS" : "GET");
  return { method: "GET", requestTarget, path } as unknown as Request;
}
