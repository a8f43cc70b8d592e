/** Attacks by connections: resets, more than there are descriptors, every slot taken by one address. */

import * as descriptors from "./attacks/descriptors.ts";
import * as slots from "./attacks/slots.ts";
import * as volleys from "./attacks/volleys.ts";
import { testAttack } from "./bounds.ts";

testAttack(volleys.resets, {}, ["python3"]);
testAttack(volleys.resetsAtOnce, {}, ["python3"]);
testAttack(volleys.resetsAlways, {}, ["python3"]);
testAttack(volleys.resetsTls, {}, ["python3"]);
testAttack(volleys.resetsTlsHalf, {}, ["python3"]);
// Whoever comes in the middle of a burst waits for the burst: 77 µs for each accept, and as long for the answer.
testAttack(volleys.burst, { p99Ms: 200, maxMs: 500 }, ["python3"]);

testAttack(descriptors.descriptors64, { descriptors: 63 });
testAttack(descriptors.descriptors256, { descriptors: 255 });
testAttack(descriptors.descriptors1024, { descriptors: 1023 });
testAttack(descriptors.descriptorsOfFiles, { descriptors: 255 });

testAttack(slots.idleSlots);
testAttack(slots.slowHeads);
testAttack(slots.slowReads);
testAttack(slots.liveSlots);
