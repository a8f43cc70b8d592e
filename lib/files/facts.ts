/**
 * What step (iv) says of a file that is open. In go its name, its state, and its first bytes where they matter; out come
 * the facts on which the head of each response rests.
 */

import type { FileState } from "./disk_state.ts";
import { areSettled } from "./contain.ts";
import type { FileFacts, FileForm } from "../http/message.ts";
import { mediaTypeOf } from "../http/media_type.ts";
import { mediaTypeOfFile, type Start } from "../http/sniff.ts";
import type { ContentRule } from "../site/headers_file.ts";
import { isCompressible } from "../site/codings.ts";

/** What is known of a file before its facts. */
export interface Known {
  /** The last one of its path. */
  readonly name: string;
  readonly state: FileState;
  /** When it was looked at, in ms since the epoch. */
  readonly lookedMs: number;
  /** Null where the name says enough. */
  readonly start: Start | null;
  /** What the site says of it; null if nothing. */
  readonly rule: ContentRule | null;
  /** Whether text may be sent in compressed forms. */
  readonly compression: boolean;
}

const PLAIN: FileForm = { kind: "plain", varies: false };
const PLAIN_OR_CODED: FileForm = { kind: "plain", varies: true };

/** Starts anywhere, so that no two servers and no two runs give the same number. */
let unsettledCount = Math.floor(Math.random() * 2 ** 40);

/** Facts of an open file: of what will be read, not of what its path may mean by now. */
export function factsOf({ name, state, lookedMs, start, rule, compression }: Known): FileFacts {
  const { size, mtimeMs, ctimeMs, device, inode } = state;
  const unsettled = areSettled(mtimeMs, ctimeMs, lookedMs) ? 0 : ++unsettledCount;
  const mediaType = rule?.mediaType ??
    (start === null ? mediaTypeOf(name) : mediaTypeOfFile(name, start));
  const form = compression && isCompressible(mediaType) ? PLAIN_OR_CODED : PLAIN;
  const times = { mtimeMs, ctimeMs, device, inode, unsettled };
  return { name, mediaType, size, ...times, digest: null, form };
}
