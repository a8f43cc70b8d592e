/**
 * A server in a process of its own: for tests that take something away from it, such as rights or descriptors, or
 * weigh its memory. It has the permissions of `deno task serve` and ends when its standard input does, so that it
 * never outlives the tests.
 */

import { serve, type ServeInit } from "../../lib/serve.ts";
import { LineReader } from "../tools.ts";

/** What may be set of the server from outside; functions do not cross to another process. */
type PlainInit = Omit<ServeInit, "root" | "log" | "onError" | "signal">;

/** A server process that listens. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** Waits for the next thing that the server tells `onError`. */
  nextError(): Promise<string | null>;
  /** Resident memory, in bytes. */
  residentBytes(): number;
}

/**
 * Starts a server process.
 *
 * @param wrapper Program and arguments that start it in turn, for example `["nice"]`.
 */
export async function startServer(
  root: string,
  { wrapper = [], flags = [], init = {} }: {
    wrapper?: readonly string[];
    /** Further ones of Deno. */
    flags?: readonly string[];
    init?: PlainInit;
  } = {},
): Promise<ServerProcess> {
  const [program, ...args] = [
    ...wrapper,
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    `--allow-read=${root}`,
    "--allow-net",
    ...flags,
    import.meta.filename ?? "",
    JSON.stringify({ ...init, root }),
  ];
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const lines = new LineReader(child.stdout);
  const port = Number(await lines.next());
  return {
    port,
    nextError: () => lines.next(),
    residentBytes() {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await lines.drain();
      await child.status;
    },
  };
}

if (import.meta.main) {
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    graceMs: 0,
    ...JSON.parse(Deno.args[0]),
    onError: (error) => console.log(String(error)),
  });
  console.log(server.address.port);
  for await (const _ of Deno.stdin.readable);
  await server.shutdown();
}
