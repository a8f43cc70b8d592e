/** Attacks on a TLS server by peers that begin and never go on. */

import { assertMatch } from "@std/assert";
import { COUNT, STALLED, tlsFew, tlsHalf, tlsSilent, tlsStalled } from "./attacks/tls.ts";
import { IN_A_CROWD, REPOSITORY, testAttack, testHostile } from "./bounds.ts";
import { attackServer, type Outcome } from "./harness.ts";
import { PATIENCE_MS } from "./honest.ts";
import { type Start, vitrine } from "./servers.ts";

/** What the process has open beside connections, and those of the well-behaved client. */
const OTHERS = 60;

/** What Deno keeps has to be no more than there are peers; see `lib/net/tls_socket.ts`. */
function atEnd(most: number) {
  return ({ figures: { descriptorsAtEnd = 0 } }: Outcome) =>
    descriptorsAtEnd > most ? [`${descriptorsAtEnd} descriptors at the end, at most ${most}`] : [];
}

testAttack(tlsSilent, { ...IN_A_CROWD, more: atEnd(COUNT + OTHERS) });
testAttack(tlsHalf, { ...IN_A_CROWD, more: atEnd(COUNT + OTHERS) });
testAttack(tlsStalled, { ...IN_A_CROWD, more: atEnd(2 * STALLED + OTHERS) }); // Each with a file.

// Nobody new can be served while silent peers have all there is; but nothing ends, and afterwards all is well.
testAttack(tlsFew, {
  ...{ failed: Infinity, maxMs: PATIENCE_MS + 500, p99Ms: PATIENCE_MS + 500, descriptors: 255 },
  more: ({ afterwards }) =>
    afterwards !== null && afterwards.max > 500 ? [`waits of ${afterwards.max} ms afterwards`] : [],
});

testHostile(
  "a FIFO as --cert is refused in words, and does not hang the start",
  ["mkfifo"],
  async () => {
    const start: Start = async (place, setup) => {
      const path = `${place.folder}/cert.pem`;
      await Deno.remove(path);
      await new Deno.Command("mkfifo", { args: [path] }).output();
      return await vitrine(REPOSITORY)(place, setup);
    };
    const problem = await attackServer(tlsSilent, start, 0.5).then(() => "it runs", String);
    assertMatch(problem, /it ended: .*vitrine: /);
  },
);
