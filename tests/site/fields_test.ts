import { assertEquals } from "@std/assert";
import { type FieldLine, mergeFields, parseSiteField } from "../../lib/site/fields.ts";

const LINES: readonly (readonly [text: string, expected: FieldLine | string, why: string])[] = [
  ["X-A: b", ["X-A", "b"], "as people write it"],
  ["X-A:b", ["X-A", "b"], "no space"],
  ["  X-A :  b  c ", ["X-A", "b  c"], "blanks around both; a person wrote it, no peer"],
  ["Link: <https://a/>; rel=x", ["Link", "<https://a/>; rel=x"], "a colon in the value"],
  ["X-A", "has no colon between a name and a value", "no colon"],
  ["X A: b", "has a name that no field can have", "RFC 9110 §5.6.2"],
  [": b", "has a name that no field can have", "no name"],
  ["X-A:", "gives X-A no value", "no value"],
  ["X-A: b\r\nX-B: c", "gives X-A a character that is not printable ASCII", "splitting"],
  ["X-A: b\nX-B: c", "gives X-A a character that is not printable ASCII", "LF alone"],
  ["X-A: b\0", "gives X-A a character that is not printable ASCII", "NUL"],
  ["X-A: é", "gives X-A a character that is not printable ASCII", "RFC 9110 §5.5: ASCII"],
  ...[
    ...["Content-Length", "transfer-encoding", "CONNECTION", "Keep-Alive", "Date", "Upgrade", "TE"],
    ...["Trailer", "Content-Encoding", "Content-Range", "ETag", "Last-Modified", "Location", "Age"],
    ...["Accept-Ranges", "Allow", "Proxy-Connection", "WWW-Authenticate"],
  ].map((name) =>
    [`${name}: 1`, `sets ${name}, which is the server's own to set`, "framing and its kin"] as const
  ),
];

for (const [text, expected, why] of LINES) {
  Deno.test(`parseSiteField() reads ${JSON.stringify(text)}: ${why}`, () => {
    assertEquals(parseSiteField(text), expected);
  });
}

const OWN: readonly FieldLine[] = [
  ["Content-Type", "text/html"],
  ["Cache-Control", "no-cache"],
  ["X-Content-Type-Options", "nosniff"],
];

interface Case {
  readonly statusCode?: number;
  readonly own?: readonly FieldLine[];
  readonly lines?: readonly FieldLine[];
  readonly removed?: readonly string[];
  readonly expected: readonly FieldLine[];
}

const MERGES: Readonly<Record<string, Case>> = {
  "adds behind ours": { lines: [["X-A", "b"]], expected: [...OWN, ["X-A", "b"]] },
  "replaces ours, whatever the case of the name": {
    lines: [["cache-control", "max-age=1"]],
    expected: [OWN[0], OWN[2], ["cache-control", "max-age=1"]],
  },
  "keeps several lines of one name": {
    lines: [["Set-Cookie", "a"], ["Set-Cookie", "b"]],
    expected: [...OWN, ["Set-Cookie", "a"], ["Set-Cookie", "b"]],
  },
  "joins Vary": {
    own: [["Vary", "Accept"]],
    lines: [["vary", "Origin"]],
    expected: [["Vary", "Accept, Origin"]],
  },
  "sets a type on a file": {
    lines: [["Content-Type", "a/b"]],
    expected: [OWN[1], OWN[2], ["Content-Type", "a/b"]],
  },
  "leaves the type of a multipart alone": {
    statusCode: 206,
    own: [["Content-Type", "multipart/byteranges; boundary=x"]],
    lines: [["Content-Type", "a/b"]],
    expected: [["Content-Type", "multipart/byteranges; boundary=x"]],
  },
  "leaves the type of an error page alone": {
    statusCode: 404,
    own: [OWN[0]],
    lines: [["Content-Type", "a/b"], ["X-A", "b"]],
    expected: [OWN[0], ["X-A", "b"]],
  },
  "keeps no error for a year": {
    statusCode: 404,
    own: [],
    lines: [["Cache-Control", "max-age=31536000"], ["Expires", "x"], ["CDN-Cache-Control", "y"]],
    expected: [],
  },
  "lets no redirect of ours be kept": {
    statusCode: 301,
    own: [["Cache-Control", "no-cache"]],
    lines: [["Cache-Control", "max-age=31536000"]],
    expected: [["Cache-Control", "no-cache"]],
  },
  "lets an error say that it must not be kept": {
    statusCode: 404,
    own: [],
    lines: [["Cache-Control", "no-store"]],
    expected: [["Cache-Control", "no-store"]],
  },
  "gives a 304 what caches need, and no type": {
    statusCode: 304,
    own: [["ETag", "x"], ["Cache-Control", "no-cache"]],
    lines: [
      ["Cache-Control", "max-age=1"],
      ["Content-Type", "a/b"],
      ["Content-Security-Policy", "z"],
      ["Content-Location", "/a"],
    ],
    expected: [
      ["ETag", "x"],
      ["Cache-Control", "max-age=1"],
      ["Content-Security-Policy", "z"],
      ["Content-Location", "/a"],
    ],
  },
  "leaves out what may be left out": {
    removed: ["cache-control", "x-content-type-options"],
    expected: [OWN[0]],
  },
  "leaves out nothing else": {
    own: [["ETag", "x"], ["Content-Length", "1"]],
    removed: ["etag", "content-length"],
    expected: [["ETag", "x"], ["Content-Length", "1"]],
  },
};

for (
  const [why, { statusCode = 200, own = OWN, lines = [], removed = [], expected }] of Object
    .entries(MERGES)
) {
  Deno.test(`mergeFields() ${why}`, () => {
    assertEquals(mergeFields(statusCode, own, { lines, removed: new Set(removed) }), expected);
  });
}
