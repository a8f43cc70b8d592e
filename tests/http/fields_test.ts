import { assert, assertEquals } from "@std/assert";
import { parseFields } from "../../lib/http/fields.ts";
import { fieldsOf, headOf, isRefused, linesOf, readEveryWay } from "./testing.ts";

/** A head with these lines in the middle: the fields before and behind must not suffer. */
function headWith(line: string): string {
  return `GET / HTTP/1.1\r\nFirst: 1\r\n${line}\r\nLast: 9\r\n\r\n`;
}

const TAKEN = [
  // field line, name, value, why
  ["Host: a", "Host", "a", "one space after the colon, as everybody writes it"],
  ["Host:a", "Host", "a", "§5.1 OWS is optional"],
  ["Host: \t a\t \t", "Host", "a", "§5.1 OWS before and behind is no part of the value"],
  ["X-Empty:", "X-Empty", "", "§5 a value may be empty"],
  ["X-Blank: \t ", "X-Blank", "", "§5.1 nothing but OWS is an empty value"],
  ["X: a b\tc", "X", "a b\tc", "9110 §5.5 white space inside belongs to the value"],
  ["X: a: b:c", "X", "a: b:c", "the first colon ends the name"],
  ["X: é\xff", "X", "é\xff", "9110 §5.5 obs-text passes as opaque bytes"],
  ["X: !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "X", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "VCHAR"],
  ["!#$%&'*+-.^_`|~09azAZ: v", "!#$%&'*+-.^_`|~09azAZ", "v", "9110 §5.6.2 every tchar"],
  ["x-cased-NAME: v", "x-cased-NAME", "v", "9110 §5.1 any case, kept as received"],
] as const;

for (const [line, name, value, why] of TAKEN) {
  Deno.test(`parseFields() takes ${JSON.stringify(line)}: ${why}`, () => {
    const lines = readEveryWay(headWith(line), (head) => linesOf(head, parseFields(head)));
    assertEquals(lines, [["First", "1"], [name, value], ["Last", "9"]]);
  });
}

/** Where the lines of these tables start in {@linkcode headWith}. */
const LINE_START = headWith("").indexOf("\r\n\r\n") + 2;

const REFUSED = [
  // field line, rule, offending byte counted from the start of the line, why
  ["Host : a", "RFC 9112 §5.1", 4, "twin of the space behind: before the colon it is 400"],
  ["Host\t: a", "RFC 9112 §5.1", 4, "a tab is white space too"],
  [" Host: a", "RFC 9112 §5.2", 0, "obs-fold with SP; nginx would join it to the line before"],
  ["\tfolded", "RFC 9112 §5.2", 0, "obs-fold with HTAB"],
  [" ", "RFC 9112 §5.2", 0, "obs-fold of nothing"],
  ["Host", "RFC 9112 §5.1", 4, "no colon"],
  [": a", "RFC 9112 §5.1", 0, "no name"],
  ["Ho st: a", "RFC 9112 §5.1", 2, "white space in the name"],
  ["Ho(st: a", "RFC 9112 §5.1", 2, "a delimiter in the name"],
  ['"Host": a', "RFC 9112 §5.1", 0, "a quoted name"],
  ["Hé: a", "RFC 9112 §5.1", 1, "twin of obs-text in a value: in a name it is no tchar"],
  ["Ho\0st: a", "RFC 9112 §5.1", 2, "NUL in the name"],
  ["X: a\0b", "RFC 9110 §5.5", 4, "NUL in the value"],
  ["X: \x01", "RFC 9110 §5.5", 3, "a control character alone"],
  ["X: a\x0bb", "RFC 9110 §5.5", 4, "VT is no white space here"],
  ["X: \x1b[2J", "RFC 9110 §5.5", 3, "ESC would steer the terminal of who reads the log"],
  ["X: a\x7f", "RFC 9110 §5.5", 4, "DEL"],
] as const;

for (const [line, rule, offset, why] of REFUSED) {
  Deno.test(`parseFields() refuses ${JSON.stringify(line)}: ${why}`, () => {
    const error = readEveryWay(headWith(line), parseFields);
    assert(isRefused(error));
    assertEquals([error.statusCode, error.rule], [400, rule]);
    assertEquals(error.position, LINE_START + offset);
  });
}

Deno.test("parseFields() refuses every control character but HTAB in a value, and no other", () => {
  for (let byte = 0; byte < 256; byte++) {
    if (byte === 0x0a) continue; // Ends the line: head_buffer_test.ts.
    const text = headWith(`X: a${String.fromCharCode(byte)}b`);
    const isControl = (byte < 0x20 && byte !== 0x09) || byte === 0x7f;
    const result = readEveryWay(text, (head) => parseFields(head).lines.length);
    assertEquals(isRefused(result), isControl, `byte ${byte}`);
  }
});

Deno.test("parseFields() gives positions that never run backwards", () => {
  for (const [line] of TAKEN) {
    for (const { nameStart, nameEnd, valueStart, valueEnd } of fieldsOf(line).lines) {
      assert(nameStart < nameEnd && nameEnd < valueStart && valueStart <= valueEnd, line);
    }
  }
});

Deno.test("parseFields() takes a head without field lines", () => {
  assertEquals(parseFields(headOf("GET / HTTP/1.0\r\n\r\n")).lines, []);
});

const FIELDS = fieldsOf(
  "Host: a",
  "Accept: x",
  "accept: y",
  "ACCEPT: ",
  "Accep: no",
  "Accept-: no",
  "Accdpt: no",
);
const A_NAME_OF_36_BYTES = "x".repeat(36);

const QUESTIONS = [
  // field name, all values, why
  ["host", ["a"], "one line, 9110 §5.1 names are case-insensitive"],
  ["accept", ["x", "y", ""], "9110 §5.3 the order of the lines counts"],
  ["range", [], "absent, though a name of five letters is there"],
  ["absent", [], "absent, though a name of six letters is there"],
  ["x", [], "absent, and no name has that length"],
  [A_NAME_OF_36_BYTES, [], "absent; 36 is 4 modulo 32, the length of Host"],
] as const;

for (const [fieldName, values, why] of QUESTIONS) {
  Deno.test(`Fields gives ${values.length} values of "${fieldName}": ${why}`, () => {
    assertEquals(FIELDS.getAll(fieldName), [...values]);
    // RFC 9110 §5.3: lines of one name may be joined by a comma.
    assertEquals(FIELDS.get(fieldName), values.length === 0 ? null : values.join(", "));
  });
}

Deno.test("Fields finds names of every length up to 70", () => {
  for (let length = 1; length <= 70; length++) {
    const name = "n".repeat(length);
    const fields = fieldsOf(`${name.toUpperCase()}: found`);
    assertEquals([fields.get(name), fields.getAll(name)], ["found", ["found"]]);
    assertEquals([fields.get(name + "n"), fields.getAll(name + "n").length], [null, 0]);
  }
});

Deno.test("Fields folds the case of letters only", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  assertEquals(fieldsOf(`${letters.toUpperCase()}: v`).get(letters), "v");
  // 0x5B to 0x5E lie behind `Z` as 0x7B to 0x7E lie behind `z`: no letter, no second case.
  assertEquals(fieldsOf("X^: v").get("x~"), null);
  assertEquals(fieldsOf("X^: v").get("x^"), "v");
});
