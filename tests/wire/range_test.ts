import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseResponse, type RawResponse, requestOf, withServer } from "./harness.ts";
import { latin1Bytes } from "../latin1.ts";

const CONTENT = Array.from({ length: 100 }, (_, i) => String.fromCharCode(i + 100)).join("");
const BYTES = latin1Bytes(CONTENT);

/** A row's answer: positions that are sent, both inclusive; `200` for the whole file; `416`. */
type Answer = readonly (readonly [firstPos: number, lastPos: number])[] | 200 | 416;

const RANGES: readonly (readonly [fieldValue: string, expected: Answer, why: string])[] = [
  ["bytes=0-0", [[0, 0]], "the first byte"],
  ["bytes=0-9", [[0, 9]], "the first ten"],
  ["bytes=0-99", [[0, 99]], "all, as a range"],
  ["bytes=0-", [[0, 99]], "open"],
  ["bytes=99-", [[99, 99]], "open, the last byte"],
  ["bytes=-1", [[99, 99]], "suffix, the last byte"],
  ["bytes=-100", [[0, 99]], "suffix, all"],
  ["bytes=-1000", [[0, 99]], "§14.1.2: suffix longer than the file"],
  ["bytes=50-1000", [[50, 99]], "§14.1.2: clamped"],
  ["bytes=0-18446744073709551616", [[0, 99]], "a number over 64 bits"],
  ["Bytes=0-1", [[0, 1]], "§14.1: units in any case"],
  ["bytes=0-1,", [[0, 1]], "empty elements of a list"],
  ["bytes=100-", 416, "starts just past the end"],
  ["bytes=100-200", 416, "past the end"],
  ["bytes=-0", 416, "no bytes at all"],
  ["bytes=18446744073709551616-", 416, "a number over 64 bits"],
  ["bytes=100-,200-", 416, "all of several past the end"],
  ["bytes=5-4", 200, "§14.1.1: invalid, ignored"],
  ["bytes=0-1,5-4", 200, "one invalid spec spoils the set"],
  ["bytes=", 200, "nothing"],
  ["bytes=-", 200, "no number"],
  ["bytes=a-b", 200, "letters"],
  ["bytes=0x0-1", 200, "hexadecimal"],
  ["bytes=+0-1", 200, "a sign"],
  ["bytes=--1", 200, "two signs"],
  ["bytes=0-1;2-3", 200, "another separator"],
  ["bytes 0-1", 200, "no equals sign"],
  ["items=0-1", 200, "§14.1: another unit is ignored"],
  ["bytes=0-0,-1", [[0, 0], [99, 99]], "first and last"],
  ["bytes=90-,0-0", [[90, 99], [0, 0]], "in the order asked for"],
  ["bytes=1-1,3-3,200-,5-5", [[1, 1], [3, 3], [5, 5]], "unsatisfiable ones drop out"],
  ["bytes=0-1,200-", [[0, 1]], "one that is left is no multipart"],
  ["bytes=0-10,5-20", [[0, 20]], "overlapping ones are joined: §15.3.7.2"],
  ["bytes=0-1,2-3", [[0, 3]], "touching ones too"],
  ["bytes=0-,0-,0-", [[0, 99]], "the same thrice"],
  ["bytes=50-60,0-10,55-70,5-15", [[50, 70], [0, 15]], "joined in two places"],
  [
    "bytes=" + Array.from({ length: 256 }, (_, i) => `${i * 2 % 100}-${i * 2 % 100}`),
    Array.from({ length: 50 }, (_, i) => [i * 2, i * 2] as const),
    "as many as are taken: zchunk's 255 are among them",
  ],
  [
    "bytes=" + Array.from({ length: 257 }, (_, i) => `${i * 2 % 100}-${i * 2 % 100}`),
    200,
    "one more",
  ],
  ["bytes=" + "0-,".repeat(1_000), 200, "§17.15: an attack"],
  ["bytes=" + Array.from({ length: 1_000 }, (_, i) => `${i}-${i}`), 200, "a finer attack"],
  ["bytes=" + ",".repeat(10_000) + "0-0", [[0, 0]], "an attack on the reading of lists"],
];

