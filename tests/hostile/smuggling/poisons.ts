/**
 * Requests that make a careless cache keep for everybody what was meant for one. `{M}` stands for a method and `{T}` for
 * the target that an honest client asks for afterwards.
 */

/** A request, without its last empty line where `lines` made it, and what it tries. */
export type Poison = readonly [bytes: string, why: string];

const EVIL = "evil.example";
/** More lines than Vitrine takes, and fewer bytes than the caches take. */
const MANY_LINES = Array.from({ length: 250 }, (_, i) => `X-${i}: y`).join("\r\n");

/** A GET with further field lines. */
function get(lines: string): string {
  return `GET {T} HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n`;
}

/** The same for another target. */
function of(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

function method(name: string): string {
  return `${name} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
}

export const POISONS: readonly Poison[] = [
  [`GET {T} HTTP/1.1\r\nHost: ${EVIL}\r\n\r\n`, "another Host"],
  ["GET {T} HTTP/1.1\r\nHost: a:1\r\n\r\n", "another port"],
  ["GET {T} HTTP/1.1\r\nHost: A.\r\n\r\n", "the same host in other letters"],
  [`GET {T} HTTP/1.1\r\nHost: a\r\nHost: ${EVIL}\r\n\r\n`, "two Hosts"],
  ["GET {T} HTTP/1.1\r\n\r\n", "no Host"],
  ["GET {T} HTTP/1.0\r\n\r\n", "HTTP/1.0 without Host"],
  [`GET http://${EVIL}{T} HTTP/1.1\r\nHost: a\r\n\r\n`, "another host in the target"],
  [`GET http://a{T} HTTP/1.1\r\nHost: ${EVIL}\r\n\r\n`, "another Host beside the target"],
  [`GET http://${EVIL}:80@a{T} HTTP/1.1\r\nHost: a\r\n\r\n`, "a user in the target"],
  [get(`X-Forwarded-Host: ${EVIL}\r\nX-Host: ${EVIL}\r\nForwarded: host=${EVIL}`), "other hosts"],
  [get("X-Forwarded-Proto: nothttps\r\nX-Forwarded-Scheme: ftp"), "another scheme"],
  [get("X-Original-URL: /evil.html\r\nX-Rewrite-URL: /evil.html"), "another target in a field"],
  [get("X-HTTP-Method-Override: POST\r\nX-HTTP-Method: DELETE"), "another method in a field"],
  [get("Range: bytes=0-0"), "the first byte"],
  [get("Range: bytes=-1"), "the last byte"],
  [get("Range: bytes=0-0, -1"), "two ranges"],
  [get("Range: bytes=999999-"), "no byte"],
  [get('Range: bytes=0-0\r\nIf-Range: "x"'), "a range of another version"],
  [get("Range: bytes=0-0\r\nAccept-Encoding: gzip"), "a byte of compressed text"],
  [get("Accept-Encoding: gzip"), "gzip"],
  [get("Accept-Encoding: br"), "Brotli"],
  [get("Accept-Encoding: br, gzip;q=0.5, identity;q=0"), "anything but plain text"],
  [get("Accept-Encoding: identity;q=0, *;q=0"), "nothing at all"],
  [get("Accept-Encoding: evil"), "an unknown coding"],
  [get("Accept-Encoding:"), "no coding"],
  [get("Connection: Accept-Encoding\r\nAccept-Encoding: gzip"), "a coding that Connection lists"],
  [get("TE: gzip\r\nConnection: TE"), "a transfer coding"],
  [get("If-None-Match: *"), "304"],
  [get('If-Match: "x"'), "412"],
  [get("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"), "412 by date"],
  [get("If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT"), "304 by date"],
  [get("Expect: evil"), "417"],
  [get("X: \x07"), "a control character"],
  [get(MANY_LINES), "431: too many lines"],
  [get(`X: ${"y".repeat(7_000)}`), "a long line"],
  [get("Transfer-Encoding: evil"), "501"],
  [get("Content-Length: 5") + "hello", "content"],
  [get("Content-Length: 2000000"), "413"],
  [get("Connection: Host, Cache-Control, If-None-Match"), "fields that Connection lists"],
  [get("Cookie: session=evil\r\nAuthorization: Basic ZXZpbDpldmls"), "somebody in person"],
  [get(`Origin: http://${EVIL}\r\nReferer: http://${EVIL}/`), "another origin"],
  [get("Cache-Control: no-store\r\nPragma: no-cache"), "nothing kept"],
  [get("Upgrade: h2c\r\nConnection: Upgrade"), "an upgrade"],
  [method("HEAD"), "HEAD"],
  [method("POST"), "405"],
  [method("OPTIONS"), "OPTIONS"],
  [method("TRACE"), "TRACE"],
  [method("BREW"), "an unknown method"],
  [of("{T}?evil"), "a query"],
  [of("{T}#evil"), "a fragment"],
  [of("{T}/"), "a slash behind"],
  [of("{T}%00"), "an encoded NUL"],
  [of("{T}%"), "a bad escape"],
  [of("{T}\\..\\evil"), "backslashes"],
  [of("{T};evil=1"), "a parameter"],
  [of(`//${EVIL}{T}`), "two slashes"],
  [of("/..{T}"), "a way out of the folder"],
  [of("/evil/..{T}"), "a detour"],
  [of("/evil/%2e%2e{T}"), "an encoded detour"],
];
