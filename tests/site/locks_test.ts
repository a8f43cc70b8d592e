import { assertEquals } from "@std/assert";
import { parseTarget } from "../../lib/http/target.ts";
import { basicCredentials } from "../../lib/site/auth.ts";
import { parseHeadersFile } from "../../lib/site/headers_file.ts";
import { LockTable, parseUsers } from "../../lib/site/locks.ts";
import { parseRedirectsFile } from "../../lib/site/redirects_file.ts";
import { warningTexts } from "../../lib/site/rule_lines.ts";

/** What it takes to see a target: names of users, list by list; "closed"; or "" for nothing. */
function demand(target: string, headers: string, redirects = ""): string {
  const locks = [...parseHeadersFile(headers).locks, ...parseRedirectsFile(redirects).locks];
  const found = new LockTable(locks).demandOf(parseTarget(target, "GET")!);
  if (found === "closed") return found;
  return found.map((list) =>
    list.map((credentials) => atob(credentials).replace(/:.*/s, "")).join()
  ).join(" and ");
}

const P = "/p/*\n  Basic-Auth: u:p v:q\n";
const PAGE = "/about.html\n  Basic-Auth: u:p\n";

const DEMANDS = [
  // target, _headers, demand, why
  ["/p/a", P, "u,v", "several users"],
  ["/p", P, "u,v", "the folder itself"],
  ["/p/", P, "u,v", "with its slash"],
  ["/%70/a", P, "u,v", "encoded"],
  ["/x/../p/a", P, "u,v", "around"],
  ["//p//a", P, "u,v", "slashes in a row"],
  ["/P/A", P, "u,v", "in capitals, which some file systems take for the same"],
  ["/pp/a", P, "", "twin: another folder"],
  ["/a", P, "", "twin: above"],
  ["/caf%C3%A9", "/CAFÉ\n  Basic-Auth: u:p\n", "u", "letters beyond ASCII"],
  ["/cafe%CC%81", "/caf%C3%A9\n  Basic-Auth: u:p\n", "u", "in another form of Unicode"],
  ["/about", PAGE, "u", "a page by its short name"],
  ["/about/", PAGE, "u", "with a slash"],
  ["/about.html.br", PAGE, "u", "its ready-made coding"],
  ["/about.html", "/about\n  Basic-Auth: u:p\n", "u", "the other way"],
  ["/d/", "/d/index.html\n  Basic-Auth: u:p\n", "u", "an index is its folder"],
  ["/d/index.html", "/d/\n  Basic-Auth: u:p\n", "u", "the other way"],
  ["/d/index", "/d\n  Basic-Auth: u:p\n", "u", "by its short name"],
  ["/", "/index.html\n  Basic-Auth: u:p\n", "u", "the root"],
  ["/index.html.gz", "/\n  Basic-Auth: u:p\n", "u", "the root, ready-made"],
  ["/about/team", PAGE, "", "twin: below"],
  ["/p/a", P + "/p/a\n  Basic-Auth: v:q\n", "u,v and v", "two locks have to be passed"],
  ["/p/a", "/p/*\n  Basic-Auth: u:p\n  Basic-Auth: v:q\n", "u,v", "two lines, one list"],
  ["/p/a", P + "/p/a\n  ! Basic-Auth\n", "", "opened again"],
  ["/p/A", P + "/p/a\n  ! Basic-Auth\n", "u,v", "to the letter"],
  ["/p/b", P + "/p/a\n  ! Basic-Auth\n", "u,v", "that one alone"],
  ["/p/a", "/p/*\n  basic-AUTH:\tu:p:q \n", "u", "case and blanks do not count, later colons do"],
  ["/p/a", "/p/:n\n  Basic-Auth: :n:p\n", "closed", "no name before the colon"],
  ["/p/a", "/p/*\n  Basic-Auth: u\n", "closed", "no password"],
  ["/p/a", "/p/*\n  Basic-Auth: u: v:q\n", "closed", "an empty one"],
  ["/p/a", "/p/*\n  Basic-Auth:\n", "closed", "nothing"],
  ["/p/a", "/p/*\n  Basic-Auth\n", "closed", "not even a colon"],
  ["/p/a", "/p/*\n  Basic-Auth: u:p v\n", "closed", "one that is no user"],
  ["/p/a", "/p/*\n  Basic Auth: u:p\n", "closed", "a slip of the pen"],
  ["/p/a", "/p/*\n  Basic_Auth: u:p\n", "closed", "another"],
  ["/p/a", "/p/*\n  Authorization: Basic dTpw\n", "closed", "a field of requests"],
  ["/p/a", "/p/*\n  Password: p\n", "closed", "what else people write"],
  ["/p/a", "/p/*\n  Basic-Auth: u\n/p/a\n  ! Basic-Auth\n", "closed", "no ! opens what is closed"],
  ["/p/a", "/p/*/x/*\n  Basic-Auth: u:p\n", "u", "a path that is no good: what it begins with"],
  ["/z", "/p/*/x/*\n  Basic-Auth: u:p\n", "", "twin: and no more"],
  ["/p/a", "https://h.example/p/*\n  Basic-Auth: u:p\n", "u", "of one host: of all"],
  ["/z", "  Basic-Auth: u:p\n/p\n", "u", "before the first path: everywhere"],
] as const;

