/** Flags from files and from the environment: by themselves, then with the real program in its sandbox. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Command, parseCommandLine } from "../../lib/boot/cli.ts";
import { UsageError } from "../../lib/boot/flags.ts";
import { showsSecret, SYSTEM } from "../../lib/boot/sources.ts";
import { LineReader } from "../tools.ts";

const FILES: Readonly<Record<string, string>> = {
  "site.args": "# the site\n\n--port 8080\n--header X-A: b  c\r\n--live\n/srv/my site\n",
  "pw": "ada:eng ine\nsecond line\n",
  "bad": "nocolon\n",
  "more": "--port=9\n--cache-control=no store\n",
};

function parse(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return parseCommandLine(args, {
    stdoutIsTerminal: false,
    sources: {
      variable: (name) => environment[name] ?? null,
      text(path) {
        if (!(path in FILES)) throw new UsageError(`there is no file ${path}`);
        return FILES[path];
      },
    },
  });
}

function options(command: Command) {
  if (command.kind !== "serve") throw new Error(JSON.stringify(command));
  return command.options;
}

Deno.test("@file stands for the arguments in it, one a line, values as they are", () => {
  const { port, fields, live, root } = options(parse(["@site.args"]));
  assertEquals({ port, fields, live, root }, {
    port: 8080,
    fields: [["X-A", "b  c"]],
    live: true,
    root: "/srv/my site",
  });
  assertEquals(options(parse(["@site.args", "--port", "1"])).port, 1, "the last one counts");
  assertEquals(options(parse(["--port", "1", "@site.args"])).port, 8080, "in a file as well");
  assertEquals(options(parse(["@more"])).cacheControl, "no store", "with an equals sign");
  assertEquals(options(parse(["--", "@site.args"])).root, "@site.args", "behind -- it is a name");
  assertEquals(options(parse(["--root", "@x"])).root, "@x", "as a value, too");
  assertEquals(parse(["@nope"]), { kind: "usage", message: "there is no file nope" });
});

Deno.test("--auth @file reads the password from the first line of a file", () => {
  assertEquals(options(parse(["--auth", "@pw"])).auth, "ada:eng ine");
  assertEquals(options(parse(["--auth=@pw"])).auth, "ada:eng ine");
  const bad = parse(["--auth", "@bad"]);
  assert(bad.kind === "usage" && !bad.message.includes("nocolon"), "no secret in a message");
  for (
    const [args, isShown] of [
      [["--auth", "@pw"], false],
      [["--auth=@pw"], false],
      [["@pw"], false],
      [["--auth", "ada:x"], true],
      [["--auth=ada:x", "--auth", "@pw"], true],
    ] as const
  ) assertEquals(showsSecret(args), isShown, args.join(" "));
});

Deno.test("an @ without a name is said to be one", () => {
  for (const args of [["@"], ["--auth", "@"]]) {
    const command = parseCommandLine(args, { stdoutIsTerminal: false, sources: SYSTEM });
    assertEquals(command, { kind: "usage", message: "there is no name of a file behind @" });
  }
});

Deno.test("the environment sets each flag, and what is typed counts more", () => {
  const environment = {
    VITRINE_PORT: "8080",
    VITRINE_ROOT: "/srv/a",
    VITRINE_LIVE: "1",
    VITRINE_SPA: "0",
    VITRINE_CORS: "",
    VITRINE_MAX_CONNECTIONS: "7",
    VITRINE_HEADER: "X-A: 1\nX-B: 2",
    VITRINE_AUTH: "@pw",
    VITRINE_HELP: "1",
  };
  const set = options(parse([], environment));
  const { port, root, live, spa, cors, maxConnections, fields, auth } = set;
  assertEquals({ port, root, live, spa, cors, maxConnections, fields, auth }, {
    port: 8080,
    root: "/srv/a",
    live: true,
    spa: false,
    cors: false,
    maxConnections: 7,
    fields: [["X-A", "1"], ["X-B", "2"]],
    auth: "ada:eng ine",
  });
  const typed = options(parse(["/srv/b", "-p", "1", "-H", "X-C: 3"], environment));
  assertEquals([typed.root, typed.port, typed.fields], ["/srv/b", 1, [["X-C", "3"]]]);
  assertEquals(parse([], { VITRINE_LIVE: "yes" }), {
    kind: "usage",
    message: 'VITRINE_LIVE takes 1 or 0, not "yes"',
  });
  for (const name of ["VITRINE_AUTH", "VITRINE_CERT", "VITRINE_PORT"]) {
    const message = `${name} is empty; give it a value, or unset it`;
    assertEquals(parse([], { [name]: "" }), { kind: "usage", message });
  }
  const bad = parse([], { VITRINE_PORT: "x" });
  assert(bad.kind === "usage" && bad.message.includes("--port takes a whole number"));
});

async function banner(permissions: readonly string[], args: readonly string[], cwd: string) {
  const main = new URL("../../main.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, "--allow-net", main, "--log", "combined", ...args],
    cwd,
    env: { VITRINE_PORT: "0", VITRINE_HOST: "127.0.0.1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines = new LineReader(child.stderr);
  let text = "";
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    text += `${line}\n`;
    if (line === "Press Ctrl+C to stop") break;
  }
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended.
  }
  await lines.drain();
  await child.status;
  return text;
}

Deno.test("files and the environment in the sandbox: read where they may be, never asked for", async () => {
  const cwd = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  try {
    await Deno.mkdir(`${cwd}/site`);
    await Deno.writeTextFile(`${cwd}/site.args`, "--auth @pw\nsite\n");
    await Deno.writeTextFile(`${cwd}/pw`, "ada:engine\n");
    const read = "--allow-read=site,site.args,pw";
    const set = await banner([read, "--allow-env=VITRINE_*"], ["@site.args"], cwd);
    assertMatch(set, /serves site /);
    assertMatch(set, /Open http:\/\/127\.0\.0\.1:/, "VITRINE_HOST counts");
    assertEquals(/--allow-env|list of processes|engine/.exec(set), null, set);
    // Without --no-prompt Deno would ask at the first try.
    const unset = await banner([read], ["--port", "0", "@site.args"], cwd);
    assertMatch(unset, /Open http:\/\/localhost:/);
    const denied = await banner(["--allow-read=site"], ["@site.args"], cwd);
    assertEquals(
      denied,
      'vitrine: the sandbox does not let Vitrine read "site.args"; add it to --allow-read\n',
    );
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("SYSTEM.text() reads what Windows saves: UTF-8 and UTF-16 that begin with their mark", async () => {
  const path = await Deno.makeTempFile({ prefix: "vitrine_" });
  const text = "--cors\r\n# ü\r\n";
  const units = Array.from(`\ufeff${text}`, (unit) => unit.charCodeAt(0));
  const CASES = [
    [[...new TextEncoder().encode(`\ufeff${text}`)], "UTF-8"],
    [units.flatMap((unit) => [unit & 0xff, unit >> 8]), "UTF-16 of Notepad and PowerShell"],
    [units.flatMap((unit) => [unit >> 8, unit & 0xff]), "UTF-16, the high byte first"],
  ] as const;
  try {
    for (const [bytes, why] of CASES) {
      await Deno.writeFile(path, new Uint8Array(bytes));
      assertEquals(SYSTEM.text(path), text, why);
    }
  } finally {
    await Deno.remove(path);
  }
});