Deno.test("selectRanges() on the wire: one range, several, none, hostile ones", async () => {
  await withServer({ "a.bin": BYTES }, async ({ exchange }) => {
    const plain = parseResponse(await exchange(requestOf("/a.bin")));
    for (const [fieldValue, expected, why] of RANGES) {
      const lines = [`Range: ${fieldValue}`];
      const response = parseResponse(await exchange(requestOf("/a.bin", lines)));
      const shown = `${fieldValue.slice(0, 40)}: ${why}`;
      const { fields, content, statusCode } = response;
      assertEquals(fields.get("content-length"), String(content.length), shown);
      if (expected === 416) {
        assertEquals([statusCode, fields.get("content-range")], [416, "bytes */100"], shown);
        assertStringIncludes(content, "Error: 416 ");
      } else {
        assertEquals(fields.get("etag"), plain.fields.get("etag"), shown);
        assertEquals(fields.get("last-modified"), plain.fields.get("last-modified"), shown);
        checkContent(response, expected, shown);
      }
      const head = parseResponse(await exchange(requestOf("/a.bin", lines, "HEAD")));
      assertEquals([head.statusCode, head.content], [200, ""], "RFC 9110 §14.2: GET only");
      const whole = { ...Object.fromEntries(plain.fields), date: head.fields.get("date") ?? "" };
      assertEquals(Object.fromEntries(head.fields), whole);
    }
  });
});

function checkContent(response: RawResponse, expected: Exclude<Answer, 416>, shown: string): void {
  const { fields, content, statusCode } = response;
  if (expected === 200) {
    assertEquals([statusCode, content === CONTENT], [200, true], shown);
    assertEquals(fields.has("content-range"), false, shown);
    return;
  }
  assertEquals(statusCode, 206, shown);
  const wanted = expected.map(([firstPos, lastPos]) => ({
    contentRange: `bytes ${firstPos}-${lastPos}/100`,
    content: CONTENT.slice(firstPos, lastPos + 1),
  }));
  if (expected.length === 1) {
    const contentRange = fields.get("content-range") ?? "";
    assertEquals(fields.get("content-type"), "application/octet-stream", shown);
    assertEquals([{ contentRange, content }], wanted, shown);
  } else {
    assertEquals(fields.has("content-range"), false, "RFC 9110 §15.3.7.2: MUST NOT");
    assertEquals(parseParts(response), wanted, shown);
  }
}

/** Takes multipart content apart, to the letter of RFC 2046 §5.1.1. */
function parseParts({ fields, content }: RawResponse) {
  const [type, boundary] = (fields.get("content-type") ?? "").split("; boundary=");
  assertEquals(type, "multipart/byteranges");
  assert(/^[0-9a-zA-Z'()+_,\-./:=?]{1,70}$/.test(boundary), "bchars that need no quotes");
  assert(!CONTENT.includes(boundary));
  const pieces = content.split(`\r\n--${boundary}`);
  assertEquals(pieces[0], "", "an empty preamble");
  assertEquals(pieces.at(-1), "--\r\n", "a close delimiter, no epilogue");
  return pieces.slice(1, -1).map((part) => {
    const headEnd = part.indexOf("\r\n\r\n");
    const match = /^\r\nContent-Type: application\/octet-stream\r\nContent-Range: (bytes .*)$/
      .exec(part.slice(0, headEnd));
    assert(match !== null, part.slice(0, headEnd));
    return { contentRange: match[1], content: part.slice(headEnd + 4) };
  });
}

Deno.test("selectRanges() on the wire: an empty file", async () => {
  await withServer({ "empty": "" }, async ({ exchange }) => {
    const rows = [
      ["bytes=0-", 416, "no byte to start at"],
      ["bytes=0-0", 416, "no first byte"],
      ["bytes=-1", 200, "§14.1.2: satisfiable, yet no Content-Range could say it"],
      ["bytes=-0", 416, "no bytes of no bytes"],
    ] as const;
    for (const [fieldValue, statusCode, why] of rows) {
      const request = requestOf("/empty", [`Range: ${fieldValue}`]);
      const response = parseResponse(await exchange(request));
      assertEquals(response.statusCode, statusCode, why);
      const contentRange = statusCode === 416 ? "bytes */0" : undefined;
      assertEquals(response.fields.get("content-range"), contentRange, why);
    }
  });
});

Deno.test("selectRanges() sees no range in two field lines", async () => {
  await withServer({ "a.bin": BYTES }, async ({ exchange }) => {
    const lines = ["Range: bytes=0-0", "Range: bytes=2-2"];
    const { statusCode } = parseResponse(await exchange(requestOf("/a.bin", lines)));
    assertEquals(statusCode, 200, "joined by a comma, the second unit is a syntax error");
  });
});

Deno.test("multipartBoundary() cannot be known before, and is the same again", async () => {
  const boundaryOf = (text: string) => /boundary=(\S+)/.exec(text)?.[1];
  const request = requestOf("/a.bin", ["Range: bytes=0-0,2-2"]);
  const boundaries = new Set<string | undefined>();
  for (let i = 0; i < 3; i++) {
    await withServer({ "a.bin": BYTES }, async ({ exchange }) => {
      const boundary = boundaryOf(await exchange(request));
      assertEquals(boundaryOf(await exchange(request)), boundary);
      boundaries.add(boundary);
    });
  }
  assertEquals(boundaries.size, 3, "each server has its own");
});
