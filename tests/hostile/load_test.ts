/** Attacks by more work or more memory than there is: others have to get their turn, and memory comes back. */

import { compression, downloads, listing } from "./attacks/load.ts";
import { LONG_HEADS, longHeads, SLOW_READERS, slowReaders } from "./attacks/memory.ts";
import { IN_A_CROWD, testAttack } from "./bounds.ts";

const KIB_PER_MIB = 1024;
/** What the well-behaved client and the collector of garbage may add: 16 are too few on some machines. */
const NOISE_MIB = 28;

testAttack(downloads);
// Those 120 texts leave plain and all at once, 228 MB, and whoever reads them sits on the same two cores.
testAttack(compression, IN_A_CROWD);
testAttack(listing);

// 63 kB are there, and have to be: a third more for what goes with them.
testAttack(longHeads, { growthMiB: LONG_HEADS * 84 / KIB_PER_MIB + NOISE_MIB });
// The guide promises 64 KiB each. They share a file, but not the place in it.
testAttack(slowReaders, {
  p99Ms: 2_000, // While the system fills 1.7 GB of its buffers; nginx 0.36 s.
  maxMs: 2_500,
  growthMiB: SLOW_READERS * 80 / KIB_PER_MIB + NOISE_MIB,
  keptMiB: SLOW_READERS * 80 / KIB_PER_MIB + NOISE_MIB,
});
