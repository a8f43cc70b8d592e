import { assert, assertEquals } from "@std/assert";
import { latin1, parseResponse, requestOf, withServer, writeFile } from "./harness.ts";
import { testOnUnix } from "../tools.ts";

const SECRET = "outside, private";

/** Text of the harness, where a character is a byte, of text in Unicode. */
function utf8(text: string): string {
  return latin1(new TextEncoder().encode(text));
}

const ESCAPES: readonly (readonly [target: string, statusCode: number, why: string])[] = [
  ["/../secret.txt", 400, "above the root"],
  ["/..", 400, "no slash behind"],
  ["/./secret.txt", 404, "one dot: RFC 3986 §5.2.4"],
  ["/./../secret.txt", 400, "one dot is no step down"],
  ["/d/../../secret.txt", 400, "first down, then up"],
  ["/d/../index.html", 200, "twin: stays inside"],
  ["/d/%2e%2e/secret.txt", 404, "stays inside, where there is no such file"],
  ["/d/%2e%2e/%2e%2e/secret.txt", 400, "first down, then up, encoded"],
  ["/nope/../secret.txt", 404, "back from where nothing is"],
  ["/" + "d/../".repeat(1_600), 200, "1,600 steps down and up"],
  ["/" + "d/../".repeat(1_600) + "../secret.txt", 400, "and one more up"],
  ["/./".repeat(2_500), 200, "2,500 dots"],
  ["/%2e%2e/secret.txt", 400, "dots encoded"],
  ["/%2E./secret.txt", 400, "one dot encoded, capital digit"],
  ["/..%2fsecret.txt", 400, "encoded slash"],
  ["/%2e%2e%2fsecret.txt", 400, "all encoded"],
  ["/%2fetc/passwd", 404, "encoded slash in front: nothing of that name in the root"],
  ["/d%2f..%2f..%2fsecret.txt", 400, "encoded slashes behind a folder"],
  ["/d%2Findex.html", 200, "an encoded slash is one"],
  ["/..\\secret.txt", 400, "backslash"],
  ["/..%5csecret.txt", 400, "encoded backslash"],
  ["/d\\index.html", 400, "a backslash alone"],
  ["/index.html%00", 400, "NUL ends a name in C"],
  ["/index.html%00.png", 400, "NUL before another extension"],
  ["/%00", 400, "NUL alone"],
  ["/%c0%ae%c0%ae/secret.txt", 400, "overlong UTF-8 of two dots"],
  ["/..%c0%afsecret.txt", 400, "overlong UTF-8 of a slash"],
  ["/%e0%80%ae%e0%80%ae/secret.txt", 400, "overlong, three bytes"],
  ["/%f0%80%80%ae./secret.txt", 400, "overlong, four bytes"],
  ["/%c0%80", 400, "overlong NUL"],
  ["/%ed%a0%80", 400, "half of a surrogate pair"],
  ["/%f4%90%80%80", 400, "beyond Unicode"],
  ["/%ff", 400, "no UTF-8 at all"],
  ["/%e2%82", 400, "UTF-8 that stops early"],
  ["/%", 400, "escape without digits"],
  ["/%2", 400, "escape with one digit"],
  ["/%zz", 400, "escape with letters"],
  ["/%u002e%u002e/secret.txt", 400, "escape of another standard"],
  ["/%-1", 400, "a sign is no digit"],
  ["/%252e%252e/secret.txt", 404, "decoded once, this is the name %2e%2e"],
  ["/%252e%252e%252fsecret.txt", 404, "decoded once, no slash either"],
  ["/..%252fsecret.txt", 404, "decoded once: a name that starts with two dots"],
  ["/..;/secret.txt", 404, "path parameters are a thing of Java"],
  ["/.../secret.txt", 404, "three dots"],
  ["/..%20/secret.txt", 404, "dots and a space"],
  ["/%20../secret.txt", 404, "a space and dots"],
  ["/%ef%bc%8e%ef%bc%8e/secret.txt", 404, "full-width dots"],
  ["/%e2%80%a5/secret.txt", 404, "the character that looks like two dots"],
  ["/%e2%88%95..%e2%88%95secret.txt", 404, "division slashes"],
  ["//etc/passwd", 404, "an absolute path behind a slash"],
  ["/etc/passwd", 404, "an absolute path"],
  ["/proc/self/environ", 404, "an absolute path that is always there"],
  ["/file:///etc/passwd", 404, "a URL in the path"],
  ["file:///etc/passwd", 400, "a URL of another scheme"],
  ["http://a/../secret.txt", 400, "absolute form"],
  ["http://a/%2e%2e/secret.txt", 400, "absolute form, encoded"],
  ["/~root/", 404, "a home folder"],
  ["/C:/secret.txt", 404, "a drive"],
  ["../secret.txt", 400, "no form of a target"],
  ["/secret.txt", 404, "the name alone is not in the root"],
  ["/" + "n".repeat(255), 404, "the longest name that could exist"],
  ["/" + "n".repeat(300), 404, "longer than any name"],
  ["/" + "%e2%82%ac".repeat(86), 404, "258 bytes of UTF-8"],
  ["/d/" + "n".repeat(300) + "/index.html", 404, "longer than any name, in the middle"],
  ["/" + "a/".repeat(4095), 404, "4,095 folders deep"],
  ["/" + "folder/".repeat(1_000), 404, "longer than any path"],
  ["/" + "../".repeat(2_000) + "etc/passwd", 400, "2,000 steps up"],
  ["/" + "%2e%2e/".repeat(1_000), 400, "1,000 steps up, encoded"],
  ["/".repeat(8 * 1024), 200, "8 KiB of slashes are one"],
  ["/" + "a".repeat(8 * 1024), 414, "one byte over 8 KiB"],
];

