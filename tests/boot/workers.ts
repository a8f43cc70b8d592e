/** What the tests of workers share: a site, `main.ts --workers N` started as people do, and who had a connection. */

import { LineReader } from "../tools.ts";

const REPOSITORY = new URL("../..", import.meta.url);
export const IGNORE = Deno.build.os === "windows"; // No SO_REUSEPORT, and no SIGTERM.
/** Too much for the buffers of a socket. */
export const BIG_BYTES = 16 * 1024 * 1024;

export function makeSite(): { site: string } & Disposable {
  const site = Deno.realPathSync(Deno.makeTempDirSync());
  Deno.writeTextFileSync(`${site}/a.txt`, "hello");
  using big = Deno.openSync(`${site}/big.bin`, { create: true, write: true });
  big.truncateSync(BIG_BYTES);
  return { site, [Symbol.dispose]: () => Deno.removeSync(site, { recursive: true }) };
}

export function deno(args: readonly string[], stdin: "piped" | "null" = "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: REPOSITORY,
    stdin,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

/** As `deno task serve:workers` has it. */
export function mayServe(site: string, ...further: string[]): string[] {
  const read = [site, "./lib", ...further].join();
  return ["run", "--no-prompt", "--unstable-net", `--allow-read=${read}`, "--allow-net"];
}

/** Starts a server that writes JSON lines. */
export async function startServer(
  site: string,
  { script = "main.ts", flags = ["--workers", "2"] } = {},
) {
  const further = script === MORTAL ? ["./tests/boot/mortal_worker.ts"] : [];
  const sandbox = mayServe(site, ...further);
  const args = [...sandbox, script, site, "--port", "0", "--log", "json", ...flags];
  return await started(deno(args).spawn());
}

/** Like `main.ts`, but its workers die when they are told to. */
export const MORTAL = "tests/boot/mortal_workers.ts";

export async function started(child: Deno.ChildProcess) {
  const stdout = new LineReader(child.stdout);
  const stderr = new LineReader(child.stderr);
  let port = 0;
  for (
    let line = await stderr.next();
    line !== "Press Ctrl+C to stop";
    line = await stderr.next()
  ) {
    if (line === null) throw new Error("It ended before it listened");
    port = Number(/http:\/\/.*:(\d+)\//.exec(line)?.[1] ?? port);
  }
  const stdin = child.stdin.getWriter();
  return {
    port,
    stdout,
    stderr,
    kill: (signal: Deno.Signal) => child.kill(signal),
    tell: (order: string) => stdin.write(new TextEncoder().encode(`${order}\n`)),
    /** The exit code, and what it still wrote. */
    async end(): Promise<{ code: number; lines: string[]; errors: string[] }> {
      const [lines, errors] = await Promise.all([restOf(stdout), restOf(stderr)]);
      const { code } = await child.status;
      await stdin.close().catch(() => {}); // Its reader is gone.
      return { code, lines, errors };
    },
  };
}

async function restOf(reader: LineReader): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await reader.next(); line !== null; line = await reader.next()) lines.push(line);
  return lines;
}

export async function request(port: number, path: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  await conn.write(new TextEncoder().encode(head));
  return conn;
}

export async function countBytes(conn: Deno.TcpConn): Promise<number> {
  let bytes = 0;
  for await (const chunk of conn.readable) bytes += chunk.length;
  return bytes;
}

/** Sends requests, each on a connection of its own, and tells how many got a whole response. */
export async function countAnswers(port: number, requests: number): Promise<number> {
  const answers = Array.from({ length: requests }, async () => {
    return await countBytes(await request(port, "/a.txt")) > 100;
  });
  return (await Promise.all(answers)).filter((isWhole) => isWhole).length;
}

/** Which of two workers had a connection: they number theirs 1, 3, 5 … and 2, 4, 6 …. */
export function workerOf(line: string): number {
  return (JSON.parse(line).connection - 1) % 2;
}
