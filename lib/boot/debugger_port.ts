/**
 * Keeps V8's debugger shut. On SIGUSR1 Deno 2.9.6 opens it on 127.0.0.1:9229, whoever else takes the signal, and whoever
 * may log in on the machine can then read all that the server knows, passwords too; programs that rotate logs send that
 * very signal. Closing it again needs `--allow-sys=inspector`. What can be done is to have its port: then Deno says that
 * it failed to open it, and goes on (measured). Taking the port when the signal comes is too late once in twenty times.
 *
 * So while a server runs, `node --inspect` on the same machine has to be given another port.
 */

import { mayShare } from "../net/listen.ts";
import type { Options } from "../options.ts";

/** Where Deno opens its debugger. */
export const DEBUGGER_ADDRESS = { hostname: "127.0.0.1", port: 9229 } as const;

/** Hosts whose listeners have the port of that address as well. */
const HOSTS_THERE: readonly string[] = ["127.0.0.1", "localhost", "0.0.0.0", "::"];

/** Whether a listener of the server itself will have the debugger's address: then it is left to that. */
export function isListenerThere(
  { hostname, port, httpsRedirect, metrics, xray, xrayHostname, xrayPort }: Pick<
    Options,
    "hostname" | "port" | "httpsRedirect" | "metrics" | "xray" | "xrayHostname" | "xrayPort"
  >,
): boolean {
  const listeners = [
    { hostname, port },
    { hostname, port: httpsRedirect },
    metrics,
    xray ? { hostname: xrayHostname, port: xrayPort } : null,
  ];
  return listeners.some((listener) =>
    listener?.port === DEBUGGER_ADDRESS.port && HOSTS_THERE.includes(listener.hostname)
  );
}

/** How often it is tried again to have the port that another program has, in ms. */
const RETRY_MS = 2_000;

/** The port of the debugger, once we have it. */
export class DebuggerPort {
  readonly #address: { readonly hostname: string; readonly port: number };
  #listener: Deno.TcpListener | null = null;

  /** @param address An argument for tests. */
  constructor(address: { readonly hostname: string; readonly port: number } = DEBUGGER_ADDRESS) {
    this.#address = address;
  }

  /** Has the port from now on, or as soon as nobody else has it. Keeps no program alive. */
  keep(): void {
    if (this.hold() || !this.#isAllowed()) return;
    Deno.unrefTimer(setTimeout(() => this.keep(), RETRY_MS));
  }

  /**
   * Takes the port, unless we have it. Never throws. Servers of one user share it if they may (`--unstable-net`), else only
   * the first one has it.
   *
   * @returns Whether Deno cannot open its debugger there from now on.
   */
  hold(): boolean {
    if (this.#listener !== null) return true;
    if (!this.#isAllowed()) return false;
    try {
      const sharing = mayShare() ? { reusePort: true } : {};
      this.#listener = Deno.listen({ ...this.#address, ...sharing });
    } catch {
      return false;
    }
    this.#listener.unref();
    this.#turnAway(this.#listener);
    return true;
  }

  /** A `listen` that is not allowed would ask the person at the terminal. */
  #isAllowed(): boolean {
    const { hostname, port } = this.#address;
    return Deno.permissions.querySync({ name: "net", host: `${hostname}:${port}` }).state ===
      "granted";
  }

  /** Closes whatever connects, such as a browser that looks for debuggers: else that would wait for an answer. */
  async #turnAway(listener: Deno.TcpListener): Promise<void> {
    for (;;) {
      try {
        (await listener.accept()).close();
      } catch { // The system lacks something, or the peer has left.
        await new Promise((go) => Deno.unrefTimer(setTimeout(go, RETRY_MS)));
      }
    }
  }
}
