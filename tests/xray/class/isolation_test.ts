/** `--class`: what one student can see of another is nothing. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MAX_ENTRIES } from "../../../lib/xray/class/desk.ts";
import { MAX_DESKS } from "../../../lib/xray/class/classroom.ts";
import { MAX_OF_DESK } from "../../../lib/xray/class/streams.ts";
import { NORMAL } from "../../../lib/xray/experiments.ts";
import { ask, withServer } from "../../wire/harness.ts";
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

const REFUSED = [
  // Host, field lines, why
  ["evil.example", [], "DNS rebinding"],
  ["evil.example.", [], "with a point"],
  ["127.0.0.1.evil.example", [], "an address in front"],
  ["", [], "none"],
  [null, ["Sec-Fetch-Site: cross-site"], "a script of another site"],
  [null, ["Sec-Fetch-Site: same-site"], "another port of the machine"],
  [null, ["Origin: http://evil.example"], "fetch() of another site"],
  [null, ["Origin: null"], "a sandboxed frame"],
] as const;

Deno.test("pages of other sites get nothing, even with --cors", async () => {
  await withClass(FILES, async ({ at, port }) => {
    const ada = at(ADA);
    await ada.ask("/a.txt");
    for (const [host, fieldLines, why] of REFUSED) {
      for (const name of ["traces", "events", "request?id=1", "course"]) {
        const asked = { host: host ?? `127.0.0.1:${port}`, fieldLines };
        const { statusCode, content, fields } = await ada.ask(`/.vitrine/me/${name}`, asked);
        assert(statusCode === 403 || statusCode === 400, `${why}: ${statusCode}`);
        assert(!content.includes("a.txt"), why);
        assertEquals(fields.get("access-control-allow-origin"), undefined, why);
      }
    }
    for (const host of ["localhost", "[::1]:80", "10.0.0.7", "lab-3", "lab-3.local:3000"]) {
      assertEquals((await ada.ask("/.vitrine/me/traces", { host })).statusCode, 200, host);
    }
    const same = { fieldLines: ["Sec-Fetch-Site: same-origin", "Origin: https://class.example"] };
    assertEquals((await ada.ask("/.vitrine/me/traces", same)).statusCode, 200, "a browser's word");
    const post = { method: "POST", fieldLines: [] };
    assertEquals((await ada.ask("/.vitrine/me/progress", post)).statusCode, 403, "no own field");
    const { head } = await ada.ask("/.vitrine/me/");
    assertStringIncludes(head, "frame-ancestors 'none'");
    assertStringIncludes(head, "Cross-Origin-Resource-Policy: same-origin");
  }, { cors: true });
});

Deno.test("hosts that --site names are known", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    const status = async (host: string) =>
      (await at(ADA).ask("/.vitrine/me/course", { host })).statusCode;
    assertEquals([await status("www.class.example"), await status("other.example")], [403, 403]);
    const place = recorder.place!;
    recorder.serving({ ...place, isNamedHost: (host) => host === "www.class.example" });
    assertEquals([await status("www.class.example"), await status("other.example")], [200, 403]);
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

Deno.test("--auth asks at /.vitrine/me, too, by every method", async () => {
  await withClass(FILES, async ({ at }) => {
    const GOOD = `Authorization: Basic ${btoa("ada:engine")}`;
    const ada = at(ADA);
    for (const name of ["", "/", "/main.js", "/events", "/traces", "/request?id=1", "/course"]) {
      assertEquals((await ada.ask(`/.vitrine/me${name}`)).statusCode, 401, name);
    }
    const wish = encodeURIComponent('{"lesson":1,"sinceRun":"","sinceId":0,"answers":{}}');
    const fieldLines = [`Vitrine-Progress: ${wish}`];
    const target = "/.vitrine/me/progress";
    assertEquals((await ada.ask(target, { method: "POST", fieldLines })).statusCode, 401);
    const admitted = { method: "POST", fieldLines: [...fieldLines, GOOD] };
    assertEquals((await ada.ask(target, admitted)).statusCode, 200);
    assertEquals((await ada.ask("/.vitrine/me/traces", { fieldLines: [GOOD] })).statusCode, 200);
  }, { auth: "ada:engine" });
});

Deno.test("a lock of _headers on all paths locks the class as well, POST included", async () => {
  const files = { ...FILES, _headers: "/*\n  Basic-Auth: ada:engine\n" };
  await withClass(files, async ({ at }) => {
    const ada = at(ADA);
    assertEquals((await ada.ask("/.vitrine/me/traces")).statusCode, 401);
    const fieldLines = ["Vitrine-Progress: x"];
    const post = { method: "POST", fieldLines };
    assertEquals((await ada.ask("/.vitrine/me/progress", post)).statusCode, 401);
  });
});

Deno.test("without --class there is nothing at /.vitrine/me, with X-ray or not", async () => {
  await withServer(FILES, async (running) => {
    for (const target of ["/.vitrine/me", "/.vitrine/me/", "/.vitrine/me/events"]) {
      assertEquals((await ask(running, target)).statusCode, 404, target);
    }
  });
});

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

Deno.test("experiments of the teacher keep nobody from the page of the class", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    recorder.experiments = {
      ...{ stepMs: 5_000, serial: true, bytesPerSecond: 1, cutAfterBytes: 1 },
      protocol: "http10",
    };
    const ada = at(ADA);
    const watching = ada.reports(() => true);
    // The first read of a connection is accept's, which is slow already; so it is made while that is off.
    recorder.experiments = { ...recorder.experiments, stepMs: 0 };
    const page = await ada.ask("/.vitrine/me/main.js");
    assertStringIncludes(page.head, "HTTP/1.1 200 OK");
    const [{ experiments }] = await watching;
    assert(experiments.serial || experiments !== NORMAL, "and it says what is going on");
    recorder.experiments = NORMAL;
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
