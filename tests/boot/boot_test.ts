/** Starts `main.ts` as people do, in its sandbox, and looks at what it prints and how it ends. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { sendSignal, stopGently, STOPS } from "../signals.ts";
import { freePort, LineReader, systemPath, testOnUnix } from "../tools.ts";
import config from "../../deno.json" with { type: "json" };

const REPOSITORY = new URL("../..", import.meta.url);

/** A folder to serve: `site/` with two files in it, one of them too large for the buffers of a socket. */
const BIG_BYTES = 32 * 1024 * 1024;

function makeSite(): { root: string; site: string } & Disposable {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  const site = systemPath(`${root}/site`);
  Deno.mkdirSync(site);
  Deno.writeTextFileSync(`${site}/a.txt`, "hello");
  using big = Deno.openSync(`${site}/big.bin`, { create: true, write: true });
  big.truncateSync(BIG_BYTES);
  return { root, site, [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }) };
}

function deno(args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: REPOSITORY,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** A server that has said that it listens. */
interface Started {
  readonly child: Deno.ChildProcess;
  readonly stdout: LineReader;
  readonly stderr: LineReader;
  /** The lines that said so. */
  readonly banner: readonly string[];
  readonly port: number;
}

/** Wine on a busy machine: now and then a program that is started ends before it begins. */
const LOST_BY_WINE = "(os error 1359)";
/** How often a program is started that Wine loses. */
const TRIES = 3;

/** Starts a server whose log goes to tools, so that the banner is on the error stream. */
async function startServer(args: readonly string[], tries = TRIES): Promise<Started> {
  const child = deno(args).spawn();
  const stdout = new LineReader(child.stdout);
  const stderr = new LineReader(child.stderr);
  const banner: string[] = [];
  while (banner.at(-1) !== "Press Ctrl+C to stop") {
    const line = await stderr.next();
    if (line === null) {
      const said = banner.join(" | ");
      if (said.includes(LOST_BY_WINE) && tries > 1) return startServer(args, tries - 1);
      throw new Error(`It ended before it listened: ${said}`);
    }
    banner.push(line);
  }
  const port = Number(/http:\/\/.*:(\d+)\//.exec(banner.join("\n"))![1]);
  return { child, stdout, stderr, banner, port };
}

/** Sends one request and leaves the response to be read. */
async function request(port: number, path: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: "t"\r\n\r\n`;
  await conn.write(new TextEncoder().encode(head));
  return conn;
}

async function countBytes(conn: Deno.TcpConn): Promise<number> {
  let bytes = 0;
  for await (const chunk of conn.readable) bytes += chunk.length;
  return bytes;
}

/** As `deno task serve` has it. */
const SANDBOX = ["run", "--no-prompt", "--allow-net"];

Deno.test("main.ts answers a mistake with one line and exit code 2", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const free = freePort();
  const mayRead = [...SANDBOX, `--allow-read=${root}`, "main.ts"];
  const CASES: readonly (readonly [command: string[], stderr: RegExp, why: string])[] = [
    [[...mayRead, "--prot"], /^there is no flag "--prot"; did you mean/, "unknown flag"],
    [
      [...mayRead, site, "--mount", `/docs=${root}/nope`],
      /^there is no folder ".*nope" for \/docs; create it, or leave out --mount$/,
      "a mount of a missing folder",
    ],
    [
      [...mayRead, site, "--mount", `/docs=${site}/a.txt`],
      /^".*a\.txt" is a file, and --mount takes a folder; name the one it is in$/,
      "a mount of a file",
    ],
    [
      [...mayRead, site, "--mount", `/a=${site}`, "--mount", `/a=${root}`],
      /^--mount has \/a for ".*site" already, not "\/a=.*"; type for example --mount \/docs=/,
      "two folders below one path",
    ],
    [
      [...SANDBOX, `--allow-read=${site}`, "main.ts", site, "--mount", `/docs=${root}`],
      /^the sandbox does not let Vitrine read the folders ".*"; type: .* --allow-read=[^ ]*site,[^ ]+ --allow-net/,
      "a mount that the sandbox does not know",
    ],
    [[...mayRead, site, "--port", "x"], /^--port takes a whole number .* type for /, "bad value"],
    [[...mayRead, `${root}/nope`], /^there is no folder ".*nope"; create it or /, "missing folder"],
    [
      [...mayRead, `${site}/a.txt`],
      /^".*a\.txt" is a file, .* main\.ts .*site[/\\]$/,
      "file as root",
    ],
    [
      [...mayRead, site, "--port", `${port}`, "--host", "127.0.0.1"],
      /^port \d+ is taken /,
      "taken",
    ],
    [[...mayRead, site, "--host", "192.0.2.1"], /^"192\.0\.2\.1" is not an address of /, "foreign"],
    [[...mayRead, site, "--host", "http://x"], /^"http:\/\/x" is not a host; type --host/, "URL"],
    [[...mayRead, site, "--host", "x.invalid"], /^there is no host named "x\.invalid"/, "no such"],
    [
      [...SANDBOX, "main.ts", site],
      /^the sandbox does not let Vitrine read the folder .* --allow-read=.*site --allow-net main/,
      "no read permission",
    ],
    [
      [...SANDBOX, `--allow-read=${site}`, "main.ts", `${root}/nope`],
      /^the sandbox does not let Vitrine read the folder ".*nope"/,
      "the sandbox hides whether a folder outside it exists",
    ],
    [
      ["run", "--no-prompt", `--allow-read=${root}`, "main.ts", site],
      /^the sandbox does not let Vitrine listen on 0\.0\.0\.0:3000; type: (npx -y )?deno(@[\d.]+)? run /,
      "no net permission",
    ],
    [
      ["run", "--no-prompt", "main.ts"],
      /^the sandbox does not let Vitrine read the folder "\.\/static" or listen on 0\.0\.0\.0:3000;/,
      "neither",
    ],
    [
      ["run", "--no-prompt", `--allow-net=127.0.0.1:${free}`, `--allow-read=${root}`, "main.ts"]
        .concat(site, "--host", "127.0.0.1", "--port", `${free}`, "--xray", "--xray-port", "81"),
      new RegExp(
        `^X-ray: the sandbox does not let Vitrine listen on 127\\.0\\.0\\.1:81; type: .* ` +
          `--host 127\\.0\\.0\\.1 --port ${free} --xray --xray-port 81$`,
      ),
      "the X-ray: the flags of the site stay as they were typed",
    ],
    [
      [...mayRead, site, "--port", `${free}`, "--xray", "--xray-port", `${free}`],
      new RegExp(`^X-ray: port ${free} is taken by the site; .*: --xray-port ${free + 1}, or `),
      "the X-ray: both were given one port",
    ],
  ];
  for (const [command, pattern, why] of CASES) {
    const { code, stdout, stderr } = await deno(command).output();
    const text = new TextDecoder().decode(stderr);
    assertMatch(text, /^vitrine: [^\n]+\n$/, why);
    assertMatch(text.slice("vitrine: ".length, -1), pattern, why);
    assertEquals([code, stdout.length], [2, 0], why);
  }
});

Deno.test("main.ts prints help and version to standard output, without any permission", async () => {
  for (
    const [flag, pattern] of [["--help", /deno(@[\d.]+)? task serve/], [
      "--version",
      /^Vitrine \S+\n$/,
    ]] as const
  ) {
    const { code, stdout, stderr } = await deno(["run", "--no-prompt", "main.ts", flag]).output();
    assertMatch(new TextDecoder().decode(stdout), pattern);
    assertEquals([code, stderr.length], [0, 0]);
  }
});

Deno.test("main.ts says what it serves, logs for tools alone, and ends on a signal", async () => {
  using folder = makeSite();
  const { site } = folder;
  const command = [...SANDBOX, `--allow-read=${site}`, "main.ts", site, "--port", "0"];
  const { child, stdout, stderr, banner, port } = await startServer(command);
  assertEquals(banner, [
    `Vitrine ${config.version} serves ${site} (${site})`,
    `Open http://localhost:${port}/`,
    `The sandbox lets it read ${site} only and listen; it refuses write, run, env, ffi, sys, import`,
    "Press Ctrl+C to stop",
  ]);
  await countBytes(await request(port, "/a.txt"));
  assertMatch(
    await stdout.next() ?? "",
    /^127\.0\.0\.1 - - \[[^\]]+ \+0000\] "GET \/a\.txt HTTP\/1\.1" 200 5 "-" "\\x22t\\x22" \d+\.\d{3} 1$/,
  );
  stopGently(child);
  assertEquals((await child.status).code, 0);
  assertEquals(await stdout.rest(), "");
  // Where stopping takes more than 50 ms, it says for what it waits.
  assertMatch(await stderr.rest(), /^(?:Finishing responses for up to 10 s; [^\n]*\n)?$/);
});

