/**
 * What step (iv) says of a file that is open. In go its name, its state, and its first bytes where they matter; out come
 * the facts on which the head of each response rests.
 */

import type { FileState } from "./disk_state.ts";
import { areSettled } from "./contain.ts";
import type { FileFacts, FileForm } from "../http/message.ts";
import { mediaTypeOf } from "../http/media_type.ts";
import { isDecidedByBytes, mediaTypeOfFile, type Start } from "../http/sniff.ts";
import type { ContentRule } from "../site/headers_file.ts";
import { type Coding, decodedName, isCompressible } from "../site/codings.ts";
import { startsCoded } from "./compress.ts";

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
  const coding = start === null ? null : storedCoding(name, start, rule);
  const mediaType = rule?.mediaType ?? typeOf(name, start, coding);
  const times = { mtimeMs, ctimeMs, device, inode, unsettled };
  const facts = { name, mediaType, size, ...times, digest: null };
  if (coding !== null) return { ...facts, form: { kind: "stored", coding } };
  const isWorthIt = compression && isCompressible(mediaType) && !isCompressed(name, start);
  return { ...facts, form: isWorthIt ? PLAIN_OR_CODED : PLAIN };
}

/** Whether the first bytes of a file have a say in its facts. */
export function needsStart(name: string, rule: ContentRule | null): boolean {
  return rule !== null || isDecidedByBytes(name) || SVGZ.test(name);
}

/** SVG 2 §1.3: compressed by gzip, and named so. */
const SVGZ = /\.svgz$/i;

/** The coding in which the bytes of a file are, by its name or a rule of the site, and by the bytes themselves. */
function storedCoding(name: string, { bytes }: Start, rule: ContentRule | null): Coding | null {
  const coding = rule?.coding ?? (SVGZ.test(name) ? "gzip" : null);
  return coding !== null && startsCoded(bytes, coding) ? coding : null;
}

/** Whether a file is compressed already, whatever its type says: by its name, or by the mark at its start. */
function isCompressed(name: string, start: Start | null): boolean {
  if (/\.(?:br|gz|zst)$/i.test(name)) return true;
  return start !== null &&
    (startsCoded(start.bytes, "gzip") || startsCoded(start.bytes, "zstd"));
}

/** The type of what a file is once it is decoded. */
function typeOf(name: string, start: Start | null, coding: Coding | null): string {
  if (coding !== null) return mediaTypeOf(decodedName(name, coding));
  return start === null ? mediaTypeOf(name) : mediaTypeOfFile(name, start);
}
