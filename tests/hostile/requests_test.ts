/** Attacks by requests that are dear to answer. */

import { assert } from "@std/assert";
import * as requests from "./attacks/requests.ts";
import { REPOSITORY, testAttack, testHostile } from "./bounds.ts";
import { untilItHolds } from "../tools.ts";
import { attackServer } from "./harness.ts";
import { vitrine } from "./servers.ts";

testAttack(requests.deepTargets);
testAttack(requests.missing);

/** Long enough that compiling, theirs and ours, is the smaller part. */
const SECONDS = 1.5;

testHostile(
  "a name that is not there costs at most three times one that is",
  [],
  () =>
    untilItHolds(async () => {
      // The goal is twice; the client's own work is in both figures and hides some of it.
      const countOf = async (attack: typeof requests.hits, statusCode: number) => {
        const { figures } = await attackServer(
          { ...attack, honest: null },
          vitrine(REPOSITORY),
          SECONDS,
        );
        return figures[`s${statusCode}`] ?? 0;
      };
      const hits = await countOf(requests.hits, 200);
      const misses = await countOf(requests.missing, 404);
      assert(misses * 3 >= hits, `${misses} misses in the time of ${hits} hits`);
    }),
);

testAttack(requests.longReferer, {
  p99Ms: 250, // Tighter than elsewhere, as a server whose log was slow with such lines kept to 100 ms.
  // A line in the log for every request, however many bytes others have in theirs.
  more: ({ honestLines, during, afterwards }) => {
    const asked = (during?.asked ?? 0) + (afterwards?.asked ?? 0);
    return honestLines < asked ? [`only ${honestLines} lines of ${asked} are in the log`] : [];
  },
});
testAttack(requests.blanksConnection);
testAttack(requests.blanksAcceptEncoding);
testAttack(requests.blanksTransferEncoding);
