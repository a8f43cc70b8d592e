import { assertEquals } from "@std/assert";
import { ChunkedWalker } from "../../lib/http/chunked.ts";
import { LIMITS } from "../../lib/options.ts";
import { cutsOf, refusedOf, requestErrorOf, SECOND } from "./testing.ts";
import { latin1Bytes } from "../latin1.ts";

const SMALL = { contentBytes: 32, chunkOverheadBytes: 16 };

/** What became of the bytes: how many belong to the content, whether it is over, or the status. */
interface Walk {
  readonly used: number;
  readonly end: "done" | "more" | number;
}

function walk(pieces: readonly string[], limits = SMALL): Walk {
  const walker = new ChunkedWalker(limits);
  let used = 0;
  try {
    for (const piece of pieces) used += walker.walk(latin1Bytes(piece));
  } catch (error) {
    return { used: 0, end: refusedOf(error).statusCode };
  }
  return { used, end: walker.done ? "done" : "more" };
}

/** Walks over the bytes whole, byte by byte, cut in two, and with a second request behind them. */
function walkEveryWay(text: string, limits = SMALL): Walk {
  const whole = walk([text], limits);
  assertEquals(walk([...text], limits), whole, "byte by byte");
  for (const cut of cutsOf(text)) assertEquals(walk(cut, limits), whole, `cut at ${cut[0].length}`);
  if (whole.end === "done") {
    assertEquals(walk([text + SECOND], limits), whole, "with a second request behind it");
    assertEquals(walk([...text + SECOND], limits), whole, "the same, byte by byte");
    assertEquals(walk([text.slice(0, -1)], limits).end, "more", "not over before its last byte");
  }
  return whole;
}

