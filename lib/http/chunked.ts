/**
 * RFC 9112 §7.1: finds the end of chunked content. The content itself is of no use to a server of files (the checker,
 * which is a client, asks for it): it is walked over so that not one byte of it is taken for the next request. Sizes and line ends are taken to the letter;
 * what a chunk extension says is not looked at (RFC 9112 §7.1.1: ignore what is not known), but for control characters.
 */

import { RequestError } from "../errors.ts";
import { COLON, CR, isFieldValueByte, isHexdig, isTchar, LF } from "./grammar.ts";

/** What the next byte belongs to. The lines of a trailer are read as one more kind of line. */
type ChunkedPart =
  | "size"
  | "extension"
  | "sizeLf"
  | "data"
  | "dataCr"
  | "dataLf"
  | "trailerStart"
  | "trailerName"
  | "trailer"
  | "trailerLf"
  | "lastLf"
  | "done";

/** Limits of one chunked content, in bytes, inclusive. */
export interface ChunkedLimits {
  /** The chunks' data together; 413. */
  readonly contentBytes: number;
  /** Chunk extensions and trailer together; 400. */
  readonly chunkOverheadBytes: number;
}

/** Walks over one chunked content, at any split of its bytes. */
export class ChunkedWalker {
  readonly #limits: ChunkedLimits;
  readonly #onData: ((bytes: Uint8Array) => void) | undefined;
  #part: ChunkedPart = "size";
  /** Value and digits of the chunk size being read; then the data bytes of this chunk still to come. */
  #size = 0;
  #digits = 0;
  #contentBytes = 0;
  #overheadBytes = 0;

  /** @param onData Is handed the data of chunks as it is walked over, views of what came; for who wants the content. */
  constructor(limits: ChunkedLimits, onData?: (bytes: Uint8Array) => void) {
    this.#limits = limits;
    this.#onData = onData;
  }

  /** Whether the last byte of the content, its trailer included, has been walked over. */
  get done(): boolean {
    return this.#part === "done";
  }

  /**
   * Walks over the next bytes.
   *
   * @returns How many of them belong to this content: all, or fewer when it ended among them.
   * @throws {RequestError} 400 for anything that leaves the end in doubt, 413 over the limit.
   */
  walk(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#part !== "done") {
      if (this.#part === "data") {
        const count = Math.min(this.#size, bytes.length - at);
        this.#onData?.(bytes.subarray(at, at + count));
        this.#size -= count;
        at += count;
        if (this.#size === 0) this.#part = "dataCr";
      } else {
        this.#part = this.#next(bytes[at]);
        at++;
      }
    }
    return at;
  }

  #next(byte: number): ChunkedPart {
    switch (this.#part) {
      case "size":
        return this.#sizeByte(byte);
      case "extension":
        return this.#lineByte(byte, "extension", "sizeLf");
      case "sizeLf":
        expectByte(byte, LF);
        return this.#startChunk();
      case "dataCr":
        expectByte(byte, CR);
        return "dataLf";
      case "dataLf":
        expectByte(byte, LF);
        return "size";
      case "trailerStart":
        if (byte === CR) return "lastLf";
        if (!isTchar(byte)) throw chunkError("Cannot start a trailer line", byte);
        return this.#lineByte(byte, "trailerName", "trailerLf");
      case "trailerName":
        // RFC 9112 §7.1.2: a trailer line is a field line, so its name ends in a colon. Its meaning is dropped.
        if (byte !== COLON && !isTchar(byte)) {
          throw chunkError("Cannot find a trailer's name", byte);
        }
        return this.#lineByte(byte, byte === COLON ? "trailer" : "trailerName", "trailerLf");
      case "trailer":
        return this.#lineByte(byte, "trailer", "trailerLf");
      case "trailerLf":
        expectByte(byte, LF);
        return "trailerStart";
      default:
        expectByte(byte, LF);
        return "done";
    }
  }

  #sizeByte(byte: number): ChunkedPart {
    if (isHexdig(byte)) {
      this.#size = this.#size * 16 + parseInt(String.fromCharCode(byte), 16);
      this.#digits++;
      // Leading zeros count as well: a size needs no more digits than the limit has.
      if (this.#digits > 13) throw chunkError("Cannot take so long a chunk size", byte);
      return "size";
    }
    if (this.#digits === 0) throw chunkError("Cannot parse a chunk size", byte);
    if (byte === CR) return "sizeLf";
    // RFC 9112 §7.1.1: white space before an extension is bad; only `;` may follow the digits here.
    if (byte === 0x3b) return this.#lineByte(byte, "extension", "sizeLf");
    throw chunkError("Cannot parse a chunk size", byte);
  }

  /** A byte of a chunk extension or trailer line, which CR ends. */
  #lineByte(byte: number, same: ChunkedPart, lineEnd: ChunkedPart): ChunkedPart {
    if (byte === CR) return lineEnd;
    if (!isFieldValueByte(byte)) throw chunkError("Cannot take a control character", byte);
    this.#overheadBytes++;
    if (this.#overheadBytes > this.#limits.chunkOverheadBytes) {
      throw chunkError("Cannot take so many chunk extensions or trailers", byte);
    }
    return same;
  }

  #startChunk(): ChunkedPart {
    const size = this.#size;
    this.#digits = 0;
    if (size === 0) return "trailerStart";
    this.#contentBytes += size;
    if (this.#contentBytes > this.#limits.contentBytes) {
      throw new RequestError(413, "RFC 9110 §15.5.14", {
        detail: `Cannot take over ${this.#limits.contentBytes} bytes of content`,
      });
    }
    return "data";
  }
}

function expectByte(byte: number, expected: number): void {
  if (byte !== expected) throw chunkError("Cannot find the line end of a chunk", byte);
}

function chunkError(detail: string, byte: number): RequestError {
  const hex = byte.toString(16).padStart(2, "0");
  return new RequestError(400, "RFC 9112 §7.1", { detail: `${detail} at a byte 0x${hex}` });
}
