import { assert, assertEquals } from "@std/assert";
import { parseTarget } from "../../lib/http/target.ts";
import {
  applyRule,
  locksOfRedirects,
  parseRedirectsFile,
  RedirectTable,
} from "../../lib/site/redirects_file.ts";

/** What a file makes of a target: `301 /there`, `200 key` for a rewrite, or null. */
function outcome(text: string, target: string): string | null {
  const path = parseTarget(target, "GET");
  assert(path !== null);
  const { rules, warnings } = parseRedirectsFile(text);
  assertEquals(warnings, []);
  const match = new RedirectTable(rules).find(path);
  const redirection = match === null ? null : applyRule(match, path);
  if (redirection === null) return null;
  return redirection.kind === "redirect"
    ? `${redirection.statusCode} ${redirection.location}`
    : `${redirection.statusCode} ${redirection.path.key}`;
}

const CASES = [
  // file, target, outcome, why
  ["/a /b", "/a", "302 /b", "without a status: Cloudflare's default, which no browser keeps"],
  ["/a /b 301", "/a", "301 /b", "301"],
  ["/a /b 303", "/a", "303 /b", "303"],
  ["/a /b 307", "/a", "307 /b", "307"],
  ["/a /b 308", "/a", "308 /b", "308"],
  ["/a /b 301!", "/a", "301 /b", "forced"],
  ["  /a\t\t/b   301  # why", "/a", "301 /b", "blanks, and a comment behind"],
  ["/a /b 301", "/c", null, "another path"],
  ["/a /b\n/a /c", "/a", "302 /b", "the first one counts"],
  ["/* /b\n/a /c", "/a", "302 /b", "also when a later one is more exact"],
  ["/a /c\n/* /b", "/a", "302 /c", "and when an earlier one is"],
  ["/a /b", "/a/", "302 /b", "a slash at the end"],
  [
    "/news/* /blog/:splat",
    "/news/2004/my story".replace(" ", "%20"),
    "302 /blog/2004/my%20story",
    "splat",
  ],
  ["/news/* /blog/:splat", "/news", "302 /blog/", "an empty splat"],
  ["/news/* /blog/:splat", "/news/a/", "302 /blog/a/", "its slash goes along"],
  ["/:y/:m/:t /blog/:t-:m?y=:y", "/04/12/x", "302 /blog/x-12?y=04", "placeholders, anywhere"],
  ["/s/:q /f?q=:q&x=1", "/s/a%26x=2%23", "302 /f?q=a%26x%3D2%23&x=1", "none adds a parameter"],
  ["/a /b", "/a?q=1&r=%20", "302 /b?q=1&r=%20", "the query is kept"],
  ["/a /b?x=2", "/a?q=1", "302 /b?x=2", "unless the target has one"],
  ["/a /b?", "/a?q=1", "302 /b?", "an empty one drops it"],
  ["/a /b#c", "/a?q=1", "302 /b?q=1#c", "before the fragment"],
  ["/a https://b.example/c", "/a?q=1", "302 https://b.example/c?q=1", "another host"],
  ["/a/* https://b.example:8080/:splat", "/a/x", "302 https://b.example:8080/x", "with a port"],
  [
    "/a/* https://b.example/:splat",
    "/a//evil.example",
    "302 https://b.example/evil.example",
    "slashes",
  ],
  ["/a /ü", "/a", "302 /%C3%BC", "beyond ASCII"],
  ["/ü /a", "/%C3%BC", "302 /a", "in the source"],
  ["/ü /a", "/u%CC%88", "302 /a", "in the other form of Unicode"],
  ["/a /b", "/a?\xfc", "302 /b?%FC", "a byte of the query that is no ASCII"],
  // No open redirect by accident.
  ["/go/* /:splat", "/go//evil.example", "302 /evil.example", "two slashes are one"],
  ["/go/* /:splat", "/go/", "302 /", "nothing left"],
  ["/go/* /:splat/x", "/go/", "302 /x", "an empty splat before a slash"],
  ["/go/* /:splat", "/go/https://evil.example", "302 /https:/evil.example", "a URL is a path"],
  ["/go/:a /:a", "/go/@evil.example", "302 /@evil.example", "no user, no host"],
  // No header splitting.
  ["/go/:a /:a", "/go/%0d%0aSet-Cookie:x", "302 /%0D%0ASet-Cookie:x", "CR and LF stay escaped"],
  ["/go/:a /x?:a", "/go/%0d%0a", "302 /x?%0D%0A", "in a query as well"],
  // Rewrites.
  ["/* /index.html 200", "/a/b", "200 index.html", "a single-page application"],
  ["/app/* /app/ 200", "/app/x", "200 app/", "a folder"],
  ["/* /404.html 404", "/a", "404 404.html", "an error page"],
  ["/x/* /y/:splat 200", "/x/a%20b/c", "200 y/a b/c", "decoded once"],
  // Circles.
  ["/* /a", "/a", null, "to itself"],
  ["/* /a?x=1", "/a", null, "to itself with a query"],
  ["/a/* /:splat/a", "/a/a", null, "to itself by what the asterisk stands for"],
  ["/a /a/", "/a", "302 /a/", "from one spelling to the other"],
  ["/a /a/", "/a/", null, "and no further"],
] as const;

