/**
 * Step (iii): parse the request to find the file that is wanted.
 *
 * In goes the head that step (ii) received, out comes a {@linkcode Request} or a `RequestError`:
 *
 *     GET /img/a%20b.png?v=2 HTTP/1.1     method GET, path ["img", "a b.png"], query "?v=2", minorVersion 1
 *     Host: localhost:3000                required in HTTP/1.1, exactly once (RFC 9112 §3.2)
 *     Connection: keep-alive              persistent: true (RFC 9112 §9.3)
 *
 * Two things go wrong. What makes the end of the request uncertain is thrown (400, 501, 505 ...), and the connection
 * ends, as nobody can tell where the next request begins. A request whose end is certain, but that asks for what we do
 * not do, comes back with a `refusal`: another method (405, 501) or expectation (417), and the connection goes on; a
 * target that names no path (400), and it closes. Pure: nothing here touches a socket, a file or the clock, nor
 * remembers anything (`request_memo.ts` does). How a line, a length or a path is read is left to `http/`.
 */

import { RequestError } from "./errors.ts";
import { type Fields, parseFields } from "./http/fields.ts";
import { framingOf } from "./http/framing.ts";
import { asciiBytes, byteString, isDigit, isTargetByte, isTchar, SP } from "./http/grammar.ts";
import type { Head } from "./http/head.ts";
import { ALLOWED_METHODS, type Request, type TargetPath } from "./http/message.ts";
import { isPersistent } from "./http/state.ts";
import { isAuthority, parseTarget } from "./http/target.ts";
import { LIMITS } from "./options.ts";

/** The other methods of RFC 9110 §9 and RFC 5789: known, so 405; any other is 501. */
const REFUSED_METHODS = new Set(["POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"]);

/** `HTTP/`, as bytes: RFC 9112 §2.3. */
const HTTP_NAME = asciiBytes("HTTP/");

/** The request line, taken apart: RFC 9112 §3. */
interface RequestLine {
  readonly method: string;
  readonly requestTarget: string;
  readonly minorVersion: number;
}

/** What a field section says, with the version: all but what is asked for. RFC 9112 §5, §6.3, §9.3. */
export type SectionFacts = Pick<Request, "fields" | "framing" | "persistent" | "expectsContinue">;

/** How the two parts of a head are read; `request_memo.ts` stands in for both with what it remembers. */
export interface PartParsers {
  readonly section: (head: Head, minorVersion: number) => SectionFacts;
  readonly target: (requestTarget: string, method: string) => TargetPath | null;
}

const PART_PARSERS: PartParsers = { section: parseSection, target: parseTarget };

/**
 * Parses one whole head.
 *
 * @throws {RequestError} When the head breaks a rule so that what follows on the connection cannot be trusted.
 * A request that is well formed but asks for what we do not do comes back with a `refusal` instead.
 * @see RFC 9112 §2.1
 */
export function parseRequest(head: Head, parsers: PartParsers = PART_PARSERS): Request {
  const requestLine = parseRequestLine(head.bytes, head.requestLineEnd);
  const { method, requestTarget, minorVersion } = requestLine;
  const section = parsers.section(head, minorVersion);
  const { path, refusal } = findWanted(requestLine, section.fields, parsers.target);
  return {
    method,
    requestTarget,
    minorVersion,
    fields: section.fields,
    framing: section.framing,
    path,
    refusal,
    persistent: section.persistent,
    expectsContinue: section.expectsContinue,
  };
}

/** Parses what stands behind the request line. @throws {RequestError} As {@linkcode parseRequest} does. */
export function parseSection(head: Head, minorVersion: number): SectionFacts {
  const fields = parseFields(head);
  checkHost(fields, minorVersion);
  const framing = framingOf(fields, minorVersion, LIMITS.contentBytes);
  return {
    fields,
    framing,
    persistent: isPersistent(fields, minorVersion),
    expectsContinue: minorVersion >= 1 && framing.kind !== "none" && fields.get("expect") !== null,
  };
}

