/** The loop of step (i), on a listening socket that plays a script: accepts and tasks that fail, room, the cap. */

import { assertEquals } from "@std/assert";
import { acceptConnections, type AcceptOptions, failureOf } from "../lib/1_accept.ts";

/** A connection that is only a name and an address. */
function namedConn(name: number): Deno.TcpConn {
  const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: name };
  return { toString: () => `${name}`, setNoDelay() {}, remoteAddr } as unknown as Deno.TcpConn;
}

/** A listening socket that plays a script: a number names a connection, an error is an accept that fails. */
function scriptedListener(script: readonly (number | Error)[]): Deno.TcpListener {
  let at = 0;
  const accept = () => {
    const event = script[at++] ?? new Deno.errors.BadResource("Listener has been closed");
    return typeof event === "number" ? Promise.resolve(namedConn(event)) : Promise.reject(event);
  };
  return { accept } as unknown as Deno.TcpListener;
}

/** Options for a listener whose script ends with its closing. */
const PLAIN: Omit<AcceptOptions, "handle"> = {
  refuse: () => Promise.reject(new Error("Cannot be over the cap")),
  admit: () => true,
  isStopping: () => false,
  onFailure: () => {},
  onError: (error) => {
    throw error;
  },
  sleep: () => Promise.resolve(),
};

