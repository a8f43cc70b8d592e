/** Every attack there is, in the order of the table. */

import type { Attack } from "./attack.ts";
import * as descriptors from "./attacks/descriptors.ts";
import * as disk from "./attacks/disk.ts";
import * as ends from "./attacks/ends.ts";
import * as load from "./attacks/load.ts";
import * as memory from "./attacks/memory.ts";
import * as requests from "./attacks/requests.ts";
import * as slots from "./attacks/slots.ts";
import * as tls from "./attacks/tls.ts";
import * as volleys from "./attacks/volleys.ts";

export const ATTACKS: readonly Attack[] = [
  ...[volleys.resets, volleys.resetsAtOnce, volleys.resetsAlways, volleys.resetsTls],
  ...[volleys.resetsTlsHalf, volleys.burst],
  ...[descriptors.descriptors64, descriptors.descriptors256, descriptors.descriptors1024],
  descriptors.descriptorsOfFiles,
  ...[slots.idleSlots, slots.slowHeads, slots.slowReads, slots.liveSlots],
  ...[tls.tlsSilent, tls.tlsHalf, tls.tlsFew, tls.tlsStalled],
  ...[memory.longHeads, memory.slowReaders],
  ...[load.downloads, load.compression, load.listing],
  ...[requests.deepTargets, requests.missing, requests.hits, requests.longReferer],
  requests.blanksConnection,
  ...[requests.blanksAcceptEncoding, requests.blanksTransferEncoding],
  ...[disk.fifos, disk.fifoSwap, disk.largeRules],
  ...[disk.rootMoves, disk.socketSwap, disk.linkSwap, disk.deepFile],
  ...[ends.logReader, ends.sigusr1, ends.stopKept, ends.stopNew],
];
