/** `--class`: what students may cost is bounded: their pages count as no requests, and streams and memory have an end. */

import { assert, assertEquals } from "@std/assert";
import { MAX_DESKS } from "../../../lib/xray/class/classroom.ts";
import { MAX_ENTRIES } from "../../../lib/xray/class/desk.ts";
import { MAX_OF_DESK } from "../../../lib/xray/class/streams.ts";
import { until } from "../testing.ts";
import { withClass } from "./testing.ts";

const FILES = { "a.txt": "hello", "b.txt": "other", "404.html": "<p>gone" };
const [ADA, BOB] = ["127.0.0.2", "127.0.0.3"];

Deno.test("the page of a class is no request of the class: neither lanes nor counts have it", async () => {
  await withClass(FILES, async ({ at, recorder, xray: _xray }) => {
    const ada = at(ADA);
    const { statusCode, fields } = await ada.ask("/.vitrine/me");
    assertEquals([statusCode, fields.get("location")], [307, "me/"]);
    for (const name of ["", "main.js", "style.css", "course?language=de", "traces"]) {
      assertEquals((await ada.ask(`/.vitrine/me/${name}`)).statusCode, 200, name);
    }
    await ada.ask("/a.txt");
    assertEquals((await ada.traces()).length, 1);
    assertEquals([recorder.seenCount, recorder.keptCount], [1, 1]);
    assertEquals([...recorder.connections.values()].filter(({ isShown }) => isShown).length, 1);
    // What only begins like it is a request like any other.
    await ada.ask("/.vitrine/meow");
    assertEquals((await ada.traces()).length, 2);
  });
});

Deno.test("streams of one client are bounded, and the oldest gives way; a stopping server ends all", async () => {
  await withClass(FILES, async ({ at, classroom }) => {
    const ada = at(ADA);
    const streams = Array.from({ length: MAX_OF_DESK }, () => ada.reports(() => false));
    const desk = classroom.deskOf(ADA)!;
    await until(() => classroom.streams.countOf(desk) === MAX_OF_DESK);
    const one = ada.reports(() => false);
    const ended = await Promise.race(streams);
    assert(ended.length >= 1, "it was told something, and then the next one came");
    const bob = at(BOB).reports(() => false);
    await until(() => classroom.streams.countOf(classroom.deskOf(BOB)!) === 1);
    assertEquals(classroom.streams.countOf(desk), MAX_OF_DESK);
    classroom.close();
    await Promise.all([...streams, one, bob]);
  });
});

Deno.test("all streams together are bounded", async () => {
  await withClass(FILES, async ({ at, classroom }) => {
    const streams = [2, 3, 4].map((i) => at(`127.0.0.${i}`).reports(() => false));
    await Promise.race(streams);
    await until(() => [2, 3, 4].filter((i) => isHere(`127.0.0.${i}`)).length === 2);
    classroom.close();
    await Promise.all(streams);

    function isHere(address: string): boolean {
      return classroom.streams.has(classroom.deskOf(address)!);
    }
  }, { maxConnections: 8 });
});

Deno.test("memory is bounded: requests of a client, and clients", async () => {
  await withClass(FILES, async ({ at, classroom }) => {
    const ada = at(ADA);
    const many = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(40);
    const end = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (let i = 0; i < 6; i++) {
      await ada.exchange(many + end);
      await new Promise((resolve) => setTimeout(resolve, 110)); // Of more in 100 ms some are counted.
    }
    const kept = await ada.traces();
    assertEquals(kept.length, MAX_ENTRIES);
    assertEquals(kept.at(-1)!.id, 6 * 41);
    // Long heads count by their bytes.
    const long = `GET /a.txt HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(15_000)}\r\n\r\n`;
    await ada.exchange(long.repeat(40) + end);
    assert((await ada.traces()).length < 20);

    await ada.progress(1);
    for (let i = 0; i < MAX_DESKS + 50; i++) classroom.deskOf(`10.0.${i >> 8}.${i & 255}`);
    assert((await ada.traces()).length > 0, "who shows something goes last");
  }, { keepAliveMax: 0 });
});