/** An error with a code of the system, as Deno makes it. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code} (os error 0)`), { code });
}

Deno.test("acceptConnections() never waits for what a peer did, and longer each time for a lack", async () => {
  const lack = systemError("EMFILE");
  const reset = new Deno.errors.NotConnected("Socket is not connected");
  const script = [
    1,
    reset,
    ...Array(200).fill(reset),
    2,
    ...Array(9).fill(lack),
    3,
    reset,
    lack,
    4,
  ];
  const handled: string[] = [];
  const counts = { peer: 0, lack: 0 };
  const slept: number[] = [];
  await acceptConnections(scriptedListener(script), {
    ...PLAIN,
    handle: (conn) => Promise.resolve(void handled.push(`${conn}`)),
    onFailure: (failure) => counts[failure]++,
    sleep: (ms) => Promise.resolve(void slept.push(ms)),
  });
  assertEquals(handled, ["1", "2", "3", "4"]);
  assertEquals(counts, { peer: 202, lack: 10 });
  // Anew from 1 ms after each success; never more than 100 ms, so that a free descriptor is soon used.
  assertEquals(slept, [1, 2, 4, 8, 16, 32, 64, 100, 100, 1]);
});

Deno.test("acceptConnections() accepts nobody until there is room", async () => {
  const events: string[] = [];
  const rooms = [null, Promise.resolve(void events.push("asked")), null];
  await acceptConnections(scriptedListener([1, 2]), {
    ...PLAIN,
    room: () => rooms.shift()?.then(() => void events.push("room")) ?? null,
    handle: (conn) => Promise.resolve(void events.push(`${conn}`)),
  });
  assertEquals(events, ["asked", "1", "room", "2"]);
});

Deno.test("acceptConnections() goes on after EINTR, and ends when it is told to", async () => {
  let isStopping = false;
  const handled: string[] = [];
  const interrupted = new Deno.errors.Interrupted("Interrupted system call (os error 4)");
  await acceptConnections(scriptedListener([1, interrupted, 2, interrupted, 3]), {
    ...PLAIN,
    isStopping: () => isStopping,
    handle: (conn) => {
      handled.push(`${conn}`);
      isStopping = handled.length === 2;
      return Promise.resolve();
    },
  });
  assertEquals(handled, ["1", "2"]);
});

const FAILED_ACCEPTS = [
  // error, what it means, why
  [new Deno.errors.NotConnected(), "peer", "measured: a peer that connects and resets"],
  [new Deno.errors.ConnectionAborted(), "peer", "accept(2): ECONNABORTED"],
  [new Deno.errors.Interrupted(), "peer", "EINTR"],
  [systemError("EPROTO"), "peer", "accept(2): to be treated like EAGAIN"],
  [new Deno.errors.InvalidData(), "peer", "no TLS"],
  [systemError("EMFILE"), "lack", "ulimit -n"],
  [systemError("ENFILE"), "lack", "the machine's limit"],
  [systemError("ENOMEM"), "lack", "memory"],
  [new Deno.errors.BadResource(), "closed", "the listener is gone"],
  [new Error("what nobody foresaw"), "lack", "no reason to spin"],
] as const;

for (const [error, meaning, why] of FAILED_ACCEPTS) {
  Deno.test(`failureOf() takes ${error.name} ${error.message} for "${meaning}": ${why}`, () => {
    assertEquals(failureOf(error), meaning);
  });
}

Deno.test("acceptConnections() reports a task that fails and goes on with the others", async () => {
  const handled: string[] = [];
  const errors: unknown[] = [];
  const fault = new TypeError("a mistake of ours");
  const third = Promise.withResolvers<void>();
  const done = acceptConnections(scriptedListener([1, 2, 3]), {
    ...PLAIN,
    handle: (conn) => {
      handled.push(`${conn}`);
      if (handled.length === 2) return Promise.reject(fault);
      if (handled.length === 3) setTimeout(third.resolve); // After the listener has closed.
      return handled.length === 3 ? third.promise : Promise.resolve();
    },
    onError: (error) => errors.push(error),
  }).then(() => handled.push("all tasks ended"));
  third.promise.then(() => handled.push("third ended"));
  await done;
  assertEquals(handled, ["1", "2", "3", "third ended", "all tasks ended"]);
  assertEquals(errors, [fault]);
});

Deno.test("acceptConnections() goes on after a task that fails before it has begun", async () => {
  const events: string[] = [];
  const conn = (
    name: string,
  ) => ({ ...namedConn(1), close: () => events.push(`closed ${name}`) } as never);
  const accepts = [conn("first"), conn("second")].map((conn) => Promise.resolve(conn));
  let left = 2;
  await acceptConnections(
    {
      accept: () =>
        accepts.shift() ?? Promise.reject(new Deno.errors.BadResource("Listener has been closed")),
    } as unknown as Deno.TcpListener,
    {
      ...PLAIN,
      admit: () => left === 2,
      handle: () => {
        left--;
        throw new Error("at once");
      },
      refuse: () => {
        left--;
        throw new Error("as well");
      },
      onError: (error) => events.push((error as Error).message),
    },
  );
  assertEquals(left, 0);
  assertEquals(events, ["closed first", "at once", "closed second", "as well"]);
});

Deno.test("acceptConnections() counts no refused connection towards the cap", async () => {
  const events: string[] = [];
  const gates = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
  const accepted = gates.map(() => Promise.withResolvers<Deno.TcpConn>());
  const closed = Promise.withResolvers<never>();
  const accepts: Promise<Deno.TcpConn>[] = [
    ...accepted.map(({ promise }) => promise),
    closed.promise,
  ];
  const task = (what: string) => (conn: Deno.Conn) => {
    events.push(`${what} ${conn}`);
    return gates[Number(`${conn}`) - 1].promise;
  };
  const done = acceptConnections(
    { accept: () => accepts.shift() } as unknown as Deno.TcpListener,
    {
      ...PLAIN,
      handle: task("serve"),
      refuse: task("refuse"),
      admit: (_, served) => served < 2,
      onError: (error) => events.push(String(error)),
    },
  );
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
  for (const n of [1, 2, 3]) accepted[n - 1].resolve(namedConn(n));
  await settle();
  gates[0].resolve(); // The first leaves; the third, told 503, still lingers for up to two seconds.
  await settle();
  accepted[3].resolve(namedConn(4));
  await settle();
  for (const gate of gates) gate.resolve();
  closed.reject(new Deno.errors.BadResource("Listener has been closed"));
  await done;
  assertEquals(events, ["serve 1", "serve 2", "refuse 3", "serve 4"]);
});
