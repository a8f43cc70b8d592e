import { assert, assertEquals } from "@std/assert";
import { byteString } from "../../lib/http/grammar.ts";
import { isAuthority, parseTarget, spellPath } from "../../lib/http/target.ts";
import { refusedOf, requestErrorOf } from "./testing.ts";

/** Names of a path, or the status that the target gets; "asterisk" where there is no path. */
function namesOf(requestTarget: string, method = "GET"): readonly string[] | number | "asterisk" {
  try {
    return parseTarget(requestTarget, method)?.segments ?? "asterisk";
  } catch (error) {
    return refusedOf(error).statusCode;
  }
}

/** Raw UTF-8, one character per byte, as the parser hands it over. */
function rawUtf8(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return byteString(bytes, 0, bytes.length);
}

const PATHS = [
  // path, names or status, why
  ["/", [], "§3.2.1 the root"],
  ["/a", ["a"], "a file"],
  ["/a/b/c.txt", ["a", "b", "c.txt"], "folders and a file"],
  ["/a%20b", ["a b"], "3986 §2.1 a space"],
  ["/a+b&c=d;e,f@g:h!$'()*~", ["a+b&c=d;e,f@g:h!$'()*~"], "3986 §3.3 every other pchar is itself"],
  ["/a+b", ["a+b"], "a plus is a plus: forms mean a space, paths do not"],
  ["/a%2Bb", ["a+b"], "the same, encoded"],
  ["/a%26b", ["a&b"], "an encoded ampersand"],
  ["/a%23b", ["a#b"], "an encoded number sign is a name, not a fragment"],
  ["/a%3Fb", ["a?b"], "an encoded question mark starts no query"],
  ["/100%25", ["100%"], "a percent sign"],
  ["/100%2", 400, "twin: one digit"],
  ["/100%", 400, "twin: no digit"],
  ["/%zz", 400, "no digits"],
  ["/%2g", 400, "one digit and a letter"],
  ["/%u0041", 400, "an escape of old scripts"],
  ["/%+1", 400, "a sign for a digit"],
  ["/%2541", ["%41"], "decoded once, not twice"],
  ["/%252e%252e", ["%2e%2e"], "decoded once: these are no dots"],
  ["/%252f", ["%2f"], "decoded once: this is no slash"],
  ["/%c3%a9.txt", ["é.txt"], "3986 §2.5 UTF-8"],
  ["/%C3%A9.txt", ["é.txt"], "3986 §2.1 digits of either case"],
  [rawUtf8("/é.txt"), ["é.txt"], "kinder: raw UTF-8, as curl sends it"],
  ["/\xe9.txt", 400, "twin: raw Latin-1 is no UTF-8"],
  ["/%e9.txt", 400, "twin: encoded Latin-1"],
  [rawUtf8("/日本/語"), ["日本", "語"], "three bytes a character"],
  ["/%f0%9f%8e%a8", ["🎨"], "four bytes a character"],
  ["/%f0%9f%8e", 400, "a character that ends early"],
  ["/%c3/%a9", 400, "a character cut by a slash: each segment is decoded alone"],
  ["/%c0%ae%c0%ae", 400, "3629 §3 overlong dots"],
  ["/%c0%af", 400, "3629 §3 an overlong slash"],
  ["/%e0%80%af", 400, "3629 §3 a longer overlong slash"],
  ["/%c0%80", 400, "3629 §3 an overlong NUL"],
  ["/%ed%a0%80", 400, "3629 §3 a lone surrogate"],
  ["/%f4%90%80%80", 400, "3629 §3 past U+10FFFF"],
  ["/%ff%fe", 400, "never in UTF-8"],
  ["/%ef%bb%bfa", ["\ufeffa"], "a byte order mark is part of a name"],
  ["/%ef%bc%8f", ["／"], "a full-width slash is another character"],
  ["/%ef%bc%8e%ef%bc%8e", ["．．"], "full-width dots are other characters"],
  ["/e%cc%81", ["e\u0301"], "no Unicode normalization: file systems tell names by bytes"],
  ["/a%0Ab", ["a\nb"], "a line end can stand in a name of a file"],
] as const;

