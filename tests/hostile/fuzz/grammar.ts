/**
 * The grammar of the fuzzer: everything that a client may send, as fast-check arbitraries. A case is one connection:
 * valid requests, at most one flaw behind them, valid requests behind that, and where the bytes are cut.
 */

import fc from "fast-check";
import { FLAWS } from "./flaws.ts";
import type { Condition, Content, FuzzRequest } from "./request.ts";
import { ADDRESSES, LAST_MODIFIED } from "./site.ts";

/** A flaw and where in its request it is; see `flaws.ts`. */
export interface ChosenFlaw {
  /** Index into `FLAWS`. */
  readonly index: number;
  /** The request that is broken; it has no content of its own. */
  readonly request: FuzzRequest;
  /** Decides which line it is, or where it is cut. */
  readonly place: number;
}

/** How the bytes of a connection are cut into segments. */
export interface Cuts {
  /** In one piece, a piece every so many bytes, or at some points. */
  readonly every: number;
  readonly points: readonly number[];
  /** Whether the client lets go of the processor between pieces. */
  readonly pauses: boolean;
}

/** All that is sent on one connection. */
export interface Case {
  readonly requests: readonly FuzzRequest[];
  readonly flaw: ChosenFlaw | null;
  /** Behind the flaw: none of them may be answered. */
  readonly tail: readonly FuzzRequest[];
  readonly cuts: Cuts;
  /** Whether the client says at once that it will send no more, or when it has all answers. */
  readonly closesEarly: boolean;
}

type Weighted<T> = { readonly weight: number; readonly arbitrary: fc.Arbitrary<T> };

function weighted<T>(weight: number, ...values: readonly T[]): Weighted<T> {
  return { weight, arbitrary: fc.constantFrom(...values) };
}

/** RFC 9110 §9, RFC 5789, and two methods that nobody knows: names of methods are case-sensitive. */
const method = fc.oneof(
  weighted(60, "GET"),
  weighted(14, "HEAD"),
  weighted(8, "OPTIONS"),
  weighted(10, "POST", "PUT", "DELETE", "TRACE", "PATCH", "CONNECT"),
  weighted(2, "BREW", "get"),
);
const minorVersion = fc.oneof(weighted(40, 1), weighted(3, 0), weighted(1, 2, 9));
const query = fc.oneof(weighted(6, ""), weighted(2, "?", "?q=1", "?a=/../b&c=%zz?*"));
const host = fc.oneof(
  weighted(8, "a"),
  weighted(4, "", "localhost:3000", "[::1]:80", "127.0.0.1", "EXAMPLE.org:", "a%20b", "x_y~z"),
);
/** RFC 9112 §9.3: a list of tokens, in which `close` wins. */
const connection = fc.oneof(
  weighted<readonly string[]>(60, []),
  weighted<readonly string[]>(12, ["keep-alive"], ["Keep-Alive, foo"], ["foo"], [", ,keep-alive"]),
  weighted<readonly string[]>(2, ["foo", "keep-alive"], [""], ["closed", "not-close"]),
  weighted<readonly string[]>(
    1,
    ...[["close"], ["CLOSE"], ["keep-alive, close"], ["foo,close ,bar"], ["keep-alive", "close"]],
  ),
);
const expect = fc.oneof(
  weighted<string | null>(40, null),
  weighted<string | null>(4, "100-continue", "100-Continue"),
  weighted<string | null>(1, "200-ok", "100-continue, x"),
);

/** Element tags and lists: RFC 9110 §13.1.1, §13.1.2. The last ones break the grammar. */
const TAGS = [
  ...["{tag}", "*", '"other"', 'W/{tag}, "x"', '"a,b", {tag}', ',\t{tag} , ,"\x80"'],
  ...["", "{tag} {tag}", 'w/"x"', "W/ {tag}"],
];
/** RFC 9110 §5.6.7: three formats; the last ones are no dates. */
const DATES = [
  LAST_MODIFIED,
  "Tuesday, 14-Nov-23 22:13:20 GMT",
  "Tue Nov 14 22:13:20 2023",
  "Tue, 14 Nov 2023 22:13:19 GMT",
  "Tue, 14 Nov 2023 22:13:21 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  ...["Tue, 14 Nov 2023 22:13:20 UTC", "Wed, 31 Feb 2022 00:00:00 GMT", "0", ""],
];
const tags = (name: string) => fc.constantFrom(...TAGS).map((value): Condition => [name, value]);
const dates = (name: string) => fc.constantFrom(...DATES).map((value): Condition => [name, value]);

