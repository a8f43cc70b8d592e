import { assertEquals } from "@std/assert";
import { TailedFile } from "../../lib/live/page.ts";

/** A file in memory that reads at most three bytes at a time. */
function openBytes(text: string) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return {
    seek: (offset: number | bigint) => Promise.resolve(at = Number(offset)),
    read: (into: Uint8Array) => {
      const part = bytes.subarray(at, at + Math.min(3, into.length));
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
    [Symbol.dispose]() {},
  };
}

async function readFrom(file: TailedFile, firstPos: number): Promise<string> {
  await file.seek(firstPos, Deno.SeekMode.Start);
  let text = "";
  const bytes = new Uint8Array(4);
  for (let count; (count = await file.read(bytes)) !== null;) {
    text += new TextDecoder().decode(bytes.subarray(0, count));
  }
  return text;
}

Deno.test("TailedFile is the file and its tail, from any position on", async () => {
  const whole = "0123456789tail";
  const tail = new TextEncoder().encode("tail");
  for (let firstPos = 0; firstPos <= whole.length; firstPos++) {
    const file = new TailedFile(openBytes("0123456789"), 10, tail);
    assertEquals(await readFrom(file, firstPos), whole.slice(firstPos), `from ${firstPos}`);
  }
  const grown = new TailedFile(openBytes("0123456789 and more"), 10, tail);
  assertEquals(await readFrom(grown, 0), whole, "what has grown behind the size is left out");
  const shrunk = new TailedFile(openBytes("01234"), 10, tail);
  assertEquals(await readFrom(shrunk, 0), "01234", "the tail never stands where it should not");
});
