/**
 * Files that are truncated, replaced, removed, renamed or closed to us in the middle of a download: what comes is of one
 * state of the file, whole or visibly short, and who asks next gets what is there then.
 */

import { assert, assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "../latin1.ts";
import { ask } from "./raw.ts";
import { startVitrine } from "./vitrine.ts";

/** More than the system keeps of a connection, in bytes. */
const SIZE = 16_000_000;
const OLD = new Uint8Array(SIZE).fill(0x6f);
const NEW = new Uint8Array(1_000).fill(0x6e);

interface Change {
  readonly name: string;
  readonly make: (root: string) => void;
  /** What the download under way gets: all of the old file, or less of it and an end. */
  readonly download: "whole" | "short";
  /** What the next client gets: a status, and the size of the content if it is 200. */
  readonly next: readonly [statusCode: number, size?: number];
}

const CHANGES: readonly Change[] = [
  {
    name: "truncated",
    make: (root) => Deno.truncateSync(`${root}/d/large.bin`, 1_000),
    download: "short",
    next: [200, 1_000],
  },
  {
    name: "emptied",
    make: (root) => Deno.truncateSync(`${root}/d/large.bin`, 0),
    download: "short",
    next: [200, 0],
  },
  {
    name: "made longer",
    make: (root) => Deno.truncateSync(`${root}/d/large.bin`, SIZE + 1_000),
    download: "whole",
    next: [200, SIZE + 1_000],
  },
  {
    name: "replaced",
    make: (root) => {
      Deno.writeFileSync(`${root}/new.bin`, NEW);
      Deno.renameSync(`${root}/new.bin`, `${root}/d/large.bin`);
    },
    download: "whole",
    next: [200, NEW.length],
  },
  {
    name: "removed",
    make: (root) => Deno.removeSync(`${root}/d/large.bin`),
    download: "whole",
    next: [404],
  },
  {
    name: "closed to us",
    make: (root) => Deno.chmodSync(`${root}/d/large.bin`, 0),
    download: "whole",
    next: Deno.build.os !== "windows" && Deno.uid() === 0 ? [200, SIZE] : [403],
  },
  {
    name: "turned into a folder",
    make: (root) => {
      Deno.removeSync(`${root}/d/large.bin`);
      Deno.mkdirSync(`${root}/d/large.bin`);
    },
    download: "whole",
    next: [301],
  },
  {
    name: "in a folder that is renamed",
    make: (root) => Deno.renameSync(`${root}/d`, `${root}/e`),
    download: "whole",
    next: [404],
  },
  {
    name: "in a root that is renamed",
    make: (root) => Deno.renameSync(root, `${root}.away`),
    download: "whole",
    next: [404],
  },
  {
    name: "in a root that is removed",
    make: (root) => Deno.removeSync(root, { recursive: true }),
    download: "whole",
    next: [404],
  },
  {
    name: "in a root that is replaced",
    make: (root) => {
      Deno.renameSync(root, `${root}.away`);
      Deno.mkdirSync(`${root}/d`, { recursive: true });
      Deno.writeFileSync(`${root}/d/large.bin`, NEW);
    },
    download: "whole",
    next: [200, NEW.length],
  },
];

Deno.test("hostile: a file may change in any way while it is served", async (t) => {
  for (const { name, make, download, next } of CHANGES) {
    await t.step(name, async () => {
      await using vitrine = await startVitrine({ files: { "d/large.bin": OLD, "a.txt": "hello" } });
      const { root, port } = vitrine;
      const content = await downloadAround(port, () => make(root));
      assert(isOld(content), "Nothing but the old file comes");
      if (download === "whole") assertEquals(content.length, SIZE);
      else assert(content.length < SIZE, "It ends short");
      for (const _ of [1, 2]) {
        const [statusCode, size] = next;
        const response = await ask(port, "/d/large.bin", { method: "HEAD" });
        assertEquals(response.statusCode, statusCode);
        if (size !== undefined) assertEquals(response.fields.get("content-length"), `${size}`);
      }
      assertEquals(vitrine.errorLines, []);
      await vitrine[Symbol.asyncDispose]();
      assertEquals(vitrine.log.filter(({ statusCode }) => statusCode >= 500), []);
      await Deno.remove(`${root}.away`, { recursive: true }).catch(() => {});
    });
  }
});

/** Downloads the file, and makes a change when it has begun. */
async function downloadAround(port: number, change: () => void): Promise<Uint8Array> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = "GET /d/large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  await conn.write(latin1Bytes(head));
  const received = new Uint8Array(SIZE + 2_000);
  let length = await conn.read(received) ?? 0;
  change();
  for (;;) {
    const count = await conn.read(received.subarray(length, length + 1_000_000));
    if (count === null) break;
    length += count;
  }
  const start = latin1(received.subarray(0, 2_000)).indexOf("\r\n\r\n") + 4;
  assert(latin1(received.subarray(0, start)).includes(`\r\nContent-Length: ${SIZE}\r\n`));
  return received.subarray(start, length);
}

function isOld(content: Uint8Array): boolean {
  for (const byte of content) if (byte !== OLD[0]) return false;
  return true;
}
