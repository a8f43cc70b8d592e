/**
 * Names that Windows reads in its own way. Nothing here is there by such a name, on no system: each is 404, never 500, and the
 * file that Windows would give for it stays where it is. So the tests run anywhere, and under Wine they show something.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { type Files, withServer } from "../wire/harness.ts";
import { type Ask, withSite } from "../wire/site.ts";

const IS_WINDOWS = Deno.build.os === "windows";

const SITE: Files = {
  "file.txt": "file",
  "longfilename.text": "long",
  "sub/index.html": "<p>index",
  "sub/large.bin": new Uint8Array(100_000),
  ".env": "SECRET",
  ".git/config": "SECRET",
  "_headers": "/locked/*\n  Basic-Auth: ada:engine\n",
  "_redirects": "/forced/* /file.txt 302!\n",
  "locked/l.txt": "SECRET",
  "forced/f.txt": "SECRET",
  "\u00fc.txt": "umlaut",
};

const FOUND: readonly (readonly [target: string, statusCode: number])[] = [
  ["/file.txt", 200],
  ["/sub/", 200],
  ["/sub", 301],
  ["/sub/large.bin", 200],
  ["/%C3%BC.txt", 200],
  ["/locked/l.txt", 401],
  ["/LOCKED/l.txt", 401],
  ["/forced/f.txt", 302],
];

const NOT_FOUND: readonly (readonly [target: string, why: string])[] = [
  ["/FILE.TXT", "another case"],
  ["/SUB/", "of a folder"],
  ["/SUB", "nor is it led to"],
  ["/Sub/large.bin", "on the way"],
  ["/sub/LARGE.BIN", "of a large file"],
  ["/sub/INDEX.HTML", "of an index"],
  ["/%C3%9C.txt", "beyond ASCII"],
  ["/.ENV", "of a dotfile"],
  ["/ENV~1", "a short name"],
  ["/GIT~1/config", "of a folder"],
  ["/LONGFI~1.TEX", "of a file that may be seen"],
  ["/_HEADERS", "rules"],
  ["/_Redirects", "the others"],
  ["/_headers.", "with a point"],
  ["/_headers%20", "with a blank"],
  ["/_HEADE~1", "by a short name"],
  ["/_headers::$DATA", "as a stream"],
  ["/FORCED/f.txt", "past a rule with !"],
  ["/forced./f.txt", "past it with a point"],
  ["/forced%20/f.txt", "past it with a blank"],
  ["/locked./l.txt", "past a lock"],
  ["/file.txt.", "a point at the end"],
  ["/file.txt...", "three"],
  ["/file.txt%20", "a blank"],
  ["/file.txt::$DATA", "the stream of a file"],
  ["/file.txt:other", "another stream"],
  ["/file.txt:", "no stream"],
  ["/.env::$DATA", "of a dotfile"],
  ["/C:", "a drive"],
  ["/C:file.txt", "a file of it"],
  ["/CON", "a device"],
  ["/con.txt", "with an extension"],
  ["/NUL", "another"],
  ["/nul.txt", "with an extension"],
  ["/aux.txt", "another"],
  ["/PRN", "another"],
  ["/COM1", "a port"],
  ["/COM%C2%B9", "with a digit that is raised"],
  ["/lpt1.tar.gz", "another"],
  ["/CONIN$", "the keyboard"],
  ["/sub/NUL", "a device in a folder"],
  ["/NUL/file.txt", "a device as a folder"],
  ["/*", "a pattern"],
  ["/%3F", "a pattern"],
  ["/f*.txt", "a pattern that matches"],
  ["/a%3Cb", "DOS's"],
  ["/%22", "a quote"],
  ["/a%7Cb", "a pipe"],
  ["/%01", "a control character"],
  ["/file.txt%1F", "at the end"],
  ["/...", "points alone"],
  ["/.%20", "a point and a blank"],
  ["/..%20/file.txt", "two points and a blank"],
  ["/..%20/..%20/..%20/Windows/win.ini", "and far up"],
  ["/" + "x".repeat(240) + "/" + "y".repeat(240), "longer than MAX_PATH"],
];

async function assertNames(ask: Ask): Promise<void> {
  for (let round = 0; round < 2; round++) { // The second may be answered by what was kept of the first.
    for (const [target, statusCode] of FOUND) {
      const response = await ask(target);
      assertEquals(response.statusCode, statusCode, target);
    }
    for (const [target, why] of NOT_FOUND) {
      const { statusCode, content } = await ask(target);
      assertEquals([statusCode, content.includes("SECRET")], [404, false], `${target}: ${why}`);
    }
  }
}

Deno.test("a file has one name, and Windows' other names for it are 404", async () => {
  await withSite(SITE, {}, assertNames);
});

Deno.test("each spelling with --listing, --spa and --clean-urls is 404, or what these make of any other path", async () => {
  await withSite(SITE, { listing: true, cleanUrls: true, spa: true }, async (ask) => {
    for (const [target, why] of NOT_FOUND) {
      const { statusCode, content } = await ask(target);
      assertEquals(
        [statusCode < 500, content.includes("SECRET")],
        [true, false],
        `${target}: ${why}`,
      );
    }
  });
});

Deno.test({
  name: "a short name that the system has itself is 404",
  ignore: !IS_WINDOWS,
  async fn() {
    await withServer({ ".env": "SECRET", ".git/config": "SECRET" }, async ({ root, exchange }) => {
      for (const name of [".env", ".git"]) {
        const short = shortNameOf(`${root}\\${name}`);
        assertEquals(short.startsWith("."), false, `${name} has no short name here: ${short}`);
        const target = `/${short}${name === ".git" ? "/config" : ""}`;
        const text = await exchange(
          `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        );
        assertMatch(text, /^HTTP\/1\.1 404 /, target);
        assertEquals(text.includes("SECRET"), false);
      }
    });
  },
});

Deno.test({
  name:
    "a file that another program has open for itself alone is 503, in words, and 200 afterwards",
  ignore: !IS_WINDOWS,
  async fn() {
    await withServer({ "a.txt": "hello", "b.txt": "b" }, async ({ root, exchange }) => {
      const request = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      const close = openAlone(`${root}\\a.txt`);
      const text = await exchange(request);
      close();
      assertMatch(text, /^HTTP\/1\.1 503 /);
      assertMatch(text, /another program has this file open/);
      assertMatch(await exchange(request), /^HTTP\/1\.1 200 /);
    });
  },
});

Deno.test("a file that is kept is looked for by no link, on any system", async () => {
  await withServer({ "sub/a.txt": "hello" }, async ({ root, exchange }) => {
    await Deno.utime(`${root}/sub/a.txt`, 1_000_000_000.5, 1_000_000_000.5);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // Its ctime has settled then: `contain.ts`.
    const request = "GET /sub/a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    await exchange(request);
    const { realPathSync } = Deno;
    let count = 0;
    Deno.realPathSync = (path) => {
      count++;
      return realPathSync(path);
    };
    try {
      assertMatch(await exchange(request), /^HTTP\/1\.1 200 /);
    } finally {
      Deno.realPathSync = realPathSync;
    }
    assertEquals(count, 0);
  });
});

/** Windows' own functions, which tell and do what Deno has no words for. */
function openKernel() {
  return Deno.dlopen("kernel32.dll", {
    GetShortPathNameW: { parameters: ["buffer", "buffer", "u32"], result: "u32" },
    CreateFileW: {
      parameters: ["buffer", "u32", "u32", "pointer", "u32", "u32", "pointer"],
      result: "pointer",
    },
    CloseHandle: { parameters: ["pointer"], result: "i32" },
  });
}

function wide(text: string): Uint8Array<ArrayBuffer> {
  const units = new Uint16Array(text.length + 1);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return new Uint8Array(units.buffer);
}

/** The last name of a path, in its short form. */
function shortNameOf(path: string): string {
  const kernel = openKernel();
  const units = new Uint16Array(1024);
  const length = kernel.symbols.GetShortPathNameW(
    wide(path),
    new Uint8Array(units.buffer),
    units.length,
  );
  kernel.close();
  return String.fromCharCode(...units.subarray(0, length)).replace(/^.*\\/, "");
}

/** Opens a file so that nobody else can. Gives what closes it. */
function openAlone(path: string): () => void {
  const kernel = openKernel();
  const [read, shareNothing, existing] = [0x80000000, 0, 3];
  const handle = kernel.symbols.CreateFileW(
    wide(path),
    read,
    shareNothing,
    null,
    existing,
    0,
    null,
  );
  return () => {
    kernel.symbols.CloseHandle(handle);
    kernel.close();
  };
}
