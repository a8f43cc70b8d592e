/**
 * RFC 9110 §8.3, where the name of a file does not say enough: the media type by the name and the first bytes. A name
 * decides what a file may be *run* as; the bytes only whether something that browsers download is text, and so can be
 * shown instead. So nothing becomes a page, a script or a picture by what is in it, and `nosniff` stays.
 */

import { declaresOtherThanUtf8 } from "./declared_encoding.ts";
import { isOfDoubtfulType, mediaTypeOf } from "./media_type.ts";

/** How many bytes at the start of a large file are looked at. */
export const START_BYTES = 4096;

/** The first bytes of a file. */
export interface Start {
  readonly bytes: Uint8Array;
  /** Whether these are all there are; if not, a character may be cut in two. */
  readonly isWhole: boolean;
}

const UTF_8 = "; charset=utf-8";
/** What a browser shows and never runs. */
const PLAIN_TEXT = `text/plain${UTF_8}`;

/** Whether the bytes of a file have a say in its media type. */
export function isDecidedByBytes(fileName: string): boolean {
  return isOfDoubtfulType(fileName) || mediaTypeOf(fileName).endsWith(UTF_8);
}

/**
 * Gives the field value of `Content-Type` for a file, by its name and how it starts.
 *
 * A text that declares its encoding gets no parameter for it, as that would override what it says of itself: a page in
 * EUC-KR, served as UTF-8, is garbage (RFC 9110 §8.3.2).
 */
export function mediaTypeOfFile(fileName: string, start: Start): string {
  if (isOfDoubtfulType(fileName) && isText(start)) return PLAIN_TEXT;
  if (isTransportStream(fileName, start)) return "video/mp2t";
  const mediaType = mediaTypeOf(fileName);
  const isOther = mediaType.endsWith(UTF_8) && declaresOtherThanUtf8(mediaType, start.bytes);
  return isOther ? mediaType.slice(0, -UTF_8.length) : mediaType;
}

/**
 * Whether a file is an MPEG transport stream, such as a segment of HLS, and no TypeScript: ISO 13818-1 §2.4.3.2 has packets of
 * 188 bytes that start with 0x47, a G. Cameras put four bytes before each. Text with a G in both places stays text.
 */
function isTransportStream(fileName: string, start: Start): boolean {
  const { bytes } = start;
  const isSynced = /\.m?ts$/i.test(fileName) &&
    (bytes[0] === SYNC && bytes[188] === SYNC || bytes[4] === SYNC && bytes[4 + 192] === SYNC);
  return isSynced && !isText(start);
}

const SYNC = 0x47;

/** Whether bytes are UTF-8 text; nothing is an empty text. */
export function isText({ bytes, isWhole }: Start): boolean {
  for (const byte of bytes) if (BINARY[byte] === 1) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(isWhole ? bytes : withoutCutCharacter(bytes));
    return true;
  } catch {
    return false;
  }
}

/**
 * Control characters that stand in no text: WHATWG MIME Sniffing §3, "binary data byte". Not among them are HT, LF, FF,
 * CR, and ESC, which colours logs.
 */
const BINARY = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) {
  if (![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte)) BINARY[byte] = 1;
}

/** RFC 3629 §3: bytes without a last character that goes on behind them. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // Somewhere in a character.
    if (byte < 0xc2 || byte > 0xf4) break; // No character starts so.
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}
