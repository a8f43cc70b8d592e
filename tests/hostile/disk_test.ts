/** Attacks from the disk: files that are none, a root that goes and comes. Never 500, and never a server that hangs. */

import * as disk from "./attacks/disk.ts";
import { testAttack } from "./bounds.ts";
import type { Outcome } from "./harness.ts";

/** What the attacker was told himself. */
function never500({ figures: { s500 = 0 } }: Outcome): string[] {
  return s500 > 0 ? [`${s500} times 500`] : [];
}

/** None of these rules counts. */
function never500OrRedirect(outcome: Outcome): string[] {
  const { s301 = 0, s200 = 0, s404 = 0 } = outcome.figures;
  return [
    ...never500(outcome),
    ...(s301 > 0 ? [`${s301} redirects by rules that are too many`] : []),
    ...(s200 === 0 || s404 === 0 ? ["the site does not go on"] : []),
  ];
}

testAttack(disk.fifos, { more: never500 });
testAttack(disk.fifoSwap, { more: never500 });
// Two files and three reasons, each told once a minute; what is taken is taken without a word.
testAttack(disk.largeRules, { errorLines: 6, more: never500OrRedirect });
testAttack(disk.socketSwap);
testAttack(disk.linkSwap);
// To prove where such a file lies takes 3 ms of work, and a hundred a second are asked for, each of a new file.
testAttack(disk.deepFile, { p99Ms: 1_000, maxMs: 1_500 });
testAttack(disk.rootMoves, {
  p99Ms: 200, // Who asks for a file that is replaced every 20 ms waits until one is settled.
  more(outcome) {
    const found = outcome.afterwards?.statusCodes["404"] ?? 0;
    return [...never500(outcome), ...(found > 0 ? ["404 when the root was back"] : [])];
  },
});