const DOTS_AND_SLASHES = [
  // path, names or status, why
  ["/.", [], "3986 §5.2.4 a dot segment is removed"],
  ["/./Packages", ["Packages"], "as apt asks for what is in a flat repository"],
  ["/a/./b", ["a", "b"], "a dot in the middle"],
  ["/a/../b", ["b"], "two dots take back a name"],
  ["/a/..", [], "dots at the end"],
  ["/a/b/../", ["a"], "dots before the last slash"],
  ["/a/b/c/./../../g", ["a", "g"], "3986 §5.2.4 the example"],
  ["/mid/content=5/../6", ["mid", "6"], "3986 §5.2.4 the other one"],
  ["/a/b/../../c/../d", ["d"], "up to the root and down again"],
  ["/a/%2e/b", ["a", "b"], "3986 §6.2.2.2 an encoded dot is a dot"],
  ["/a/%2E%2e/b", ["b"], "encoded dots"],
  ["/a/%2E./b", ["b"], "half encoded"],
  ["/a/.%2e/b", ["b"], "half encoded"],
  ["/a/b//../c", ["a", "c"], "slashes in a row are one first, as in nginx"],
  ["/.git/../a", ["a"], "what is taken back was never asked for"],
  ["/..", 400, "twin: above the root"],
  ["/../a", 400, "above the root at once"],
  ["/a/../../b", 400, "above the root after one step down"],
  ["/a/../../a/b", 400, "above it and back"],
  ["/./..", 400, "a dot is no step down"],
  ["/%2e%2e/a", 400, "encoded"],
  ["/%2E./a", 400, "half encoded"],
  ["/.%2e/a", 400, "half encoded"],
  ["/%zz/../a", 400, "what is taken back has to be well spelled"],
  ["/...", ["..."], "twin: three dots are a name"],
  ["/..a", ["..a"], "twin: dots in front are a name"],
  ["/a..", ["a.."], "twin: dots behind are a name"],
  ["/.a", [".a"], "twin: a dotfile is a name; whether it is served is for step (iv)"],
  ["/..%20", [".. "], "twin: dots and a blank are a name"],
  ["/..;/a", ["..;", "a"], "3986 §3.3 a parameter is part of a name, not cut off"],
  ["/@scope%2fname", ["@scope", "name"], "2.2 an encoded slash parts names, as npm means it"],
  ["/a%2Fb", ["a", "b"], "of either case"],
  ["/a%2fb%2f%2fc", ["a", "b", "c"], "several are one, as of slashes"],
  ["/%2f%2fhost", ["host"], "encoded slashes in front"],
  ["/a%2f..%2fb", ["b"], "dots between encoded slashes are dots"],
  ["/a%2f%2e%2e/b", ["b"], "encoded as well"],
  ["/..%2f..%2fetc", 400, "encoded slashes and dots climb no higher than others"],
  ["/%2e%2e%2fetc", 400, "all encoded"],
  ["/a%2f..%2f..%2fb", 400, "down once, up twice"],
  ["/%2f..", 400, "a slash in front is no folder to leave"],
  ["/a%2f%5c..", 400, "a backslash behind one"],
  ["/a%2f%00", 400, "NUL behind one"],
  ["/a%2f%zz", 400, "a bad escape behind one"],
  ["/%c3%2f%a9", 400, "a character cut by one"],
  ["/%%2f", 400, "a bad escape before one"],
  ["/%25%32%66", ["%2f"], "twin: each escape is decoded once"],
  ["/a\\b", 400, "a backslash, which Windows takes for a slash"],
  ["/a%5cb", 400, "the same, encoded"],
  ["/..\\..\\windows", 400, "dots with backslashes"],
  ["/..%5c", 400, "the same, encoded"],
  ["/a%00", 400, "NUL ends a name in C"],
  ["/a.html%00.png", 400, "the same, with an extension behind"],
  ["//a", ["a"], "two slashes are one, as in nginx"],
  ["/a//b", ["a", "b"], "the same in the middle"],
  ["//", [], "nothing but slashes is the root"],
  ["//../a", 400, "twin: above the root, as two slashes are one"],
  ["///etc/passwd", ["etc", "passwd"], "no slash makes a path absolute"],
  ["/C:/a", ["C:", "a"], "a drive is a name like any other"],
] as const;

