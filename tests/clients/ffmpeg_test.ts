/** ffmpeg, which players are made of: HLS with its segments, and an MP4 file whose index is at its end. */

import { assert, assertEquals } from "@std/assert";
import { runIn, targetsOf, testBesideNginx } from "./beside_nginx.ts";

/** 6 s of a picture that changes all over and does not shrink, and a tone. */
const SOURCE = [
  ...["-f", "lavfi", "-i", "nullsrc=size=192x144:rate=10,geq=random(1)*255:128:128"],
  ...["-f", "lavfi", "-i", "sine=frequency=440", "-t", "6", "-c:a", "aac"],
  ...["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-g", "10", "-pix_fmt", "yuv420p"],
];
const QUIET = ["-nostdin", "-loglevel", "error"];

testBesideNginx("serve() plays HLS to ffmpeg: segments, parts of one file, and fMP4", {
  tools: ["ffmpeg"],
  async make(root, { ffmpeg }) {
    await runIn(root, [ffmpeg, ...QUIET, ...SOURCE, "whole.mp4"]);
    const kinds = {
      segments: ["-hls_segment_filename", "segment%d.ts"],
      parts: ["-hls_flags", "single_file"],
      fragments: ["-hls_segment_type", "fmp4", "-hls_segment_filename", "fragment%d.m4s"],
    };
    for (const [kind, args] of Object.entries(kinds)) {
      await Deno.mkdir(`${root}/${kind}`);
      const hls = ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", ...args];
      await runIn(`${root}/${kind}`, [
        ffmpeg,
        ...QUIET,
        "-i",
        "../whole.mp4",
        "-c",
        "copy",
        ...hls,
        "list.m3u8",
      ]);
    }
  },
  async work({ url, root, out }, { ffmpeg }) {
    const played: Record<string, string> = {};
    for (const kind of ["segments", "parts", "fragments"]) {
      const play = (from: string) =>
        runIn(out, [
          ffmpeg,
          ...QUIET,
          "-xerror",
          "-i",
          `${from}${kind}/list.m3u8`,
          "-f",
          "framemd5",
          "-",
        ]);
      played[kind] = await play(url);
      assertEquals(
        played[kind],
        await play(`${root}/`),
        `${kind}: each frame is the same as of the file`,
      );
      assert(played[kind].split("\n").length > 60, played[kind]);
    }
    return played;
  },
});

testBesideNginx("serve() lets ffmpeg seek in an MP4 file whose index is at its end", {
  tools: ["ffmpeg", "ffprobe"],
  async make(root, { ffmpeg }) {
    await runIn(root, [ffmpeg, ...QUIET, ...SOURCE, "film.mp4"]);
    const bytes = await Deno.readFile(`${root}/film.mp4`);
    const at = new TextDecoder("latin1").decode(bytes).lastIndexOf("moov");
    assert(bytes.length > 1_000_000 && at > bytes.length * 0.9, `moov at ${at} of ${bytes.length}`);
  },
  async work(site, { ffmpeg, ffprobe }) {
    const { url, root, out } = site;
    const probe = (from: string) =>
      runIn(out, [
        ffprobe,
        "-loglevel",
        "error",
        "-show_streams",
        "-of",
        "json",
        `${from}film.mp4`,
      ]);
    const streams = await probe(url);
    assertEquals(streams, await probe(`${root}/`));
    const still = (from: string) =>
      runIn(out, [
        ffmpeg,
        ...QUIET,
        "-ss",
        "5",
        "-i",
        `${from}film.mp4`,
        "-frames:v",
        "3",
        "-an",
        "-f",
        "framemd5",
        "-",
      ]);
    const frames = await still(url);
    assertEquals(frames, await still(`${root}/`));
    // From the start to the index, then back: two answers at the least for each of the two.
    if (site.vitrine !== null) assert(targetsOf(site, 206).length >= 4, `${targetsOf(site, 206)}`);
    return { streams, frames };
  },
});
