import { assertEquals } from "@std/assert";
import {
  asciiBytes,
  byteString,
  isDigit,
  isFieldValueByte,
  isHexdig,
  isOws,
  isTargetByte,
  isTchar,
  tokenList,
} from "../../lib/http/grammar.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

/** The characters from one code to another, both included. */
function charsBetween(first: number, last: number): string {
  return String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, i) => first + i));
}

const VCHAR = charsBetween(0x21, 0x7e);
const OBS_TEXT = charsBetween(0x80, 0xff);

const CLASSES = [
  // question, every byte that passes, why
  [isTchar, "!#$%&'*+-.^_`|~" + DIGITS + LETTERS, "RFC 9110 §5.6.2 tchar"],
  [isFieldValueByte, "\t " + VCHAR + OBS_TEXT, "RFC 9110 §5.5 field-vchar, SP, HTAB"],
  [isTargetByte, VCHAR.replace("#", "") + OBS_TEXT, "RFC 9112 §3.2, kinder: no SP, no fragment"],
  [isDigit, DIGITS, "RFC 5234 §B.1 DIGIT"],
  [isHexdig, DIGITS + "abcdefABCDEF", "RFC 5234 §B.1 HEXDIG, of either case"],
  [isOws, " \t", "RFC 9110 §5.6.3 OWS"],
] as const;

for (const [question, chars, why] of CLASSES) {
  Deno.test(`${question.name}() passes its bytes and no other of the 256: ${why}`, () => {
    for (let byte = 0; byte < 256; byte++) {
      assertEquals(question(byte), chars.includes(String.fromCharCode(byte)), `byte ${byte}`);
    }
  });

  Deno.test(`${question.name}() refuses what is no byte`, () => {
    // The parser looks one past the end of an array, and char codes of text may be over 255.
    for (const noByte of [-1, 256, 0x2100, NaN]) assertEquals(question(noByte), false);
  });
}

Deno.test("asciiBytes() gives a byte for each ASCII character", () => {
  assertEquals([...asciiBytes(charsBetween(0, 127))], Array.from({ length: 128 }, (_, i) => i));
});

Deno.test("byteString() gives a character for each byte, those past ASCII too", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assertEquals(byteString(bytes, 0, 256), charsBetween(0, 255));
});

Deno.test("byteString() takes the start in and leaves the end out", () => {
  assertEquals(byteString(asciiBytes("abcdef"), 2, 4), "cd");
  assertEquals(byteString(asciiBytes("abcdef"), 3, 3), "");
});

Deno.test("byteString() gives long texts whole, past the size of its pieces", () => {
  for (const length of [1023, 1024, 1025, 4096, 4097, 70_000]) {
    const text = "0123456789".repeat(Math.ceil(length / 10)).slice(0, length);
    assertEquals(byteString(asciiBytes(`<${text}>`), 1, length + 1), text);
  }
});

const LISTS = [
  // field value, elements, why
  ["close", ["close"], "one element"],
  ["a,b", ["a", "b"], "two"],
  ["a ,\tb \t, c", ["a", "b", "c"], "§5.6.1 OWS around the comma"],
  [",a,, ,b,", ["a", "b"], "§5.6.1.2 a recipient MUST ignore empty elements"],
  ["", [], "a list of nothing"],
  [" , \t,", [], "a list of empty elements"],
  ["a b", ["a b"], "white space inside splits nothing"],
  ["a\u00a0,b", ["a\u00a0", "b"], "only SP and HTAB are white space, NBSP is not"],
] as const;

for (const [fieldValue, elements, why] of LISTS) {
  Deno.test(`tokenList() splits ${JSON.stringify(fieldValue)}: ${why}`, () => {
    assertEquals(tokenList(fieldValue), [...elements]);
  });
}
