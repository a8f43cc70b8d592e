/**
 * nginx as a service runs it, which hands its listening sockets to the next program: USR2 to the old master starts a new
 * one on them, QUIT lets the old one finish. It does so as a daemon alone, with its number in a file.
 */

import { findTool } from "../tools.ts";
import type { Setup } from "./attack.ts";
import { pause } from "./peer.ts";
import { firstChildOf, listens, nginxConfig, type Seat } from "./servers.ts";

const CHANGED_MS = 10_000;

/** nginx in the background. */
export class NginxDaemon implements AsyncDisposable {
  readonly #folder: string;
  #pid: number;

  private constructor(folder: string, pid: number) {
    this.#folder = folder;
    this.#pid = pid;
  }

  /** Starts it, and waits until it listens. */
  static async start(
    { root, folder }: Pick<Seat, "root" | "folder">,
    setup: Setup & { readonly port: number },
  ): Promise<NginxDaemon> {
    const config = `error_log ${folder}/error.log crit; ${nginxConfig({ root, folder }, setup)}`;
    await Deno.writeTextFile(`${folder}/nginx.conf`, config);
    const program = findTool("nginx") ?? "nginx";
    const args = ["-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`];
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const { success } = await new Deno.Command(program, { args, ...streams }).output();
    if (!success) throw new Error(await Deno.readTextFile(`${folder}/error.log`));
    await listens(setup.port);
    return new NginxDaemon(folder, await pidIn(folder));
  }

  /** Has it read its settings and certificate anew. */
  reload(): void {
    Deno.kill(this.#pid, "SIGHUP");
  }

  /** Starts the next program on the sockets of this one, waits until that has a worker, and until this one has ended. */
  async upgrade(): Promise<void> {
    const old = this.#pid;
    Deno.kill(old, "SIGUSR2");
    const isThere = () => pidIn(this.#folder).then((pid) => pid !== old, () => false);
    await until(isThere, "nginx starts no new program");
    this.#pid = await pidIn(this.#folder);
    await firstChildOf(this.#pid);
    Deno.kill(old, "SIGQUIT");
    await until(() => Promise.resolve(hasEnded(old)), "the old nginx does not end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!hasEnded(this.#pid)) Deno.kill(this.#pid, "SIGTERM");
    await until(() => Promise.resolve(hasEnded(this.#pid)), "nginx does not end");
  }
}

async function pidIn(folder: string): Promise<number> {
  const pid = Number((await Deno.readTextFile(`${folder}/pid`)).trim());
  if (!(pid > 1)) throw new Error("nginx has not written its number yet");
  return pid;
}

/** Whoever is not its parent cannot wait for it. One that nobody has waited for has ended, too. */
function hasEnded(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return true;
  }
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < CHANGED_MS; waitedMs += 10) {
    if (await holds()) return;
    await pause(10);
  }
  throw new Error(otherwise);
}
