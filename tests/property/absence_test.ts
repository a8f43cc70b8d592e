/**
 * What is not there, strictly fresh: a name that comes and goes is 404 or 200 as it was at some moment between the request
 * and its response, whoever else asks for it in the same round.
 */

import { assert } from "@std/assert";
import { type RawClient, type Running, withServer } from "../wire/harness.ts";

const CONNECTIONS = 12;
const CHANGES = 120;
/** Pipelined in one segment: what is true for one of a round is true for all. */
const ASKS = 4;

/** A name that comes and goes. Its state counts its changes: there is a file in odd ones. */
class Name {
  readonly target: string;
  readonly #path: string;
  /** The last state whose change has begun, and the last whose change has returned. */
  started = 0;
  changed = 0;
  isOver = false;

  constructor({ root }: Running, path: string) {
    this.target = `/${path}`;
    this.#path = `${root}/${path}`;
  }

  async comeAndGo(): Promise<void> {
    for (let i = 0; i < CHANGES; i++) {
      this.started++;
      if (this.started % 2 === 1) await Deno.writeTextFile(this.#path, "there");
      else await Deno.remove(this.#path);
      this.changed = this.started;
      // Now and then it rests, so that requests begin and end in one state.
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    this.isOver = true;
  }
}

/** Asks until the name rests for good. Gives how often each status came. */
async function watch(client: RawClient, name: Name): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  while (!name.isOver) {
    const floor = name.changed;
    await client.send(`GET ${name.target} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(ASKS));
    for (let i = 0; i < ASKS; i++) {
      const { statusCode } = await client.readResponse();
      const isSteady = floor === name.started;
      const expected = floor % 2 === 1 ? 200 : 404;
      assert([200, 404].includes(statusCode), `${statusCode}`);
      assert(!isSteady || statusCode === expected, `${statusCode} in state ${floor}`);
      counts.set(statusCode, (counts.get(statusCode) ?? 0) + 1);
    }
  }
  return counts;
}

for (const path of ["new.txt", "folder/new.txt", "404.html"]) {
  Deno.test(`a name that comes and goes is told as it is: ${path}`, async () => {
    await withServer({ "folder/other.txt": "", "index.html": "" }, async (running) => {
      const name = new Name(running, path);
      const clients: RawClient[] = [];
      while (clients.length < CONNECTIONS) clients.push(await running.connect());
      const watching = clients.map((client) => watch(client, name));
      const [, ...counts] = await Promise.all([name.comeAndGo(), ...watching]);
      const times = (status: number) =>
        counts.reduce((sum, each) => sum + (each.get(status) ?? 0), 0);
      assert(times(200) > 20 && times(404) > 20, `${times(200)} times 200, ${times(404)} 404`);
    }, { keepAliveMax: 0, faultsOnly: true });
  });
}
