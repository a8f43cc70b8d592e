/**
 * Requests that two parsers may read differently. Each carries a hidden request where one of them could see content, and
 * the other the next request. They are written with these words, which {@linkcode spell} replaces:
 *
 * - `{M}` a method, `{T}` a target;
 * - `{H}` the hidden request, `{n}` its length and `{x}` the same in hexadecimal;
 * - `{C}` chunked content whose one chunk is the hidden request;
 * - `{Z}` the end of chunked content, then the hidden request, and `{z}` the length of both.
 */

/** What the words stand for in one case. */
export interface Words {
  readonly method: string;
  readonly target: string;
  readonly hidden: string;
}

/** A request in those words, and what is wrong with it. */
export type Row = readonly [bytes: string, why: string];

/** Replaces the words. */
export function spell(bytes: string, { method, target, hidden }: Words): string {
  const hex = hidden.length.toString(16);
  const end = `0\r\n\r\n${hidden}`;
  const words: Record<string, string> = {
    M: method,
    T: target,
    H: hidden,
    n: String(hidden.length),
    x: hex,
    C: `${hex}\r\n${hidden}\r\n0\r\n\r\n`,
    Z: end,
    z: String(end.length),
  };
  return bytes.replace(/\{(\w)\}/g, (_, word) => words[word]);
}

/** A request with further field lines, which `\r\n` separates, and content. */
function request(lines: string, content: string): string {
  return `{M} {T} HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${content}`;
}

const CHUNKED = "Transfer-Encoding: chunked";

/** RFC 9112 §6.1: two ways to say where the content ends, the first of them spelled so that only some see it. */
const CODINGS: readonly Row[] = [
  [CHUNKED, "as it should be"],
  ["transfer-encoding: CHUNKED", "in other letters"],
  ["Transfer-Encoding:chunked", "without a space"],
  ["Transfer-Encoding: \tchunked\t ", "with more spaces"],
  ["Transfer-Encoding : chunked", "a space before the colon"],
  ["Transfer-Encoding\t: chunked", "a tab before the colon"],
  [" Transfer-Encoding: chunked", "a space before the name"],
  ["X: y\r\n\tTransfer-Encoding: chunked", "folded into the line above"],
  ["Transfer-Encoding:\r\n chunked", "folded"],
  ["Transfer-Encoding: chun\r\n ked", "folded in the middle"],
  ["Transfer-Encoding:\x0bchunked", "a vertical tab"],
  ["Transfer-Encoding:\x0cchunked", "a form feed"],
  ["Transfer-Encoding: chunked\x0b", "a vertical tab behind"],
  ["Transfer-Encoding: \x00chunked", "NUL before"],
  ["Transfer-Encoding: chunked\x00", "NUL behind"],
  ["Transfer-Encoding\x00: chunked", "NUL in the name"],
  ["Transfer-Encoding: \xa0chunked", "a space of Latin-1"],
  ["Transfer-Encoding: \xffchunked", "a byte above ASCII"],
  ["Transfer-Encoding: xchunked", "an unknown coding"],
  ["Transfer-Encoding: chunke", "a shorter one"],
  ["Transfer-Encoding: chunked, identity", "a coding after chunked"],
  ["Transfer-Encoding: identity, chunked", "a coding before chunked"],
  ["Transfer-Encoding: gzip, chunked", "a real coding before chunked"],
  ["Transfer-Encoding: chunked, chunked", "chunked twice"],
  ["Transfer-Encoding: identity", "identity alone"],
  ["Transfer-Encoding: , chunked,", "empty members"],
  ["Transfer-Encoding:", "nothing at all"],
  ['Transfer-Encoding: "chunked"', "in quotes"],
  ["Transfer-Encoding: 'chunked'", "in single quotes"],
  ["Transfer-Encoding: chunked;a=b", "with a parameter"],
  ["Transfer-Encoding: chunked;q=0", "with a weight"],
  [`${CHUNKED}\r\nTransfer-Encoding: identity`, "two lines"],
  [`Transfer-Encoding: identity\r\n${CHUNKED}`, "two lines, the other way"],
  [`${CHUNKED}\r\n${CHUNKED}`, "the same line twice"],
  ["Transfer_Encoding: chunked", "as a CGI variable"],
  ["Transfer-Encoding\r\n: chunked", "a line end before the colon"],
  ["X: y\nTransfer-Encoding: chunked", "behind LF alone"],
  ["X: y\rTransfer-Encoding: chunked", "behind CR alone"],
  ["X:\r\n\r Transfer-Encoding: chunked", "behind CR and a space"],
  [`Connection: Transfer-Encoding\r\n${CHUNKED}`, "listed by Connection"],
  [`TE: chunked\r\nTrailer: Content-Length\r\n${CHUNKED}`, "with its kin"],
];

