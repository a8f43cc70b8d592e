/**
 * RFC 9112 §2.2: where a head ends. Bytes of a connection go in as they arrive, at any split; whole heads
 * come out, one at a time, and what stands behind a head stays for the next taker.
 *
 * Only line ends and limits are judged here; what a line says is left to `fields.ts` and `3_parse.ts`.
 */

import { RequestError } from "../errors.ts";

import type { Head } from "./head.ts";
import { HeadMemo } from "./head_memo.ts";
import { SpareArrays } from "./spare_arrays.ts";

import { byteString, CR, isTchar, LF, SP } from "./grammar.ts";

export type { Head };

/** Limits of a head, in bytes and lines; see `LIMITS` in `options.ts`. */
export interface HeadLimits {
  readonly targetBytes: number;
  readonly headBytes: number;
  readonly headLines: number;
  /** Size of the buffer while nothing is in it, in bytes. */
  readonly readBytes: number;
}

/** Room for the method and version beside a target: no method that we know is longer than this. */
const REQUEST_LINE_REST = 64;

/**
 * Arrays that connections which have ended left behind. Memory outside of V8's heap is dear to free: with a new KiB for
 * each of 36,000 connections a second, V8 collects all of its heap several times a second.
 */
const spares = new Map<number, SpareArrays>();

/** The spare arrays of a size. There are few sizes, as a buffer grows by a factor. */
function sparesOf(size: number): SpareArrays {
  let found = spares.get(size);
  if (found === undefined) spares.set(size, found = new SpareArrays(size, MAX_SPARES));
  return found;
}

const MAX_SPARES = 64;
/** What a longer head makes its array grow by: 1, 8 and 64 KiB, so that 63 kB are copied twice, and take 64 KiB. */
const GROWTH = 8;
const NO_BYTES = new Uint8Array(0);
/** The first byte of a record that shakes hands, and where that is written. */
const TLS_HANDSHAKE = 0x16;
const TLS_RULE = "RFC 8446 §5.1";

/** The bytes of one connection that have arrived and belong to no message yet. */
export class HeadBuffer {
  readonly #limits: HeadLimits;
  readonly #memo: HeadMemo;
  readonly #first: SpareArrays;
  #bytes: Uint8Array<ArrayBuffer>;
  /** The bytes at hand are those from `#start` up to, not including, `#end`. */
  #start = 0;
  #end = 0;
  /** How far the search for line ends has come, and what it found, both counted from `#start`. */
  #scanned = 0;
  #lineEnds: number[] = [];

  constructor(limits: HeadLimits, memo: HeadMemo = new HeadMemo()) {
    this.#limits = limits;
    this.#memo = memo;
    this.#first = sparesOf(limits.readBytes);
    this.#bytes = this.#first.take();
  }

