/** `_headers` and `_redirects` as files, over the wire: how fresh, how large, with which mistakes, behind which links. */

import { assert, assertEquals } from "@std/assert";
import { testWithLinks } from "../tools.ts";
import { writeFile } from "./harness.ts";
import { outcome, SITE } from "./rules.ts";
import { askTwice, withSite } from "./site.ts";

Deno.test("a file of rules is neither served nor listed in any case of its letters", async () => {
  const files = {
    "_HEADERS": "SECRET",
    "_Redirects": "SECRET",
    "_other": "",
    "sub/_HEADERS": "s",
  };
  await withSite(files, { listing: true }, async (ask, { errors }) => {
    errors.length = 0; // Where case does not count, they are rules, and of these no line is any good.
    for (const name of ["_HEADERS", "_Redirects"]) {
      assertEquals((await askTwice(ask, `/${name}`)).statusCode, 404, name);
    }
    const { content } = await askTwice(ask, "/");
    assertEquals(/_(?:headers|redirects)/i.test(content), false);
    assertEquals(content.includes("_other"), true);
    assertEquals(
      (await askTwice(ask, "/sub/_HEADERS")).statusCode,
      200,
      "twin: no rules there",
    );
  });
});

Deno.test("rules are as fresh as files: a request after a write gets the new ones", async () => {
  await withSite({ ...SITE, "_headers": "/*\n  X-A: 0\n" }, {}, async (ask, { root }) => {
    for (let i = 1; i <= 20; i++) {
      await writeFile(root, "_headers", `/*\n  X-A: ${i % 10}\n`); // The same size each time.
      assertEquals((await ask("/")).fields.get("x-a"), String(i % 10));
      await writeFile(root, "_redirects", `/x /y${i} 302\n`);
      assertEquals(await outcome(ask, "/x"), `302 /y${i}`);
    }
    await Deno.remove(`${root}/_headers`);
    await Deno.remove(`${root}/_redirects`);
    assertEquals((await ask("/")).fields.get("x-a"), undefined);
    assertEquals((await ask("/x")).statusCode, 404);
  });
});

Deno.test("rules that appear count within a second or two", async () => {
  await withSite({ "index.html": "" }, {}, async (ask, { root }) => {
    assertEquals((await ask("/x")).statusCode, 404);
    await writeFile(root, "_redirects", "/x /y 301\n");
    const started = performance.now();
    while ((await ask("/x")).statusCode !== 301) assert(performance.now() - started < 5_000);
  });
});

Deno.test("a bad line is one warning with its number, and the rest still works", async () => {
  const files = {
    "_redirects": "/a /b 301\n/c //evil.example\n/d /e 302\n",
    "_headers": "/*\n  X-A: 1\n  Content-Length: 3\n",
    "index.html": "home",
  };
  await withSite(files, {}, async (ask, { errors }) => {
    for (let i = 0; i < 3; i++) {
      assertEquals(await outcome(ask, "/a"), "301 /b");
      assertEquals(await outcome(ask, "/d"), "302 /e");
      const { fields, content } = await ask("/");
      assertEquals([fields.get("x-a"), fields.get("content-length"), content], ["1", "4", "home"]);
    }
    assertEquals(errors.splice(0), [
      "_headers, line 3: ignored, as it sets Content-Length, which is the server's own to set",
      "_redirects, line 2: ignored, as it has a target with two slashes; write https:// before a host",
    ]);
  });
});

Deno.test({
  name: "rules behind a link that leads outside are not read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withSite(
      { "index.html": "home", "_headers": "/*\n X-A: 1\n" },
      {},
      async (ask, { root, outside, errors }) => {
        await writeFile(outside, "rules", "/*\n  X-Leak: secret\n");
        await Deno.remove(`${root}/_headers`);
        await Deno.symlink(`${outside}/rules`, `${root}/_headers`);
        const started = performance.now();
        while (errors.length === 0) {
          assertEquals((await ask("/")).fields.get("x-leak"), undefined);
          assert(performance.now() - started < 5_000);
        }
        assertEquals(errors.splice(0), [
          "_headers: nothing is served, as it leads out of the root",
        ]);
        const { fields, statusCode } = await ask("/");
        assertEquals([fields.get("x-leak"), statusCode], [undefined, 403]);
      },
    );
  },
});