for (const [target, headers, expected, why] of DEMANDS) {
  Deno.test(`LockTable of ${target}, ${JSON.stringify(headers)}: ${why}`, () => {
    assertEquals(demand(target, headers), expected);
  });
}

const CLOSINGS = [
  // _redirects, whether /p/a is closed, why
  ["/p/* 200! Role=admin", true, "Netlify: for who has a role"],
  ["/p/* /p/:splat 200! Role=admin,editor", true, "with a target"],
  ["/p/* /p/:splat 200 Role=admin", true, "without !"],
  ["/p/* /login 401!", true, "Netlify: for nobody"],
  ["/p/* /x 403!", true, "the same"],
  ["/p/* /404.html 404! Country=de", true, "an error for some"],
  ["/p/* https://gate.example/:splat 200!", true, "what another server says"],
  ["/p/*/q/* /x 403!", true, "a path that is no good"],
  ["https://h.example/p/* /x 403!", true, "of one host"],
  ["/q/* 200! Role=admin", false, "twin: another path"],
  ["/p/* /x 403", false, "twin: a file wins without !"],
  ["/p/* /de/:splat 302! Language=de", false, "twin: a language is no lock"],
  ["/p/* /404.html 404!", false, "twin: what we can do"],
  ["/p/* https://other.example/:splat 200", false, "twin: a file wins without !"],
] as const;

for (const [redirects, isClosed, why] of CLOSINGS) {
  Deno.test(`LockTable of /p/a, ${JSON.stringify(redirects)}: ${why}`, () => {
    assertEquals(demand("/p/a", "", redirects), isClosed ? "closed" : "");
    if (isClosed) assertEquals(demand("/p/a", "/p/*\n  ! Basic-Auth\n", redirects), "closed");
  });
}

Deno.test("parseUsers() takes names and passwords beyond ASCII, in one form of Unicode", () => {
  assertEquals(parseUsers("a:e\u0301"), [basicCredentials("a:é")]);
  assertEquals(parseUsers("a:b\x7f"), null);
  assertEquals(parseUsers("  "), null);
});

Deno.test("parseHeadersFile() and parseRedirectsFile() say loudly what they refuse, and no password", () => {
  const headers = "/p/*\n  Basic-Auth: u\n  Password: geheim\n/q/*/r/*\n  Basic-Auth: u:geheim\n" +
    "https://h/s\n  Basic-Auth: u:geheim\n/t\n  ! Basic-Auth\n";
  const texts = warningTexts("_headers", parseHeadersFile(headers).warnings);
  assertEquals(texts, [
    "_headers, line 2: nothing at /p/* is served, as it has no users such as ada:engine behind Basic-Auth",
    "_headers, line 3: nothing at /p/* is served, as it looks like a lock, which is written Basic-Auth: user:password",
    "_headers, line 5: all at /q/* is locked, as it is a lock whose path cannot be told more exactly",
    "_headers, line 7: all at /s is locked, as it is a lock whose path cannot be told more exactly",
    "_headers, line 4: ignored, as it has more than one * in its path",
    "_headers, line 6: ignored, as it names a host, and this server does not tell hosts apart",
    "_headers, line 9: ignored, as it removes Basic-Auth, which nothing above sets for this path",
  ]);
  const { warnings } = parseRedirectsFile("/a /b 301 x\n/p/* 200! Role=admin\n");
  assertEquals(warningTexts("_redirects", warnings), [
    "_redirects, line 2: nothing at /p/* is served, as it has no status such as 301 behind its target",
    "_redirects, line 1: ignored, as it has a condition behind its status, which only Netlify can check",
  ]);
  const many = Array.from({ length: 12 }, () => "/p/* 200! Role=admin").join("\n");
  assertEquals(
    warningTexts("_redirects", parseRedirectsFile(many).warnings).at(-1),
    "_redirects: 2 more lines are ignored, or refuse their path",
  );
});
