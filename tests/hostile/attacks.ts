/** Every attack there is, in the order of the table. */

import type { Attack } from "./attack.ts";
import * as descriptors from "./attacks/descriptors.ts";
import * as requests from "./attacks/requests.ts";
import * as resets from "./attacks/resets.ts";
import * as slots from "./attacks/slots.ts";

export const ATTACKS: readonly Attack[] = [
  ...[resets.resets, resets.resetsAtOnce, resets.resetsAlways, resets.resetsTls],
  ...[descriptors.descriptors64, descriptors.descriptors256, descriptors.descriptors1024],
  descriptors.descriptorsOfFiles,
  ...[slots.idleSlots, slots.slowHeads, slots.slowReads, slots.liveSlots],
  ...[requests.deepTargets, requests.missing, requests.hits, requests.longReferer],
  ...[requests.blanksConnection, requests.blanksAcceptEncoding, requests.blanksTransferEncoding],
];