for (const [path, expected, why] of [...PATHS, ...DOTS_AND_SLASHES]) {
  Deno.test(`parseTarget() decodes ${JSON.stringify(path)}: ${why}`, () => {
    assertEquals(namesOf(path), expected);
    assertEquals(namesOf(`http://host:80${path}`), expected, "the same in the absolute form");
    assertEquals(namesOf(path, "POST"), expected, "the same for each method");
  });
}

Deno.test("parseTarget() takes 100 names, and answers 404 for one more at once", () => {
  assertEquals(namesOf("/a".repeat(100)), Array(100).fill("a"));
  assertEquals(namesOf("/a".repeat(101)), 404);
  assertEquals(namesOf("//".repeat(2000)), [], "slashes in a row are one");
  assertEquals(namesOf("/a".repeat(100) + "/../b".repeat(500)), [...Array(99).fill("a"), "b"]);
  assertEquals(namesOf("/a/..".repeat(1500)), [], "no deeper than one");
});

Deno.test("parseTarget() takes names of 255 bytes of UTF-8, and none over that", () => {
  const names = [
    ["a".repeat(255), "a".repeat(256), "one byte a character"],
    ["é".repeat(127) + "a", "é".repeat(128), "two bytes"],
    ["日".repeat(85), "日".repeat(85) + "a", "three bytes"],
    ["🎨".repeat(63) + "abc", "🎨".repeat(64), "four bytes in two units"],
  ] as const;
  for (const [fits, long, why] of names) {
    assertEquals(namesOf("/x/" + encodeURIComponent(fits)), ["x", fits], why);
    // Such a file cannot exist, so it is not found: RFC 9110 §15.5.5.
    assertEquals(namesOf("/x/" + encodeURIComponent(long)), 404, why);
  }
});

const FOLDERS_AND_QUERIES = [
  // target, names, whether a folder, query, why
  ["/", [], true, "", "the root is a folder"],
  ["/a", ["a"], false, "", "no slash, no folder"],
  ["/a/", ["a"], true, "", "a slash at the end"],
  ["/a%2f", ["a"], true, "", "the same, encoded"],
  ["/a?b%2f", ["a"], false, "?b%2f", "an encoded slash in the query is none of the path"],
  ["/a//", ["a"], true, "", "two of them"],
  ["/a/.", ["a"], true, "", "3986 §5.2.4 a dot at the end leaves its slash"],
  ["/a/./", ["a"], true, "", "with a slash"],
  ["/a/b/..", ["a"], true, "", "two dots leave theirs"],
  ["/a/%2e%2e?q", [], true, "?q", "the root is a folder"],
  ["/a/../b", ["b"], false, "", "twin: none behind a name"],
  ["http://h/a/../b/./c?q", ["b", "c"], false, "?q", "the absolute form"],
  ["/a?", ["a"], false, "?", "an empty query is kept"],
  ["/a?q=1", ["a"], false, "?q=1", "a query"],
  ["/a/?q=1", ["a"], true, "?q=1", "a folder with a query"],
  ["/?/", [], true, "?/", "a slash in the query is none of the path"],
  ["/a?b?c", ["a"], false, "?b?c", "the first question mark counts"],
  ["/a?../..", ["a"], false, "?../..", "dots in a query are data"],
  ["/a?%zz%00", ["a"], false, "?%zz%00", "a query is not decoded, so it cannot be wrong"],
  ["/a?\\", ["a"], false, "?\\", "nor is a backslash in it"],
  ["http://h", [], true, "", "§3.2.2 without a path"],
  ["http://h?q", [], true, "?q", "without a path, with a query"],
  ["http://h/a/?q", ["a"], true, "?q", "the whole of it"],
] as const;

