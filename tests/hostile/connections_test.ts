/** Attacks by connections: resets, more than there are descriptors, every slot taken by one address. */

import * as descriptors from "./attacks/descriptors.ts";
import * as resets from "./attacks/resets.ts";
import * as slots from "./attacks/slots.ts";
import { testAttack } from "./bounds.ts";

testAttack(resets.resets, {}, ["python3"]);
testAttack(resets.resetsAtOnce, {}, ["python3"]);
testAttack(resets.resetsAlways, {}, ["python3"]);
testAttack(resets.resetsTls, {}, ["python3"]);

testAttack(descriptors.descriptors64, { descriptors: 63 });
testAttack(descriptors.descriptors256, { descriptors: 255 });
testAttack(descriptors.descriptors1024, { descriptors: 1023 });
testAttack(descriptors.descriptorsOfFiles, { descriptors: 255 });

testAttack(slots.idleSlots);
testAttack(slots.slowHeads);
testAttack(slots.slowReads);
testAttack(slots.liveSlots);
