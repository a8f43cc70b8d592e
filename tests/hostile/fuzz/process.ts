/** The server as people run it: `main.ts` in a process of its own, with the permissions that README names. */

const ROOT = new URL("../../../", import.meta.url);
const STOP_MS = 5_000;

/** A server process that listens. */
export interface Vitrine extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** What it said on its error stream. */
  errors(): string;
}

/**
 * Starts Vitrine on a free port of the loopback interface, without a log.
 *
 * @throws {Error} If it ends before it says where it listens.
 */
export async function startVitrine(root: string, flags: readonly string[]): Promise<Vitrine> {
  const args = ["run", "--quiet", "--no-prompt", `--allow-read=${root}`, "--allow-net", "main.ts"];
  const where = [root, "--host", "127.0.0.1", "--port", "0", "--log", "none"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...where, ...flags],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let alive = true;
  const ended = child.status.finally(() => alive = false);
  let errors = "";
  const errorsRead = readText(child.stderr, (text) => errors += text);
  const listening = Promise.withResolvers<number>();
  let said = "";
  const outputRead = readText(child.stdout, (text) => {
    said += text;
    const port = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
    if (port !== undefined) listening.resolve(Number(port));
  });
  ended.then(({ code }) => listening.reject(new Error(`Ended with code ${code}: ${errors}`)));
  const port = await listening.promise;
  return {
    pid: child.pid,
    port,
    isAlive: () => alive,
    errors: () => errors,
    async [Symbol.asyncDispose]() {
      if (alive) child.kill("SIGTERM");
      const timer = setTimeout(() => alive && child.kill("SIGKILL"), STOP_MS);
      await Promise.all([ended, errorsRead, outputRead]);
      clearTimeout(timer);
    },
  };
}

async function readText(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