for (const [target, segments, folder, query, why] of FOLDERS_AND_QUERIES) {
  Deno.test(`parseTarget() takes ${JSON.stringify(target)} apart: ${why}`, () => {
    const { key, ...path } = parseTarget(target, "GET") ?? {};
    assertEquals(path, { segments: [...segments], folder, query });
    assertEquals(key, segments.join("/") + (folder ? "/" : ""));
  });
}

const FORMS = [
  // target, method, names or status, why
  ["*", "OPTIONS", "asterisk", "§3.2.4 about the server"],
  ["*", "GET", 400, "twin: §3.2.4 for OPTIONS only"],
  ["*a", "OPTIONS", 400, "twin: more than an asterisk"],
  ["/a", "OPTIONS", ["a"], "§3.2.1 OPTIONS may ask about a file as well"],
  ["http://h", "OPTIONS", [], "§3.2.4 no path"],
  ["a", "GET", 400, "no form at all"],
  ["?q", "GET", 400, "a query alone"],
  ["host:80", "GET", 400, "twin: §3.2.3 the authority form is for CONNECT only"],
  ["host:80", "CONNECT", "asterisk", "§3.2.3 names a host, not a file"],
  ["[::1]:80", "CONNECT", "asterisk", "§3.2.3 with an IP literal"],
  ["host", "CONNECT", 400, "9110 §9.3.6 the port is not optional"],
  ["host:", "CONNECT", 400, "nor empty"],
  ["/a", "CONNECT", 400, "§3.2.3 no other form with CONNECT"],
  ["h@st:80", "CONNECT", 400, "userinfo"],
  ["http://h/a", "GET", ["a"], "§3.2.2 a server MUST accept the absolute form"],
  ["HTTP://H/a", "GET", ["a"], "3986 §3.1 schemes are case-insensitive"],
  ["https://h/a", "GET", ["a"], "of either scheme"],
  ["http://[::1]:8080/a", "GET", ["a"], "an IP literal and a port"],
  ["http:///a", "GET", 400, "9110 §4.2.1 an empty host"],
  ["http://:80/a", "GET", 400, "9110 §4.2.1 a port and no host"],
  ["http://u:p@h/a", "GET", 400, "9110 §4.2.4 userinfo"],
  ["http://h\\a", "GET", 400, "a backslash where browsers see a slash"],
  ["http:/a", "GET", 400, "one slash"],
  ["http:a", "GET", 400, "no slash"],
  ["ftp://h/a", "GET", 400, "another scheme"],
  ["file:///a", "GET", 400, "another scheme"],
  ["xhttp://h/a", "GET", 400, "another scheme"],
] as const;

for (const [target, method, expected, why] of FORMS) {
  Deno.test(`parseTarget() reads the form of ${method} ${target}: ${why}`, () => {
    assertEquals(namesOf(target, method), expected);
  });
}

const AUTHORITIES = [
  // authority, whether it is one, why
  ["example.org", true, "a name"],
  ["example.org:8080", true, "with a port"],
  ["example.org:", true, "3986 §3.2.3 a port may be empty"],
  ["", true, "9110 §7.2 a target without authority has an empty Host"],
  ["127.0.0.1:3000", true, "an IPv4 address"],
  ["[::1]", true, "an IP literal"],
  ["[::1]:3000", true, "with a port"],
  ["[::ffff:127.0.0.1]", true, "with IPv4 inside"],
  ["a_b-c~d!$&'()*+,;=", true, "3986 §3.2.2 every character of a reg-name"],
  ["%41.example", true, "3986 §3.2.2 a percent-encoded byte"],
  ["%4.example", false, "twin: one digit"],
  ["::1", false, "twin of [::1]: no brackets"],
  ["[::1", false, "one bracket"],
  ["[::1]a", false, "something behind the bracket"],
  ["[]", false, "nothing in brackets"],
  ["[g::]", false, "no hexadecimal digit"],
  ["[fe80::1%eth0]", false, "a zone, which means nothing to others"],
  ["a:b", false, "a port is digits"],
  ["a:80:80", false, "two ports"],
  ["u@a", false, "userinfo"],
  ["a/b", false, "a path"],
  ["a?b", false, "a query"],
  ["a b", false, "white space"],
  ["a\\b", false, "a backslash"],
  ["a\n", false, "a line end"],
  ["h\xe9st", false, "3986 §3.2.2 not ASCII"],
  ["<script>", false, "what no name holds"],
] as const;

