/** Takes each text of the chapter on running it for others from its page, and has the program that it is for run it. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { freePort, LineReader, run, testWithTools } from "../tools.ts";

const REPOSITORY = new URL("../..", import.meta.url);
const PAGE = Deno.readTextFileSync(new URL("static/guide/deploying.html", REPOSITORY));
const IGNORE = Deno.build.os !== "linux";
/** Exposure by `systemd-analyze security`, of 100: below 20 it calls a service OK, and it has no word for better. */
const MAX_EXPOSURE = 20;

/** A text of the page, as one copies it. */
function textOf(id: string): string {
  const match = new RegExp(`id="${id}"[^>]*><code>(.*?)</code></pre>`, "s").exec(PAGE);
  assert(match !== null, `the page has no #${id}`);
  const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
  return match[1].replace(/&(\w+);/g, (_, name: string) => entities[name]) + "\n";
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "vitrine_" }));
  try {
    Deno.mkdirSync(`${folder}/www`);
    Deno.writeTextFileSync(`${folder}/www/index.html`, "<p>deployed");
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Starts a command of the page, and waits until it says that it serves. */
async function started(words: readonly string[], env: Record<string, string> = {}) {
  const [, ...args] = words;
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: REPOSITORY,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = [new LineReader(child.stderr), new LineReader(child.stdout)];
  // A log for tools has standard output to itself.
  const isCombined = words.includes("combined");
  const [banner, rest] = isCombined ? lines : lines.toReversed();
  const said: string[] = [];
  for (let line: string | null = ""; line !== null && line !== "Press Ctrl+C to stop";) {
    line = await banner.next();
    said.push(line ?? (await rest.next() ?? "it ended"));
  }
  const drained = lines.map((reader) => reader.drain());
  let isStopped = false;
  return {
    said,
    /** Stops it gently; once is enough. */
    async [Symbol.asyncDispose]() {
      if (!isStopped) child.kill("SIGTERM");
      isStopped = true;
      await Promise.all([child.status, ...drained]);
    },
  };
}

async function get(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } }))
    .text();
}

/** The command of the unit, in words, with places of this machine. */
function commandOfUnit({ www, port }: { www: string; port: number }): string[] {
  const command = /^ExecStart=((?:.*\\\n)*.*)$/m.exec(textOf("unit"))?.[1] ?? "";
  return command.replaceAll("\\\n", " ").trim().split(/\s+/)
    .map((word) =>
      word.replace("/srv/www", www).replace(/^80$/, `${port}`)
        .replace("0.0.0.0:80", `0.0.0.0:${port}`)
    );
}

testWithTools(
  "the unit is one that systemd takes, and calls well closed",
  ["systemd-analyze"],
  async (
    { "systemd-analyze": analyze },
  ) => {
    await withFolder(async (folder) => {
      // What it names is not on this machine; the rest of the text is as it stands.
      const unit = textOf("unit").replace("/usr/local/bin/deno", Deno.execPath());
      const path = `${folder}/vitrine@.service`;
      Deno.writeTextFileSync(path, unit);
      const verified = await run(analyze, ["verify", "--man=no", path]);
      const ours = verified.stderr.split("\n").filter((line) => line.includes("vitrine"));
      assertEquals([verified.code, ours], [0, []], verified.stderr);
      const judged = await run(analyze, [
        ...["security", "--offline=true", `--threshold=${MAX_EXPOSURE}`, "--no-pager", path],
      ]);
      const report = new TextDecoder().decode(judged.stdout);
      assertEquals(judged.code, 0, report.split("\n").slice(-3).join("\n") + judged.stderr);
      // It can fail: a bit less of it is too open.
      Deno.writeTextFileSync(path, unit.replace(/^(Protect|Restrict|System).*\n/gm, ""));
      const open = await run(analyze, [
        ...["security", "--offline=true", `--threshold=${MAX_EXPOSURE}`, "--no-pager", path],
      ]);
      assert(open.code !== 0, "without these lines it is called exposed");
    });
  },
);

Deno.test({
  name: "the unit's command serves, and the turn from one instance to the other leaves no gap",
  ignore: IGNORE,
  async fn() {
    await withFolder(async (folder) => {
      const port = freePort();
      const words = commandOfUnit({ www: `${folder}/www`, port });
      assertEquals(words[0], "/usr/local/bin/deno");
      await using first = await started(words);
      assertStringIncludes(first.said.join("\n"), `Open http://localhost:${port}/`);
      let isOver = false;
      const asking = (async () => {
        let count = 0;
        for (; !isOver; count++) assertEquals(await get(port), "<p>deployed");
        return count;
      })();
      await using _second = await started(words);
      const wait = /^until .*$/m.exec(textOf("turn"))?.[0] ?? "exit 1";
      const { code } = await run("sh", ["-c", wait.replace(":80", `:${port}`)]);
      assertEquals(code, 0, "both listen");
      await first[Symbol.asyncDispose]();
      assertEquals(await get(port), "<p>deployed", "the second one has the port");
      isOver = true;
      assert(await asking > 3, "somebody has asked all the time");
    });
  },
});

