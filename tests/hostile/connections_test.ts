/** Attacks by connections: resets, more than there are descriptors, every slot taken by one address. */

import * as descriptors from "./attacks/descriptors.ts";
import * as slots from "./attacks/slots.ts";
import * as volleys from "./attacks/volleys.ts";
import { IN_A_CROWD, testAttack } from "./bounds.ts";

testAttack(volleys.resets, {}, ["python3"]);
testAttack(volleys.resetsAtOnce, {}, ["python3"]);
testAttack(volleys.resetsAlways, {}, ["python3"]);
testAttack(volleys.resetsTlsHalf, {}, ["python3"]);
testAttack(volleys.burst, IN_A_CROWD, ["python3"]);

// Six connections at once are all that such a limit leaves: some are turned away without a word. Nothing ends.
testAttack(descriptors.descriptors64, { ...IN_A_CROWD, descriptors: 63, failed: 60 });
testAttack(descriptors.descriptors256, { ...IN_A_CROWD, descriptors: 255 });
testAttack(descriptors.descriptors1024, { ...IN_A_CROWD, descriptors: 1023 });
testAttack(descriptors.descriptorsOfFiles, { ...IN_A_CROWD, descriptors: 255 });

testAttack(slots.idleSlots, IN_A_CROWD);
testAttack(slots.slowHeads, IN_A_CROWD);
testAttack(slots.slowReads, IN_A_CROWD);
testAttack(slots.liveSlots);
