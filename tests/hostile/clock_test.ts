/**
 * The wall clock jumps while the server runs, as when a machine wakes up or somebody sets it: libfaketime moves it for
 * the server's process alone. What is said to peers follows the clock; what is due in so many seconds does not.
 */

import { assert, assertEquals } from "@std/assert";
import { testWithTools } from "../tools.ts";
import { ask, Raw } from "./raw.ts";
import { startVitrine, type Vitrine, type VitrineInit } from "./vitrine.ts";

/** A server whose clock can be set. */
interface Clocked {
  readonly vitrine: Vitrine;
  /** Moves its clock away from the true one, by so many seconds. */
  jump(seconds: number): Promise<void>;
}

const YEAR_S = 365 * 86_400;

const JUMPS = [
  // Seconds from the true clock, why
  [3_600, "summer comes"],
  [-3_600, "it goes"],
  [-1, "a step that is hardly seen"],
  [20 * YEAR_S, "an empty battery, the other way"],
  [-20 * YEAR_S, "an empty battery"],
  [0, "the clock is right again"],
] as const;

/** Where Debian keeps the library; the folder is named after the machine. */
function findLibrary(): string {
  for (const { name } of Deno.readDirSync("/usr/lib")) {
    const path = `/usr/lib/${name}/faketime/libfaketimeMT.so.1`;
    try {
      Deno.statSync(path);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error("Cannot find libfaketimeMT.so.1, which comes with faketime");
}

async function startClocked(init: VitrineInit): Promise<Clocked> {
  const library = findLibrary();
  const vitrine = await startVitrine({
    ...init,
    prepare: (outside) => setClock(outside, 0),
    env: (outside) => ({
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: `${outside}/clock`,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    }),
  });
  return { vitrine, jump: (seconds) => setClock(vitrine.outside, seconds) };
}

/** Replaces the file, as the server reads it all the time. */
async function setClock(outside: string, seconds: number): Promise<void> {
  await Deno.writeTextFile(`${outside}/clock.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  await Deno.rename(`${outside}/clock.new`, `${outside}/clock`);
}

testWithTools("hostile: Date and the log follow a clock that jumps", ["faketime"], async () => {
  const files = Object.fromEntries(JUMPS.map((_, i) => [`${i}.txt`, `file ${i}`]));
  const { vitrine, jump } = await startClocked({ files });
  await using server = vitrine;
  for (const [i, [seconds, why]] of JUMPS.entries()) {
    await jump(seconds);
    const { statusCode, fields, content } = await ask(server.port, `/${i}.txt`);
    assertEquals([statusCode, content], [200, `file ${i}`], why);
    const date = Date.parse(fields.get("date") ?? "");
    const off = Math.abs(date - (Date.now() + seconds * 1000));
    assert(off < 3_000, `${why}: Date is off by ${off} ms`);
    const lastModified = Date.parse(fields.get("last-modified") ?? "");
    assert(lastModified <= date, `${why}: RFC 9110 §8.8.2.1`);
    const lines = [`If-None-Match: ${fields.get("etag")}`];
    assertEquals((await ask(server.port, `/${i}.txt`, { lines })).statusCode, 304, why);
  }
  await server[Symbol.asyncDispose](); // So that its log is whole.
  assertEquals(server.errorLines, []);
  for (const [i, [seconds, why]] of JUMPS.entries()) {
    const [line] = server.log.filter(({ requestLine }) => requestLine?.includes(`/${i}.txt`));
    const off = Math.abs(Date.parse(line.time) - (Date.now() + seconds * 1000));
    assert(off < 60_000, `${why}: the log is off by ${off} ms`);
    assert(line.durationMs >= 0 && line.durationMs < 5_000, `${why}: ${line.durationMs} ms`);
  }
});

testWithTools("hostile: no deadline follows a clock that jumps", ["faketime"], async () => {
  await Promise.all([3_600, -3_600].map(async (seconds) => {
    const { vitrine, jump } = await startClocked({
      files: { "a.txt": "hello" },
      flags: ["--head-timeout", "1", "--keep-alive-timeout", "1"],
    });
    await using server = vitrine;
    using idle = await Raw.connect(server.port);
    await idle.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    await idle.responses();
    using slow = await Raw.connect(server.port);
    await slow.send("GET /a.txt HTTP/1.1\r\nHost:");
    await jump(seconds);
    const begun = performance.now();
    const ends = await Promise.all([idle, slow].map(async (raw) => {
      await raw.end();
      return [raw.standing, performance.now() - begun] as const;
    }));
    for (const [standing, ms] of ends) {
      assertEquals(standing, "closed");
      assert(ms > 500 && ms < 3_000, `by ${seconds} s: closed after ${ms} ms, not 1 s`);
    }
    assert(slow.received.startsWith("HTTP/1.1 408 "), slow.received);
    await Promise.all([idle.close(), slow.close()]);
    const stopped = performance.now();
    await server[Symbol.asyncDispose]();
    assert(performance.now() - stopped < 3_000, "It ends within its grace");
    assertEquals(server.errorLines, []);
  }));
});

testWithTools("hostile: files stay fresh when the clock jumps", ["faketime"], async () => {
  const { vitrine, jump } = await startClocked({
    files: { "a.txt": "version 0" },
    flags: ["--keep-alive-max", "0"],
  });
  await using server = vitrine;
  const path = `${server.root}/a.txt`;
  let version = 0;
  for (const [seconds, why] of JUMPS) {
    await jump(seconds);
    for (let i = 0; i < 10; i++) {
      await writeLater(path, `version ${++version}`);
      for (let j = 0; j < 2; j++) { // The second time it may be in memory.
        assertEquals((await ask(server.port, "/a.txt")).content, `version ${version}`, why);
      }
    }
  }
  assertEquals(server.errorLines, []);
});

/** Writes a file until its time is another than before. */
async function writeLater(path: string, text: string): Promise<void> {
  const before = Deno.statSync(path).mtime?.getTime();
  do await Deno.writeTextFile(path, text); while (Deno.statSync(path).mtime?.getTime() === before);
}

testWithTools("hostile: a kept file is never newer than Date", ["faketime"], async () => {
  const { vitrine, jump } = await startClocked({ files: { "a.txt": "hello" } });
  await using server = vitrine;
  const long = new Date(Date.now() - 3_600_000);
  await Deno.utime(`${server.root}/a.txt`, long, long);
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // Until it may be kept.
  for (let i = 0; i < 3; i++) await ask(server.port, "/a.txt");
  await jump(-2 * 3_600);
  for (let i = 0; i < 3; i++) {
    const { fields } = await ask(server.port, "/a.txt");
    const [date, lastModified] = ["date", "last-modified"].map((name) => fields.get(name) ?? "");
    assert(Date.parse(lastModified) <= Date.parse(date), `RFC 9110 §8.8.2.1: ${lastModified}`);
  }
});
