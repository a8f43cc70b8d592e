/**
 * RFC 9110 §8: the field lines that describe one state of a file, made once and kept with its facts.
 */

import { formatHttpDate } from "./date.ts";
import { asciiBytes } from "./grammar.ts";
import { type FieldLines, textOf } from "./head_lines.ts";
import { mediaTypeOf } from "./media_type.ts";
import type { FileFacts, Piece, Rendered } from "./message.ts";
import { entityTagOf, lastModifiedOf } from "./validators.ts";

/**
 * Gives what is made of a file's facts: once, for as long as they live.
 *
 * @param nowMs Wall clock; a file is never said to be of a later time (RFC 9110 §8.8.2.1).
 */
export function renderedFor(facts: FileFacts, nowMs: number): Rendered {
  const known = facts.rendered;
  if (known?.of === facts && known.lastModifiedMs === facts.mtimeMs) return known;
  const lastModifiedMs = lastModifiedOf(facts.mtimeMs, nowMs);
  const entityTag = entityTagOf(facts);
  const mediaType = mediaTypeOf(facts.name);
  const validators: FieldLines = [
    ["ETag", entityTag],
    ["Last-Modified", formatHttpDate(lastModifiedMs)],
    ["Accept-Ranges", "bytes"],
    ["Cache-Control", "no-cache"],
    ["X-Content-Type-Options", "nosniff"],
    ...codingLine(facts),
    ...varyLine(facts),
  ];
  const rendered: Rendered = {
    of: facts,
    entityTag,
    lastModifiedMs,
    mediaType,
    validators,
    lines: asciiBytes(textOf(linesOfWhole({ mediaType, validators }, facts.size))),
    content: wholeFile(facts.size),
    fields: null,
  };
  facts.rendered = rendered;
  return rendered;
}

/** RFC 9110 §8.4: how the bytes are coded, if they are. */
function codingLine({ coding }: FileFacts): FieldLines {
  return coding === undefined ? [] : [["Content-Encoding", coding]];
}

/** RFC 9110 §12.5.5: what decided which bytes these are; also when it chose the plain ones. */
export function varyLine({ varies }: FileFacts): FieldLines {
  return varies ? [["Vary", "Accept-Encoding"]] : [];
}

/** The plan of content that is a whole file. */
export function wholeFile(size: number): readonly Piece[] {
  return size === 0 ? [] : [{ kind: "file", firstPos: 0, lastPos: size - 1 }];
}

/** Field lines of a 200 with the whole file. */
export function linesOfWhole(
  { mediaType, validators }: Pick<Rendered, "mediaType" | "validators">,
  size: number,
): FieldLines {
  return [["Content-Type", mediaType], ["Content-Length", String(size)], ...validators];
}