/** RFC 9112 §3: method SP request-target SP HTTP-version, with exactly one space each time. */
function parseRequestLine(bytes: Uint8Array, end: number): RequestLine {
  let methodEnd = 0;
  while (isTchar(bytes[methodEnd])) methodEnd++;
  if (bytes[methodEnd] !== SP) throw lineError("Cannot find one space after the method", methodEnd);
  let targetEnd = methodEnd + 1;
  while (isTargetByte(bytes[targetEnd])) targetEnd++;
  if (bytes[targetEnd] !== SP || targetEnd === methodEnd + 1) {
    throw lineError("Cannot parse the request target", targetEnd);
  }
  if (targetEnd - methodEnd - 1 > LIMITS.targetBytes) {
    throw new RequestError(414, "RFC 9110 §15.5.15", {
      detail: `Cannot take a target of over ${LIMITS.targetBytes} bytes`,
    });
  }
  return {
    method: methodOf(bytes, methodEnd),
    requestTarget: byteString(bytes, methodEnd + 1, targetEnd),
    minorVersion: parseVersion(bytes, targetEnd + 1, end),
  };
}

/** Nearly every request is a GET: no string is made for that one. */
function methodOf(bytes: Uint8Array, end: number): string {
  const isGet = end === 3 && bytes[0] === 0x47 && bytes[1] === 0x45 && bytes[2] === 0x54;
  return isGet ? "GET" : byteString(bytes, 0, end);
}

/** RFC 9112 §2.3: `HTTP/` DIGIT `.` DIGIT, in capitals. Gives the minor version of HTTP/1. */
function parseVersion(bytes: Uint8Array, start: number, end: number): number {
  let isVersion = end - start === 8 && isDigit(bytes[start + 5]) && bytes[start + 6] === 0x2e &&
    isDigit(bytes[start + 7]);
  for (let i = 0; i < HTTP_NAME.length; i++) isVersion &&= bytes[start + i] === HTTP_NAME[i];
  if (!isVersion) throw lineError("Cannot parse the version", start);
  // RFC 9110 §2.5: another major version is another protocol. The preface of HTTP/2 (RFC 9113 §3.4)
  // was made to end here.
  if (bytes[start + 5] !== 0x31) {
    throw new RequestError(505, "RFC 9110 §15.6.6", {
      detail: `Cannot speak ${byteString(bytes, start, end)}`,
      position: start + 5,
    });
  }
  return bytes[start + 7] - 0x30;
}

/** RFC 9112 §3.2: exactly one valid Host in HTTP/1.1; in HTTP/1.0 it may be absent. */
function checkHost(fields: Fields, minorVersion: number): void {
  const hosts = fields.getAll("host");
  if (hosts.length === 0 && minorVersion === 0) return;
  if (hosts.length !== 1 || !isAuthority(hosts[0])) {
    throw new RequestError(400, "RFC 9112 §3.2", {
      detail: hosts.length === 1
        ? `Cannot parse Host "${hosts[0]}"`
        : `Cannot take ${hosts.length} Host lines`,
    });
  }
}

/** What the request asks for: a path, or why it gets none. */
function findWanted(
  { method, requestTarget, minorVersion }: RequestLine,
  fields: Fields,
  parseTarget: PartParsers["target"],
): Pick<Request, "path" | "refusal"> {
  try {
    const path = parseTarget(requestTarget, method);
    refuseMethod(method);
    const expectation = fields.get("expect");
    // RFC 9110 §10.1.1: the only expectation that exists; HTTP/1.0 has none, so it is ignored there.
    if (expectation !== null && minorVersion >= 1 && expectation.toLowerCase() !== "100-continue") {
      throw new RequestError(417, "RFC 9110 §10.1.1", { detail: `Cannot meet "${expectation}"` });
    }
    return { path, refusal: null };
  } catch (error) {
    if (error instanceof RequestError) return { path: null, refusal: error };
    throw error;
  }
}

function refuseMethod(method: string): void {
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return;
  const fieldLines = [["Allow", ALLOWED_METHODS]] as const;
  if (REFUSED_METHODS.has(method)) {
    throw new RequestError(405, "RFC 9110 §15.5.6", {
      detail: `Cannot ${method} a file`,
      fieldLines,
    });
  }
  throw new RequestError(501, "RFC 9110 §9.1", { detail: `Cannot tell what ${method} means` });
}

function lineError(detail: string, position: number): RequestError {
  return new RequestError(400, "RFC 9112 §3", {
    detail: `${detail} at byte ${position}`,
    position,
  });
}
