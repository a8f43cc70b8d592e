import { assertEquals } from "@std/assert";
import { isDecidedByBytes, isText, mediaTypeOfFile } from "../../lib/http/sniff.ts";

const encoder = new TextEncoder();
const TEXT = "text/plain; charset=utf-8";
const UNKNOWN = "application/octet-stream";

const TEXTS:
  readonly (readonly [text: string, isWhole: boolean, expected: boolean, why: string])[] = [
    ["", true, true, "nothing is an empty text"],
    ["plain\r\n\ttext\f", true, true, "the control characters of texts"],
    ["\x1b[31mred\x1b[0m", true, true, "a log with colours"],
    ["\ufeffBOM", true, true, "a byte order mark of UTF-8"],
    ["é € 𝄞", true, true, "characters of two, three and four bytes"],
    ["a\0b", true, false, "NUL"],
    ["a\x08b", true, false, "a control character"],
    ["a\x0bb", true, false, "vertical tab, as in the standard"],
    ["a\x1fb", true, false, "the last one"],
    ["a\x7fb", true, true, "DEL is not in the standard's list"],
  ];

for (const [text, isWhole, expected, why] of TEXTS) {
  Deno.test(`isText() of ${JSON.stringify(text)}: ${why}`, () => {
    assertEquals(isText({ bytes: encoder.encode(text), isWhole }), expected);
  });
}

Deno.test("isText() takes a character that is cut by the end of what was read, and no other damage", () => {
  for (const character of ["é", "€", "𝄞", "\u{10ffff}"]) {
    const bytes = encoder.encode(`text ${character}`);
    const first = bytes.length - encoder.encode(character).length;
    for (let end = first + 1; end <= bytes.length; end++) {
      const cut = bytes.subarray(0, end);
      assertEquals(isText({ bytes: cut, isWhole: false }), true, `${character} cut at ${end}`);
      assertEquals(isText({ bytes: cut, isWhole: true }), end === bytes.length, `${end}, whole`);
      const inside = Uint8Array.from([...cut, 0x20]);
      assertEquals(
        isText({ bytes: inside, isWhole: false }),
        end === bytes.length,
        `${end}, inside`,
      );
    }
  }
  for (
    const bytes of [[0x80], [0xff], [0xc0], [0xf8], [0x61, 0x80, 0x80, 0x80, 0x80], [0xc1, 0x81]]
  ) {
    assertEquals(isText({ bytes: Uint8Array.from(bytes), isWhole: false }), false, `${bytes}`);
  }
  assertEquals(
    isText({ bytes: Uint8Array.from([0xed, 0xa0, 0x80]), isWhole: true }),
    false,
    "CESU",
  );
});

const NAMES = [
  // name, type of text, type of other bytes, why
  ["LICENSE", TEXT, UNKNOWN, "no extension"],
  ["Makefile", TEXT, UNKNOWN, "no extension"],
  [".gitignore", TEXT, UNKNOWN, "a hidden name"],
  ["name.", TEXT, UNKNOWN, "an empty extension"],
  ["Cargo.lock", TEXT, UNKNOWN, "an extension that the database lacks"],
  ["index.rst", TEXT, UNKNOWN, "an extension that the database lacks"],
  ["x.constructor", TEXT, UNKNOWN, "no name of JavaScript leaks in"],
  ["c.yaml", TEXT, "application/yaml", "shown, where it is text"],
  ["C.YML", TEXT, "application/yaml", "in capitals"],
  ["c.toml", TEXT, "application/toml", "shown, where it is text"],
  ["d.jsonl", TEXT, "application/x-ndjson", "shown, where it is text"],
  ["notes.org", TEXT, "application/vnd.lotus-organizer", "two kinds of files"],
  ["id.key", TEXT, "application/vnd.apple.keynote", "two kinds of files"],
  ["mail.asc", TEXT, "application/pgp-keys", "armoured or not"],
  ["a.json", "application/json", "application/json", "a name that says it"],
  ["a.html", "text/html; charset=utf-8", "text/html; charset=utf-8", "a name that says it"],
  ["a.svg", "image/svg+xml", "image/svg+xml", "a name that says it"],
  ["a.png", "image/png", "image/png", "a name that says it"],
  ["a.pdf", "application/pdf", "application/pdf", "starts with text"],
  ["a.bin", UNKNOWN, UNKNOWN, "a name that says: no text"],
  ["a.pem", "application/x-x509-ca-cert", "application/x-x509-ca-cert", "systems install it"],
  ["a.m3u8", "application/vnd.apple.mpegurl", "application/vnd.apple.mpegurl", "players need it"],
] as const;

for (const [name, ofText, ofOthers, why] of NAMES) {
  Deno.test(`mediaTypeOfFile() of ${JSON.stringify(name)}: ${why}`, () => {
    const isWhole = true;
    assertEquals(mediaTypeOfFile(name, { bytes: encoder.encode("text\n"), isWhole }), ofText);
    assertEquals(mediaTypeOfFile(name, { bytes: new Uint8Array(9), isWhole }), ofOthers);
    if (ofText !== ofOthers) assertEquals(isDecidedByBytes(name), true);
  });
}

Deno.test("mediaTypeOfFile() makes nothing by its bytes that a browser would run", () => {
  const dangerous = [
    "<!DOCTYPE html><script>alert(1)</script>",
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "alert(1)",
    "%PDF-1.7",
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    "/*/*/ * { background: red }",
    "GIF89a=1",
  ];
  for (const text of dangerous) {
    for (const name of ["x", "x.unknown", ".html", "html", "svg", "x.yaml", "x.key", "js"]) {
      assertEquals(
        mediaTypeOfFile(name, { bytes: encoder.encode(text), isWhole: true }),
        TEXT,
        text,
      );
    }
  }
});