for (const [text, expected, why] of AUTHORITIES) {
  Deno.test(`isAuthority() says ${expected} to ${JSON.stringify(text)}: ${why}`, () => {
    assertEquals(isAuthority(text), expected);
  });
}

Deno.test("isAuthority() reads the longest line that a head can have", () => {
  // A pattern that backtracks would run out of stack, or of patience.
  assertEquals(isAuthority("a".repeat(65_000)), true);
  assertEquals(isAuthority("a".repeat(65_000) + "@"), false);
  assertEquals(isAuthority("%41".repeat(20_000) + ":1:"), false);
});

const SPELLINGS = [
  // names, whether a folder, query, expected, why
  [[], true, "", "/", "the root"],
  [["a"], false, "", "/a", "a file"],
  [["a", "b"], true, "", "/a/b/", "a folder"],
  [["a"], true, "?q=1&r=/", "/a/?q=1&r=/", "a query is kept"],
  [["a"], true, "?%zz", "/a/?%zz", "as it is, right or wrong"],
  [["a"], true, "?\xe9", "/a/?%E9", "but for bytes that a field value should not have"],
  [["a b"], true, "", "/a%20b/", "a space"],
  [["é"], true, "", "/%C3%A9/", "UTF-8"],
  [["100%"], true, "", "/100%25/", "a percent sign"],
  [["a?b#c"], true, "", "/a%3Fb%23c/", "what would start a query or a fragment"],
  [["a:b@c&d+e,f=g$h"], true, "", "/a:b@c&d+e,f=g$h/", "3986 §3.3 pchar are left readable"],
  [["a;b"], true, "", "/a;b/", "the same for a semicolon"],
  [["evil.example"], true, "", "/evil.example/", "one slash: no browser reads a host into it"],
  [["a\r\nSet-Cookie: x"], true, "", "/a%0D%0ASet-Cookie:%20x/", "no line end gets out"],
  [['"><script>'], true, "", "/%22%3E%3Cscript%3E/", "no quote and no bracket either"],
] as const;

for (const [segments, folder, query, expected, why] of SPELLINGS) {
  Deno.test(`spellPath() spells ${JSON.stringify(expected)}: ${why}`, () => {
    assertEquals(spellPath({ segments, folder, query }), expected);
  });
}

Deno.test("spellPath() never names another host, whatever slashes the target had", () => {
  for (const target of ["//evil.example", "///evil.example/a", "http://h//evil.example"]) {
    const path = parseTarget(target, "GET");
    assert(path !== null);
    assert(/^\/[^/\\]/.test(spellPath({ ...path, folder: true })), target);
  }
});

const RULES = [
  // target, rule, why
  ["/%", "RFC 3986 §2.1", "an escape"],
  ["/%ff", "RFC 3986 §2.5", "UTF-8"],
  ["/..", "RFC 3986 §5.2.4", "above the root"],
  ["/%5c", "RFC 3986 §2.2", "a backslash in a name"],
  ["a", "RFC 9112 §3.2", "no form"],
  ["/" + "a".repeat(256), "RFC 9110 §15.5.5", "a name too long to exist"],
] as const;

for (const [target, rule, why] of RULES) {
  Deno.test(`parseTarget() names ${rule} as the rule: ${why}`, () => {
    assertEquals(requestErrorOf(() => parseTarget(target, "GET")).rule, rule);
  });
}
