import { assertEquals } from "@std/assert";
import { framingOf } from "../../lib/http/framing.ts";
import type { Framing } from "../../lib/http/message.ts";
import { LIMITS } from "../../lib/options.ts";
import { fieldsOf, refusedOf } from "./testing.ts";

const MAX = 1000;

/** The framing of a request with these field lines, in short, or the status it gets. */
function frame(lines: readonly string[], minorVersion = 1, maxContentBytes = MAX): string | number {
  try {
    return inShort(framingOf(fieldsOf("Host: a", ...lines), minorVersion, maxContentBytes));
  } catch (error) {
    return refusedOf(error).statusCode;
  }
}

function inShort(framing: Framing): string {
  return framing.kind === "length" ? `length ${framing.contentLength}` : framing.kind;
}

const LENGTHS = [
  // Content-Length, expected, why
  ["0", "length 0", "§6.2 no content, said explicitly"],
  ["5", "length 5", "§6.2"],
  ["1000", "length 1000", "the limit is inclusive"],
  ["1001", 413, "twin: a byte over the limit"],
  ["007", "length 7", "9110 §8.6 1*DIGIT allows zeros in front"],
  ["0".repeat(400) + "7", "length 7", "zeros, as many as one likes"],
  ["9".repeat(20), 413, "past 2^53 it is still too long, not rounded to something else"],
  ["9".repeat(400), 413, "Number() makes it infinite"],
  ["", 400, "9110 §8.6 at least one digit"],
  ["-1", 400, "a sign is no digit"],
  ["+5", 400, "twin of 5: some parsers take the sign"],
  ["5 5", 400, "two numbers"],
  ["5, 5", 400, "§6.3 equal values MAY be taken for one; stricter, as nginx is"],
  ["5, 6", 400, "§6.3 differing values"],
  ["5,", 400, "a list with an empty element"],
  ["0x5", 400, "hexadecimal"],
  ["5e0", 400, "an exponent"],
  ["5.0", 400, "a fraction"],
  ["1_0", 400, "a separator of digits"],
  ["5;q=1", 400, "a parameter"],
  ['"5"', 400, "a quoted number"],
  ["\xb2", 400, "a superscript two, a digit to some Unicode parsers"],
  ["\xd9\xa5", 400, "an Arabic five, as UTF-8"],
  ["5\xa0", 400, "NBSP is no white space here"],
  ["Infinity", 400, "what Number() would take"],
  ["chunked", 400, "a coding where a length belongs"],
] as const;

for (const [value, expected, why] of LENGTHS) {
  const shown = value.length > 30 ? `${value.slice(0, 5)}… of ${value.length} characters` : value;
  Deno.test(`framingOf() makes Content-Length "${shown}" ${expected}: ${why}`, () => {
    assertEquals(frame([`Content-Length: ${value}`]), expected);
    assertEquals(frame([`Content-Length: ${value}`], 0), expected, "the same in HTTP/1.0");
  });
}

const CODINGS = [
  // Transfer-Encoding, expected in HTTP/1.1, why
  ["chunked", "chunked", "§6.1 the one coding that a server MUST know"],
  ["Chunked", "chunked", "§7 names of codings are case-insensitive"],
  ["CHUNKED \t", "chunked", "white space around a value is no part of it"],
  ["gzip", 501, "§6.1 a coding that we do not know"],
  ["identity", 501, "obsolete since RFC 7230, so unknown"],
  ["gzip, chunked", 501, "§6.1 framed by chunked, but gzip we cannot undo"],
  ["xchunked", 501, "twin: another name"],
  ["chunkedx", 501, "twin: another name"],
  ["", 400, "an empty list"],
  ["chunked,", 400, "an empty element hides the end of the list"],
  [",chunked", 400, "an empty element in front"],
  ["chunked, chunked", 400, "§6.1 chunked MUST NOT be applied twice"],
  ["chunked, gzip", 400, "§6.3 chunked is not final: the length cannot be known"],
  ["chunked, identity", 400, "§6.3 chunked is not final, whatever follows"],
  ["gzip, chunked, gzip", 400, "§6.3 chunked is not final"],
  ["chunked;q=1", 400, "§7 chunked has no parameters"],
  ["chunked; a", 400, "a parameter that some parsers drop"],
  ['"chunked"', 400, "a quoted name, read by some as chunked"],
  ["'chunked", 501, "a quote of this kind is a tchar, so a name of its own"],
  ["chunked gzip", 400, "white space where a comma belongs"],
  ["chun ked", 400, "white space inside"],
  ["chunked\xa0", 400, "NBSP, which some parsers trim"],
  ["\xffchunked", 400, "a byte that some parsers drop"],
  ["chunked, =", 400, "the second is no token"],
  ["5", 501, "a token, so a name"],
] as const;