  /**
   * Gives its array to the next connection. To be called when a read has found the end of the stream, so that none is
   * under way, and when no head of this connection is looked at any more.
   */
  release(): void {
    spares.get(this.#bytes.length)?.release(this.#bytes);
    this.#bytes = NO_BYTES;
    this.#start = this.#end = 0;
  }

  /** How many bytes have arrived and were not taken. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * Gives free room, at least one byte, to read the next bytes into; tell with {@linkcode added}. An empty
   * buffer starts over at its first size, so that an idle connection is a cheap one.
   */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start === this.#end) {
      if (this.#bytes.length > this.#limits.readBytes) {
        this.#bytes = new Uint8Array(this.#limits.readBytes);
      }
      this.#start = this.#end = 0;
      return this.#bytes; // No view of it: ten thousand of those are a megabyte.
    }
    const growthBytes = this.growthBytes;
    if (growthBytes > 0) this.#grow(growthBytes);
    return this.#bytes.subarray(this.#end);
  }

  /** How long an array {@linkcode space} makes for a head that goes on, in bytes; 0 if there is room. */
  get growthBytes(): number {
    if (this.#start === this.#end || this.#end < this.#bytes.length) return 0;
    const { readBytes, headBytes } = this.#limits;
    return Math.max(this.length + readBytes, Math.min(GROWTH * this.#bytes.length, headBytes));
  }

  /** Makes room behind bytes that fill the array. Who sends 63 kB and stops holds these and little else. */
  #grow(size: number): void {
    const old = this.#bytes;
    const isOurs = this.#start === 0; // Else a head was taken from it, and may be looked at.
    this.#moveTo(size, size <= this.#limits.headBytes ? sparesOf(size).take() : undefined);
    if (isOurs) spares.get(old.length)?.release(old);
  }

  /** Says that `count` bytes were read into the room that {@linkcode space} gave. */
  added(count: number): void {
    this.#end += count;
  }

  /** Puts bytes behind those at hand: what was read past the end of a request's content. */
  append(bytes: Uint8Array): void {
    this.#moveTo(this.length + bytes.length + this.#limits.readBytes);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The first line at hand as character codes, for the log of a head that was refused; may be empty. */
  peekLine(maxBytes: number): string {
    const end = Math.min(this.#end, this.#start + maxBytes);
    return byteString(this.#bytes, this.#start, end).split(/[\r\n]/, 1)[0];
  }

  /** All bytes at hand, left where they are; valid until the next read. For the X-ray of a head that was refused. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Takes all bytes at hand, for a reader of content. They stay valid until the next read. */
  takeAll(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return bytes;
  }

  /**
   * Takes the next head.
   *
   * @returns The head, or null: not yet, more bytes are needed.
   * @throws {RequestError} 400 for a line end other than CRLF or a first byte that starts no method, 414 or
   * 431 for a head over a limit; each as soon as it is certain, so that nobody can make us wait for more.
   * @see RFC 9112 §2.2
   */
  take(): Head | null {
    if (this.#scanned === 0) {
      const known = this.#takeKnown();
      if (known !== null) return known;
      if (!this.#skipEmptyLines()) return null;
      const familiar = this.#takeFamiliar();
      if (familiar !== null) return familiar;
    }
    const bytes = this.#bytes;
    const start = this.#start;
    const end = this.#end;
    const lines = this.#lineEnds;
    let lineStart = lines.length === 0 ? 0 : lines[lines.length - 1] + 2;
    // One byte after the other: for lines of 40 bytes that is faster than to search for each end twice.
    for (let at = start + this.#scanned; at < end; at++) {
      const byte = bytes[at];
      if (byte > CR || (byte !== CR && byte !== LF)) continue;
      const lineEnd = at - start;
      if (lines.length === 0) this.#checkRequestLine(byte === CR ? lineEnd : lineEnd - 1);
      // RFC 9112 §2.2: a lone LF may be taken for a line end; we do not, because a proxy in front may.
      if (byte === LF) throw lineEndError("LF without CR", lineEnd);
      if (at + 1 === end) break; // Its LF may be on the way.
      // At once: a head with no other line ends would never end.
      if (bytes[at + 1] !== LF) throw lineEndError("CR without LF", lineEnd);
      this.#scanned = lineEnd + 2;
      if (lineEnd === lineStart) {
        this.#checkLimits();
        return this.#takeHead(lineEnd + 2);
      }
      lines.push(lineEnd);
      lineStart = lineEnd + 2;
      at++;
    }
    // The last byte may be the CR of an end that is not there yet: it is looked at again.
    this.#scanned = bytes[end - 1] === CR ? end - 1 - start : end - start;
    if (lines.length === 0) this.#checkRequestLine(this.length - 1);
    this.#checkLimits();
    return null;
  }

  /** The quick way: all that is at hand is one head that came before. */
  #takeKnown(): Head | null {
    if (this.#start !== 0 || this.#end === 0) return null;
    const known = this.#memo.find(this.#bytes, this.#end);
    if (known !== null) this.#start = this.#end;
    return known;
  }

  /** The next quickest way: all that is at hand is a request line, and field lines that came before. */
  #takeFamiliar(): Head | null {
    const bytes = this.#bytes;
    let at = this.#start;
    while (at < this.#end && bytes[at] > CR) at++;
    const section = this.#memo.findSection(bytes, at, this.#end);
    if (section === null) return null;
    // Lines and bytes of the section were within their limits when it came first, and are known to be few.
    this.#checkRequestLine(at - this.#start);
    const head = this.#memo.consider({
      bytes: bytes.subarray(this.#start, this.#end),
      requestLineEnd: at - this.#start,
      section,
      remembered: false,
    });
    this.#start = this.#end;
    return head;
  }

  #takeHead(length: number): Head {
    const bytes = this.#bytes.subarray(this.#start, this.#start + length);
    const lineEnds = this.#lineEnds;
    const requestLineEnd = lineEnds[0];
    for (let i = 0; i < lineEnds.length; i++) lineEnds[i] -= requestLineEnd;
    const section = this.#memo.considerSection({
      bytes: bytes.subarray(requestLineEnd),
      lineEnds,
      remembered: false,
    });
    const head = this.#memo.consider({ bytes, requestLineEnd, section, remembered: false });
    this.#start += length;
    this.#scanned = 0;
    this.#lineEnds = [];
    return head;
  }

  /** RFC 9112 §2.2: empty lines before a request line are skipped. False: nothing else is there yet. */
  #skipEmptyLines(): boolean {
    const bytes = this.#bytes;
    while (this.#start < this.#end) {
      const byte = bytes[this.#start];
      if (byte === CR) {
        if (this.#start + 1 === this.#end) return false;
        if (bytes[this.#start + 1] !== LF) throw lineEndError("CR without LF", 0);
        this.#start += 2;
      } else if (isTchar(byte)) {
        return true;
      } else {
        // At once, not at the deadline: most often this is a TLS greeting on the plain port.
        if (byte === TLS_HANDSHAKE) {
          throw new RequestError(400, TLS_RULE, {
            detail: "Cannot read TLS: the peer spoke HTTPS to an HTTP port; open it by http://",
            position: 0,
          });
        }
        throw new RequestError(400, "RFC 9112 §3", {
          detail: `Cannot start a request line with byte 0x${byte.toString(16).padStart(2, "0")}`,
          position: 0,
        });
      }
    }
    return false;
  }

  #checkRequestLine(length: number): void {
    const maxBytes = this.#limits.targetBytes + REQUEST_LINE_REST;
    if (length <= maxBytes) return;
    // RFC 9112 §3: SHOULD be 501 for a method longer than any, 414 for a target longer than we take.
    const isMethod = !this.#bytes.subarray(this.#start, this.#start + maxBytes).includes(SP);
    throw new RequestError(isMethod ? 501 : 414, "RFC 9112 §3", {
      detail: `Cannot take a request line of more than ${maxBytes} bytes`,
    });
  }

  #checkLimits(): void {
    const { headBytes, headLines } = this.#limits;
    if (this.#scanned > headBytes || this.#lineEnds.length > headLines) {
      throw new RequestError(431, "RFC 6585 §5", {
        detail: `Cannot take a head of over ${headBytes} bytes or ${headLines} lines`,
      });
    }
  }

  /** Moves the bytes at hand to the start of a new array: heads already taken keep the old one. */
  #moveTo(size: number, bytes: Uint8Array<ArrayBuffer> = new Uint8Array(size)): void {
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#end = this.length;
    this.#start = 0;
    this.#bytes = bytes;
  }
}

/** Whether an error says that the peer greeted in TLS. */
export function isTlsGreeting(error: unknown): boolean {
  return error instanceof RequestError && error.rule === TLS_RULE;
}

function lineEndError(what: string, position: number): RequestError {
  return new RequestError(400, "RFC 9112 §2.2", {
    detail: `Cannot take ${what} for a line end`,
    position,
  });
}