/** RFC 9110 §14.1.2. */
const position = fc.oneof(
  fc.nat(30),
  fc.constantFrom(100, 19_999, 20_000, 150_000, 2 ** 40),
);
const rangeSpec = fc.oneof(
  fc.tuple(position, fc.nat(40)).map(([first, length]) => `${first}-${first + length}`),
  position.map((first) => `${first}-`),
  position.map((length) => `-${length}`),
);
const rangeValue = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.oneof(weighted(9, "bytes="), weighted(1, "BYTES=", "bytes= ")),
      fc.array(rangeSpec, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(",", ", ", " ,\t, "),
    ).map(([unit, specs, comma]) => unit + specs.join(comma)),
  },
  // To be ignored: another unit, a syntax error, an end before its start, more than the server takes.
  weighted(
    1,
    ...["lines=0-1", "bytes=", "bytes=a-b", "bytes=5-2", "bytes=0-1,-", "bytes 0-1", "bytes=0-0-0"],
    `bytes=${Array.from({ length: 257 }, (_, i) => `${2 * i}-${2 * i}`).join()}`,
    `bytes=${Array.from({ length: 256 }, (_, i) => `${2 * i}-${2 * i}`).join()}`,
    "bytes=00000000000000000000000000000000-0001",
    "bytes=99999999999999999999999-99999999999999999999998",
  ),
).map((value): Condition => ["Range", value]);
const ifRange = fc.constantFrom(
  ...["{tag}", "W/{tag}", '"other"', LAST_MODIFIED, DATES[1], DATES[4], "nonsense"],
).map((value): Condition => ["If-Range", value]);

const noConditions = fc.constant<readonly Condition[]>([]);
const conditions = fc.oneof<Weighted<readonly Condition[]>[]>(
  { weight: 8, arbitrary: noConditions },
  { weight: 2, arbitrary: fc.tuple(rangeValue) },
  { weight: 1, arbitrary: fc.tuple(rangeValue, ifRange) },
  { weight: 1, arbitrary: fc.tuple(tags("If-None-Match")) },
  { weight: 1, arbitrary: fc.tuple(dates("If-Modified-Since")) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.option(tags("If-Match")),
      fc.option(dates("If-Unmodified-Since")),
      fc.option(tags("If-None-Match")),
      fc.option(dates("If-Modified-Since")),
      fc.option(rangeValue),
      fc.option(ifRange),
    ).map((some) => some.filter((condition) => condition !== null)),
  },
);

const NOISE = [
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64) fuzz/1.0"],
  ["Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"],
  ["Accept-Encoding", "gzip, br;q=0.5, *;q=0"],
  ["Cookie", 'a=1; b="2"; c=GET / HTTP/1.1'],
  ["X-Empty", ""],
  ["X-Bytes", "\x80\xff \t\xe9 : , ;"],
  ["!#$%&'*+-.^_`|~0", "every tchar"],
  ["X-Long", "l".repeat(900)],
  ["Content-Type", "text/plain"],
  ["Content-Lengt", "5"],
  ["Transfer-Encodings", "chunked"],
  ["TE", "trailers, deflate;q=0.5"],
  ["Upgrade", "h2c, websocket"],
  ["Cache-Control", "no-cache"],
  ["X-Same", "1"],
  ["X-Same", "2"],
] as const;
const noise = fc.oneof(
  weighted<readonly (readonly [string, string])[]>(1, []),
  { weight: 1, arbitrary: fc.subarray([...NOISE], { maxLength: 6 }) },
);

