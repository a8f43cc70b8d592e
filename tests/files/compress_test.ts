import { assert, assertEquals } from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type Compression, Compressor, decodesTo } from "../../lib/files/compress.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Text that takes an encoder as long as prose does. */
function prose(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words: string[] = [];
  for (let length = 0, state = seed; length < bytes; length += 7) {
    state = state * 1_103_515_245 + 12_345 & 0x7fffffff;
    words.push((state % 9973).toString(36).padStart(6, "aeiou"));
  }
  return new TextEncoder().encode(words.join(" ").slice(0, bytes));
}

/** Takes on what must not be refused. */
function takeOn(compressor: Compressor, bytes: Uint8Array, isWanted?: () => boolean): Compression {
  const compression = compressor.compress(bytes, "gzip", { isWanted });
  assert(compression !== null);
  return compression;
}

for (const size of [1, 32 * KIB, 32 * KIB + 1, 200_000]) {
  Deno.test(`Compressor gives back ${size} bytes in both codings`, async () => {
    const bytes = prose(size);
    const compressor = new Compressor();
    const br = await compressor.compress(bytes, "br")!.coded;
    const gzip = await compressor.compress(bytes, "gzip")!.coded;
    assertEquals(new Uint8Array(brotliDecompressSync(br!)), bytes);
    assertEquals(new Uint8Array(gunzipSync(gzip!)), bytes);
    assert(decodesTo(br!, bytes, "br") && decodesTo(gzip!, bytes, "gzip"));
  });
}

Deno.test("Compressor: a small text does not wait behind large ones", async () => {
  const compressor = new Compressor();
  const order: string[] = [];
  const large = Array.from({ length: 4 }, (_, i) => takeOn(compressor, prose(MIB, i + 1)));
  large.forEach(({ coded }, i) => coded.then(() => order.push(`large ${i}`)));
  await new Promise((resolve) => setTimeout(resolve, 5)); // Now the first one is begun.
  const small = takeOn(compressor, prose(3000));
  small.coded.then(() => order.push("small"));
  assertEquals(small.isSoon, true);
  await Promise.all([small, ...large].map(({ coded }) => coded));
  assertEquals(order[0], "small");
});

Deno.test("Compressor says who had better not wait", async () => {
  const compressor = new Compressor();
  const takenOn = [1.5 * MIB, 600 * KIB, 300 * KIB, 200 * KIB, 1.4 * MIB].map((size) =>
    takeOn(compressor, prose(size))
  );
  const expected = [
    true, // Nothing is before it, however large it is.
    true,
    true,
    true,
    false, // 1.1 MiB are.
  ];
  assertEquals(takenOn.map(({ isSoon }) => isSoon), expected);
  await Promise.all(takenOn.map(({ coded }) => coded));
});

Deno.test("Compressor refuses what is over its bound, and takes on work again afterwards", async () => {
  const compressor = new Compressor();
  const bytes = new Uint8Array(8 * MIB);
  const first = takeOn(compressor, bytes);
  let isWanted = true;
  const second = takeOn(compressor, bytes, () => isWanted);
  assertEquals(compressor.compress(bytes.subarray(0, 1), "br"), null);
  isWanted = false;
  assert(await first.coded !== null);
  assertEquals(await second.coded, null, "nobody wanted it when its turn came");
  assert(await takeOn(compressor, bytes.subarray(0, 10)).coded !== null);
});

Deno.test("Compressor: others have a turn every few milliseconds", async () => {
  const compressor = new Compressor();
  const takenOn = Array.from({ length: 4 }, (_, i) => takeOn(compressor, prose(MIB, i + 1)));
  let isDone = false;
  const all = Promise.all(takenOn.map(({ coded }) => coded)).then(() => isDone = true);
  const stops: number[] = [];
  for (let lastMs = performance.now(); !isDone;) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    stops.push(performance.now() - lastMs);
    lastMs = performance.now();
  }
  await all;
  stops.sort((a, b) => a - b);
  const p95 = stops[Math.floor(stops.length * 0.95)];
  assert(p95 < 30, `${p95} ms`); // 4 ms on a machine at rest.
});
