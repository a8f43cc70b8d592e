/** What the X-ray says of requests, against what went over the socket. */

import { assert, assertEquals } from "@std/assert";
import { latin1, latin1Bytes, parseResponse } from "../wire/harness.ts";
import { withXray } from "./testing.ts";
import { systemPath, testWithLinks } from "../tools.ts";

const FILES = { "a.txt": "hello", "folder/index.html": "<p>hi", "big.bin": "x".repeat(600_000) };

/** The status of each: every one that a request can bring about. 500 and 503 are ours, 408 takes too long here. */
const REQUESTS = [
  // request, status, section of the reason, why
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200, "RFC 9110 §15.3.1", "plain"],
  ["HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200, "RFC 9110 §9.3.2", "HEAD"],
  ["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, "RFC 9110 §9.3.7", "OPTIONS"],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n\r\n", 206, "RFC 9110 §15.3.7", "range"],
  [
    "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0,2-2\r\n\r\n",
    206,
    "RFC 9110 §14.6",
    "ranges",
  ],
  ["GET /folder HTTP/1.1\r\nHost: a\r\n\r\n", 301, "RFC 9110 §15.4.2", "a folder"],
  [
    "GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
    304,
    "RFC 9110 §13.1.2",
    "conditional",
  ],
  ["GET / HTTP/1.1\r\n\r\n", 400, "RFC 9112 §3.2", "no Host"],
  ["GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "RFC 9112 §5.1", "a space before the colon"],
  ["GET / HTTP/1.1\nHost: a\n\n", 400, "RFC 9112 §2.2", "lone LF: no head was ever there"],
  ["\x16\x03\x01\x02\x00", 400, "RFC 8446 §5.1", "a TLS greeting"],
  ["GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "RFC 3986 §5.2.4", "a way out"],
  ["GET /a\xe9 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "RFC 3986 §2.5", "no UTF-8"],
  ["GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404, "RFC 9110 §15.5.5", "nothing there"],
  ["PUT /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 405, "RFC 9110 §15.5.6", "PUT"],
  [
    'GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-Match: "x"\r\n\r\n',
    412,
    "RFC 9110 §13.1.1",
    "a precondition",
  ],
  [
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
    413,
    "RFC 9110 §15.5.14",
    "too much content",
  ],
  [
    `GET /${"a".repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    414,
    "RFC 9110 §15.5.15",
    "long target",
  ],
  [
    "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=9-\r\n\r\n",
    416,
    "RFC 9110 §15.5.17",
    "past the end",
  ],
  [
    "GET /a.txt HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n",
    417,
    "RFC 9110 §10.1.1",
    "an expectation",
  ],
  [
    `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(250)}\r\n`,
    431,
    "RFC 6585 §5",
    "too many lines",
  ],
  ["BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "RFC 9110 §9.1", "an unknown method"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "RFC 9110 §15.6.6", "HTTP/2"],
  [
    "GET /<script>alert(1)</script> HTTP/1.1\r\nHost: a\r\nX: <img src=x onerror=alert(1)>\r\n\r\n",
    404,
    "RFC 9110 §15.5.5",
    "a script in the bytes",
  ],
] as const;

Deno.test("the X-ray shows the bytes that were sent and received, and why each status", async () => {
  await withXray(FILES, async ({ connect, details }) => {
    const answers: string[] = [];
    for (const [request] of REQUESTS) {
      const client = await connect();
      await client.send(latin1Bytes(request));
      await client.closeWrite();
      answers.push(await client.readToEnd());
    }
    const kept = await details();
    assertEquals(kept.length, REQUESTS.length);
    REQUESTS.forEach(([request, statusCode, section, why], i) => {
      const detail = kept[i];
      const { head } = parseResponse(answers[i]);
      assertEquals([detail.statusCode, detail.reason.section], [statusCode, section], why);
      // What came behind a head, as after HTTP/2's preface, is no part of it.
      const end = request.indexOf("\r\n\r\n");
      assertEquals(atob(detail.head), end === -1 ? request : request.slice(0, end + 4), why);
      assertEquals(atob(detail.response), head, why);
      assertEquals(detail.contentBytes, answers[i].length - head.length, why);
      const written = detail.writes.filter((_, at) => at % 2 === 1).reduce((a, b) => a + b, 0);
      assertEquals(written, answers[i].length, why);
    });
  });
});

testWithLinks("the X-ray tells the path of a target, and what containment said", async () => {
  await withXray({ ...FILES, "a b.txt": "x" }, async ({ exchange, details, root, outside }) => {
    await Deno.writeTextFile(`${outside}/secret`, "s");
    await Deno.symlink(`${outside}/secret`, `${root}/leak`);
    for (const target of ["/a%20b.txt?q=1", "/leak", "/none"]) {
      await exchange(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    }
    const [file, leak, none] = await details();
    assertEquals([file.segments, file.query, file.systemPath], [
      ["a b.txt"],
      "?q=1",
      `${root}/a b.txt`,
    ]);
    assert(file.verdict.startsWith("inside the root"), file.verdict);
    assertEquals(leak.verdict, "refused: leads out of the root");
    assertEquals(none.verdict, "absent: not found");
  });
});

Deno.test("three clients at once have three lanes, whose steps agree with times at the sockets", async () => {
  await withXray(FILES, async ({ connect, details }) => {
    const times: { beforeMs: number; sentMs: number; endMs: number }[] = [];
    await Promise.all([0, 1, 2].map(async (i) => {
      const beforeMs = performance.now();
      const client = await connect();
      await client.send("GET /big.bin HTTP/1.1\r\n");
      await new Promise((resolve) => setTimeout(resolve, 60 + 20 * i)); // A slow client, to be seen.
      const sentMs = performance.now();
      await client.send("Host: a\r\nConnection: close\r\n\r\n");
      await client.readToEnd();
      times[i] = { beforeMs, sentMs, endMs: performance.now() };
    }));
    const kept = (await details()).sort((a, b) => a.connection - b.connection);
    assertEquals(new Set(kept.map(({ connection }) => connection)).size, 3);
    for (const { steps, endMs } of kept) {
      // Which client has which lane is for the kernel to choose: the one whose head was whole at that time.
      const received = steps[steps.indexOf(1) + 2];
      const own = times.filter(({ sentMs, endMs: last }) => sentMs <= received && endMs <= last);
      assert(own.length > 0, `${received} is before any client had sent its head`);
      assert(steps[1] >= Math.min(...times.map(({ beforeMs }) => beforeMs)), "accepted too early");
    }
    for (const { steps } of kept) {
      const names = steps.filter((_, at) => at % 3 === 0);
      assertEquals(names, [0, 1, 2, 3, 4, 5]);
      for (let at = 3; at < steps.length; at += 3) {
        assert(steps[at + 1] <= steps[at + 2], "a step ends after it began");
        assert(steps[at + 1] >= steps[at - 1] - 0.001, "and begins after the one before");
      }
    }
    const [first] = kept;
    const receiveMs = first.steps[5] - first.steps[4];
    assert(receiveMs >= 55, `the slow head took ${receiveMs} ms`);
    // All three were received at once, and not one after another.
    const begins = kept.map(({ steps }) => steps[4]);
    const ends = kept.map(({ steps }) => steps[5]);
    assert(Math.max(...begins) < Math.min(...ends), "the lanes overlap");
  });
});

Deno.test("the X-ray tells pipelined and kept-alive requests apart, and counts cache hits", async () => {
  await withXray(FILES, async ({ connect, details, root }) => {
    await Deno.utime(`${root}/a.txt`, 1_700_000_000, 1_700_000_000);
    const client = await connect();
    const request = "GET /folder/ HTTP/1.1\r\nHost: a\r\n\r\n";
    await client.send(request + request);
    await client.readResponse();
    await client.readResponse();
    await client.send(request);
    await client.readResponse();
    const kept = await details();
    assertEquals(kept.map(({ connection, order }) => [connection, order]), [[1, 1], [1, 2], [
      1,
      3,
    ]]);
    assert(kept[1].reads.length === 0, "the second came with the first");
    assert(kept[1].startMs >= kept[0].endMs && kept[2].startMs >= kept[1].endMs);
    assertEquals(latin1(latin1Bytes(atob(kept[2].head))), request);
  });
});

Deno.test("content is counted and not kept; a pause in it is a part of receiving", async () => {
  await withXray(FILES, async ({ connect, details }) => {
    const client = await connect();
    await client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    await new Promise((resolve) => setTimeout(resolve, 30));
    await client.send("def");
    await client.readResponse();
    const [detail] = await details();
    assertEquals(detail.steps.filter((_, at) => at % 3 === 0), [0, 1, 2, 1, 3, 4, 5]);
    assert(detail.steps[11] - detail.steps[10] >= 20, "the pause");
    assert(!atob(detail.head).includes("abc"));
    assertEquals(detail.reads[3], 3);
  });
});

const NAMES = ["accept", "receive", "parse", "locate", "compose", "send", "wait", "page"];

Deno.test("a refused request shows no step that nobody took: the look for 400.html is no locate", async () => {
  await withXray({ ...FILES, "400.html": "<p>no" }, async ({ exchange, details }) => {
    const close = "Connection: close\r\n\r\n";
    await exchange("GET / HTTP/1.1\r\n\r\n");
    await exchange(`GET /%zz HTTP/1.1\r\nHost: a\r\n${close}`);
    await exchange(`GET /none HTTP/1.1\r\nHost: a\r\n${close}`);
    const steps = (await details()).map((detail) =>
      detail.steps.filter((_, at) => at % 3 === 0).map((step) => NAMES[step])
    );
    assertEquals(steps[0], ["accept", "receive", "parse", "page", "compose", "send"]);
    assertEquals(steps[1].filter((step, i) => step !== steps[1][i - 1]), steps[0]);
    assertEquals(
      steps[2].slice(3),
      ["locate", "compose", "page", "compose", "send"],
      "it did look",
    );
  });
});

const PLACES = [
  // target, path below the root, what containment says, why
  ["/", "/index.html", "inside the root: index.html, which an address with a slash", "the root"],
  ["/folder/", "/folder/index.html", "inside the root: index.html", "a folder"],
  ["/a.txt", "/a.txt", "inside the root; ", "a file"],
  [
    "/about",
    "/about.html",
    "inside the root: the page, whose file has a longer name",
    "clean URLs",
  ],
  ["/alias", "/a.txt", "inside the root: a file that stands in", "a rewrite"],
  ["/route", "/index.html", "inside the root: the application's page", "--spa"],
  ["/away", "/away", "not proven: a rule of the site", "a redirect"],
  ["/bare/", "/bare", "inside the root: a folder without index.html, which is listed", "a listing"],
] as const;

Deno.test("the X-ray shows the path of the file that was sent, and proves no other", async () => {
  const files = {
    ...FILES,
    "index.html": "<p>home",
    "about.html": "<p>about",
    "bare/x": "x",
    "_redirects": "/alias /a.txt 200\n/away /a.txt 302\n",
  };
  const init = { spa: true, cleanUrls: true, listing: true };
  await withXray(files, async ({ exchange, details, root }) => {
    for (const [target] of PLACES) {
      await exchange(
        `GET ${target} HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
      );
    }
    const kept = await details();
    PLACES.forEach(([, path, verdict, why], i) => {
      assertEquals(kept[i].systemPath, systemPath(root + path), why);
      assert(kept[i].verdict.startsWith(verdict), `${kept[i].verdict}: ${why}`);
    });
  }, init);
});