Deno.test("main.ts starts, without a warning, by the command that its help has for any folder", async () => {
  using folder = makeSite();
  const { site } = folder;
  const { stdout: help } = await deno(["run", "--no-prompt", "main.ts", "--help"]).output();
  const [, words] =
    /^ +(?:npx -y )?deno(?:@[\d.]+)? (run .*) \[FLAGS\]$/m.exec(new TextDecoder().decode(help)) ??
      [];
  const args = words.replaceAll("DIR", site).split(" ");
  const { child, stdout, stderr, banner } = await startServer([...args, "--port", "0"]);
  assertEquals(banner[0], `Vitrine ${config.version} serves ${site} (${site})`);
  assertEquals(banner.filter((line) => line.startsWith("Warning")), []);
  stopGently(child);
  assertEquals((await child.status).code, 0);
  await Promise.all([stdout.rest(), stderr.rest()]);
});

Deno.test("main.ts --open says what to click where no launcher can start a browser", async () => {
  using folder = makeSite();
  const { site } = folder;
  for (const flag of [[], ["--launched-as=vitrine"]]) {
    const may = [...SANDBOX, `--allow-read=${site}`, "main.ts", ...flag];
    const { child, stdout, stderr, banner } = await startServer([
      ...may,
      ...[site, "--port", "0", "--open"],
    ]);
    assertMatch(
      banner.at(-2)!,
      /^The sandbox lets it start no browser: click the address above/,
    );
    stopGently(child);
    assertEquals((await child.status).code, 0);
    await Promise.all([stdout.rest(), stderr.rest()]);
  }
});

