/** Holds what came on one connection against what the model expected. What differs is said in words. */

import type { Answer, Outcome } from "./client.ts";
import type { Expected, ExpectedContent } from "./model.ts";

/** The server's own pages by what they are for: each has to be the same every time. Filled as they come. */
export type Pages = Map<string, Uint8Array>;

/** An answer that is not what it should be. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/**
 * Compares all answers of a connection, in order, and that nothing comes behind the last.
 *
 * @throws {Mismatch}
 */
export function judge(outcome: Outcome, expected: readonly Expected[], pages: Pages): void {
  const { answers, rest, failure } = outcome;
  let isOver = false;
  for (const [i, expectation] of expected.entries()) {
    const answer = answers[i];
    if (isOver) break;
    if (answer === undefined) {
      throw new Mismatch(
        `Answer ${i} is missing (${failure ?? "closed"}), ${expectation.statusCode} expected; ` +
          `left over: ${JSON.stringify(rest.slice(0, 300))}`,
      );
    }
    isOver = judgeAnswer(answer, expectation, { i, pages });
  }
  const count = isOver ? answers.findIndex(isLast) + 1 : expected.length;
  if (answers.length > count) {
    throw new Mismatch(`An answer too many:\n${answers[count].head}`);
  }
  if (rest !== "") throw new Mismatch(`Bytes behind the last answer: ${JSON.stringify(rest)}`);
  if (failure !== null) throw new Mismatch(`No end after ${count} answers: ${failure}`);
}

function isLast({ head }: Answer): boolean {
  return /\r\nConnection: close\r\n/i.test(head);
}

/** Compares one answer. Gives whether it says that the connection ends. */
function judgeAnswer(
  answer: Answer,
  expected: Expected,
  { i, pages }: { i: number; pages: Pages },
): boolean {
  const problems: string[] = [];
  const check = (isRight: boolean, problem: () => string) => {
    if (!isRight) problems.push(problem());
  };
  const { statusCode, interims } = answer;
  check(statusCode === expected.statusCode, () => `status: ${expected.statusCode} expected`);
  check(
    expected.interim === "maybe"
      ? interims <= 1
      : interims === (expected.interim === "once" ? 1 : 0),
    () => `interim responses: ${interims}, ${expected.interim} expected`,
  );
  const fields = fieldsOf(answer.head, problems);
  for (const [name, value] of Object.entries(expected.fields)) {
    const got = fields.get(name) ?? null;
    check(got === value, () => `${name}: ${JSON.stringify(value)} expected`);
  }
  checkDate(fields.get("date"), problems);
  checkContent(answer, expected, { fields, pages, problems });
  const closes = checkConnection(fields, expected, problems);
  if (problems.length > 0) {
    throw new Mismatch(`Answer ${i} is wrong: ${problems.join("; ")}\n${answer.head.trimEnd()}`);
  }
  return closes;
}

/** RFC 9112 §4 and §5: a status line and field lines, each name once. */
function fieldsOf(head: string, problems: string[]): ReadonlyMap<string, string> {
  const [statusLine, ...lines] = head.slice(0, -4).split("\r\n");
  if (!/^HTTP\/1\.1 [1-5]\d\d [ -~]+$/.test(statusLine)) problems.push("status line");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(": ");
    const name = line.slice(0, colon).toLowerCase();
    if (colon < 1 || !/^[a-z-]+$/.test(name) || !/^[ -~]*$/.test(line)) {
      problems.push(`line ${JSON.stringify(line)}`);
    }
    if (fields.has(name)) problems.push(`${name} twice`);
    fields.set(name, line.slice(colon + 2));
  }
  return fields;
}

/** RFC 9110 §6.6.1: the time of now, in the one format. */
function checkDate(date: string | undefined, problems: string[]): void {
  const nowS = Math.floor(Date.now() / 1000);
  // Answers are looked at when the connection has ended; none lasts as long as this.
  for (let s = nowS; s > nowS - 20; s--) if (date === dateAt(s)) return;
  problems.push("date");
}

