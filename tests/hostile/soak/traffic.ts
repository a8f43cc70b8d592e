/**
 * All that talks to the server during the soak, beside the well-behaved client: honest peers whose answers are checked,
 * and hostile ones, most of whose answers are, too. Each kind runs in some lanes, round after round.
 */

import { latin1Bytes } from "../../latin1.ts";
import { converse, type Outcome, Room } from "../fuzz/client.ts";
import { FLAWS } from "../fuzz/flaws.ts";
import { GROWING, isSame, RENAMED, SHRINKING, type SoakSite, STEADY } from "./site.ts";

/** What a lane works with. */
export interface Lane {
  readonly port: number;
  readonly site: SoakSite;
  readonly room: Room;
  /** Waits; at once when the soak ends. */
  readonly pause: (ms: number) => Promise<void>;
}

/** One kind of peer. */
export interface Kind {
  readonly name: string;
  readonly isHostile: boolean;
  /** How many at once, and the rest of each between two rounds, in ms. */
  readonly lanes: number;
  readonly restMs: number;
  /** One round. Gives how many requests were answered or attacks made; throws what is wrong. */
  readonly round: (lane: Lane) => Promise<number>;
}

const CLOSE = "Connection: close\r\n";

/** Kinds of peers; resets come from a program of their own. */
export const KINDS: readonly Kind[] = [
  { name: "pages", isHostile: false, lanes: 2, restMs: 20, round: askPage },
  { name: "changing files", isHostile: false, lanes: 2, restMs: 20, round: askChanging },
  { name: "ranges", isHostile: false, lanes: 1, restMs: 30, round: askRanges },
  { name: "downloads", isHostile: false, lanes: 1, restMs: 500, round: askLarge },
  { name: "pipelining", isHostile: false, lanes: 1, restMs: 50, round: askPipelined },
  { name: "404 flood", isHostile: true, lanes: 1, restMs: 100, round: flood },
  { name: "half heads", isHostile: true, lanes: 20, restMs: 50, round: sendHalfHead },
  { name: "slow readers", isHostile: true, lanes: 10, restMs: 50, round: readSlowly },
  { name: "aborted downloads", isHostile: true, lanes: 2, restMs: 100, round: abortDownload },
  { name: "oversized heads", isHostile: true, lanes: 1, restMs: 250, round: sendLargeHead },
  { name: "flaws", isHostile: true, lanes: 1, restMs: 50, round: sendFlaw },
];

/** Sends requests on a connection of its own, all at once, and gives what came. */
async function send(
  { port, room }: Lane,
  text: string,
  closesAfter: "sending" | "never" = "never",
): Promise<Outcome> {
  return await converse(port, {
    segments: [{ bytes: latin1Bytes(text), awaits: null }],
    headOnly: [],
    closesAfter,
    pauses: false,
  }, reset(room));
}

/** A room is used again for the next connection; a very large one is not kept. */
function reset(room: Room): Room {
  return room.bytes.length > 1 << 20 ? new Room() : room;
}

/** A GET; the last one of a connection says so. */
function get(path: string, { last = false, lines = "" } = {}): string {
  return `GET /${path} HTTP/1.1\r\nHost: a\r\n${lines}${last ? CLOSE : ""}\r\n`;
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)];
}

/** Throws unless all answers came, with these statuses, and nothing else. */
function checkStatuses({ answers, rest, failure }: Outcome, statusCodes: readonly number[]): void {
  const got = answers.map(({ statusCode }) => statusCode).join();
  if (got === statusCodes.join() && rest === "" && failure === null) return;
  throw new Error(
    `${got || "no answer"} instead of ${statusCodes.join()}; ${failure ?? "closed"}; ` +
      `left over: ${JSON.stringify(rest.slice(0, 100))}`,
  );
}

/** What a browser asks for: a page and some small files, on one connection. */
async function askPage(lane: Lane): Promise<number> {
  const small = [...STEADY.keys()].filter((path) => !path.startsWith("large"));
  const paths = ["index.html", ...Array.from({ length: 6 }, () => pick(small)), RENAMED];
  const { placed } = lane.site;
  const outcome = await send(lane, paths.map((path, i) => get(path, { last: i === 7 })).join(""));
  checkStatuses(outcome, paths.map(() => 200));
  for (const [i, { content }] of outcome.answers.entries()) {
    const wrong = lane.site.judge(paths[i], content, placed);
    if (wrong !== null) throw new Error(wrong);
  }
  return paths.length;
}

