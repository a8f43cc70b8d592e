/** One case from data to verdict: what the model expects of it, its bytes and where they are cut, what came of it. */

import { latin1Bytes } from "../../latin1.ts";
import { converse, type Outcome, type Room, type Script, type Segment } from "./client.ts";
import { FLAWS } from "./flaws.ts";
import type { Case, Cuts } from "./grammar.ts";
import { judge, Mismatch, type Pages } from "./judge.ts";
import { type Expected, modelAnswer, modelFlaw } from "./model.ts";
import { headOf, writeParts } from "./request.ts";
import { ADDRESSES, type Resource } from "./site.ts";

/** A server and what is known of it. */
export interface Target {
  readonly port: number;
  /** Entity tags, asked for once: they are the server's to make. */
  readonly tags: ReadonlyMap<Resource, string>;
  readonly pages: Pages;
}

/** What is sent, and what has to come. */
interface Plan {
  readonly script: Script;
  readonly expected: readonly Expected[];
  /** All bytes, one a character. */
  readonly text: string;
}

/**
 * Plays a case.
 *
 * @returns How many answers came.
 * @throws {Mismatch} When one of them is not what the model says, or the server cannot be reached.
 */
export async function play(a: Case, target: Target, room: Room): Promise<number> {
  const { script, expected } = planOf(a, target.tags);
  let outcome: Outcome;
  try {
    outcome = await converse(target.port, script, room);
  } catch (error) {
    throw new Mismatch(`Cannot connect: ${error}`);
  }
  judge(outcome, expected, target.pages);
  return outcome.answers.length;
}

/** Tells a case to a person: its flaw, and its bytes. */
export function describe(a: Case, tags: ReadonlyMap<Resource, string>): string {
  const { text, script, expected } = planOf(a, tags);
  const flaw = a.flaw === null ? null : FLAWS[a.flaw.index];
  const pieces = script.segments.map(({ bytes, awaits }) =>
    awaits === null ? `${bytes.length}` : `(waits) ${bytes.length}`
  );
  return [
    flaw === null ? "no flaw" : `flaw: ${flaw.name} (${flaw.rule}), ${flaw.statusCode} expected`,
    `expected: ${expected.map(({ statusCode }) => statusCode).join(", ") || "nothing"}`,
    `sent, in pieces of ${pieces.join(", ")} bytes, closing after: ${script.closesAfter}:`,
    JSON.stringify(text).replaceAll("\\r\\n", "\\r\\n\n"),
  ].join("\n");
}

/** The bytes of a case, piece by piece; a wait begins a piece. */
interface Draft {
  text: string;
  /** Where a request waits, and which one. */
  readonly waits: { readonly at: number; readonly index: number }[];
}

function planOf(a: Case, tags: ReadonlyMap<Resource, string>): Plan {
  const tagOf = (resource: Resource) => tags.get(resource) ?? '"unknown"';
  const draft: Draft = { text: "", waits: [] };
  const expected: Expected[] = [];
  const headOnly: boolean[] = [];
  let isOver = false; // For certain: what follows is not answered.
  const add = (answer: Expected) => {
    headOnly.push(answer.isHead);
    if (!isOver) expected.push(answer);
    if (answer.closes === true) isOver = true;
  };
  const write = (request: Case["requests"][number]) => {
    const { outcome } = ADDRESSES[request.address];
    return writeParts(request, outcome.kind === "file" ? tagOf(outcome.resource) : '"none"');
  };

  for (const [index, request] of a.requests.entries()) {
    const parts = write(request);
    draft.text += headOf(parts);
    if (request.waits) draft.waits.push({ at: draft.text.length, index });
    draft.text += parts.content;
    add(modelAnswer(request, index + 1, tagOf));
  }
  const flaw = a.flaw === null ? null : FLAWS[a.flaw.index];
  if (a.flaw !== null && flaw !== null) {
    const text = flaw.write(write(a.flaw.request), a.flaw.place);
    draft.text += text;
    add(modelFlaw(text, flaw.statusCode));
  }
  // Behind what was cut off nothing can follow.
  for (const request of flaw?.isCut ? [] : a.flaw === null ? [] : a.tail) {
    const parts = write({ ...request, waits: false });
    draft.text += headOf(parts) + parts.content;
  }

  const mayEnd = isOver || expected.some(({ closes }) => closes === "maybe");
  const closesAfter = flaw?.isCut ? "sending" : flaw !== null && isOver
    ? "never" // The server has to see the flaw, not the end behind it.
    : a.closesEarly
    ? "sending"
    : mayEnd
    ? expected.length
    : a.requests.length;
  const segments = cut(draft, a.cuts);
  return {
    script: { segments, headOnly, closesAfter, pauses: a.cuts.pauses },
    expected,
    text: draft.text,
  };
}

/** Most pieces of one connection. */
const MAX_PIECES = 200;

function cut({ text, waits }: Draft, { every, points }: Cuts): Segment[] {
  const cuts = new Set([0, text.length]);
  for (const point of points) cuts.add(point % (text.length + 1));
  if (every > 0) {
    const size = Math.max(every, Math.ceil(text.length / MAX_PIECES));
    for (let at = size; at < text.length; at += size) cuts.add(at);
  }
  for (const { at } of waits) cuts.add(at);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => ({
    bytes: latin1Bytes(text.slice(sorted[i], end)),
    awaits: waits.find(({ at }) => at === sorted[i])?.index ?? null,
  }));
}