/** RFC 9110 §8.6: lengths of the hidden request, spelled so that some read another number. */
const LENGTHS: readonly Row[] = [
  ["Content-Length: {n}", "as it should be"],
  ["Content-Length: 0{n}", "a leading zero"],
  ["Content-Length: 000000000000000000000000{n}", "many leading zeros"],
  ["Content-Length: +{n}", "a plus"],
  ["Content-Length: -{n}", "a minus"],
  ["Content-Length: 0x{x}", "hexadecimal"],
  ["Content-Length: {x}h", "a letter behind"],
  ["Content-Length: {n}.0", "a fraction"],
  ["Content-Length: {n}e0", "an exponent"],
  ["Content-Length: {n} 0", "two numbers"],
  ["Content-Length: 0 {n}", "two numbers, the other way"],
  ["Content-Length: {n}, {n}", "a list of the same"],
  ["Content-Length: 0, {n}", "a list"],
  ["Content-Length: {n},", "an empty member"],
  ['Content-Length: "{n}"', "in quotes"],
  ["Content-Length:", "nothing at all"],
  ["Content-Length: {n}\x00", "NUL behind"],
  ["Content-Length:\x0b{n}", "a vertical tab"],
  ["Content-Length: \xa0{n}", "a space of Latin-1"],
  ["Content-Length: \xb2", "a digit that is none in ASCII"],
  ["Content-Length: 18446744073709551616", "one more than 64 bits"],
  ["Content-Length: 4294967296", "one more than 32 bits"],
  ["Content-Length: 99999999999999999999999999999999", "far more"],
  ["Content-Length : {n}", "a space before the colon"],
  ["Content-Length\t: {n}", "a tab before the colon"],
  [" Content-Length: {n}", "a space before the name"],
  ["Content-Length:\r\n {n}", "folded"],
  ["Content-Length: 1\r\n {n}", "folded in the middle"],
  ["Content\x00-Length: {n}", "NUL in the name"],
  ["Content_Length: {n}", "as a CGI variable"],
  ["X: y\nContent-Length: {n}", "behind LF alone"],
  ["X: y\rContent-Length: {n}", "behind CR alone"],
  ["Content-Length: 0\r\nContent-Length: {n}", "two lines"],
  ["Content-Length: {n}\r\nContent-Length: 0", "two lines, the other way"],
  ["Content-Length: {n}\r\nContent-Length: {n}", "the same line twice"],
  ["Content-Length: {n}\r\nContent-Length: 0{n}", "the same number, spelled twice"],
  ["Content-Length: {n}\r\ncontent-length: 0", "two lines, in other letters"],
  ["Content-Length: {n}\r\nContent-Length:", "and an empty one"],
  ["Connection: Content-Length\r\nContent-Length: {n}", "listed by Connection"],
  ["Connection: close, Content-Length\r\nContent-Length: {n}", "listed beside close"],
];

