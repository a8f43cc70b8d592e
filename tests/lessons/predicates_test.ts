/** Each predicate of each lesson: the bytes that lead there, and the nearest that do not. */

import { assert, assertEquals } from "@std/assert";
import { LESSONS } from "../../lib/lessons/lessons.ts";
import type { Action, Before, Found } from "../../lib/lessons/lesson.ts";
import { STEP } from "../../lib/lessons/seen.ts";
import { answer, get, type Made, seenOf } from "./testing.ts";

const MOZILLA = "User-Agent: Mozilla/5.0";
const HTML = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n";
const ETAG = 'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 5\r\n\r\n';
const CODED = answer(
  200,
  "Content-Length: 2000",
  "Vary: Accept-Encoding",
  "Content-Encoding: gzip",
);
const PLAIN = answer(200, "Content-Length: 2000", "Vary: Accept-Encoding");
const CLOSE = answer(200, "Content-Length: 5", "Connection: close");
const part = (range: string, length: number) =>
  answer(206, `Content-Range: bytes ${range}`, `Content-Length: ${length}`);
const error = (rule: string) => ({ rule: `RFC ${rule}`, detail: "" });
const BAD = answer(400, "Content-Length: 5", "Connection: close");
const SLOW = [1, 0, 100, 2, 100, 200, 3, 200, 300, 4, 300, 400, 5, 400, 500];

const LOCKED = answer(401, "Content-Length: 5", 'WWW-Authenticate: Basic realm="a"');
/** Requests of so many different checks of the checker. */
const checks = (count: number): Made[] =>
  Array.from({ length: count }, (_, i) => ({
    request: get("/", `User-Agent: vitrine-check (check-${i})`),
  }));

const get1 = (rest: Partial<Made> = {}): Made => ({ request: get("/"), ...rest });
const embedded = (target: string): Made => ({
  request: get(target, MOZILLA, "Referer: http://a/"),
});
const pipelined: Made[] = [
  get1({ connection: 7, order: 1, headBytes: 25, reads: [0, 50] }),
  get1({ connection: 7, order: 2, headBytes: 25, reads: [] }),
];
const kept: Made[] = [
  get1({ connection: 7, order: 1 }),
  get1({ connection: 7, order: 2 }),
];
const four = (rest: (i: number) => Partial<Made>): Made[] =>
  [0, 1, 2, 3].map((i) => get1({ startMs: i, endMs: 200 + i, ...rest(i) }));
const waited = (i: number) => ({
  endMs: 200 * (i + 1),
  steps: [
    1,
    i,
    i + 1,
    STEP.wait,
    i + 1,
    200 * i,
    2,
    200 * i,
    200 * i + 1,
    5,
    200 * i + 1,
    200 * (i + 1),
  ],
});
/** The same where those who wait are not even received: only their connection is there. */
const unreceived = (i: number) => ({
  startMs: 200 * i,
  endMs: 200 * (i + 1),
  steps: [0, i, i + 1, STEP.wait, i + 1, 200 * i, 1, 200 * i, 200 * i, 2, 200 * i, 200 * i + 1],
});
/** One after another because they came so. */
const later = (i: number) => ({ startMs: 300 * i, endMs: 300 * i + 200 });
const slowHead: Partial<Made> = { startMs: 0, endMs: 1_200, steps: [1, 0, 1_100, 5, 1_100, 1_200] };

