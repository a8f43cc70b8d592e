/**
 * Stands between a proxy and Vitrine, and sees what was forwarded on which connection. Each request that a proxy
 * forwards carries its mark once; the access log has a line for each response, with the port that names the connection.
 * A connection with more responses than marks is one where the two disagree about where a request ends.
 */

import { latin1 } from "../../latin1.ts";

/** One connection from the proxy to Vitrine. */
export interface Tapped {
  /** As Vitrine's access log calls it. */
  readonly peerPort: number;
  /** All that the proxy sent, one character a byte. */
  forwarded: string;
}

/** A relay that listens on loopback. */
export class Tap implements AsyncDisposable {
  readonly connections: Tapped[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #back: number;
  #isClosed = false;

  constructor(back: number) {
    this.#back = back;
    this.#run(this.#accept());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    for await (const front of this.#listener) this.#run(this.#relay(front));
  }

  async #relay(front: Deno.TcpConn): Promise<void> {
    this.#open.add(front);
    const back = await Deno.connect({ hostname: "127.0.0.1", port: this.#back });
    this.#open.add(back);
    front.setNoDelay();
    back.setNoDelay();
    const tapped = { peerPort: back.localAddr.port, forwarded: "" };
    this.connections.push(tapped);
    await Promise.allSettled([
      pipe(front, back, (bytes) => tapped.forwarded += latin1(bytes)),
      pipe(back, front, () => {}),
    ]);
    for (const conn of [front, back]) this.#close(conn);
  }

  #run(task: Promise<void>): void {
    const settled = task.catch(() => {}).finally(() => this.#tasks.delete(settled));
    this.#tasks.add(settled);
  }

  #close(conn: Deno.TcpConn): void {
    if (this.#open.delete(conn)) conn.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#listener.close();
    this.#isClosed = true;
    for (const conn of [...this.#open]) this.#close(conn);
    await Promise.all(this.#tasks);
  }
}

/** Passes on all bytes, then the end of them; a reset as a reset of both, as the caller closes them. */
async function pipe(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  see: (bytes: Uint8Array) => void,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) break;
    see(buffer.subarray(0, count));
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
  await to.closeWrite();
}