const content: fc.Arbitrary<Content> = fc.oneof(
  weighted<Content>(12, { kind: "none" }),
  {
    weight: 2,
    arbitrary: fc.oneof(fc.nat(200), fc.nat(5_000)).map((size): Content => ({
      kind: "length",
      size,
    })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("chunked" as const),
      sizes: fc.array(
        fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3_000 })),
        {
          maxLength: 4,
        },
      ),
      extension: fc.constantFrom("", "", ";a", ';a=1;b="x y;"', ";\t\x80=0"),
      trailers: fc.constantFrom<readonly string[]>([], [], ["X: y"], ["A:", "Content-Length: 9"]),
    }),
  },
);

const bits = fc.oneof(weighted(1, 0), { weight: 1, arbitrary: fc.nat(0x7fffffff) });

/** Large files are asked for by few, so that the rate is one of requests, not of bytes. */
const address = fc.oneof(
  { weight: 40, arbitrary: fc.nat(ADDRESSES.length - 2) },
  weighted(1, ADDRESSES.length - 1),
);

const anyRequest: fc.Arbitrary<FuzzRequest> = fc.record({
  emptyLines: fc.oneof(weighted(9, 0), weighted(1, 1, 2)),
  method,
  minorVersion,
  form: fc.oneof(
    weighted<FuzzRequest["form"]>(8, "origin"),
    weighted<FuzzRequest["form"]>(1, "absolute", "asterisk"),
  ),
  address,
  spelling: bits,
  query,
  host,
  connection,
  expect,
  conditions,
  noise,
  dress: bits,
  content,
  waits: fc.oneof(weighted(2, false), weighted(1, true)),
}).map(makeValid);

/** Mends what the parts of a request, chosen apart, may not be together. */
function makeValid(request: FuzzRequest): FuzzRequest {
  const { method, minorVersion, content } = request;
  const form = method === "CONNECT"
    ? "authority" // RFC 9112 §3.2.3: for CONNECT alone, which has no other.
    : request.form === "asterisk" && method !== "OPTIONS"
    ? "origin" // RFC 9112 §3.2.4: for OPTIONS alone.
    : request.form;
  // RFC 9112 §6.1: HTTP/1.0 has no transfer codings.
  const isOld = minorVersion === 0;
  const valid: Content = isOld && content.kind === "chunked"
    ? { kind: "length", size: 7 }
    : content;
  return {
    ...request,
    form,
    content: valid,
    // RFC 9112 §9.3: most that speak HTTP/1.0 ask to be kept, or the connection ends here.
    connection: isOld && request.dress % 4 > 0 ? ["Keep-Alive"] : request.connection,
    host: isOld && request.spelling % 2 === 1 ? null : request.host,
    waits: request.waits && !isOld && request.expect?.toLowerCase() === "100-continue" &&
      valid.kind !== "none" && (valid.kind !== "length" || valid.size > 0),
  };
}

/** A request to be broken: its head is in one piece, and nothing waits. */
const victim = anyRequest.map((request): FuzzRequest => ({
  ...request,
  method: ["GET", "HEAD", "POST"].includes(request.method) ? request.method : "GET",
  form: request.form === "absolute" ? "absolute" : "origin",
  minorVersion: 1,
  host: request.host ?? "a",
  expect: null,
  content: { kind: "none" },
  waits: false,
}));

const flaw: fc.Arbitrary<ChosenFlaw> = fc.record({
  index: fc.nat(FLAWS.length - 1),
  request: victim,
  place: fc.nat(9_999),
});

const cuts: fc.Arbitrary<Cuts> = fc.record({
  every: fc.oneof(weighted(28, 0), { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 }) }),
  points: fc.oneof(
    weighted<number[]>(1, []),
    { weight: 1, arbitrary: fc.array(fc.nat(99_999), { maxLength: 5 }) },
  ),
  pauses: fc.boolean(),
});

/** All that may happen on one connection. */
export const anyCase: fc.Arbitrary<Case> = fc.record({
  requests: fc.array(anyRequest, { maxLength: 40, size: "max" }),
  flaw: fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: flaw },
  ),
  tail: fc.oneof(
    weighted<FuzzRequest[]>(1, []),
    { weight: 1, arbitrary: fc.array(anyRequest, { maxLength: 3 }) },
  ),
  cuts,
  closesEarly: fc.boolean(),
});