/** RFC 9112 §7.1: where one chunk ends. */
const CHUNKS: readonly Row[] = [
  ["{C}", "as it should be"],
  ["0{C}", "a leading zero"],
  ["0000000000000000000000{C}", "many leading zeros"],
  ["0x{C}", "a prefix"],
  ["+{C}", "a plus"],
  ["-{C}", "a minus"],
  [" {C}", "a space before"],
  ["\t{C}", "a tab before"],
  ["\r\n{C}", "an empty line before"],
  ["{x} \r\n{H}\r\n0\r\n\r\n", "a space behind"],
  ["{x}\x00\r\n{H}\r\n0\r\n\r\n", "NUL behind"],
  ["{x}g\r\n{H}\r\n0\r\n\r\n", "a letter behind"],
  ["{x}\n{H}\r\n0\r\n\r\n", "LF alone behind the size"],
  ["{x}\r{H}\r\n0\r\n\r\n", "CR alone behind the size"],
  ["{x}\r\n{H}\n0\r\n\r\n", "LF alone behind the data"],
  ["{x}\r\n{H}0\r\n\r\n", "nothing behind the data"],
  ["{x};a=b\r\n{H}\r\n0\r\n\r\n", "an extension"],
  ['{x};a="\r\n"\r\n{H}\r\n0\r\n\r\n', "a line end in a quoted extension"],
  ["{x};\n\r\n{H}\r\n0\r\n\r\n", "LF alone in an extension"],
  ["{x};a\rb\r\n{H}\r\n0\r\n\r\n", "CR alone in an extension"],
  ["1;\n{x}\r\nZ\r\n{Z}", "an extension that looks like a size"],
  ["2;\nxx\r\n{x}\r\n{Z}", "one that ends at LF for some"],
  ["ffffffffffffffff\r\n{H}", "the most of 64 bits"],
  ["10000000000000000\r\n{H}", "one more than 64 bits"],
  ["100000000\r\n{H}", "one more than 32 bits"],
  ["10000000000000005\r\nhello\r\n{Z}", "5, if it overflows"],
  ["fffffffffffffffb\r\n{H}", "-5, if it overflows"],
  ["5\r\nhello{Z}", "no line end behind the data"],
  ["5\r\nhelloXX{Z}", "other bytes for a line end"],
  ["4\r\nhello\r\n{Z}", "one byte more than the size says"],
  ["6\r\nhello\r\n{Z}", "one byte less"],
  ["0\r\n{H}", "a request for a trailer"],
  ["0\n\n{H}", "LF alone at the end"],
  ["0\r\n\n{H}", "LF alone for the last line end"],
  ["0\r\r\n{H}", "CR CR LF"],
  ["00000\r\n\r\n{H}", "many zeros for the end"],
  ["0;a=b\r\n\r\n{H}", "an end with an extension"],
  ["0\r\nX: y\r\n\r\n{H}", "a trailer"],
  ["0\r\nContent-Length: {n}\r\n\r\n{H}", "a length in a trailer"],
  ["0\r\nTransfer-Encoding: chunked\r\n\r\n{C}", "a coding in a trailer"],
  ["0\r\nX : y\r\n\r\n{H}", "a space before the colon of a trailer"],
  ["0\r\n X: y\r\n\r\n{H}", "a folded trailer"],
  ["0\r\nX: y\n\n{H}", "LF alone in a trailer"],
  ["\r\n\r\n{H}", "no size"],
  [";\r\n\r\n{H}", "an extension alone"],
  ["{x}\r\n{H}", "no end"],
];

