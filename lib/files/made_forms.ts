/** Forms of files that were made here, by compressing: how long they are waited for, and how they are kept. */

import type { CachedFile, FileCache } from "./cache.ts";
import { checksum, type MadeCoding } from "./compress.ts";
import type { Root } from "./contain.ts";
import { HEAD_ROOM_BYTES, HeadRoom, MemoryFile, type SiteFile } from "./memory_file.ts";
import type { Located, TargetPath } from "../http/message.ts";
import { type Coding, MADE_CODINGS } from "../site/codings.ts";

/** The folder whose files have forms. */
export interface VariantsFolder extends Root {
  readonly cache: FileCache;
}

/** Finds a file of the site, as step (iv) does. */
export type Find = (
  path: TargetPath,
  round: number,
) => Located<SiteFile> | Promise<Located<SiteFile>>;

/** How long a response waits for its compressed form at the most, in ms; then it goes out plain. */
const MAX_WAIT_MS = 500;

/** What is made of a file by compressing it. */
export interface Made {
  /** Null if that made nothing smaller. */
  readonly coded: Promise<CachedFile | null>;
  /** Whether it is worth while to wait for it. */
  readonly isSoon: boolean;
}

/** Keeps coded bytes with their file; null if they are no fewer. */
export function keepForm(
  cache: FileCache,
  { key, located, bytes, coding }: {
    key: string;
    located: CachedFile;
    bytes: Uint8Array<ArrayBuffer>;
    coding: MadeCoding;
  },
): CachedFile | null {
  const { facts } = located;
  if (bytes.length >= facts.size) return null;
  const content = new HeadRoom(bytes.length);
  content.bytes.set(bytes);
  cache.grow(key, located, HEAD_ROOM_BYTES + bytes.length);
  // Another version of the encoder may give other bytes, hence the checksum in the entity tag.
  const tagSuffix = `${coding}-${checksum(bytes)}`;
  return {
    kind: "file",
    file: new MemoryFile(content),
    facts: { ...facts, size: bytes.length, form: { kind: "coded", coding, tagSuffix } },
  };
}

export function isMadeCoding(coding: Coding): coding is MadeCoding {
  return MADE_CODINGS.includes(coding);
}

/** Waits for a while; undefined if that was in vain. */
export async function inTime<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, MAX_WAIT_MS, undefined);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
