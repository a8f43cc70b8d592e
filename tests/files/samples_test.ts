import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { DiskFile } from "../../lib/files/disk_file.ts";
import { samplePlaces, Samples } from "../../lib/files/samples.ts";

const SIZE = 3_000_000;
const TIME = 1_700_000_000.123;

async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    await test(`${folder}/a`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The digest of a file of these bytes and of that time, each time by a look of its own. */
async function digestOf(path: string, bytes: Uint8Array, time = TIME): Promise<string | null> {
  await Deno.writeFile(path, bytes);
  await Deno.utime(path, time, time);
  using file = new DiskFile(path);
  return await new Samples().digestOf(file, file.look());
}

for (const size of [1, 4_096, 65_536, 65_537, 135_000, 2_097_153, SIZE, 2 ** 45]) {
  Deno.test(`samplePlaces() of ${size} bytes stay inside, start to end`, () => {
    const places = samplePlaces(size);
    assertEquals(places[0][0], 0);
    assertEquals(places.at(-1)![0] + places.at(-1)![1], size);
    for (const [at, length] of places) assert(at >= 0 && length > 0 && at + length <= size);
    assert(places.reduce((sum, [, length]) => sum + length, 0) <= 192 * 1024, "little is read");
  });
}

Deno.test("samplePlaces() leave out no byte of a file that is twice as long as an end", () => {
  const [[, first], [last]] = samplePlaces(128 * 1024).filter((_, i, { length }) =>
    i === 0 || i === length - 1
  );
  assert(first >= last);
});

Deno.test("Samples.digestOf() tells a byte at each place, and the time", async () => {
  await withFile(async (path) => {
    const bytes = new Uint8Array(SIZE);
    const before = await digestOf(path, bytes);
    assertEquals(await digestOf(path, bytes), before, "the same, anew");
    for (const [at, length] of samplePlaces(SIZE)) {
      for (const changed of [at, at + length - 1]) {
        const other = bytes.slice();
        other[changed] = 1;
        assertNotEquals(await digestOf(path, other), before, `byte ${changed}`);
      }
    }
    assertNotEquals(await digestOf(path, bytes, TIME + 0.002), before, "two milliseconds later");
  });
});

Deno.test("Samples.digestOf() remembers a state, and forgets the oldest", async () => {
  await withFile(async (path) => {
    await Deno.writeFile(path, new Uint8Array(SIZE));
    using file = new DiskFile(path);
    let reads = 0;
    const counted = Object.assign(Object.create(file) as DiskFile, {
      readAll: (bytes: Uint8Array, at: number) => (reads++, file.readAll(bytes, at)),
      look: () => state,
    });
    let state = file.look();
    const samples = new Samples(2);
    const ask = async (ctimeMs: number) => {
      const before = reads;
      state = { ...state, ctimeMs };
      await samples.digestOf(counted, state);
      return reads > before;
    };
    assertEquals(await ask(1), true, "never seen");
    assertEquals(await ask(1), false, "known");
    assertEquals(await ask(2), true, "another state");
    assertEquals(await ask(3), true, "and the first one has to go");
    assertEquals(await ask(1), true, "it has gone");
    assertEquals(await ask(3), false, "which the last one has not");
    assertEquals([await ask(0), await ask(0)], [true, true], "without that time nothing is sure");
  });
});

Deno.test("Samples.digestOf() gives null for a file that was changed meanwhile", async () => {
  await withFile(async (path) => {
    await Deno.writeFile(path, new Uint8Array(SIZE));
    using file = new DiskFile(path);
    const state = file.look();
    await Deno.truncate(path, 100);
    assertEquals(await new Samples().digestOf(file, state), null, "it is shorter");
    await Deno.writeFile(path, new Uint8Array(SIZE));
    assertEquals(
      await new Samples().digestOf(file, { ...state, mtimeMs: 1 }),
      null,
      "another time",
    );
  });
});
