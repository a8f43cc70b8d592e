/**
 * RFC 9110 §6.4: the plan of the content of a response, as pieces in a row: bytes that are here, and parts of the file that
 * was found. Nothing is read here; step (vi) does that.
 */

import type { Piece } from "./message.ts";
import { type ByteRange, multipartClose, multipartPartHead } from "./range.ts";
import { asciiBytes } from "./grammar.ts";

/** The plan of content that is a whole file. */
export function wholeFile(size: number): readonly Piece[] {
  return size === 0 ? [] : [{ kind: "file", firstPos: 0, lastPos: size - 1 }];
}

/** RFC 9110 §14.6: several ranges of a file, each a part with a head of its own. */
export function multipartOf(
  ranges: readonly ByteRange[],
  { boundary, mediaType, size }: {
    readonly boundary: string;
    readonly mediaType: string;
    /** Of the file, in bytes. */
    readonly size: number;
  },
): readonly Piece[] {
  const content = ranges.flatMap((range): Piece[] => {
    const partHead = multipartPartHead({ boundary, mediaType, range, size });
    return [{ kind: "bytes", bytes: asciiBytes(partHead) }, { kind: "file", ...range }];
  });
  return [...content, { kind: "bytes", bytes: asciiBytes(multipartClose(boundary)) }];
}

/** Length of content, in bytes. */
export function lengthOf(content: readonly Piece[]): number {
  return content.reduce((sum, piece) => sum + lengthOfPiece(piece), 0);
}

/** Length of one piece of it, in bytes. */
export function lengthOfPiece(piece: Piece): number {
  return piece.kind === "bytes" ? piece.bytes.length : piece.lastPos - piece.firstPos + 1;
}