Deno.test("locate() keeps every spelling of a way out inside the root", async () => {
  await withServer({ "index.html": "in", "d/index.html": "in" }, async (running) => {
    await writeFile(`${running.root}/..`, "secret.txt", SECRET);
    for (const [target, statusCode, why] of ESCAPES) {
      for (const suffix of target.length > 8_000 ? [""] : ["", "?q=/../secret.txt"]) {
        const text = await running.exchange(requestOf(target + suffix));
        const shown = `${why}: ${target.slice(0, 60)}${suffix}`;
        assertEquals(parseResponse(text).statusCode, statusCode, shown);
        assert(!text.includes(SECRET) && !text.includes("root:"), why);
      }
    }
    assertEquals(running.errors, []);
    assert(running.log.every((entry) => entry.statusCode !== 500));
  });
});

// Each is a legal name on Linux. As URLs, all but the unreserved characters are encoded.
const NAMES = [
  "a b.txt",
  " a",
  "a ",
  "a+b.txt",
  "a&b=c.txt",
  "a#b.txt",
  "100%.txt",
  "%41.txt",
  "%2e%2e",
  "what?.txt",
  "q?a=b#c",
  "a;b,c.txt",
  "a:b",
  "C:",
  "'q'.txt",
  '"q".txt',
  "<script>alert(1)<!--",
  "[x]{y}|z^`~.txt",
  "$@!*().txt",
  "@evil.example",
  "evil.example",
  "javascript:alert(1)",
  "a..b",
  "a.",
  "-",
  "__proto__",
  "constructor",
  "caf\u00e9.txt", // NFC, and the same in NFD: two files
  "cafe\u0301.txt",
  "\u{1f600}\u{1f468}\u200d\u{1f469}\u200d\u{1f467}.txt",
  "\u05e9\u05dc\u05d5\u05dd.txt", // right to left
  "\u202etxt.exe",
  "\u65e5\u672c\u8a9e.html",
  "\ufeffbom.txt",
  "\u2028\u0085",
  "a\nb\r\nX-Evil: 1.txt",
  "tab\t\x01\x7f.txt",
  "n".repeat(251) + ".txt",
  "\u20ac".repeat(85),
];

testOnUnix("locate() opens files and folders of any name", async () => {
  const files = NAMES.flatMap((name) => [[name, `file ${name}`], [`d/${name}/index.html`, name]]);
  await withServer(Object.fromEntries(files), async (running) => {
    for (const name of NAMES) {
      const encoded = encodeURIComponent(name);
      const everyByte = utf8(name).replace(
        /[^]/g,
        (byte) => "%" + byte.charCodeAt(0).toString(16).padStart(2, "0"),
      );
      for (const target of [`/${encoded}`, `/${everyByte}`, `//${encoded}?q=1`]) {
        const file = parseResponse(await running.exchange(requestOf(target)));
        assertEquals([file.statusCode, file.content], [200, utf8(`file ${name}`)], target);
      }
      const redirect = parseResponse(
        await running.exchange(requestOf(`/d/${encoded}?a=b&c=/../d`)),
      );
      const location = redirect.fields.get("location") ?? "";
      assertEquals([redirect.statusCode, redirect.fields.has("x-evil")], [301, false], name);
      const url = new URL(location, "http://site.test/d/x");
      assertEquals([url.host, url.search], ["site.test", "?a=b&c=/../d"], location);
      assertEquals(decodeURIComponent(url.pathname), `/d/${name}/`);
      const index = parseResponse(await running.exchange(requestOf(url.pathname + url.search)));
      assertEquals([index.statusCode, index.content], [200, utf8(name)], location);
    }
  });
});

Deno.test("locate() takes the bytes of UTF-8 as they are, as curl sends them", async () => {
  await withServer({ "\u00e9\u{1f600}.txt": "raw" }, async ({ exchange }) => {
    const { content } = parseResponse(await exchange(requestOf(utf8("/\u00e9\u{1f600}.txt"))));
    assertEquals(content, "raw");
    assertEquals(parseResponse(await exchange(requestOf("/\xe9"))).statusCode, 400); // Latin-1
  });
});

