/**
 * What a student hands in, and what a checker finds in it. A hand-in is a trace file that also names, for each lesson, the
 * steps that it says are done, the answers, and the requests that show it. The checker believes none of that: it runs the
 * lessons again over the bytes in the file, and compares.
 *
 * What it cannot see: a forger who writes the bytes of every request and response by hand, as he has then done the lessons.
 */

import { type Answers, evaluate } from "./evaluate.ts";
import { LESSONS } from "./lessons.ts";
import { bytesOf, Seen, sumOfCounts, type Traced } from "./seen.ts";

/** What is claimed of a lesson. */
export interface Claim {
  readonly lesson: number;
  /** Names of the steps that are said to be done. */
  readonly done: readonly string[];
  readonly answers: Answers;
  /** Numbers of the requests that show it, in the order of arrival. */
  readonly evidence: readonly number[];
}

/** What there is to check. */
export interface HandIn {
  readonly student: string;
  readonly requests: readonly Traced[];
  readonly claims: readonly Claim[];
}

/** What was found of one lesson. */
export interface LessonVerdict {
  readonly lesson: number;
  readonly stepCount: number;
  /** Steps that the trace confirms. */
  readonly confirmed: readonly string[];
  /** Steps that are claimed, and that the trace does not show. */
  readonly unfounded: readonly string[];
}

/** What was found of all. */
export interface HandInVerdict {
  readonly student: string;
  readonly lessons: readonly LessonVerdict[];
  /** Requests whose parts contradict each other: somebody changed them. */
  readonly contradictions: readonly string[];
  readonly isHonest: boolean;
}

/** Checks a hand-in. Never throws on what {@linkcode parseHandIn} gave. */
export function checkHandIn({ student, requests, claims }: HandIn): HandInVerdict {
  const byId = new Map(requests.map((traced) => [traced.id, traced]));
  const lessons = claims.flatMap(({ lesson: number, done, answers, evidence }) => {
    const lesson = LESSONS.find((lesson) => lesson.number === number);
    if (lesson === undefined) return [];
    const seen = evidence.flatMap((id) => byId.get(id) ?? []).map((traced) => new Seen(traced));
    const confirmed = evaluate(lesson, seen, answers)
      .filter(({ state }) => state === "done").map(({ name }) => name);
    const unfounded = done.filter((name) => !confirmed.includes(name));
    return [{ lesson: number, stepCount: lesson.steps.length, confirmed, unfounded }];
  });
  const contradictions = requests.flatMap(contradictionsIn);
  const isHonest = contradictions.length === 0 &&
    lessons.every(({ unfounded }) => unfounded.length === 0);
  return { student, lessons, contradictions, isHonest };
}

/** What in a request cannot all be true, in words; empty for every trace that the X-ray made. */
export function contradictionsIn(traced: Traced): string[] {
  const seen = new Seen(traced);
  const { id, method, requestTarget, statusCode, startMs, endMs, steps } = traced;
  const found: string[] = [];
  const object = (isSo: boolean, what: string) => {
    if (!isSo) found.push(`Request ${id}: ${what}`);
  };
  object(seen.statusCode === statusCode, `its status is ${statusCode}, its bytes say otherwise`);
  object(
    method === "" || (method === seen.method && requestTarget === seen.target),
    `it is said to be ${method} ${requestTarget}, its bytes say ${seen.method} ${seen.target}`,
  );
  const shownBytes = bytesOf(traced.head).length;
  object(traced.headBytes >= shownBytes, "its head is shorter than the bytes of it");
  object(endMs === 0 || endMs >= startMs, "it ended before it began");
  const hasOrder = steps.every((value, i) =>
    i % 3 !== 2 || (steps[i - 1] <= value && (i < 5 || steps[i - 1] >= steps[i - 3] - 0.001))
  );
  object(hasOrder, "its steps run backwards");
  object(isSentSound(seen), "what was sent is not as long as the response");
  return found;
}

/** Whether bytes sent, content and `Content-Length` agree. */
function isSentSound(seen: Seen): boolean {
  const { response, writes, contentBytes, complete } = seen.traced;
  if (!complete || seen.statusCode === 0) return true;
  const length = seen.said("content-length");
  const hasContent = seen.method !== "HEAD" && seen.statusCode !== 304 && seen.statusCode !== 204;
  if (hasContent && length !== null && Number(length) !== contentBytes) return false;
  // Of a chunked response the marks between the chunks are sent as well.
  const least = bytesOf(response).length + contentBytes;
  return writes.length === 0 || sumOfCounts(writes) >= least;
}

/** Reads a hand-in from what JSON gave. Null for anything else. */
export function parseHandIn(value: unknown): HandIn | null {
  if (!isRecord(value) || !isRecord(value.handIn)) return null;
  const { requests, handIn: { student, claims } } = value;
  if (!Array.isArray(requests) || !requests.every(isTraced)) return null;
  if (typeof student !== "string" || !Array.isArray(claims) || !claims.every(isClaim)) return null;
  return { student, requests, claims };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isClaim(value: unknown): value is Claim {
  return isRecord(value) && typeof value.lesson === "number" && isArrayOf(value.done, "string") &&
    isArrayOf(value.evidence, "number") && isRecord(value.answers) &&
    Object.values(value.answers).every((answer) => typeof answer === "string");
}

const NUMBERS = ["id", "connection", "order", "startMs", "endMs", "statusCode", "headBytes"];

/** Whether a value has the shape of a trace: what its bytes say is another matter. */
export function isTraced(value: unknown): value is Traced {
  return isRecord(value) && NUMBERS.every((name) => typeof value[name] === "number") &&
    typeof value.contentBytes === "number" && typeof value.complete === "boolean" &&
    ["method", "requestTarget", "head", "response"].every((name) =>
      typeof value[name] === "string"
    ) && ["steps", "reads", "writes"].every((name) => isArrayOf(value[name], "number")) &&
    (value.blame === null || (isRecord(value.blame) && typeof value.blame.start === "number")) &&
    (value.error === null || (isRecord(value.error) && typeof value.error.rule === "string"));
}

function isArrayOf(value: unknown, type: "string" | "number"): value is never[] {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
