import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LIMITS } from "../../lib/options.ts";
import { latin1, parseResponse, requestOf, type Running, withServer } from "../wire/harness.ts";

/** A file that is longer than two buffers, so that ranges cross from one into the next. */
const SIZE = 2 * LIMITS.streamBytes + 12_345;
const CONTENT = Uint8Array.from({ length: SIZE }, (_, i) => (i * i + (i >> 8)) & 0xff);
const TEXT = latin1(CONTENT);

/** Positions, more often than by chance at either end and where a buffer ends. */
const position = fc.oneof(
  fc.integer({ min: 0, max: SIZE - 1 }),
  fc.constantFrom(0, 1, SIZE - 2, SIZE - 1),
  fc.integer({ min: LIMITS.streamBytes - 2, max: LIMITS.streamBytes + 2 }),
);

/** Asks for ranges; gives what came as positions and bytes. */
async function askRanges({ exchange }: Running, fieldValue: string) {
  const text = await exchange(requestOf("/a.bin", [`Range: ${fieldValue}`]));
  const { statusCode, fields, content } = parseResponse(text);
  assertEquals(statusCode, 206, fieldValue);
  assertEquals(fields.get("content-length"), String(content.length), "bytes sent");
  const boundary = /boundary=(\S+)/.exec(fields.get("content-type") ?? "")?.[1];
  if (boundary === undefined) return [readPart(fields.get("content-range") ?? "", content)];
  return `\r\n${content}`.split(`\r\n--${boundary}`).slice(1, -1).map((part) => {
    const contentStart = part.indexOf("\r\n\r\n") + 4;
    const contentRange = /^Content-Range: (.*)$/m.exec(part.slice(0, contentStart))?.[1] ?? "";
    return readPart(contentRange, part.slice(contentStart));
  });
}

function readPart(contentRange: string, content: string) {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange)?.slice(1).map(Number) ?? [];
  const [firstPos, lastPos, completeLength] = match;
  assertEquals([completeLength, content.length], [SIZE, lastPos - firstPos + 1], contentRange);
  return { firstPos, content };
}

Deno.test("selectRanges(): a range and its complement rebuild the file on the wire", async () => {
  await withServer({ "a.bin": CONTENT }, async (running) => {
    await fc.assert(
      fc.asyncProperty(position, position, async (a, b) => {
        const [firstPos, lastPos] = a < b ? [a, b] : [b, a];
        const rest = [
          ...firstPos > 0 ? [`0-${firstPos - 1}`] : [],
          ...lastPos < SIZE - 1 ? [`${lastPos + 1}-`] : [],
        ];
        const parts = await askRanges(running, `bytes=${firstPos}-${lastPos}`);
        if (rest.length > 0) parts.push(...await askRanges(running, `bytes=${rest}`));
        parts.sort((x, y) => x.firstPos - y.firstPos);
        assertEquals(parts.map(({ content }) => content).join("") === TEXT, true);
      }),
      { numRuns: 40 },
    );
    assertEquals(running.errors, []);
  }, { keepAliveMax: 0 });
});

/** One range-spec as a peer may write it; many are no good. */
const spec = fc.oneof(
  fc.tuple(position, position).map(([a, b]) => `${a}-${b}`),
  position.map((a) => `${a}-`),
  position.map((a) => `-${a}`),
  fc.constantFrom("-0", "-", "", " ", "a-b", `${SIZE}-`, "0-99999999999999999999"),
);

Deno.test("composeResponse(): bytes sent equal Content-Length, whatever Range says", async () => {
  await withServer({ "a.bin": CONTENT, "small": "0123456789", "empty": "" }, async (running) => {
    const target = fc.constantFrom("/small", "/empty", "/a.bin");
    await fc.assert(
      fc.asyncProperty(target, fc.array(spec, { maxLength: 20 }), async (path, specs) => {
        const text = await running.exchange(requestOf(path, [`Range: bytes=${specs}`]));
        const { statusCode, fields, content } = parseResponse(text);
        assertEquals([200, 206, 416].includes(statusCode), true);
        assertEquals(fields.get("content-length"), String(content.length));
        assertEquals(fields.has("content-range"), statusCode === 416 || isSinglePart(text));
        if (path !== "/a.bin") assertEquals(content.length < 4_096, true, "never multiplied");
      }),
      { numRuns: 60 },
    );
  });
});

function isSinglePart(text: string): boolean {
  return text.startsWith("HTTP/1.1 206 ") && !text.includes("multipart/byteranges");
}