Deno.test({
  name: "without --share-port nobody joins, and without --unstable-net it says what to type",
  ignore: IGNORE,
  async fn() {
    await withFolder(async (folder) => {
      const port = freePort();
      const words = commandOfUnit({ www: `${folder}/www`, port });
      await using _first = await started(words);
      const alone = words.filter((word) => word !== "--share-port");
      const run = async (args: readonly string[]) => {
        const command = new Deno.Command(Deno.execPath(), { args: args.slice(1), cwd: REPOSITORY });
        const { code, stderr } = await command.output();
        return [code, new TextDecoder().decode(stderr)] as const;
      };
      const [code, said] = await run(alone);
      assertEquals(code, 2);
      assertMatch(said, /^vitrine: port \d+ is taken by another program/);
      const [unableCode, unable] = await run(words.filter((word) => word !== "--unstable-net"));
      assertEquals(unableCode, 2);
      assertMatch(unable, /does not let Vitrine share a port; type: .* --unstable-net /);
    });
  },
});

testWithTools("the setting of Linux is one that it has", ["sh"], async () => {
  const [name, value] = textOf("sysctl").trim().split(" = ");
  if (IGNORE) return;
  assertMatch(await Deno.readTextFile(`/proc/sys/${name.replaceAll(".", "/")}`), /^[01]\n$/);
  assertEquals(value, "1");
});

testWithTools(
  "HAProxy takes its text, sees one drain, and asks the other one without a gap",
  ["haproxy"],
  async (
    { haproxy },
  ) => {
    await withFolder(async (folder) => {
      const [front, a, b] = [freePort(), freePort(), freePort()];
      const text = textOf("haproxy-cfg").replace(":80\n", `127.0.0.1:${front}\n`)
        .replace("127.0.0.1:8081", `127.0.0.1:${a}`).replace("127.0.0.1:8082", `127.0.0.1:${b}`);
      const path = `${folder}/haproxy.cfg`;
      Deno.writeTextFileSync(path, text);
      const checked = await run(haproxy, ["-c", "-f", path]);
      assertEquals([checked.code, checked.stderr], [0, ""], "not even a warning");
      const serverAt = (port: number) =>
        started([
          ...["deno", "run", "--no-prompt", "--allow-net", `--allow-read=${folder}/www`, "main.ts"],
          ...[`${folder}/www`, "--host", "127.0.0.1", "--port", `${port}`, "--log", "combined"],
          ...textOf("haproxy-flags").trim().split(" "),
        ]);
      await using first = await serverAt(a);
      await using _second = await serverAt(b);
      const proxy = new Deno.Command(haproxy, {
        args: ["-db", "-q", "-f", path],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      try {
        while (await get(front).catch(() => "") !== "<p>deployed");
        // Without a PROXY header nobody gets in, whoever knows the port: HAProxy alone is asked.
        assertEquals(await get(a).catch(() => "closed"), "closed");
        let isStopped = false;
        const stopping = first[Symbol.asyncDispose]().then(() => isStopped = true);
        for (let i = 0; i < 50 || !isStopped; i++) {
          assertEquals(await get(front), "<p>deployed", `${i}`);
        }
        await stopping;
      } finally {
        proxy.kill("SIGKILL");
        await proxy.status;
      }
    });
  },
);

Deno.test({
  name: "the container file passes a linter, runs as nobody, and its command serves",
  ignore: IGNORE,
  async fn() {
    const text = textOf("dockerfile");
    assertEquals(validate(text), []);
    assert(validate(text.replace("EXPOSE 8080", "EXPOSE x")).length > 0, "the linter looks");
    const parsed = DockerfileParser.parse(text);
    const [user] = parsed.getInstructions().filter((line) => line.getKeyword() === "USER");
    assertMatch(user.getArgumentsContent() ?? "", /^[1-9]\d*:[1-9]\d*$/);
    const copied = /^COPY --from=build \/vitrine\/(\S+) (\S+)$/m.exec(text)!;
    await withFolder(async (folder) => {
      const script = `${folder}/vitrine.js`;
      const bundle = ["bundle", "--quiet", "--minify", "-o", script, "main.ts"];
      const { code } = await new Deno.Command(Deno.execPath(), { args: bundle, cwd: REPOSITORY })
        .output();
      assertEquals([code, copied[1]], [0, ".package/vitrine.js"], "as deno task bundle has it");
      const port = freePort();
      const words: string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]);
      await using _server = await started(
        [...words, "--log", "combined"].map((word) =>
          word.replace("/site", `${folder}/www`).replace("8080", `${port}`).replace(
            copied[2],
            script,
          )
        ),
      );
      assertEquals(await get(port), "<p>deployed");
    });
  },
});
