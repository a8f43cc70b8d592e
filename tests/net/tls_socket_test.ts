/** A TLS connection whose peer does nothing: for the loop it ends at once, and its descriptor is counted. */

import { assert, assertEquals } from "@std/assert";
import { TlsSocket } from "../../lib/net/tls_socket.ts";

/** A connection of Deno that plays along, and what became of it. */
class Scene {
  readonly handshake = Promise.withResolvers<Deno.TlsHandshakeInfo>();
  readonly written = Promise.withResolvers<number>();
  readonly events: string[] = [];
  readonly socket: TlsSocket;

  constructor() {
    const address: Deno.NetAddr = { transport: "tcp", hostname: "192.0.2.7", port: 1 };
    const conn = {
      remoteAddr: address,
      localAddr: address,
      handshake: () => this.handshake.promise,
      read: () => new Promise<never>(() => {}),
      write: () => this.written.promise,
      close: () => void this.events.push("close"),
    };
    this.socket = new TlsSocket(conn as unknown as Deno.TlsConn, {
      keep: () => void this.events.push("keep"),
      lose: () => void this.events.push("lose"),
    });
  }
}

/** Whether a call fails as on a connection that was closed. */
async function fails(call: () => unknown): Promise<boolean> {
  try {
    await call();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.BadResource;
  }
}

const BYTES = new Uint8Array(1);

Deno.test("TlsSocket closes at once when nothing is under way", async () => {
  const { socket, handshake, events } = new Scene();
  handshake.resolve({ alpnProtocol: null });
  await socket.handshake();
  const read = socket.read(BYTES);
  socket.close();
  assertEquals(events, ["keep", "close", "lose"]);
  assert(await fails(() => read));
  assert(await fails(() => socket.close()));
});

Deno.test("TlsSocket keeps a descriptor until the handshake is over, whoever ends it", async () => {
  for (const end of ["done", "failed"]) {
    const { socket, handshake, events } = new Scene();
    socket.close();
    assert(await fails(() => socket.handshake()));
    assertEquals(events, ["keep"]);
    if (end === "done") handshake.resolve({ alpnProtocol: null });
    else handshake.reject(new Deno.errors.UnexpectedEof("The peer has left"));
    await handshake.promise.catch(() => {});
    await Promise.resolve();
    assertEquals(events, ["keep", "close", "lose"], end);
  }
});

Deno.test("TlsSocket keeps a descriptor until the peer takes what is being written", async () => {
  const { socket, handshake, written, events } = new Scene();
  handshake.resolve({ alpnProtocol: null });
  await socket.handshake();
  const write = socket.write(BYTES);
  socket.close();
  assert(await fails(() => write));
  assert(await fails(() => socket.write(BYTES)));
  assertEquals(events, ["keep"]);
  written.resolve(1);
  await written.promise;
  await Promise.resolve();
  assertEquals(events, ["keep", "close", "lose"]);
});