let lastDate = { second: -1, text: "" };

function dateAt(second: number): string {
  if (lastDate.second !== second) {
    lastDate = { second, text: new Date(second * 1000).toUTCString() };
  }
  return lastDate.text;
}

/** RFC 9112 §9.3, §9.6. Gives whether the connection ends. */
function checkConnection(
  fields: ReadonlyMap<string, string>,
  { closes, requestsLeft }: Expected,
  problems: string[],
): boolean {
  const connection = fields.get("connection");
  const keepAlive = fields.get("keep-alive");
  const says = connection === "close" && keepAlive === undefined;
  const saysOn = connection === "keep-alive" &&
    keepAlive === `timeout=10, max=${requestsLeft}`;
  const isRight = closes === "maybe" ? says || saysOn : closes ? says : saysOn;
  if (!isRight) problems.push(`connection: ${closes ? "close" : `${requestsLeft} left`} expected`);
  return says;
}

interface Checks {
  readonly fields: ReadonlyMap<string, string>;
  readonly pages: Pages;
  readonly problems: string[];
}

/** RFC 9110 §8.6, §9.3.2: HEAD has the length of GET, and nothing else. */
function checkContent(
  { content }: Answer,
  { content: expected, isHead }: Expected,
  checks: Checks,
): void {
  const { fields, pages, problems } = checks;
  const length = fields.get("content-length");
  if (expected.kind === "none") {
    if (length !== undefined || content.length > 0) problems.push("content, none expected");
    return;
  }
  if (!/^\d+$/.test(length ?? "")) problems.push("content-length");
  if (isHead && content.length > 0) problems.push("content after HEAD");
  switch (expected.kind) {
    case "bytes":
      if (Number(length) !== expected.bytes.length) {
        problems.push(`content-length: ${expected.bytes.length} expected`);
      } else if (!isHead && !isSame(content, expected.bytes)) problems.push("content differs");
      return;
    case "page":
      checkPage(content, { key: expected.key, length: Number(length), isHead }, {
        pages,
        problems,
      });
      return;
    case "parts":
      checkParts(content, expected, checks);
  }
}

/** A page of the server's own: HTML, and always the same. */
function checkPage(
  content: Uint8Array,
  { key, length, isHead }: { key: string; length: number; isHead: boolean },
  { pages, problems }: Pick<Checks, "pages" | "problems">,
): void {
  const known = pages.get(key);
  if (known === undefined) {
    if (!isHead) pages.set(key, content);
    return;
  }
  if (length !== known.length) problems.push(`length of the page: ${known.length} expected`);
  if (!isHead && !isSame(content, known)) problems.push("the page differs from before");
}

/** RFC 9110 §14.6: parts with their own Content-Type and Content-Range, in their order. */
function checkParts(
  content: Uint8Array,
  { resource, spans }: Extract<ExpectedContent, { kind: "parts" }>,
  { fields, problems }: Checks,
): void {
  const type = fields.get("content-type") ?? "";
  const boundary = /^multipart\/byteranges; boundary=([0-9a-z]{1,70})$/.exec(type)?.[1];
  if (boundary === undefined) return void problems.push("content-type of parts");
  const pieces: (string | Uint8Array)[] = [];
  for (const { first, last } of spans) {
    pieces.push(
      `\r\n--${boundary}\r\nContent-Type: ${resource.mediaType}\r\n` +
        `Content-Range: bytes ${first}-${last}/${resource.content.length}\r\n\r\n`,
      resource.content.subarray(first, last + 1),
    );
  }
  pieces.push(`\r\n--${boundary}--\r\n`);
  let at = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    if (!isSame(content.subarray(at, at + bytes.length), bytes)) {
      return void problems.push(`parts differ from byte ${at} on`);
    }
    at += bytes.length;
  }
  if (at !== content.length) problems.push("bytes behind the last part");
}

const encoder = new TextEncoder();

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
