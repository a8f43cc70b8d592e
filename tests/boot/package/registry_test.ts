/** Ready for JSR, and for `deno install`: what would be published, how it is documented, and the command that is made. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { stopGently } from "../../signals.ts";
import { LineReader } from "../../tools.ts";

const REPOSITORY = new URL("../../../", import.meta.url);

async function deno(
  ...args: string[]
): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: REPOSITORY,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("deno publish would take the server, its command and its site, and no tests", async () => {
  const { success, text } = await deno(
    "publish",
    "--dry-run",
    "--allow-dirty",
    "--no-check",
  );
  assert(success, text);
  const files = [...text.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) =>
    url.slice(REPOSITORY.href.length)
  );
  for (
    const name of [
      "main.ts",
      "lib/serve.ts",
      "lib/boot/worker.ts",
      "README.md",
      "LICENSE",
    ]
  ) {
    assert(files.includes(name), `${name} is missing: ${files.join()}`);
  }
  const needless = files.filter((name) =>
    /^tests\/|_test\.ts$|^\.|^lib\/boot\/package\//.test(name)
  );
  assertEquals(needless, []);
  // What is exported is there, and one of the exports is the command.
  for (const path of Object.values(config.exports)) {
    assert(files.includes(path.slice(2)), path);
  }
  assertEquals(config.exports["./cli"], "./main.ts");
});

Deno.test("deno doc finds all that is public described", async () => {
  const { success, text } = await deno(
    "doc",
    "--lint",
    "lib/serve.ts",
    "main.ts",
  );
  assert(success, text);
});

/** Starts something that serves, waits for its banner, and ends it. */
async function bannerOf(
  program: string,
  args: readonly string[],
  cwd: string | URL,
) {
  const child = new Deno.Command(program, {
    args: [...args, "--host", "127.0.0.1", "--port", "0", "--log", "json"],
    cwd,
    // The command that deno install makes starts the Deno that it finds.
    env: {
      NO_COLOR: "1",
      PATH: `${Deno.execPath().replace(/[^/]*$/, "")}:${Deno.env.get("PATH")}`,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new LineReader(child.stderr);
  const said: string[] = [];
  for (
    let line = await stderr.next();
    line !== null;
    line = await stderr.next()
  ) {
    said.push(line);
    if (line === "Press Ctrl+C to stop") break;
  }
  const url = /http:\S+/.exec(said.join("\n"))?.[0];
  const page = url === undefined ? null : await (await fetch(url)).text();
  if (url !== undefined) stopGently(child);
  const stdout = child.stdout.pipeTo(new WritableStream());
  const [{ code }] = await Promise.all([child.status, stderr.drain(), stdout]);
  return { said, page, code };
}

Deno.test({
  name: "deno task install makes a command that serves the folder one is in, and reads no other",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "vitrine_" }),
    );
    try {
      await Deno.mkdir(`${folder}/site/inner`, { recursive: true });
      await Deno.writeTextFile(`${folder}/site/index.html`, "<p>here");
      await Deno.writeTextFile(`${folder}/site/inner/index.html`, "<p>inner");
      const [program, ...words] = config.tasks.install.split(" ");
      assertEquals(program, "deno");
      // The flags are those of the task that serves, for the folder one is in.
      const sandboxOf = (task: string) =>
        task.split(" ").filter((word) => /^--(no-p|v8|a)/.test(word));
      assertEquals(
        sandboxOf(config.tasks.install),
        sandboxOf(config.tasks.serve).map((word) => word.replace("./static", ".")),
      );
      const args = words.toSpliced(1, 0, "--root", folder);
      const { success, text } = await deno(...args);
      assert(success, text);
      const vitrine = `${folder}/bin/vitrine`;
      const here = await bannerOf(vitrine, [], `${folder}/site`);
      assertEquals(
        here.said[0],
        `Vitrine ${config.version} serves . (${folder}/site)`,
      );
      assertMatch(
        here.said[2],
        /^The sandbox lets it read \. only and listen; it refuses write, run, /,
      );
      assertEquals([here.page, here.code], ["<p>here", 0]);
      assertEquals(
        (await bannerOf(vitrine, ["inner"], `${folder}/site`)).page,
        "<p>inner",
      );
      const other = await bannerOf(vitrine, [folder], `${folder}/site`);
      assertEquals(other.code, 2);
      assertMatch(other.said.join("\n"), /; go to ".*" and type: vitrine$/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("the guide's shortest command serves a folder", async () => {
  const guide = await Deno.readTextFile(
    new URL("static/guide/operating.html", REPOSITORY),
  );
  const command = /<code>deno (-R=DIR -N main\.ts DIR)<\/code>/.exec(guide)
    ?.[1];
  assert(command !== undefined, "the guide has it");
  const args = command.replaceAll("DIR", "static/gallery").split(" ");
  const { page, code } = await bannerOf(Deno.execPath(), args, REPOSITORY);
  assertEquals([page !== null, code], [true, 0]);
});
