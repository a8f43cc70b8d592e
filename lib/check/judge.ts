/** What many judges ask of the bytes that came back. Each gives a finding, or null if all is well. */

import type { Dialogue, Finding } from "./check.ts";
import { finding, first } from "./check.ts";
import { includesText, type Response, responsesOf, sameBytes } from "./response.ts";
import type { Site, SiteFile } from "./site.ts";
import { visible } from "./visible.ts";

/** Says why there is no response, as far as it is known. */
export function noResponse({ received, ending, late }: Dialogue): Finding {
  if (ending === "refused") return finding("refused");
  if (ending === "flood") return finding("flood");
  if (received.length > 0) {
    return finding(late ? "noEnd" : "notHttp", { got: visible(received, 60) });
  }
  if (ending === "reset") return finding("reset");
  return finding(late ? "noAnswer" : "closedUnanswered");
}

/** Hands on the nth response of an exchange, or says why there is none. */
export function withResponse(
  exchange: Dialogue,
  judge: (response: Response) => Finding | null,
  n = 0,
): Finding | null {
  const response = responsesOf(exchange)[n];
  if (response === undefined) {
    return n === 0 ? noResponse(exchange) : finding("secondMissing", { n: n + 1 });
  }
  if (exchange.ending === "flood") return finding("flood");
  if (response.statusCode === null) {
    return finding("notHttp", { got: visible(exchange.received, 60) });
  }
  return judge(response);
}

/** Whether the status is one of these. */
export function hasStatus(response: Response, ...wanted: readonly number[]): Finding | null {
  return wanted.includes(response.statusCode ?? 0)
    ? null
    : finding("status", { want: wanted.join(" / "), got: response.statusCode ?? "?" });
}

/** Whether a request was refused: 4xx or 5xx. */
export function isRefusal(response: Response): Finding | null {
  return (response.statusCode ?? 0) >= 400
    ? null
    : finding("statusClass", { want: "4xx", got: response.statusCode ?? "?" });
}

/** Whether the content is that of a file, all of it. */
export function hasContent(response: Response, file: SiteFile): Finding | null {
  const { content } = response;
  if (file.content === null) return content.length > 0 ? null : finding("noContent");
  return sameContent(content, file.content);
}

/** Whether bytes are those that were wanted; else where the first other one is. */
export function sameContent(content: Uint8Array, wanted: Uint8Array): Finding | null {
  if (sameBytes(content, wanted)) return null;
  let at = 0;
  while (at < content.length && content[at] === wanted[at]) at++;
  const lengths = { gotLength: content.length, wantLength: wanted.length };
  if (at === content.length) return finding("contentShort", lengths);
  if (at === wanted.length) return finding("contentLong", lengths);
  const [got, want] = [content, wanted].map((bytes) => visible(bytes.subarray(at), 24));
  return finding("content", { at, ...lengths, got, want });
}

/** Whether a response is 200 with all of a file. */
export function isFile(response: Response, file: SiteFile): Finding | null {
  return first(() => hasStatus(response, 200), () => hasContent(response, file));
}

/** Whether the nth response of an exchange is 200 with all of a file. */
export function givesFile(exchange: Dialogue, file: SiteFile, n = 0): Finding | null {
  return withResponse(exchange, (response) => isFile(response, file), n);
}

/** A judge's finding, which the exchange at an index shows. */
export function shownBy(found: Finding | null, at: number): Finding | null {
  return found === null ? null : { ...found, at };
}

/** The first finding among exchanges, with the exchange that shows it. */
export function each(
  exchanges: readonly Dialogue[],
  judge: (exchange: Dialogue, at: number) => Finding | null,
): Finding | null {
  for (const [at, exchange] of exchanges.entries()) {
    const found = judge(exchange, at);
    if (found !== null) return shownBy(found, at);
  }
  return null;
}

/** Whether the server ended with a response or by closing, and did not wait for more. */
export function answersOrCloses(exchange: Dialogue): Finding | null {
  if (exchange.ending === "refused") return finding("refused");
  if (exchange.ending === "flood") return finding("flood");
  if (exchange.ending !== "open") return null;
  return responsesOf(exchange).length > 0 ? null : finding("noAnswer");
}

/** Whether nothing from outside came out. */
export function keepsSecrets(exchange: Dialogue, site: Site): Finding | null {
  const found = site.secrets.find(({ text }) => includesText(exchange.received, text));
  return found === undefined ? null : finding("secret", { text: found.text });
}

/** Whether a response says that the connection closes behind it: RFC 9112 §9.3. */
export { isPersistent } from "../http/state.ts";
