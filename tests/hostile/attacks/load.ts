/** More work than there is time for, all of it honest by itself: others have to get their turn. */

import { askOn, type Attack, Counts, endOf } from "../attack.ts";
import { connect, pause, Peer, requestOf } from "../peer.ts";
import { makeSparse } from "./descriptors.ts";

const DOWNLOADS = 64;
const LARGE_TEXTS = 120;
const LARGE_TEXT_BYTES = 1_900_000;
const SMALL_TEXTS = 200;
const ENTRIES = 50_000;
const LISTERS = 4;

export const downloads: Attack = {
  name: "downloads",
  title: `${DOWNLOADS} downloads of 100 MB at the speed of the loopback`,
  seconds: { test: 2, table: 10 },
  prepare: (root) => makeSparse(`${root}/large.bin`, 100_000_000),
  async run(target, seconds) {
    const counts = new Counts();
    const until = endOf(seconds);
    const request = requestOf("/large.bin");
    const open = (conn: Deno.Conn) => new Peer(conn, 256 * 1024);
    const one = () => askOn(target, counts, { until, request: () => request, open });
    await Promise.all(Array.from({ length: DOWNLOADS }, one));
    return counts.figures;
  },
};

/** Text that takes a compressor as long as prose does. */
function prose(bytes: number): string {
  const words: string[] = [];
  for (let length = 0, state = 1; length < bytes; length += 7) {
    state = state * 1_103_515_245 + 12_345 & 0x7fffffff;
    words.push((state % 9973).toString(36).padStart(6, "aeiou"));
  }
  return words.join(" ");
}

/** Each small text is asked for once only, so that it has to be compressed as well. */
export const compression: Attack = {
  name: "compression",
  title: `${LARGE_TEXTS} texts of 1.9 MB to compress, then small ones`,
  setup: { nginx: "gzip on; gzip_min_length 1024; gzip_types text/plain;" },
  honest: {
    targets: Array.from({ length: SMALL_TEXTS }, (_, i) => `/small-${i}.txt`),
    fieldLines: ["Accept-Encoding: gzip"],
  },
  seconds: { test: 1, table: 8 },
  async prepare(root) {
    const text = prose(LARGE_TEXT_BYTES);
    for (let i = 0; i < LARGE_TEXTS; i++) {
      await Deno.writeTextFile(`${root}/large-${i}.txt`, `${i} ${text}`);
    }
    for (let i = 0; i < SMALL_TEXTS; i++) {
      await Deno.writeTextFile(`${root}/small-${i}.txt`, `${i} ${text.slice(0, 3000)}`);
    }
  },
  async run(target, seconds) {
    const counts = new Counts();
    const until = endOf(seconds);
    const one = async (i: number) => {
      using peer = new Peer(await connect(target));
      setTimeout(() => peer.close(), until - performance.now());
      const answer = await peer.ask(requestOf(`/large-${i}.txt`, "Accept-Encoding: gzip"));
      counts.add(answer ? `s${answer.statusCode}` : "unanswered");
    };
    await Promise.allSettled(Array.from({ length: LARGE_TEXTS }, (_, i) => one(i)));
    await pause(until - performance.now());
    return counts.figures;
  },
};

export const listing: Attack = {
  name: "listing",
  title: `${LISTERS} connections list a folder of 50,000 entries`,
  setup: { flags: ["--listing"], nginx: "autoindex on;" },
  seconds: { test: 2, table: 8 },
  async prepare(root) {
    await Deno.mkdir(`${root}/many`);
    const script = `cd "$0" && seq -f 'entry-%06g.txt' ${ENTRIES} | xargs touch`;
    await new Deno.Command("sh", { args: ["-c", script, `${root}/many`] }).output();
  },
  async run(target, seconds) {
    const counts = new Counts();
    const until = endOf(seconds);
    const request = requestOf("/many/");
    const open = (conn: Deno.Conn) => new Peer(conn, 256 * 1024);
    const one = () => askOn(target, counts, { until, request: () => request, open });
    await Promise.all(Array.from({ length: LISTERS }, one));
    return counts.figures;
  },
};
