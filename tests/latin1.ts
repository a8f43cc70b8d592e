/** Bytes as text, one character a byte, and back. By Node's `Buffer`, as the ways of the language take 100 ns a byte. */

import { Buffer } from "node:buffer";

/** Text whose character codes are the bytes. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Bytes that are the character codes of a text. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
