/** One file that serves, made by `deno task pack` of this Deno, and run as people do, where no other Deno is in reach. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { LineReader, testWithTools } from "../../tools.ts";

const REPOSITORY = new URL("../../../", import.meta.url);

/** Runs the task with another file to make. */
async function pack(out: string): Promise<void> {
  const task = config.tasks.pack;
  for (const step of task.split(" && ")) {
    const [program, ...args] = step.split(" ").map((word) => word === "vitrine" ? out : word);
    assertEquals(program, "deno");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: REPOSITORY,
    })
      .output();
    assert(success, new TextDecoder().decode(stderr));
  }
}

testWithTools(
  "deno task pack makes one file that unpacks once and serves the site inside it",
  [
    ...["tar", "gzip", "sh"] as const,
  ],
  async () => {
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "vitrine_" }),
    );
    try {
      const file = `${folder}/my vitrine`;
      await pack(file);
      const home = `${folder}/home`;
      const site = `${folder}/my site`;
      await Deno.mkdir(site);
      await Deno.writeTextFile(`${site}/index.html`, "<p>another");
      const runAt = (home: Record<string, string>, ...args: string[]) =>
        new Deno.Command(file, {
          args,
          cwd: folder,
          clearEnv: true,
          env: { ...home, PATH: "/usr/bin:/bin", NO_COLOR: "1" }, // Where no Deno is.
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        });
      const run = (...args: string[]) => runAt({ HOME: home }, ...args);
      const served = async (...args: string[]) => {
        const child = run(
          "--host",
          "127.0.0.1",
          "--port",
          "0",
          "--log",
          "json",
          ...args,
        ).spawn();
        const stderr = new LineReader(child.stderr);
        const banner: string[] = [];
        while (banner.at(-1) !== "Press Ctrl+C to stop") {
          const line = await stderr.next();
          if (line === null) {
            throw new Error(
              `It ended before it listened: ${banner.join(" | ")}`,
            );
          }
          banner.push(line);
        }
        const page = await fetch(/http:\S+/.exec(banner.join("\n"))![0]);
        const text = await page.text();
        child.kill("SIGTERM"); // The process is Deno itself by now: no shell stands between.
        const stdout = child.stdout.pipeTo(new WritableStream());
        const [{ code }] = await Promise.all([
          child.status,
          stderr.drain(),
          stdout,
        ]);
        assertEquals([page.status, code], [200, 0]);
        return { banner, text };
      };

      const index = await Deno.readTextFile(
        new URL("static/index.html", REPOSITORY),
      );
      const hint = "set XDG_CACHE_HOME to a folder that you may write to\n";
      const HOMES = [
        // Where not even root can make a folder.
        [{ HOME: "/dev/null" }, `vitrine: cannot write to /dev/null/.cache/vitrine; ${hint}`],
        [{ XDG_CACHE_HOME: "/dev/null" }, `vitrine: cannot write to /dev/null/vitrine; ${hint}`],
        [{}, `vitrine: HOME is not set; ${hint}`],
      ] as const;
      for (const [home, message] of HOMES) {
        const { code, stderr } = await runAt(home, "--version").output();
        assertEquals([code, new TextDecoder().decode(stderr)], [2, message]);
      }

      // Two first starts at once: both unpack, one folder stays.
      const firsts = await Promise.all([served(), served()]);
      for (const { banner, text } of firsts) {
        assertEquals(text, index);
        assertMatch(
          banner[2],
          /^The sandbox lets it read \S+\/static only and listen; it refuses /,
        );
      }
      const cache = `${home}/.cache/vitrine`;
      const unpacked = [...Deno.readDirSync(cache)].map(({ name }) => name);
      assertEquals(unpacked.length, 1, unpacked.join());
      assertEquals(
        Deno.statSync(`${cache}/${unpacked[0]}`).mode! & 0o077,
        0,
        "nobody else's",
      );
      const madeMs = Deno.statSync(`${cache}/${unpacked[0]}/deno`).ctime!
        .getTime();

      const other = await served("my site");
      assertEquals(other.text, "<p>another");
      assertEquals(
        other.banner[0],
        `Vitrine ${config.version} serves my site (${site})`,
      );
      assertEquals(
        (await served("--workers", "2", "--root", site)).text,
        "<p>another",
      );
      assertEquals(
        Deno.statSync(`${cache}/${unpacked[0]}/deno`).ctime!.getTime(),
        madeMs,
        "once",
      );

      const { stdout: help } = await run("--help").output();
      const usage = `\n  '${file}' [DIR] [FLAGS]  serves DIR, or the site inside it\n`;
      assert(new TextDecoder().decode(help).includes(usage), usage);
      const mistake = await run("no\nsuch $HOME").output();
      assertEquals(mistake.code, 2);
      assertMatch(
        new TextDecoder().decode(mistake.stderr),
        /^vitrine: there is no folder "no\\nsuch \$HOME"; [^\n]*\n$/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
