/** A server that nobody asks wakes nobody: the processor of a laptop or of a shared machine can sleep. */

import { assert, assertEquals } from "@std/assert";
import { startVitrine } from "../hostile/vitrine.ts";
import { RawClient } from "../wire/harness.ts";

const WINDOW_MS = 1_000;
/** Further looks, as the start of a program goes on for a while behind its first answer. */
const LOOKS = 8;

/** How often the system has run any thread of a process so far. */
function switches(pid: number): number {
  let count = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    for (const [, number] of status.matchAll(/voluntary_ctxt_switches:\s*(\d+)/g)) {
      count += Number(number);
    }
  }
  return count;
}

async function leastInASecond(pid: number): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < LOOKS && least >= 2; look++) {
    const before = switches(pid);
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
    least = Math.min(least, switches(pid) - before);
  }
  return least;
}

Deno.test({
  name: "Vitrine at rest wakes less than twice a second, with an idle connection and without",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using vitrine = await startVitrine({
      files: { "a.txt": "a" },
      flags: ["--keep-alive-timeout", "60"],
    });
    const { pid, port, root } = vitrine;
    const least = await leastInASecond(pid);
    assert(least < 2, `${least} times without a connection`);
    const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
    const ask = async () => {
      await client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
      return (await client.readResponse()).fields.get("x-seen");
    };
    try {
      assertEquals(await ask(), undefined);
      const idle = await leastInASecond(pid);
      assert(idle < 2, `${idle} times with an idle connection`);
      // What was not looked for meanwhile is seen by whoever wakes it.
      await Deno.writeTextFile(`${root}/_headers`, "/*\n  X-Seen: yes\n");
      await leastInASecond(pid);
      assertEquals(await ask(), "yes");
    } finally {
      client.close();
    }
  },
});
