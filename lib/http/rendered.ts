/**
 * RFC 9110 §8: the field lines that describe one state of a file. Those of a 200 are made once and kept with its facts.
 */

import { formatHttpDate } from "./date.ts";
import { asciiBytes } from "./grammar.ts";
import { type FieldLines, joinParts, textOf } from "./head_lines.ts";
import { wholeFile } from "./content.ts";
import type { FileFacts, HeadParts, Piece, Response } from "./message.ts";
import { entityTagOf, lastModifiedOf } from "./validators.ts";

/** What every answer about one state of a file shares. */
export interface Rendered {
  readonly entityTag: string;
  readonly lastModifiedMs: number;
  /** Field lines of a 200, as bytes; with those that the site asked for, in `fields`, the last time. */
  lines: Uint8Array;
  fields: object | null;
  /** The plan of a 200: all of the file. */
  readonly content: readonly Piece[];
}

const VARY_CODING: FieldLines = [["Vary", "Accept-Encoding"]];
/** What decides whether a page has a script with `--live`. */
export const VARY_SCRIPT: FieldLines = [["Vary", "Sec-Fetch-Dest, Sec-Fetch-Mode"]];

/** What was made of facts, for as long as those live: a file in the cache keeps its facts. */
const renderings = new WeakMap<FileFacts, Rendered>();

/**
 * Gives what is made of a file's facts: once, for as long as they live.
 *
 * @param nowMs Wall clock; a file is never said to be of a later time (RFC 9110 §8.8.2.1).
 */
export function renderedFor(facts: FileFacts, nowMs: number): Rendered {
  const known = renderings.get(facts);
  // Not what was made before the time of the file had come, nor what was made before the clock went back behind it.
  if (known?.lastModifiedMs === facts.mtimeMs && facts.mtimeMs <= nowMs) return known;
  const lastModifiedMs = lastModifiedOf(facts.mtimeMs, nowMs);
  const entityTag = entityTagOf(facts);
  const validators = { entityTag, lastModifiedMs };
  const rendered: Rendered = {
    ...validators,
    lines: asciiBytes(textOf(linesOfWhole(facts, validators))),
    content: wholeFile(facts.size),
    fields: null,
  };
  renderings.set(facts, rendered);
  return rendered;
}

/** RFC 9110 §8.4: how the bytes are coded, if they are. */
export function codingLine(coding: string | null): FieldLines {
  return coding === null ? [] : [["Content-Encoding", coding]];
}

/** The coding of the bytes that stand for a file; null if there is none. */
export function codingOf({ form }: FileFacts): string | null {
  return form.kind === "coded" || form.kind === "stored" ? form.coding : null;
}

/** RFC 9110 §12.5.5: what decided which bytes these are; also when it chose the plain ones. */
export function varyLine({ form }: FileFacts): FieldLines {
  switch (form.kind) {
    case "plain":
      return form.varies ? VARY_CODING : [];
    case "coded":
      return VARY_CODING;
    case "stored":
      return [];
    case "scripted":
    case "unscripted":
      return VARY_SCRIPT;
  }
}

/** What tells one state of a file from the next: RFC 9110 §8.8. */
type Validators = Pick<Rendered, "entityTag" | "lastModifiedMs">;

/** Field lines of a 200 with the whole file. */
export function linesOfWhole(facts: FileFacts, validators: Validators): FieldLines {
  return [
    ["Content-Type", facts.mediaType],
    ["Content-Length", String(facts.size)],
    ...describingLines(facts, validators),
  ];
}

/** Field lines of every answer with bytes of a file. Made when they are wanted: kept, they would take half a KiB a file. */
export function describingLines(
  facts: FileFacts,
  { entityTag, lastModifiedMs }: Validators,
): FieldLines {
  return [
    ["ETag", entityTag],
    ["Last-Modified", formatHttpDate(lastModifiedMs)],
    // RFC 9110 §14.3. No ranges of coded bytes: what a client asks for is a part of what it decodes, as a rule.
    ["Accept-Ranges", facts.form.kind === "stored" ? "none" : "bytes"],
    ["Cache-Control", "no-cache"],
    ["X-Content-Type-Options", "nosniff"],
    ...codingLine(codingOf(facts)),
    ...varyLine(facts),
  ];
}

/** A 200 with a whole file. Its head is written in one array only for who asks for it, which step (vi) does not. */
export class WholeResponse implements Response {
  readonly statusCode = 200;
  readonly contentLength: number;
  readonly persistent: boolean;

  constructor(
    readonly headParts: HeadParts,
    readonly content: readonly Piece[],
    { contentLength, persistent }: Pick<Response, "contentLength" | "persistent">,
  ) {
    this.contentLength = contentLength;
    this.persistent = persistent;
  }

  get head(): Uint8Array {
    return joinParts(this.headParts);
  }
}
