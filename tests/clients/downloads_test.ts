/** Downloads that are broken off, split, or made of what is there already: curl, aria2c and zsync. */

import { assert, assertEquals } from "@std/assert";
import { writeFile } from "../wire/harness.ts";
import { csv, digestOf, noise, runIn, targetsOf } from "./beside_nginx.ts";
import { sha256, testBesideNginx, treeOf } from "./beside_nginx.ts";

/** Of kinds that are compressed for browsers, and of others. */
const DOWNLOADS: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "disk.iso": noise(12_000_000),
  "table.csv": new TextEncoder().encode(csv(1_500_000)),
  "page.html": new TextEncoder().encode(`<!DOCTYPE html><pre>${csv(1_500_000)}`),
  "drawing.svg": new TextEncoder().encode(`<svg xmlns="x"><!--${csv(1_500_000)}--></svg>`),
};

async function writeDownloads(root: string): Promise<void> {
  for (const [name, bytes] of Object.entries(DOWNLOADS)) {
    await writeFile(root, name, bytes);
    // A time of this very second would be no proof that a part is of the same file: RFC 9110 §8.8.2.2.
    await Deno.utime(`${root}/${name}`, TIME, TIME);
  }
}
const TIME = new Date("2026-01-02T03:04:05Z");

testBesideNginx("serve() lets curl -C - go on where its last run was broken off", {
  tools: ["curl", "sh", "head"],
  make: writeDownloads,
  async work(site, { curl, sh }) {
    const { url, out, root } = site;
    const options = ["--disable", "--silent", "--show-error", "--fail", "--noproxy", "*"];
    const partSize = 700_000;
    for (const name of Object.keys(DOWNLOADS)) {
      // `head` leaves while curl has more to write, which ends curl.
      const script = `"$0" "$@" 2>/dev/null | head -c ${partSize} >${name}`;
      await runIn(out, [sh, "-c", script, curl, ...options, url + name]);
      assertEquals((await Deno.stat(`${out}/${name}`)).size, partSize);
      await runIn(out, [curl, ...options, "-C", "-", "-O", url + name]);
    }
    if (site.vitrine !== null) {
      const targets = Object.keys(DOWNLOADS).map((name) => `/${name}`);
      assertEquals(targetsOf(site, 206), targets);
    }
    assertEquals(await treeOf(out), await treeOf(root));
  },
});

testBesideNginx("serve() sends aria2c one file over eight connections", {
  tools: ["aria2c"],
  make: writeDownloads,
  async work(site, { aria2c }) {
    const { url, out, root, vitrine } = site;
    const options = ["--no-conf", "--quiet", "--max-tries=1", "--allow-overwrite=false"];
    const split = ["--split=8", "--max-connection-per-server=8", "--min-split-size=1M"];
    // The second time it takes gzip, if it is offered; the first time it must not be.
    for (const [folder, more] of [["plain", []], ["gzip", ["--http-accept-gzip=true"]]] as const) {
      for (const [name, bytes] of Object.entries(DOWNLOADS)) {
        const checksum = `--checksum=sha-256=${await sha256(bytes)}`;
        const args = [...options, ...split, ...more, checksum, `--dir=${folder}`, url + name];
        await runIn(out, [aria2c, ...args]);
      }
      assertEquals(await treeOf(`${out}/${folder}`), await treeOf(root));
    }
    if (vitrine !== null) {
      const parts = vitrine.log.filter((entry) => entry.requestLine?.includes("/disk.iso"));
      const connections = new Set(parts.map((entry) => entry.connection)).size;
      assert(connections >= 8, `${connections} connections`);
    }

    // Half of it is there, and a file of aria2c beside it says which half.
    const name = "disk.iso";
    const rest = [...options, "--continue=true", "--dir=rest"];
    await Deno.mkdir(`${out}/rest`);
    await Deno.writeFile(`${out}/rest/${name}`, DOWNLOADS[name].subarray(0, 5_000_000));
    await runIn(out, [aria2c, ...rest, url + name]);
    assertEquals(await digestOf(`${out}/rest/${name}`), await sha256(DOWNLOADS[name]));
  },
});

testBesideNginx("serve() sends zsync what the old file has not got", {
  tools: ["zsync", "zsyncmake"],
  async make(root, { zsyncmake }) {
    await writeFile(root, "new.img", noise(IMAGE_SIZE));
    await runIn(root, [zsyncmake, "-b", "2048", "-u", "new.img", "-o", "new.img.zsync", "new.img"]);
  },
  async work(site, { zsync }) {
    const { out, url, root, vitrine } = site;
    // Changed in few places, which are one request, and in many, which are several with 20 ranges each.
    const locals = [];
    for (const places of [1, 5, 50]) {
      const old = noise(IMAGE_SIZE);
      for (let i = 0; i < places; i++) old.set(noise(100, 7), Math.floor(IMAGE_SIZE / places * i));
      await Deno.writeFile(`${out}/old.img`, old);
      const name = `${places}.img`;
      const said = await runIn(out, [zsync, "-i", "old.img", "-o", name, `${url}new.img.zsync`]);
      assertEquals(await digestOf(`${out}/${name}`), await digestOf(`${root}/new.img`));
      const [, local, fetched] = /used (\d+) local, fetched (\d+)/.exec(said) ?? [];
      assert(Number(fetched) < places * 8192, said);
      locals.push(local);
    }
    // One, one and three requests for bytes, and no more.
    if (vitrine !== null) assertEquals(targetsOf(site, 206).length, 5);
    return locals;
  },
});

const IMAGE_SIZE = 4_000_000;