for (const [value, expected, why] of CODINGS) {
  Deno.test(`framingOf() makes Transfer-Encoding ${JSON.stringify(value)} ${expected}: ${why}`, () => {
    assertEquals(frame([`Transfer-Encoding: ${value}`]), expected);
  });
}

const CL = ["Content-Length: 5"];
const LENGTH_LINES = [
  // lines, what they mean alone, why
  [[], "none", "no Content-Length"],
  [CL, "length 5", "one"],
  [["Content-Length: 1001"], 413, "one over the limit"],
  [["Content-Length: x"], 400, "an invalid one"],
  [[...CL, ...CL], 400, "two equal ones: stricter than §6.3, as nginx is"],
  [[...CL, "Content-Length: 6"], 400, "§6.3 two that differ"],
  [[...CL, "content-length: 6"], 400, "§6.3 two that differ, names in two cases"],
  [[...CL, "Content-Length:"], 400, "an empty second one"],
] as const;
const CODING_LINES = [
  [[], "none", "no Transfer-Encoding"],
  [["Transfer-Encoding: chunked"], "chunked", "chunked"],
  [["Transfer-Encoding: gzip"], 501, "an unknown one"],
  [["Transfer-Encoding:"], 400, "an empty one"],
  [["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"], 501, "two lines are one list"],
  [["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"], 400, "chunked is not final"],
  [["Transfer-Encoding: chunked", "transfer-encoding: chunked"], 400, "chunked twice"],
  [["Transfer-Encoding: chunked", "Transfer-Encoding:"], 400, "an empty second line"],
] as const;

for (const [lengths, lengthAlone, lengthWhy] of LENGTH_LINES) {
  for (const [codings, codingAlone, codingWhy] of CODING_LINES) {
    for (const minorVersion of [0, 1, 7]) {
      Deno.test(`framingOf() in 1.${minorVersion}: ${lengthWhy} × ${codingWhy}`, () => {
        let expected: string | number = codingAlone;
        if (codings.length === 0) expected = lengthAlone;
        else if (lengths.length > 0) expected = 400; // §6.1: both in one message.
        else if (minorVersion === 0) expected = 400; // §6.1: HTTP/1.0 has no transfer codings.
        assertEquals(frame([...lengths, ...codings], minorVersion), expected);
        assertEquals(frame([...codings, ...lengths], minorVersion), expected, "in either order");
      });
    }
  }
}

const NEAR_NAMES = [
  // field name, why
  ["Content-Length-", "longer by one"],
  ["Content_Length", "an underscore: CGI makes both names one"],
  ["ContentLength", "no hyphen"],
  ["Transfer_Encoding", "an underscore"],
  ["X-Transfer-Encoding", "a prefix"],
] as const;

for (const [fieldName, why] of NEAR_NAMES) {
  Deno.test(`framingOf() ignores the field ${fieldName}: ${why}`, () => {
    assertEquals(frame([`${fieldName}: chunked`]), "none");
    assertEquals(frame([`${fieldName}: 5`, ...CL]), "length 5");
  });
}

Deno.test("framingOf() takes content of just the limit of options.ts, and none over it", () => {
  const { contentBytes } = LIMITS;
  assertEquals(frame(["Content-Length: 1048576"], 1, contentBytes), "length 1048576");
  assertEquals(frame(["Content-Length: 1048577"], 1, contentBytes), 413);
});
