/**
 * One binary with the site inside. The runtime for it comes from Deno's servers, or from `DENORT_BIN`; where it cannot
 * be had, the test of the binary is ignored and says so, and the tests of all that goes into it remain.
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { embeddedRoot } from "../../lib/boot/embedded.ts";
import { DiskFile } from "../../lib/files/disk_file.ts";
import { type Running, withServer } from "../wire/harness.ts";
import { systemPath, testWithLinks } from "../tools.ts";

const REPOSITORY = new URL("../../", import.meta.url);

async function deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), { args, cwd: REPOSITORY }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

/** The flags of a task, in the order typed. */
function flagsOf(task: "compile" | "compile:empty"): string[] {
  const words = config.tasks[task].split(" ");
  assertEquals([words.slice(0, 2), words.at(-1)], [["deno", "compile"], "main.ts"]);
  return words.slice(2, -1);
}

Deno.test("the compile tasks bake in what the sandbox needs, and no more", () => {
  const common = ["--exclude-unused-npm", "--output", "vitrine"];
  const always = [
    "--no-prompt",
    "--v8-flags=--max-semi-space-size=8,--single-threaded-gc",
  ]; // The guide says what for.
  const bakedIn = [...always, "--allow-net"];
  assertEquals(flagsOf("compile"), [...bakedIn, "--include", "static", ...common]);
  assertEquals(flagsOf("compile:empty"), [
    ...always,
    "--allow-read=./static",
    "--allow-net",
    ...common,
  ]);
});

Deno.test("the binary's modules are those of the server, and all that they import", async () => {
  const { code, stdout } = await deno("info", "--json", "main.ts");
  assertEquals(code, 0);
  const { modules } = JSON.parse(stdout) as {
    modules: { specifier: string; error?: string; dependencies?: { isDynamic?: boolean }[] }[];
  };
  assertEquals(modules.filter(({ error }) => error !== undefined), [], "all are found");
  const own = modules
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith(REPOSITORY.href))
    .map((specifier) => specifier.slice(REPOSITORY.href.length));
  assert(["main.ts", "lib/serve.ts", "deno.json"].every((name) => own.includes(name)), own.join());
  assertEquals(own.filter((name) => !/^(main\.ts|deno\.json|lib\/.*)$/.test(name)), []);
  assert(!own.includes("lib/boot/make_cert.ts"), "the maker of certificates stays outside");
  // A dynamic import with a made-up name would be missing from the binary.
  const dynamic = modules.flatMap(({ dependencies }) => dependencies ?? []).filter((d) =>
    d.isDynamic
  );
  const names = (dynamic as { specifier?: string }[]).map(({ specifier }) => specifier).sort();
  const expected = ["./lib/metrics/server.ts", "./lib/xray/server.ts"];
  assertEquals(names, expected, "plain names, and in the binary");
  for (const name of expected) assert(own.includes(name.slice("./".length)), name);
  const remote = modules.filter(({ specifier }) => /^https?:/.test(specifier));
  assertEquals(remote, [], "nothing is fetched");
});

Deno.test("what --include embeds is the site, of regular files only", async () => {
  const names: string[] = [];
  const walk = async (folder: string) => {
    for await (const entry of Deno.readDir(new URL(folder, REPOSITORY))) {
      assert(entry.isFile || entry.isDirectory, `${folder}${entry.name} is neither`);
      if (entry.isDirectory) await walk(`${folder}${entry.name}/`);
      else names.push(folder + entry.name);
    }
  };
  await walk("static/");
  assert(names.includes("static/index.html") && names.includes("static/404.html"), names.join());
});