const NOT_UTF8 = [
  // what stands in `_headers`, why
  [utf16("\ufeff/secret/*\n  Basic-Auth: ada:engine\n"), "UTF-16 with its mark"],
  [utf16("/secret/*\n  Basic-Auth: ada:engine\n"), "UTF-16 without one"],
  [
    utf16("\ufeff/*\n").concat([...new TextEncoder().encode("  Basic-Auth: ada:engine\n")]),
    "a line of ASCII behind UTF-16",
  ],
] as const;

for (const [bytes, why] of NOT_UTF8) {
  Deno.test(`rules that are not in UTF-8 close the site, and are told: ${why}`, async () => {
    const files = { "index.html": "", "secret/a.txt": "", "_headers": new Uint8Array(bytes) };
    await withSite(files, {}, async (ask, { errors }) => {
      for (const path of ["/", "/secret/a.txt"]) assertEquals((await ask(path)).statusCode, 403);
      assertEquals(errors.splice(0), [
        "_headers: nothing is served, as it is in UTF-16, or no text; save it as UTF-8",
      ]);
    });
  });
}

function utf16(text: string): number[] {
  return Array.from(text, (unit) => unit.charCodeAt(0)).flatMap((unit) => [unit & 255, unit >> 8]);
}

Deno.test("rules are read where they are large", async () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `/old/${i} /new/${i} 301`).join("\n");
  await withSite({ "_redirects": lines }, {}, async (ask) => {
    assertEquals(await outcome(ask, "/old/1999"), "301 /new/1999");
  });
});

const HUGE = [
  ["/a /b 301\n" + "#".repeat(1_000_000), "is over 1000000 bytes"],
  ["/a /b 301\n".repeat(10_001), "has over 10000 lines"],
  ["/a /b 301\r".repeat(10_001), "has over 10000 lines"],
  ["/a /b 301\r\n".repeat(10_001), "has over 10000 lines"],
] as const;
Deno.test("rules are read where there are just as many lines as may be", async () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    await withSite({ "_redirects": `/a /b 301${end}`.repeat(10_000) }, {}, async (ask) => {
      assertEquals(await outcome(ask, "/a"), "301 /b");
    });
  }
});

for (const [text, why] of HUGE) {
  Deno.test(`rules are ignored where one file ${why} (${JSON.stringify(text.slice(-2))} at its end), and that is said once`, async () => {
    await withSite({ "_redirects": text }, {}, async (ask, { errors }) => {
      for (let time = 0; time < 3; time++) assertEquals((await ask("/a")).statusCode, 404);
      assertEquals(errors.splice(0), [`_redirects: ignored, as it ${why}`]);
    });
  });
}

testWithLinks(
  "rules that are a folder are ignored, and such that lead out of the root close it, and that is said",
  async () => {
    await withSite(
      { "_headers/x": "", "a.txt": "a" },
      {},
      async (ask, { errors, outside, root }) => {
        assertEquals(errors.splice(0), ["_headers: ignored, as it is not a regular file"]);
        await writeFile(outside, "rules", "/a.txt /b 301!\n");
        await Deno.symlink(`${outside}/rules`, `${root}/_redirects`);
        const untilMs = Date.now() + 5_000;
        while (errors.length === 0 && Date.now() < untilMs) await ask("/a.txt");
        assertEquals((await ask("/a.txt")).statusCode, 403);
        assertEquals(errors.splice(0), [
          "_redirects: nothing is served, as it leads out of the root",
        ]);
        await Deno.remove(`${root}/_redirects`);
        while ((await ask("/a.txt")).statusCode !== 200) assert(Date.now() < untilMs);
      },
    );
  },
);