/** Whole requests: request line, Host, line ends, and what asks for something else than a file. */
const HEADS: readonly Row[] = [
  ["{M} {T}\r\n{H}", "HTTP/0.9"],
  ["{M} {T}\r\n\r\n{H}", "HTTP/0.9 with a head"],
  ["{M} {T} HTTP/0.9\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "0.9 with a length"],
  ["{M} {T} HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{C}", "1.0 with a coding"],
  [
    "{M} {T} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n" +
    "Content-Length: {z}\r\n\r\n{Z}",
    "1.0 with both",
  ],
  ["{M} {T} HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: {n}\r\n\r\n{H}", "1.0 kept"],
  ["{M} {T} HTTP/1.2\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "1.2"],
  ["{M} {T} HTTP/2.0\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "2.0"],
  ["{M} {T} HTTP/1.10\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "1.10"],
  ["{M} {T} HTTP/01.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "01.1"],
  ["{M} {T} http/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "in small letters"],
  ["{M} {T} HTTP/1.1 HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "the version twice"],
  ["{M}  {T}  HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "two spaces"],
  ["{M}\t{T}\tHTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "tabs"],
  [" {M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "a space before"],
  ["\r\n\r\n{M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "empty lines before"],
  ["\n{M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "LF before"],
  ["{M} {T} HTTP/1.1\nHost: a\nContent-Length: {n}\n\n{H}", "LF alone everywhere"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\n\r\n{H}", "LF alone before the end"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\n{H}", "LF alone at the end"],
  ["{M} {T} HTTP/1.1\rHost: a\rContent-Length: {n}\r\r{H}", "CR alone everywhere"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\r\n\r\n{H}", "CR CR LF"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\n\x00Content-Length: {n}\r\n\r\n{H}", "NUL before a name"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nX: \x00\r\nContent-Length: {n}\r\n\r\n{H}", "NUL in a value"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nX\r\nContent-Length: {n}\r\n\r\n{H}", "no colon"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\n: y\r\nContent-Length: {n}\r\n\r\n{H}", "no name"],
  [
    "{M} {T} HTTP/1.1\r\n Host: a\r\nContent-Length: {n}\r\n\r\n{H}",
    "a space before the first line",
  ],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\nContent-Length: {n}\r\n\r\n{H}", "a folded line"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\n \r\nContent-Length: {n}\r\n\r\n{H}", "a line of one space"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nX: y\r\n \r\n\r\n{H}", "a space where the end may be"],
  ["{M} {T} HTTP/1.1\r\nContent-Length: {n}\r\n\r\n{H}", "no Host"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: {n}\r\n\r\n{H}", "two Hosts"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "Host twice"],
  ["{M} {T} HTTP/1.1\r\nHost: a, b\r\nContent-Length: {n}\r\n\r\n{H}", "a list of Hosts"],
  ["{M} {T} HTTP/1.1\r\nHost:\r\nContent-Length: {n}\r\n\r\n{H}", "an empty Host"],
  ["{M} {T} HTTP/1.1\r\nHost: a b\r\nContent-Length: {n}\r\n\r\n{H}", "a space in Host"],
  ["{M} {T} HTTP/1.1\r\nHost: b@a\r\nContent-Length: {n}\r\n\r\n{H}", "a user in Host"],
  ["{M} {T} HTTP/1.1\r\nHost : a\r\nContent-Length: {n}\r\n\r\n{H}", "a space behind Host"],
  [
    "{M} http://b{T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}",
    "another host in the target",
  ],
  ["{M} http://a:80:80{T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "two ports"],
  ["{M} file://a{T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "another scheme"],
  ["{M} a{T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "a target without its slash"],
  ["{M} //b{T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "two slashes"],
  ["{M} {T}#f HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "a fragment"],
  [
    "{M} {T}%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}",
    "an encoded line end",
  ],
  ["{M} {T}\x00 HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "NUL in the target"],
  ["{M} {T}\xff HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "a byte above ASCII"],
  ["{M} {T}\rX HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "CR in the target"],
  ["{M} * HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "an asterisk"],
  ["{M}\x00 {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "NUL in the method"],
  ["CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n{H}", "a tunnel"],
  ["CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "a tunnel with content"],
  ["TRACE {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "TRACE with content"],
  ["HEAD {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "HEAD with content"],
  ["HEAD {T} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{C}", "HEAD with chunks"],
  ["OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "OPTIONS with content"],
  ["DELETE {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "DELETE with content"],
  ["BREW {T} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{H}", "an unknown method"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\n\r\n{H}", "trailing bytes without a length"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\n{H}", "empty lines between two requests"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello garbage {H}", "garbage behind"],
  ["{M} {T} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{H}", "a request behind the last"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{H}", "the start of HTTP/2"],
];

/** Field lines that change what is to be done with content; each with a length and with chunks. */
const SWITCHES: readonly Row[] = [
  ["Expect: 100-continue", "content that did not wait"],
  ["Expect: 100-Continue, 100-continue", "expected twice"],
  ["Expect: y 100-continue", "another expectation"],
  ["Expect:\r\n 100-continue", "an expectation, folded"],
  ["Connection: Expect\r\nExpect: 100-continue", "an expectation that Connection lists"],
  ["Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk", "h2c"],
  ["Connection: Upgrade\r\nUpgrade: h2c", "h2c without settings"],
  [
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "a WebSocket",
  ],
  ["Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 0", "a bad WebSocket"],
  ["Connection: Upgrade\r\nUpgrade: TLS/1.0", "TLS"],
  ["Connection: close, keep-alive", "close and keep"],
  ["Connection: Host", "Host that Connection lists"],
  ["Connection: close\x00", "NUL behind close"],
  ["Keep-Alive: timeout=0\r\nProxy-Connection: close", "fields of old proxies"],
  ["X-HTTP-Method-Override: PUT", "another method"],
  ["Content-Encoding: gzip", "a coding of content that is none"],
  ["Content-Type: multipart/byteranges; boundary=x", "content that frames itself"],
  ["Trailer: Content-Length\r\nTE: trailers", "trailers to come"],
];

/** All of them. */
export const CORPUS: readonly Row[] = [
  ...CODINGS.map(([lines, why]): Row => [
    request(`${lines}\r\nContent-Length: {z}`, "{Z}"),
    `a coding before a length that holds all: ${why}`,
  ]),
  ...CODINGS.map(([lines, why]): Row => [
    request(`Content-Length: 4\r\n${lines}`, "{C}"),
    `a coding behind a length that is too short: ${why}`,
  ]),
  ...CODINGS.slice(1).map(([lines, why]): Row => [request(lines, "{C}"), `a coding alone: ${why}`]),
  ...LENGTHS.map(([lines, why]): Row => [request(lines, "{H}"), `a length: ${why}`]),
  ...CHUNKS.map(([content, why]): Row => [request(CHUNKED, content), `a chunk: ${why}`]),
  ...HEADS.map(([bytes, why]): Row => [bytes, `a head: ${why}`]),
  ...SWITCHES.flatMap(([lines, why]): Row[] => [
    [request(`${lines}\r\nContent-Length: {n}`, "{H}"), `a length: ${why}`],
    [request(`${lines}\r\n${CHUNKED}`, "{C}"), `chunks: ${why}`],
  ]),
];
