/** Attacks on a TLS server by peers that begin and never go on. */

import { assertMatch } from "@std/assert";
import { TLS_CAP, tlsHalf, tlsSilent, tlsStalled } from "./attacks/tls.ts";
import { IN_A_CROWD, REPOSITORY, testAttack, testHostile } from "./bounds.ts";
import { attackServer, type Outcome } from "./harness.ts";
import { type Start, vitrine } from "./servers.ts";

/** What the process has open beside connections, and those of the well-behaved client. */
const OTHERS = 60;

/** Connections over the cap have to be gone, and so do those whose deadline has passed. */
function atEnd(most: number) {
  return ({ figures: { descriptorsAtEnd = 0 } }: Outcome) =>
    descriptorsAtEnd > most ? [`${descriptorsAtEnd} descriptors at the end, at most ${most}`] : [];
}

testAttack(tlsSilent, { ...IN_A_CROWD, more: atEnd(TLS_CAP + OTHERS) });
testAttack(tlsHalf, { ...IN_A_CROWD, more: atEnd(TLS_CAP + OTHERS) });
testAttack(tlsStalled, { more: atEnd(OTHERS) });

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
