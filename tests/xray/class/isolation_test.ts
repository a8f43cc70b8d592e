/** `--class`: what one student can see of another is nothing, behind a proxy as well. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../testing.ts";
import { withClass } from "./testing.ts";

const FILES = { "a.txt": "hello", "b.txt": "other", "404.html": "<p>gone" };
const [ADA, BOB] = ["127.0.0.2", "127.0.0.3"];
/** What Bob does, of which Ada must see nothing. */
const SECRET = "/b.txt?bobs-secret";

Deno.test("each client sees its own requests, from 1 on, and none of another's", async () => {
  await withClass(FILES, async ({ at }) => {
    const [ada, bob] = [at(ADA), at(BOB)];
    for (let i = 0; i < 7; i++) await bob.ask(SECRET);
    await ada.ask("/a.txt?one");
    await bob.ask(SECRET);
    await ada.ask("/a.txt?two");
    const own = await ada.traces();
    assertEquals(own.map(({ requestTarget }) => requestTarget), ["/a.txt?one", "/a.txt?two"]);
    // Neither numbers of requests nor of lanes tell how many others there were.
    assertEquals(own.map(({ id, connection, order }) => [id, connection, order]), [[1, 1, 1], [
      2,
      2,
      1,
    ]]);
    assertEquals((await bob.traces()).length, 8);
  });
});

Deno.test("the stream tells of the own address alone: requests, lanes, counts, run, machine", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    const [ada, bob] = [at(ADA), at(BOB)];
    for (let i = 0; i < 5; i++) await bob.ask(SECRET);
    await ada.ask("/a.txt");
    const watching = ada.reports(({ seenCount }) => seenCount === 2);
    const bobs = bob.reports(({ seenCount }) => seenCount === 7);
    await until(() => recorder.classSide!.students(() => 0).every(({ isHere }) => isHere));
    await bob.ask(SECRET);
    await ada.ask("/a.txt?later");
    await bob.ask(SECRET);
    const [reports, others] = await Promise.all([watching, bobs]);
    const text = JSON.stringify(reports);
    for (const hidden of ["bobs-secret", BOB, recorder.place!.root]) {
      assert(!text.includes(hidden), hidden);
    }
    const last = reports.at(-1)!;
    assertEquals([last.seenCount, last.keptCount, last.every], [2, 2, 1]);
    assertEquals(reports.flatMap(({ seconds }) => seconds), [], "sums are of all");
    assertEquals(reports.flatMap(({ ended }) => ended.map(({ id }) => id)), [1, 2]);
    const lanes = reports.flatMap((report) => report.lanes);
    assertEquals([...new Set(lanes.map(({ number }) => number))], [1, 2]);
    for (const { peer } of lanes) assert(peer.startsWith(`${ADA}:`), peer);
    assert(last.run !== others[0].run, "a run that two share would tell when others came");
    assertEquals(last.role, "learn");
    // Bob's numbers take nobody any further either.
    const again = await ada.reports(() => true, `${others[0].run}/0`);
    assertEquals(again[0].ended.map(({ requestTarget }) => requestTarget), [
      "/a.txt",
      "/a.txt?later",
    ]);
    const ahead = await ada.reports(() => true, `${last.run}/999`);
    assertEquals(ahead[0].ended, []);
  });
});

Deno.test("a request is given by its number to whose it is, whatever number is guessed", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    const [ada, bob] = [at(ADA), at(BOB)];
    for (let i = 0; i < 5; i++) await bob.ask(SECRET);
    await ada.ask("/a.txt");
    const inAll = recorder.tracesSince(0).map(({ id }) => id);
    const guesses = [...inAll, 0, -1, 1.5, 1e9, "1e0", "x", "", "NaN", "__proto__", "1&id=2"];
    for (const id of guesses) {
      const { statusCode, content } = await ada.ask(`/.vitrine/me/request?id=${id}`);
      assert(!content.includes(btoa("bobs")) && !content.includes("bobs"), `${id}`);
      if (statusCode === 200) assertStringIncludes(content, '"/a.txt"');
      else assertEquals([statusCode, content], [404, "Not kept, or not any more"]);
    }
    assertEquals((await at("127.0.0.9").ask("/.vitrine/me/request?id=1")).statusCode, 404);
  });
});