const TAKEN = [
  // bytes, why
  ["0\r\n\r\n", "§7.1 no content"],
  ["5\r\nhello\r\n0\r\n\r\n", "§7.1 one chunk"],
  ["5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "§7.1 two chunks"],
  ["a\r\n0123456789\r\n0\r\n\r\n", "§7.1 sizes are hexadecimal"],
  ["A\r\n0123456789\r\n0\r\n\r\n", "§7.1 of either case"],
  ["0000000000005\r\nhello\r\n000\r\n\r\n", "§7.1 1*HEXDIG: zeros in front, to 13 digits"],
  ["5\r\n0\r\n\r\n\r\n0\r\n\r\n", "data that looks like the end of the content is data"],
  ["4\r\n\r\n\r\n\r\n0\r\n\r\n", "data of line ends is data"],
  ["5;a\r\nhello\r\n0\r\n\r\n", "§7.1.1 an extension is ignored"],
  ['5;a=1;b="x y"\r\nhello\r\n0;z\r\n\r\n', "§7.1.1 several, with values, also on the last chunk"],
  ["0\r\nA: 1\r\nB: 2\r\n\r\n", "§7.1.2 a trailer is dropped"],
  ["0\r\nA:\t\xe9\r\n\r\n", "9110 §5.5 obs-text and HTAB in a trailer"],
  ["20\r\n" + "x".repeat(32) + "\r\n0\r\n\r\n", "content of just the limit"],
  ["10\r\n0123456789abcdef\r\n".repeat(2) + "0\r\n\r\n", "the same in two chunks"],
  [`0;${"e".repeat(15)}\r\n\r\n`, "overhead of just the limit"],
  [`0;${"e".repeat(7)}\r\nA: 12345\r\n\r\n`, "the same in an extension and a trailer"],
] as const;

for (const [bytes, why] of TAKEN) {
  Deno.test(`ChunkedWalker takes ${JSON.stringify(bytes)}: ${why}`, () => {
    assertEquals(walkEveryWay(bytes), { used: bytes.length, end: "done" });
  });
}

const REFUSED = [
  // bytes, the last of which is refused, status, why
  ["\r", 400, "no size"],
  [";", 400, "an extension, and no size"],
  ["g", 400, "no hexadecimal digit"],
  ["-", 400, "a sign: read as huge or as an end by some"],
  ["+", 400, "a sign"],
  ["0x", 400, "a prefix: 0x5 is read as 0 by some, as 5 by others"],
  [" ", 400, "white space in front of a size"],
  ["5 ", 400, "twin of 5: §7.1.1 has white space before `;` only, as BWS; stricter"],
  ["5\t", 400, "the same with a tab"],
  ["5,", 400, "another separator"],
  ["5\n", 400, "§2.2 bare LF after the size"],
  ["5\rh", 400, "bare CR after the size"],
  ["5\r\r", 400, "CR CR LF after the size"],
  ["5;a\n", 400, "bare LF ends an extension for some: the rest would be a request"],
  ["5;a\rb", 400, "bare CR in an extension"],
  ["5;\0", 400, "NUL in an extension"],
  ["5;\x7f", 400, "DEL in an extension"],
  ["5\r\nhello!", 400, "more data than the size says"],
  ["5\r\nhell\r\n", 400, "less data than the size says"],
  ["5\r\nhello\n", 400, "bare LF after the data"],
  ["5\r\nhello\rx", 400, "bare CR after the data"],
  ["5\r\nhello0", 400, "no line end after the data"],
  ["0\r\n\n", 400, "the last line ends in LF"],
  ["0\r\n\rx", 400, "the last line ends in CR"],
  ["0\r\n ", 400, "9112 §5.2 a trailer line that starts with white space"],
  ["0\r\n:", 400, "a trailer line without a name"],
  ["0\r\nA: 1\n", 400, "a trailer line ends in LF"],
  ["0\r\nA: a\rb", 400, "a bare CR in a trailer line"],
  ["0\r\nA: \0", 400, "NUL in a trailer line"],
  ["00000000000000", 400, "14 digits, though the value is small"],
  ["10000000000000", 400, "14 digits: past 2^52"],
  ["fffffffffffff\r\n", 413, "13 digits are exact, and too much"],
  ["21\r\n", 413, "content a byte over the limit, refused before it comes"],
  ["10\r\n0123456789abcdef\r\n11\r\n", 413, "the same in two chunks"],
  [`0;${"e".repeat(16)}`, 400, "overhead a byte over the limit"],
  [`0;${"e".repeat(7)}\r\nA: 123456`, 400, "the same in an extension and a trailer"],
  ["1;aaa\r\nx\r\n".repeat(4) + "1;", 400, "the same in the extensions of several chunks"],
] as const;

for (const [bytes, statusCode, why] of REFUSED) {
  Deno.test(`ChunkedWalker refuses the end of ${JSON.stringify(bytes)}: ${why}`, () => {
    assertEquals(walkEveryWay(bytes), { used: 0, end: statusCode });
    assertEquals(walk([bytes.slice(0, -1)]).end, "more", "up to there it may be right");
    assertEquals(walk([bytes + SECOND]).end, statusCode, "whatever follows");
  });
}

Deno.test("ChunkedWalker waits for the rest at each byte of a good content", () => {
  const bytes = "5;a=1\r\nhello\r\n0\r\nA: 1\r\n\r\n";
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(walk([bytes.slice(0, length)]), { used: length, end: "more" });
  }
});

Deno.test("ChunkedWalker takes no byte more once it is done", () => {
  const walker = new ChunkedWalker(SMALL);
  assertEquals(walker.walk(latin1Bytes("0\r\n\r\nGET")), 5);
  assertEquals(walker.walk(latin1Bytes("GET")), 0);
  assertEquals([walker.done, walker.walk(new Uint8Array(0))], [true, 0]);
});

Deno.test("ChunkedWalker takes content of just the limits of options.ts, and none over them", () => {
  const data = "x".repeat(LIMITS.contentBytes);
  assertEquals(walk([`100000\r\n${data}\r\n0\r\n\r\n`], LIMITS).end, "done");
  assertEquals(walk(["100001\r\n"], LIMITS).end, 413);
  const overhead = ";".repeat(LIMITS.chunkOverheadBytes);
  assertEquals(walk([`0${overhead}\r\n\r\n`], LIMITS).end, "done");
  assertEquals(walk([`0${overhead};\r\n\r\n`], LIMITS).end, 400);
});

Deno.test("ChunkedWalker names the rule and the byte", () => {
  const errorOf = (text: string) =>
    requestErrorOf(() => new ChunkedWalker(SMALL).walk(latin1Bytes(text)));
  assertEquals(errorOf("5\n").rule, "RFC 9112 §7.1");
  assertEquals(errorOf("5\n").message, "Cannot parse a chunk size at a byte 0x0a");
  assertEquals(errorOf("5;\x7f").message, "Cannot take a control character at a byte 0x7f");
});