Deno.test("main.ts writes nothing but JSON to standard output when asked to", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  const command = [...SANDBOX, `--allow-read=${root}`, "main.ts", site, "--port=0", "--log=json"];
  const { child, stdout, stderr, port } = await startServer(command);
  await countBytes(await request(port, "/a.txt"));
  await countBytes(await request(port, "/nope"));
  stopGently(child);
  assertEquals((await child.status).code, 0);
  const lines = (await stdout.rest()).split("\n").filter((line) => line);
  const entries = lines.map((line) => JSON.parse(line));
  assertEquals(entries.map(({ statusCode }) => statusCode), [200, 404], "flushed before the end");
  await stderr.rest();
});

Deno.test("main.ts prints nothing when it is to be quiet", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  const port = freePort();
  const command = [...SANDBOX, `--allow-read=${root}`, "main.ts", site, "-q", "--port", `${port}`];
  const child = deno(command).spawn();
  const output = Promise.all([
    new LineReader(child.stdout).rest(),
    new LineReader(child.stderr).rest(),
  ]);
  await countBytes(await untilConnected(() => request(port, "/a.txt")));
  stopGently(child);
  assertEquals((await child.status).code, 0);
  assertEquals(await output, ["", ""]);
});

Deno.test("main.ts prints the addresses of the X-ray even when it is to be quiet", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  const command = [
    ...SANDBOX,
    `--allow-read=${root}`,
    "main.ts",
    site,
    "-q",
    "--port=0",
  ]
    .concat("--xray", "--xray-port=0", "--xray-origin=https://hub.example/p");
  const child = deno(command).spawn();
  const [stdout, stderr] = [new LineReader(child.stdout), new LineReader(child.stderr)];
  const token = "[0-9a-f-]{36}$";
  assertMatch(
    await stdout.next() ?? "",
    new RegExp(`^X-ray: open https://hub\\.example/p/#token=${token}`),
  );
  assertMatch(
    await stdout.next() ?? "",
    new RegExp(
      `^X-ray, to watch alone: open https://hub\\.example/p/#token=${token}`,
    ),
  );
  stopGently(child);
  assertEquals((await child.status).code, 0);
  assertEquals(await Promise.all([stdout.rest(), stderr.rest()]), ["", ""]);
});