Deno.test("embeddedRoot() finds a site in compiled programs only", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    assertEquals(embeddedRoot(folder, true), null, "compiled without one");
    await Deno.mkdir(`${folder}/static`);
    assertEquals(embeddedRoot(folder, true), systemPath(`${folder}/static`));
    assertEquals(embeddedRoot(folder, false), null, "not compiled");
    assertEquals(embeddedRoot(undefined, true), null, "the main module is no file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Gives all files the facts that they have inside a binary, while `test` runs. */
async function withEmbeddedFacts(test: () => Promise<void>): Promise<void> {
  const { lstatSync, statSync } = Deno;
  const { look } = DiskFile.prototype;
  const builtMs = Date.now() - 60_000;
  const embedded = (info: Deno.FileInfo): Deno.FileInfo => {
    const time = new Date(info.isFile ? builtMs : 0);
    return { ...info, dev: 0, ino: 0, mtime: time, ctime: time };
  };
  Object.assign(Deno, {
    lstatSync: (path: string) => embedded(lstatSync(path)),
    statSync: (path: string) => embedded(statSync(path)),
  });
  DiskFile.prototype.look = function () {
    return { ...look.call(this), mtimeMs: builtMs, ctimeMs: builtMs, device: 0, inode: 0 };
  };
  try {
    await test();
  } finally {
    Object.assign(Deno, { lstatSync, statSync });
    DiskFile.prototype.look = look;
  }
}

async function get(running: Running, target: string, ...fieldLines: string[]) {
  const client = await running.connect();
  await client.send([`GET ${target} HTTP/1.1`, "Host: a", ...fieldLines, "", ""].join("\r\n"));
  return await client.readResponse();
}

for (const cacheSizeMiB of [64, 0]) {
  testWithLinks(
    `files without device and inode are served as others, cache ${cacheSizeMiB}`,
    async () => {
      const text = "text\n".repeat(1000);
      await withServer({ "a/index.html": text, "b.txt": text.slice(1) }, async (running) => {
        await Deno.writeTextFile(`${running.outside}/secret`, "SECRET");
        await Deno.symlink(`${running.outside}/secret`, `${running.root}/link`);
        await Deno.symlink("b.txt", `${running.root}/inside`);
        await withEmbeddedFacts(async () => {
          for (let time = 0; time < 2; time++) {
            const page = await get(running, "/a/");
            assertEquals([page.statusCode, page.content], [200, text]);
            const tag = page.fields.get("etag")!;
            assert(!tag.includes("-u"), "its times are settled");
            assertEquals((await get(running, "/a/", `If-None-Match: ${tag}`)).statusCode, 304);
            const part = await get(running, "/b.txt", "Range: bytes=-5");
            assertEquals([part.statusCode, part.content], [206, "text\n"]);
            assertEquals((await get(running, "/inside")).content, text.slice(1));
            assertEquals((await get(running, "/link")).statusCode, 404);
            const coded = await get(running, "/a/", "Accept-Encoding: gzip");
            assertEquals(
              coded.fields.get("content-encoding"),
              cacheSizeMiB === 0 ? undefined : "gzip",
            );
          }
          assertEquals(running.errors, []);
        });
      }, { cacheSizeMiB, compression: true });
    },
  );
}

const FOLDER = await Deno.makeTempDir({ prefix: "vitrine_" });
const BINARY = `${FOLDER}/vitrine${Deno.build.os === "windows" ? ".exe" : ""}`;
const FLAGS = flagsOf("compile").map((flag) => flag === "vitrine" ? BINARY : flag);
const COMPILED = await deno("compile", ...FLAGS, "main.ts");
const WHY_NOT = COMPILED.code === 0 ? null : /Setting up base binary/.test(
    COMPILED.stderr,
  )
  ? "no runtime for compiled programs within reach"
  : "";
if (COMPILED.code !== 0) await Deno.remove(FOLDER, { recursive: true });

Deno.test({
  name: `the compiled server serves the site inside it${WHY_NOT ? ` (${WHY_NOT})` : ""}`,
  // Any other failure than a runtime that cannot be fetched is a failure.
  ignore: Boolean(WHY_NOT),
  async fn() {
    assertEquals(COMPILED.code, 0, COMPILED.stderr);
    const child = new Deno.Command(BINARY, {
      args: ["--port", "0", "--host", "127.0.0.1"],
      cwd: FOLDER, // Where no static/ is.
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    try {
      const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("Ctrl+C")) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`Cannot start: ${text}`);
        text += value;
      }
      const port = /:(\d+)\/$/m.exec(text)![1];
      const expected = await Deno.readTextFile(new URL("static/index.html", REPOSITORY));
      for (let time = 0; time < 2; time++) {
        const page = await fetch(`http://127.0.0.1:${port}/`);
        assertEquals([page.status, await page.text()], [200, expected]);
        const tag = page.headers.get("etag")!;
        const cached = await fetch(`http://127.0.0.1:${port}/`, {
          headers: { "if-none-match": tag },
        });
        assertEquals([cached.status, await cached.text()], [304, ""]);
        const missing = await fetch(`http://127.0.0.1:${port}/main.ts`);
        assertEquals(missing.status, 404);
        await missing.body?.cancel();
      }
      child.kill("SIGTERM");
      assertEquals((await child.status).code, 0);
      await Promise.all([reader.cancel(), child.stdout.cancel()]);
    } finally {
      await Deno.remove(FOLDER, { recursive: true });
    }
  },
});