/** A file that changes; one that is cut while it is sent ends its connection early, as it has to (RFC 9112 §8). */
async function askChanging(lane: Lane): Promise<number> {
  const path = pick([RENAMED, GROWING, SHRINKING]);
  const { placed } = lane.site;
  const outcome = await send(lane, get(path, { last: true }));
  const wasCut = path !== RENAMED && outcome.answers.length === 0 &&
    outcome.rest.startsWith("HTTP/1.1 200 ");
  if (wasCut) return 1;
  checkStatuses(outcome, [200]);
  const wrong = lane.site.judge(path, outcome.answers[0].content, placed);
  if (wrong !== null) throw new Error(wrong);
  return 1;
}

async function askRanges(lane: Lane): Promise<number> {
  const content = STEADY.get("middle.bin")!;
  const first = Math.floor(Math.random() * content.length);
  const several = get("middle.bin", { lines: "Range: bytes=0-99,200-299,-100\r\n" });
  const one = get("middle.bin", { lines: `Range: bytes=${first}-\r\n` });
  const none = get("middle.bin", { last: true, lines: "Range: bytes=100000-\r\n" });
  const outcome = await send(lane, several + one + none);
  checkStatuses(outcome, [206, 206, 416]);
  const [parts, part] = outcome.answers.map((answer) => answer.content);
  if (!isSame(part, content.subarray(first))) throw new Error("A range differs");
  if (parts.length < 300) throw new Error("Parts are missing");
  return 3;
}

async function askLarge(lane: Lane): Promise<number> {
  const outcome = await send(lane, get("large.bin", { last: true }));
  checkStatuses(outcome, [200]);
  const wrong = lane.site.judge("large.bin", outcome.answers[0].content, 0);
  if (wrong !== null) throw new Error(wrong);
  return 1;
}

async function askPipelined(lane: Lane): Promise<number> {
  const paths = Array.from({ length: 50 }, (_, i) => `small/${i % 20}.txt`);
  const outcome = await send(lane, paths.map((path) => get(path)).join(""), "sending");
  checkStatuses(outcome, paths.map(() => 200));
  for (const [i, { content }] of outcome.answers.entries()) {
    if (!isSame(content, STEADY.get(paths[i])!)) throw new Error(`${paths[i]} differs, pipelined`);
  }
  return paths.length;
}

async function flood(lane: Lane): Promise<number> {
  const requests = Array.from({ length: 20 }, () => get(`wp-admin/${crypto.randomUUID()}.php`));
  const outcome = await send(lane, requests.join(""), "sending");
  checkStatuses(outcome, requests.map(() => 404));
  return requests.length;
}

async function sendHalfHead({ port, pause }: Lane): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "));
  for (let i = 0; i < 10; i++) {
    await pause(200);
    await conn.write(latin1Bytes("x"));
  }
  return 1;
}

async function readSlowly({ port, pause }: Lane): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(latin1Bytes(get("large.bin")));
  const bytes = new Uint8Array(4_096);
  for (let i = 0; i < 20; i++) {
    await pause(200);
    if (await conn.read(bytes) === null) throw new Error("A slow reader was cut off");
  }
  return 1;
}

async function abortDownload({ port }: Lane): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(latin1Bytes(get("large.bin")));
  await conn.read(new Uint8Array(65_536));
  return 1;
}

async function sendLargeHead(lane: Lane): Promise<number> {
  const outcome = await send(lane, get("", { lines: `X-Large: ${"x".repeat(70_000)}\r\n` }));
  checkStatuses(outcome, [431]);
  return 1;
}

/** One of the flaws that the fuzzer knows. */
async function sendFlaw(lane: Lane): Promise<number> {
  const flaw = pick(FLAWS.filter(({ isCut }) => !isCut));
  const request = {
    emptyLines: "",
    method: "GET",
    target: "/",
    version: "HTTP/1.1",
    lines: ["Host: a"],
    content: "",
  };
  const outcome = await send(lane, flaw.write(request, Math.floor(Math.random() * 1000)));
  checkStatuses(outcome, [flaw.statusCode]);
  return 1;
}