Deno.test("main.ts lets a download finish after a first signal", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  for (const signal of Object.keys(STOPS) as Deno.Signal[]) {
    const command = [...SANDBOX, `--allow-read=${root}`, "main.ts", site, "--port", "0"];
    const { child, stdout, stderr, port } = await startServer(command);
    const conn = await request(port, "/big.bin");
    const first = await conn.read(new Uint8Array(1)); // The response is under way.
    sendSignal(child, signal);
    assertMatch(await stderr.next() ?? "", /^Finishing responses for up to 10 s; Ctrl\+C again /);
    assert((first ?? 0) + await countBytes(conn) > BIG_BYTES, "head and whole content");
    assertEquals((await child.status).code, 0, signal);
    await Promise.all([stdout.rest(), stderr.rest()]);
  }
});

Deno.test("main.ts ends at once on a second signal", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  for (const [signal, exitCode] of Object.entries(STOPS) as [Deno.Signal, number][]) {
    const command = [...SANDBOX, `--allow-read=${root}`, "main.ts", site, "--port", "0"];
    const { child, stdout, stderr, port } = await startServer(command);
    using conn = await request(port, "/big.bin");
    await conn.read(new Uint8Array(1));
    stopGently(child);
    assertMatch(await stderr.next() ?? "", /^Finishing responses/);
    sendSignal(child, signal);
    assertEquals((await child.status).code, exitCode, signal);
    await Promise.all([stdout.rest(), stderr.rest()]);
  }
});

testOnUnix("main.ts serves on after SIGHUP and SIGUSR2, and says what they do not do", async () => {
  using folder = makeSite();
  const { root, site } = folder;
  const command = [...SANDBOX, `--allow-read=${root}`, "main.ts", site, "--port", "0"];
  const { child, stdout, stderr, port } = await startServer(command);
  for (const signal of ["SIGHUP", "SIGUSR2"] as const) {
    child.kill(signal);
    assertMatch(await stderr.next() ?? "", new RegExp(`^${signal}: .*; serving on$`));
  }
  assert(await countBytes(await request(port, "/a.txt")) > 0);
  stopGently(child);
  assertEquals((await child.status).code, 0);
  await Promise.all([stdout.rest(), stderr.rest()]);
});

Deno.test("deno task serve starts the demo site in its sandbox and passes arguments on", async () => {
  const command = ["task", "--quiet", "serve", "--port", "0", "--host", "127.0.0.1"];
  const { child, stdout, stderr, banner, port } = await startServer(command);
  assertMatch(banner[0], /^Vitrine \S+ serves \.\/static \(.*static\)$/);
  assertEquals(banner[1], `Open http://127.0.0.1:${port}/`);
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  stopGently(child); // The task passes it on.
  assertEquals((await child.status).code, 0);
  await Promise.all([stdout.rest(), stderr.rest()]);
});

/** A server that prints nothing shows that it listens by answering alone. */
async function untilConnected(connect: () => Promise<Deno.TcpConn>): Promise<Deno.TcpConn> {
  while (true) {
    try {
      return await connect();
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
}

/** Wine says now and then that a socket is not connected, where it was refused. */
function isRefusal(error: unknown): boolean {
  const { ConnectionRefused, NotConnected } = Deno.errors;
  return error instanceof ConnectionRefused || error instanceof NotConnected;
}