const REDIRECTS: readonly (readonly [target: string, location: string | null, why: string])[] = [
  ["/evil.example", "./evil.example/", "a folder that is there"],
  ["/evil.example?a=b?c&d", "./evil.example/?a=b?c&d", "query kept as it is"],
  ["/evil.example?", "./evil.example/?", "empty query kept"],
  ["//evil.example", "../evil.example/", "never a location that starts with two slashes"],
  ["///evil.example", "../../evil.example/", "three slashes"],
  ["//evil.example//sub", "../../../evil.example/sub/", "slashes within"],
  ["//evil.example/..", null, "browsers would go up, and out to the host"],
  ["//evil.example/%2e%2e", null, "the same, encoded"],
  ["//evil.example/%2f..", null, "the classic of serve-static"],
  ["/\\evil.example", null, "browsers take a backslash for a slash"],
  ["/\\/evil.example", null, "both kinds"],
  ["/%5cevil.example", null, "encoded backslash"],
  ["/%5c%5cevil.example", null, "two of them"],
  ["/%2fevil.example", "./evil.example/", "an encoded slash is one more, not a host"],
  ["/evil.example%2fsub", "./evil.example/sub/", "and one between names is none to a browser"],
  ["/%09/evil.example", null, "browsers drop a tab"],
  ["/evil.example?//evil.example/..", "./evil.example/?//evil.example/..", "a host in the query"],
  [
    "/evil.example?\\\\evil.example",
    "./evil.example/?\\\\evil.example",
    "backslashes in the query",
  ],
  ["/evil.example?\xff", "./evil.example/?%FF", "a field value stays ASCII"],
  ["http://evil.example/evil.example", "./evil.example/", "the host of the absolute form"],
  ["/@evil.example", "./@evil.example/", "no user information"],
  ["/%65vil.example", "./evil.example/", "spelled anew"],
];

Deno.test("locate() redirects a folder to its slash and never to another host", async () => {
  const files = { "evil.example/sub/x": "", "@evil.example/x": "" };
  await withServer(files, async ({ exchange }) => {
    for (const [target, location, why] of REDIRECTS) {
      const { statusCode, fields } = parseResponse(await exchange(requestOf(target)));
      assertEquals(fields.get("location") ?? null, location, `${why}: ${target}`);
      assertEquals(statusCode === 301, location !== null, why);
      assert(location === null || /^\.\.?\//.test(location), "relative, and so on this host");
    }
  });
});

Deno.test("locate() tells files from folders", async () => {
  const files = { "a.txt": "a", "d/index.html": "i", "e/x": "x", "f/index.html/x": "x" };
  await withServer(files, async ({ exchange }) => {
    const rows = [
      ["/a.txt", 200, "a file"],
      ["/a.txt/", 404, "a file with a slash is no folder, though open(2) of Deno takes it"],
      ["/a.txt//", 404, "two slashes"],
      ["/a.txt/b", 404, "nothing lies in a file"],
      ["/a.txt/index.html", 404, "not even an index"],
      ["/d", 301, "a folder"],
      ["/d/", 200, "its index"],
      ["/d/index.html", 200, "its index by name"],
      ["/e/", 404, "a folder without an index"],
      ["/f/", 404, "an index that is a folder"],
      ["/f/index.html", 301, "that folder by name"],
      ["/f/index.html/", 404, "has no index either"],
      ["/A.TXT", 404, "case counts"],
    ] as const;
    for (const [target, statusCode, why] of rows) {
      assertEquals(parseResponse(await exchange(requestOf(target))).statusCode, statusCode, why);
    }
  });
});

Deno.test("locate() serves dotfiles only when told to, and .well-known always", async () => {
  const rows = [
    // target, status by default, status with dotfiles, why
    ["/.env", 404, 200, "a dotfile"],
    ["/%2eenv", 404, 200, "the dot encoded"],
    ["/.git/config", 404, 200, "in a dot folder"],
    ["/.git", 404, 301, "a dot folder is not betrayed by a redirect"],
    ["/.git/", 404, 404, "nor by a different page"],
    ["/d/.hidden/x.txt", 404, 200, "further down"],
    ["/..env", 404, 200, "two dots in front"],
    ["/.well-known/acme", 200, 200, "RFC 8615"],
    ["/.well-known", 301, 301, "the folder itself"],
    ["/%2ewell-known/acme", 200, 200, "the same name, encoded"],
    ["/.well-known/.key", 404, 200, "a dotfile in it"],
    ["/d/.well-known/acme", 404, 200, "RFC 8615 §3: at the root only"],
    ["/.well-knownX/acme", 404, 200, "another name"],
    ["/../.env", 400, 400, "never out of the root"],
  ] as const;
  const names = rows.map(([target]) => decodeURIComponent(target.slice(1)));
  const files = names.filter((name) => !/^(\.git\/?|\.well-known|\.\..*\/.*)$/.test(name));
  for (const dotfiles of [false, true]) {
    await withServer(Object.fromEntries(files.map((name) => [name, "x"])), async ({ exchange }) => {
      for (const [target, byDefault, withDotfiles, why] of rows) {
        const { statusCode } = parseResponse(await exchange(requestOf(target)));
        assertEquals(statusCode, dotfiles ? withDotfiles : byDefault, `${target}: ${why}`);
      }
    }, { dotfiles });
  }
});