/** Lesson and step; what leads there; what comes near. */
const ROWS: readonly [step: string, yes: readonly Made[], ...no: (readonly Made[])[]][] = [
  ["1 get", [get1()], [get1({ response: answer(304) })], [get1({ contentBytes: 0 })], [
    get1({ complete: false }),
  ]],
  ["1 byHand", [get1()], [{ request: get("/", "Accept: */*") }], [{
    request: "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
  }]],
  ["1 head", [{ request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", contentBytes: 0 }], [get1()]],
  ["2 ok", [get1()], [get1({ response: answer(206) })]],
  ["2 moved", [get1({ response: answer(301) })], [get1({ response: answer(308) })]],
  ["2 notFound", [get1({ response: answer(404) })], [get1({ response: answer(400) })]],
  ["2 notAllowed", [get1({ response: answer(405) })], [get1({ response: answer(501) })]],
  ["2 unsatisfiable", [get1({ response: answer(416) })], [get1({ response: part("0-1/2", 2) })]],
  ["3 browser", [{ request: get("/", MOZILLA) }], [{ request: get("/", "User-Agent: curl/8") }]],
  ["3 ownName", [{ request: get("/", "User-Agent: Ada") }], [{ request: get("/", MOZILLA) }], [{
    request: get("/", "User-Agent: curl/8"),
  }], [get1()]],
  ["3 anyCase", [{ request: "GET / HTTP/1.1\r\nhOSt: a\r\n\r\n" }], [get1()], [{
    request: "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
  }]],
  ["3 password", [{ request: get("/", "Authorization: Basic YTpi") }], [{
    request: get("/", "Authorization: a:b"),
  }], [{ request: get("/", "Cookie: Basic YTpi") }]],
  ["4 slow", [get1({ steps: SLOW, endMs: 500 })], [get1()], [
    get1({ steps: SLOW.slice(0, 12), endMs: 500 }),
  ]],
  ["4 fast", [get1()], [get1({ steps: SLOW, endMs: 500 })]],
  ["4 atParse", [get1({ response: BAD, error: error("9112 §3"), located: null })], [
    get1({ response: BAD, error: error("9112 §3"), located: "absent" }),
  ]],
  ["4 atLocate", [get1({ response: answer(404), steps: [3, 0, 1] })], [
    get1({ response: answer(404), steps: [2, 0, 1] }),
  ]],
  ["4 cached", [get1({ cached: true })], [get1()]],
  [
    "5 page",
    [
      { request: get("/", MOZILLA), response: HTML },
      embedded("/a.css"),
      embedded("/b.png"),
    ],
    [{ request: get("/", MOZILLA), response: HTML }, embedded("/a.css")],
    [
      { request: get("/", MOZILLA), response: HTML },
      { request: get("/other.html", MOZILLA), response: HTML },
      embedded("/a.css"),
      embedded("/b.png"),
    ],
  ],
  ["5 alone", [get1({ response: HTML })], [{ request: get("/", MOZILLA), response: HTML }], [
    get1(),
  ]],
  ["6 keepAlive", kept, [get1(), get1()], pipelined],
  ["6 close", [{ request: get("/", "Connection: close"), response: CLOSE }], [
    get1({ response: CLOSE }),
  ], [{ request: get("/", "Connection: close") }]],
  ["6 old", [{ request: "GET / HTTP/1.0\r\nHost: a\r\n\r\n", response: CLOSE }], [
    get1({ response: CLOSE }),
  ], [{ request: "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" }]],
  ["6 pipelined", pipelined, kept],
  [
    "7 concurrent",
    four(() => ({})),
    four(() => ({ connection: 1 })),
    four(waited),
    four((i) => ({
      startMs: 300 * i,
      endMs: 300 * i + 200,
    })),
    four(() => ({ endMs: 50 })),
    four((i) => ({ request: get(`/${i}`) })),
    four(() => ({}))
      .slice(1),
  ],
  ["7 serial", four(waited), four(() => ({})), four(waited).slice(1), four(later)],
  ["8 first", [get1({ response: ETAG })], [get1()]],
  [
    "8 again",
    [{ request: get("/", 'If-None-Match: "a"'), response: answer(304) }],
    [{
      request: get("/", 'If-None-Match: "b"'),
      response: answer(304),
    }],
    [{ request: get("/other", 'If-None-Match: "a"'), response: answer(304) }],
    [{
      request: get("/", "If-None-Match: *"),
      response: answer(304),
    }],
  ],
  ["8 other", [{ request: get("/", 'If-None-Match: "b"'), response: ETAG }], [
    get1({ response: ETAG }),
  ], [{ request: get("/", 'If-None-Match: "a"'), response: ETAG }]],
  ["8 byDate", [{ request: get("/", "If-Modified-Since: x"), response: answer(304) }], [{
    request: get("/", "If-Modified-Since: x", 'If-None-Match: "a"'),
    response: answer(304),
  }], [{ request: get("/", "If-Modified-Since: x") }]],
  ["9 part", [get1({ response: part("0-63/99", 64) })], [get1({ response: part("0-64/99", 65) })], [
    get1({ response: part("1-63/99", 63) }),
  ]],
  ["9 end", [{ request: get("/", "Range: bytes=-5"), response: part("94-98/99", 5) }], [{
    request: get("/", "Range: bytes=94-"),
    response: part("94-98/99", 5),
  }]],
  [
    "9 resume",
    [get1({ response: part("0-9/99", 10) }), get1({ response: part("10-98/99", 89) })],
    [get1({ response: part("0-9/99", 10) }), get1({ response: part("11-98/99", 88) })],
    [get1({ response: part("0-9/99", 10) }), get1({ response: part("10-97/99", 88) })],
    [get1({ response: part("0-9/99", 10) }), {
      request: get("/other"),
      response: part("10-98/99", 89),
    }],
  ],
  ["9 ifRange", [{ request: get("/", "Range: bytes=1-", 'If-Range: "b"') }], [{
    request: get("/", "Range: bytes=1-", 'If-Range: "b"'),
    response: part("1-4/5", 4),
  }], [{ request: get("/", 'If-Range: "b"') }]],
  ["9 several", [
    get1({ response: answer(206, "Content-Type: multipart/byteranges; boundary=x") }),
  ], [get1({ response: part("0-1/5", 2) })]],
  [
    "10 plain",
    [get1({ response: PLAIN })],
    [
      { request: get("/", "Accept-Encoding: gzip"), response: PLAIN },
    ],
    [get1()],
    [get1({ response: CODED })],
  ],
  ["10 coded", [{ request: get("/", "Accept-Encoding: gzip"), response: CODED }], [
    { request: get("/", "Accept-Encoding: gzip"), response: PLAIN },
  ], [{ request: get("/other", "Accept-Encoding: gzip"), response: CODED }]],
  ["10 refused", [{ request: get("/", "Accept-Encoding: gzip;q=0"), response: PLAIN }], [
    { request: get("/", "Accept-Encoding: gzip;q=0.5"), response: PLAIN },
  ], [get1({ response: PLAIN })]],
  ["10 picture", [{
    request: get("/", "Accept-Encoding: gzip"),
    response: answer(200, "Content-Type: image/webp"),
  }], [{
    request: get("/", "Accept-Encoding: gzip"),
    response: answer(200, "Content-Type: image/svg+xml"),
  }], [get1({ response: answer(200, "Content-Type: image/webp") })]],
  [
    "11 noHost",
    [{
      request: "GET / HTTP/1.1\r\n\r\n",
      response: BAD,
      error: error("9112 §3.2"),
    }],
    [get1({ response: BAD, error: error("9112 §3.2") })],
    [{
      request: "GET / HTTP/1.1\r\n\r\n",
    }],
  ],
  [
    "11 escape",
    [{
      request: get("/../etc"),
      response: BAD,
      error: error("3986 §5.2.4"),
    }],
    [{ request: get("/.../etc"), response: BAD, error: error("3986 §5.2.4") }],
    [{
      request: get("/../etc"),
      response: answer(404),
    }],
  ],
  ["11 hidden", [{
    request: get("/%2E%2e/etc"),
    response: BAD,
    error: error("3986 §5.2.4"),
  }], [{ request: get("/../etc"), response: BAD, error: error("3986 §5.2.4") }]],
  ["11 twoLengths", [{
    request: get("/", "Content-Length: 6", "Transfer-Encoding: chunked"),
    response: BAD,
    error: error("9112 §6.1"),
  }], [{
    request: get("/", "Content-Length: 6"),
    response: BAD,
    error: error("9112 §6.1"),
  }]],
  ["11 space", [{
    request: get("/", "X : a"),
    response: BAD,
    error: error("9112 §5.1"),
  }], [{ request: get("/", "X: a"), response: BAD, error: error("9112 §5.1") }]],
  ["11 alive", [get1()], [get1({ response: BAD })]],
  ["12 pieces", [get1({ reads: [0, 9, 500, 9, 1_000, 9] })], [get1({ reads: [0, 9, 1_000, 9] })], [
    get1({ reads: [0, 9, 500, 9, 900, 9] }),
  ]],
  ["12 late", [get1({ response: answer(408) })], [get1({ response: BAD })]],
  [
    "12 meanwhile",
    [get1(slowHead), get1({ startMs: 500, endMs: 600 })],
    [
      get1(slowHead),
      get1({ startMs: 1_300, endMs: 1_400 }),
    ],
    [get1({ ...slowHead, connection: 1 }), get1({ startMs: 500, endMs: 600, connection: 1 })],
    [
      get1(),
      get1(),
    ],
  ],
  [
    "12 gaveUp",
    [
      get1({ response: answer(200, "Content-Length: 99"), contentBytes: 5, complete: false }),
    ],
    [get1()],
    [get1({ response: BAD, complete: false, contentBytes: 0 })],
  ],
  [
    "13 challenge",
    [get1({ response: LOCKED })],
    [get1({ response: answer(401, "Content-Length: 5") })],
    [get1({ response: answer(403, "Content-Length: 5", 'WWW-Authenticate: Basic realm="a"') })],
    [{ request: get("/", "Authorization: Basic eA=="), response: LOCKED }],
    [{ request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", response: LOCKED }],
  ],
  [
    "13 wrong",
    [{ request: get("/", "Authorization: Basic eA=="), response: LOCKED }],
    [get1({ response: LOCKED })],
    [{ request: get("/", "Authorization: Basic eA==") }],
  ],
  [
    "13 admitted",
    [{ request: get("/", "Authorization: Basic eA==") }],
    [get1()],
    [{ request: get("/", "Authorization: Basic eA=="), response: LOCKED }],
    [{ request: get("/", "Authorization:") }],
  ],
  [
    "13 again",
    [get1({ response: LOCKED })],
    [{ request: get("/", "Authorization: Basic eA=="), response: LOCKED }],
    [get1()],
  ],
  [
    "14 checker",
    checks(8),
    checks(7),
    checks(8).map(() => checks(1)[0]),
    checks(8).map(({ request }) => ({ request: request.replace("vitrine-check", "curl") })),
  ],
];

/** What the steps before have shown, where a predicate asks for it. */
const BEFORE: Before = {
  found: new Map<string, Found>([
    ["first", { evidence: seenOf(get1({ response: ETAG })) }],
    ["plain", { evidence: seenOf(get1({ response: PLAIN })) }],
  ]),
  predicted: new Map(),
};

function actionOf(row: string): Action {
  const [number, name] = row.split(" ");
  const step = LESSONS[Number(number) - 1].steps.find((step) => step.name === name);
  assert(step?.kind === "action", row);
  return step;
}

for (const [row, yes, ...no] of ROWS) {
  Deno.test(`lesson ${row}: the bytes that lead there, and the nearest that do not`, () => {
    const action = actionOf(row);
    const found = action.find(seenOf(...yes), BEFORE);
    assert(found !== null);
    assert(action.find(found.evidence, BEFORE) !== null, "the evidence alone shows it, too");
    const noise = seenOf({ request: "x\r\n\r\n", response: "" });
    assert(action.find([...noise, ...seenOf(...yes), ...noise], BEFORE) !== null, "among others");
    assertEquals(action.find([], BEFORE), null);
    for (const [i, near] of no.entries()) {
      assertEquals(action.find(seenOf(...near), BEFORE), null, `near ${i}`);
    }
    assert(no.length > 0);
  });
}

Deno.test("lesson 7 serial: whoever waits may wait before it is received", () => {
  const action = actionOf("7 serial");
  assert(action.find(seenOf(...four(unreceived)), BEFORE) !== null);
  assertEquals(actionOf("7 concurrent").find(seenOf(...four(unreceived)), BEFORE), null);
});

Deno.test("each action of each lesson has its bytes here", () => {
  const actions = LESSONS.flatMap(({ number, steps }) =>
    steps.filter(({ kind }) => kind === "action").map(({ name }) => `${number} ${name}`)
  );
  assertEquals(ROWS.map(([row]) => row), actions);
});
