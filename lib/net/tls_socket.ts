/**
 * A TLS connection, as the loop sees it, that knows when its descriptor is gone.
 *
 * Deno lets go of a descriptor with TLS only when nothing is under way on it (2.9.6): the peer has to finish its
 * handshake, to take what is being written, or to leave; until then a task of its own, which nothing ends, holds on to it.
 * So a peer that does nothing keeps our descriptor for as long as it likes. What we can do is count: a connection that is
 * closed here ends for the loop at once, for Deno as soon as that helps, and is told of as kept in between.
 */

/** Told of descriptors that outlive their connection. */
export interface Keeper {
  /** One does. */
  keep(): void;
  /** Nothing keeps one of them any more: it goes in a moment. */
  lose(): void;
}

/** Whether a handshake failed because the peer sent no TLS: plain HTTP most often. By what Deno 2.9.6 says (measured). */
export function isNoTls(error: unknown): boolean {
  return error instanceof Deno.errors.InvalidData && /\bInvalidContentType\b/.test(error.message);
}

/** Ends a call that waits, if it still does. */
type End = (error: Error) => void;

/** Takes the place of a `Deno.TlsConn`. At most one read and one write at a time. */
export class TlsSocket {
  readonly remoteAddr: Deno.NetAddr;
  readonly localAddr: Deno.NetAddr;
  readonly #conn: Deno.TlsConn;
  readonly #keeper: Keeper;
  readonly #handshake: Promise<unknown>;
  /** What is under way that keeps the descriptor. Reading does not. */
  #pending = 0;
  /** For the last call of each kind: the handshake, a read, a write. */
  readonly #ends: (End | undefined)[] = [undefined, undefined, undefined];
  #isClosed = false;

  constructor(conn: Deno.TlsConn, keeper: Keeper) {
    this.#conn = conn;
    this.#keeper = keeper;
    this.remoteAddr = conn.remoteAddr;
    this.localAddr = conn.localAddr;
    this.#handshake = this.#outlast(HANDSHAKE, conn.handshake());
    this.#handshake.catch(() => {}); // Whoever reads or writes hears of it.
  }

  handshake(): Promise<unknown> {
    return this.#handshake;
  }

  read(bytes: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (this.#isClosed) return closed();
    return new Promise((resolve, reject) => {
      this.#ends[READ] = reject;
      this.#conn.read(bytes).then(resolve, reject);
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#isClosed ? closed() : this.#outlast(WRITE, this.#conn.write(bytes));
  }

  closeWrite(): Promise<void> {
    return this.#isClosed ? closed() : this.#outlast(WRITE, this.#conn.closeWrite());
  }

  /** @throws {Deno.errors.BadResource} It was closed before. */
  close(): void {
    if (this.#isClosed) throw new Deno.errors.BadResource("Connection has been closed");
    this.#isClosed = true;
    this.#keeper.keep();
    if (this.#pending === 0) this.#end();
    for (const end of this.#ends) end?.(new Deno.errors.BadResource("Connection was closed"));
  }

  /** Waits for something that keeps the descriptor, whether the loop still wants it or not. */
  #outlast<T>(kind: number, work: Promise<T>): Promise<T> {
    this.#pending++;
    return new Promise((resolve, reject) => {
      this.#ends[kind] = reject;
      work.then((result) => {
        this.#done();
        resolve(result);
      }, (error) => {
        this.#done();
        reject(error);
      });
    });
  }

  #done(): void {
    this.#pending--;
    if (this.#isClosed && this.#pending === 0) this.#end();
  }

  #end(): void {
    this.#conn.close();
    this.#keeper.lose();
  }
}

/** Kinds of calls, of each of which one waits at a time. */
const HANDSHAKE = 0;
const READ = 1;
const WRITE = 2;

function closed(): Promise<never> {
  return Promise.reject(new Deno.errors.BadResource("Connection has been closed"));
}
