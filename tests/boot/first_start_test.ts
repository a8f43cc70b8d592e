/**
 * The first start on a machine: what has to be fetched for it, and what happens where nothing can be fetched. Packages
 * of tests have a map and a lock of their own, as Deno fetches all that a map names, whoever imports it (2.9.6).
 */

import { assert, assertEquals } from "@std/assert";
import certMap from "../../lib/boot/cert.json" with { type: "json" };
import config from "../../deno.json" with { type: "json" };
import testMap from "../deno.json" with { type: "json" };
import { findTool, LineReader } from "../tools.ts";

const REPOSITORY = new URL("../../", import.meta.url);

interface Lock {
  /** A package as it is asked for, and the version taken. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** All packages, by name and version. */
  readonly npm: Readonly<Record<string, unknown>>;
}

function lockAt(path: string): Lock {
  return JSON.parse(Deno.readTextFileSync(new URL(path, REPOSITORY)));
}

/** A `deno` that is to be quiet about its updates, with other variables if need be. */
function deno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: REPOSITORY,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Where this Deno keeps what it has fetched from npm. */
async function npmCache(): Promise<string> {
  const { stdout } = await deno(["info", "--json"]).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("deno.lock holds three packages, and the locks of tests and certificates agree with it", () => {
  const serving = lockAt("deno.lock");
  assertEquals(
    Object.keys(serving.npm).map((name) => name.replace(/@[\d.]+$/, "")).sort(),
    [
      "deno-std",
      "uplot",
      "uqr",
    ],
  );
  const tests = lockAt("tests/deno.lock");
  for (const lock of [serving, lockAt("lib/boot/cert.lock")]) {
    for (const [asked, version] of Object.entries(lock.specifiers)) {
      assertEquals(
        tests.specifiers[asked],
        version,
        `${asked}: what is tested is what runs`,
      );
    }
    for (const [name, facts] of Object.entries(lock.npm)) {
      assertEquals(tests.npm[name], facts, name);
    }
  }
});

Deno.test("tests/deno.json maps every name as deno.json and the maker of certificates do", () => {
  const names: Readonly<Record<string, string>> = testMap.imports;
  for (const map of [config.imports, certMap.imports]) {
    for (const [name, target] of Object.entries(map)) {
      assertEquals(names[name], target, name);
    }
  }
});

Deno.test("all tasks that start something of tests/ use its map", () => {
  for (const [name, task] of Object.entries(config.tasks)) {
    for (const command of task.split(" && ")) {
      if (!/^deno (test|bench|run|check) .*\btests\b/.test(command)) continue;
      assert(
        / --config tests\/\w+\.json /.test(command),
        `${name}: ${command}`,
      );
    }
  }
});

Deno.test("the server and its X-ray start and answer with the packages of deno.lock alone", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    const from = await npmCache();
    const names = Object.keys(lockAt("deno.lock").npm).map((name) => name.replace(/@[^@]*$/, ""));
    for (const name of names) {
      const path = `registry.npmjs.org/${name}`;
      await copyFolder(`${from}/${path}`, `${folder}/npm/${path}`);
    }
    const sandbox = [
      "--no-prompt",
      "--allow-read=./static",
      "--allow-net",
      "--cached-only",
    ];
    const address = [
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--xray",
      "--xray-port",
      "0",
    ];
    const env = { DENO_DIR: folder };
    const child = deno(
      ["run", "--frozen", ...sandbox, "main.ts", ...address],
      env,
    ).spawn();
    const stderr = new LineReader(child.stderr);
    const said: string[] = [];
    for (let line = await stderr.next(); line !== "Press Ctrl+C to stop";) {
      assert(line !== null, `It ended before it listened: ${said.join(" | ")}`);
      said.push(line);
      line = await stderr.next();
    }
    const urls = said.flatMap((line) => /http:\S+/.exec(line) ?? []);
    assertEquals(urls.length, 2, said.join("\n"));
    for (const url of urls) {
      const page = await fetch(url);
      assertEquals(page.status, 200, url);
      await page.body?.cancel();
    }
    child.kill("SIGTERM");
    await Promise.all([child.status, stderr.drain(), child.stdout.cancel()]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Why the command of README cannot be tried without a network; null if it can. */
async function whyNotOffline(): Promise<string | null> {
  for (const tool of ["unshare", "ip", "npx"]) {
    if (findTool(tool) === null) return `no ${tool} in PATH`;
  }
  if (!(await succeeds("unshare", ["-rn", "true"]))) {
    return "the system lets us have no namespaces";
  }
  const isCached = await succeeds("npx", [
    "--offline",
    "-y",
    "deno@2.9.6",
    "--version",
  ]);
  return isCached ? null : "npx has never fetched deno@2.9.6 here";
}

async function succeeds(
  program: string,
  args: readonly string[],
): Promise<boolean> {
  const command = new Deno.Command(program, {
    args: [...args],
    stdout: "null",
    stderr: "null",
  });
  return (await command.output()).success;
}

const WHY_NOT_OFFLINE = await whyNotOffline();

Deno.test({
  name: "README's first command answers without a network, soon, if it has run once before" +
    (WHY_NOT_OFFLINE === null ? "" : ` (${WHY_NOT_OFFLINE})`),
  ignore: WHY_NOT_OFFLINE !== null,
  async fn() {
    const readme = await Deno.readTextFile(new URL("README.md", REPOSITORY));
    const command = /^npx -y deno@[\d.]+ task serve$/m.exec(readme)?.[0];
    assert(command !== undefined, "README has it");
    // A namespace of its own has no routes, and its loopback is down. What comes of it is asked for in there as well.
    const ask = `const { status } = await fetch("http://127.0.0.1:3000/"); console.log(status)`;
    const script = `ip link set lo up
${command} --host 127.0.0.1 --port 3000 >"$OUT" 2>&1 </dev/null &
for i in $(seq 1200); do grep -q Ctrl+C "$OUT" && break; sleep 0.05; done
"$DENO" eval '${ask}'
kill %1`;
    const out = await Deno.makeTempFile({ prefix: "vitrine_" });
    const startedMs = performance.now();
    // With --kill-child and a process namespace of its own, nothing of it outlives the test.
    const { stdout, stderr } = await new Deno.Command("unshare", {
      args: ["-rn", "--pid", "--fork", "--kill-child", "bash", "-c", script],
      cwd: REPOSITORY,
      env: {
        OUT: out,
        DENO: Deno.execPath(),
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
      },
    }).output();
    const tookMs = performance.now() - startedMs;
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const said = await Deno.readTextFile(out);
    await Deno.remove(out);
    assertEquals(text(stdout), "200\n", `${text(stderr)}\n${said}`);
    // 71 s without `prefer-offline`, 2 s with it: npm asks a registry that it cannot reach three times, with pauses.
    assert(tookMs < 40_000, `${tookMs} ms`);
  },
});