Deno.test("the cache tells nobody what others have asked for", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    const [ada, bob] = [at(ADA), at(BOB)];
    await until(async () => {
      await bob.ask("/b.txt"); // Until the file is old enough to be kept.
      return recorder.tracesSince(0).some(({ cached }) => cached);
    });
    await ada.ask("/b.txt");
    await ada.ask("/b.txt");
    const [first, second] = await ada.traces();
    assertEquals([first.cached, second.cached], [false, true]);
    assertEquals(first.verdict, "inside the root");
    assertStringIncludes(second.verdict, "the cache has it");
  });
});

const SPELLINGS = [
  // target, why
  ["/.vitrine/me/traces", "as it is"],
  ["/%2evitrine/me/traces", "an encoded point"],
  ["/.vitrine%2fme/traces", "an encoded slash"],
  ["//.vitrine//me//traces", "slashes"],
  ["/x/../.vitrine/./me/traces", "dots"],
  ["/%2Evitrine/%6d%65/%74races", "letters"],
  ["/.vitrine/me/traces?id=1&client=127.0.0.3&address=127.0.0.3", "a query"],
] as const;

Deno.test("no spelling of the path, no method and no field leads to another's requests", async () => {
  await withClass(FILES, async ({ at }) => {
    const [ada, bob] = [at(ADA), at(BOB)];
    await bob.ask(SECRET);
    await ada.ask("/a.txt");
    for (const [target, why] of SPELLINGS) {
      const { statusCode, content, fields } = await ada.ask(target);
      assertEquals(statusCode, 200, why);
      assertEquals(JSON.parse(content).map((each: { path: string }) => each.path ?? ""), [""], why);
      assert(!content.includes("bobs"), why);
      assertEquals(fields.get("cache-control"), "no-store", why);
    }
    for (const target of ["/.Vitrine/me/traces", "/.vitrine/ME/traces", "/.vitrine/me/traces/"]) {
      assertEquals((await ada.ask(target)).statusCode, 404, target);
    }
    const forged = [
      `X-Forwarded-For: ${BOB}`,
      `Forwarded: for=${BOB}`,
      `Via: 1.1 ${BOB}`,
    ];
    for (const line of forged) {
      // Whoever comes through a proxy that nobody vouches for might be anybody behind it.
      const { statusCode, content } = await ada.ask("/.vitrine/me/traces", { fieldLines: [line] });
      assertEquals(statusCode, 403, line);
      assertStringIncludes(content, "--trust-proxy");
      const events = await ada.exchange(
        `GET /.vitrine/me/events HTTP/1.1\r\nHost: a\r\n${line}\r\nConnection: close\r\n\r\n`,
      );
      assertStringIncludes(events, "HTTP/1.1 403 ");
    }
    const unheard = [
      `X-Real-IP: ${BOB}`,
      `Client-IP: ${BOB}`,
      "Last-Event-ID: 0/0/0",
      "Vitrine-Token: x",
    ];
    const { statusCode, content } = await ada.ask("/.vitrine/me/traces", { fieldLines: unheard });
    assertEquals(statusCode, 200);
    assert(!content.includes("bobs"));
    for (const method of ["HEAD", "OPTIONS", "DELETE", "PUT", "PATCH", "TRACE", "POST", "BREW"]) {
      const text = await ada.exchange(
        `${method} /.vitrine/me/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      assert(!text.includes("bobs") && !text.includes("requestTarget"), method);
      if (method === "HEAD") {
        const own = await ada.ask("/.vitrine/me/traces");
        assertStringIncludes(text, `Content-Length: ${own.content.length}\r\n`, "of one's own");
      }
    }
  });
});

Deno.test("behind a proxy whose word is taken each sees the requests of its own, on a connection that all share", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    // Both come from the proxy's address, and over one connection.
    const line = (address: string, target: string, more = "") =>
      `GET ${target} HTTP/1.1\r\nHost: class.example\r\nX-Forwarded-For: 6.6.6.6, ${address}\r\n${more}\r\n`;
    const proxy = at("127.0.0.1");
    const last = "Connection: close\r\n";
    await proxy.exchange(
      line("10.0.0.1", SECRET) + line("10.0.0.2", "/a.txt?first") + line("10.0.0.1", SECRET) +
        line("10.0.0.2", "/a.txt?second", last),
    );
    await proxy.exchange("GET /nobodys HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await proxy.exchange("BROKEN\r\n\r\n");
    await until(() => recorder.seenCount === 6);
    const as = (address: string) => at("127.0.0.1", [`X-Forwarded-For: 7.7.7.7, ${address}`]);
    const own = await as("10.0.0.2").traces();
    assertEquals(own.map(({ requestTarget }) => requestTarget), [
      "/a.txt?first",
      "/a.txt?second",
    ]);
    assertEquals(own.map(({ id, connection, order }) => [id, connection, order]), [
      [1, 1, 1],
      [2, 1, 2],
    ]);
    for (const { reads, headBytes } of own) {
      const sum = reads.reduce(
        (all: number, each: number, i: number) => i % 2 ? all + each : all,
        0,
      );
      assert(sum <= headBytes, "not the bytes that came glued behind it");
    }
    const [report] = await as("10.0.0.2").reports(() => true);
    assertEquals(report.lanes.length, 1);
    assertEquals(report.lanes[0].peer, "10.0.0.2");
    assert(report.lanes[0].closeMs > 0 && report.lanes[0].openMs >= own[0].startMs - 0.001);
    // What the client itself writes into the field counts for nothing.
    assertEquals((await as("10.0.0.3").traces()).length, 0);
    // And whose it is must be known.
    for (const student of [proxy, at("127.0.0.1", ["X-Forwarded-For: unknown"])]) {
      const { statusCode, content } = await student.ask("/.vitrine/me/traces");
      assertEquals(statusCode, 403);
      assertStringIncludes(content, "does not say whose this is");
    }
    // Whoever comes without the proxy is believed nothing.
    const direct = at(ADA, ["X-Forwarded-For: 10.0.0.1"]);
    await direct.ask("/a.txt?direct");
    assertEquals((await direct.ask("/.vitrine/me/traces")).statusCode, 403);
    assertEquals((await at(ADA).traces()).length, 1);
    assertEquals((await as("10.0.0.1").traces()).length, 2);
  }, { trustProxy: ["127.0.0.1"] });
});

Deno.test("with PROXY headers each connection is whose the header says", async () => {
  await withClass(FILES, async ({ at }) => {
    const proxy = at("127.0.0.1");
    const through = async (address: string, target: string) =>
      await proxy.exchange(
        `PROXY TCP4 ${address} 10.0.0.9 4000 80\r\nGET ${target} HTTP/1.1\r\nHost: 10.0.0.9\r\n` +
          "Connection: close\r\n\r\n",
      );
    await through("10.0.0.1", SECRET);
    await through("10.0.0.2", "/a.txt");
    const text = await through("10.0.0.2", "/.vitrine/me/traces");
    assertStringIncludes(text, '"requestTarget":"/a.txt"');
    assert(!text.includes("bobs"));
  }, { trustProxy: ["127.0.0.1"], proxyProtocol: true });
});

Deno.test("secrets, paths of the machine and stories of faults are shown to no student", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    const ada = at(ADA);
    await ada.ask("/a.txt", { fieldLines: ["Cookie: s3cr3t=1", "Authorization: Basic s3cr3t"] });
    await ada.ask("/nobody");
    const text = JSON.stringify(await ada.traces());
    const heads = (await ada.traces()).map(({ head }) => atob(head)).join();
    assert(!heads.includes("s3cr3t"));
    assert(!text.includes(recorder.place!.root));
    const [{ systemPath }] = await ada.traces();
    assertEquals(systemPath, "./a.txt");
  });
});
