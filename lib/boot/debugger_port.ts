/**
 * Keeps V8's debugger shut. On SIGUSR1 Deno 2.9.6 opens it on 127.0.0.1:9229, whoever else takes the signal, and whoever
 * may log in on the machine can then read all that the server knows, passwords too; programs that rotate logs send that
 * very signal. Closing it again needs `--allow-sys=inspector`. What can be done is to have its port: then Deno says that
 * it failed to open it, and goes on (measured). Taking the port when the signal comes is too late once in twenty times.
 *
 * So while a server runs, `node --inspect` on the same machine has to be given another port.
 */

import { mayShare } from "../net/listen.ts";

/** Where Deno opens its debugger. */
const ADDRESS = { hostname: "127.0.0.1", port: 9229 } as const;

/** The port of the debugger, once we have it. */
export class DebuggerPort {
  #listener: Deno.TcpListener | null = null;

  /**
   * Takes the port, unless we have it. Never throws: servers of one user share it if they may (`--unstable-net`); else
   * the first one keeps it from all debuggers for as long as it runs.
   *
   * @returns Whether no debugger can be opened from now on.
   */
  hold(): boolean {
    if (this.#listener !== null) return true;
    // Asked for first, as a `listen` that is not allowed would ask the person at the terminal.
    const host = `${ADDRESS.hostname}:${ADDRESS.port}` as const;
    if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") return false;
    try {
      this.#listener = Deno.listen({ ...ADDRESS, ...(mayShare() ? { reusePort: true } : {}) });
      return true;
    } catch {
      return false;
    }
  }
}