for (const [text, target, expected, why] of CASES) {
  Deno.test(`applyRule() of ${JSON.stringify(text)} for ${JSON.stringify(target)}: ${why}`, () => {
    assertEquals(outcome(text, target), expected);
  });
}

const BAD = [
  ["/a", "has a path and no target"],
  ["/a # /b", "has a path and no target"],
  ["a /b", "does not start with a path such as /old"],
  ["https://a.example/* /b", "does not start with a path such as /old"],
  ["/a b", "has a target that is neither a path nor an http(s) URL"],
  ["/a :splat", "has a target that is neither a path nor an http(s) URL"],
  ["/a javascript:alert(1)", "has a target that is neither a path nor an http(s) URL"],
  ["/a //b.example", "has a target with two slashes; write https:// before a host"],
  ["/a /\\b.example", "has a backslash or control character in its target"],
  ["/a https://", "has a target that is neither a path nor an http(s) URL"],
  ["/a https://b@c", "has a target with no such host"],
  ["/go/* https://:splat", "lets whoever asks choose the host by :splat"],
  ["/go/:h https://:h.example/", "lets whoever asks choose the host by :h"],
  ["/a /b 200 Country=de", "has a condition behind its status, which only Netlify can check"],
  ["/a id=:id /b/:id 301", "asks about a query, which only Netlify can"],
  ["/a /b 3o1", "has no status such as 301 behind its target"],
  ["/a /b !", "has no status such as 301 behind its target"],
  ["/a /b 418", "has a status other than 200, 301, 302, 303, 307, 308 and 404"],
  ["/a https://b.example/ 200", "would fetch from another server, which this one does not"],
  ["/*/* /b", "has more than one * in its path"],
] as const;

for (const [text, problem] of BAD) {
  Deno.test(`parseRedirectsFile() refuses ${JSON.stringify(text)} and reads on`, () => {
    const { rules, warnings } = parseRedirectsFile(`# comment\n\n${text}\r\n/ok /there`);
    assertEquals(warnings, [{ line: 3, problem }]);
    assertEquals(rules.map(({ target }) => target), ["/there"]);
  });
}

Deno.test("RedirectTable.find() asks 2,000 rules without looking at each", () => {
  const text = Array.from({ length: 2_000 }, (_, i) => `/old/${i} /new/${i} 301`).join("\n");
  assertEquals(outcome(text, "/old/1999"), "301 /new/1999");
  assertEquals(outcome(text, "/old/2000"), null);
});

Deno.test("locksOfRedirects() keeps what locks, at its line, and nothing else", () => {
  const text = "/a /b 301!\n/c /d 200 Role=admin\n/e /f\n/g /nope 401!\n";
  const kept = locksOfRedirects(text);
  assertEquals(kept.split("\n"), ["", "/c /d 200 Role=admin", "", "/g /nope 401!", ""]);
  assertEquals(parseRedirectsFile(kept).locks, parseRedirectsFile(text).locks);
});
