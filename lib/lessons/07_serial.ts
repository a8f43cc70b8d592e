/** Lesson 7: serial against concurrent. */

import { type Before, evidenceOf, type Found, type Lesson } from "./lesson.ts";
import { type Seen, STEP } from "./seen.ts";

/** Downloads at once. */
const COUNT = 4;
/** What a download must last without waiting so that it can be told from chance, in ms. */
const LONG_MS = 100;
/** How far two readings of the clock for one moment may be apart, in ms. */
const CLOCK_MS = 2;

/** From the beginning of the first to the end of the last, in seconds. */
function wholeSeconds(downloads: readonly Seen[]): number {
  const starts = downloads.map(({ traced }) => traced.startMs);
  const ends = downloads.map(({ traced }) => traced.endMs);
  return (Math.max(...ends) - Math.min(...starts)) / 1000;
}

/** Rounded as it is read from the page. */
function rounded(seconds: number): string {
  return seconds.toFixed(seconds < 10 ? 2 : 1);
}

/** Four downloads of one file, each over a connection of its own, that `isSuch` takes together. */
function four(
  seen: readonly Seen[],
  isSuch: (downloads: readonly Seen[]) => boolean,
): readonly Seen[] | null {
  const long = seen.filter((each) => each.isGet(200) && each.tookMs >= LONG_MS);
  for (let i = 0; i + COUNT <= long.length; i++) {
    const downloads = long.slice(i).filter(({ path }) => path === long[i].path).slice(0, COUNT);
    const lanes = new Set(downloads.map(({ traced }) => traced.connection));
    if (lanes.size === COUNT && isSuch(downloads)) return downloads;
  }
  return null;
}

/** When it was there: its connection, or its first byte. */
function arrivedMs({ traced: { steps, startMs } }: Seen): number {
  return Math.min(startMs, steps[1] ?? startMs);
}

/** When the server took it up: wherever it waits for its turn, it waits before step (iii). */
function taken({ traced: { steps, startMs } }: Seen): number {
  const at = steps.findIndex((step, i) => i % 3 === 0 && step === STEP.parse);
  return at === -1 ? startMs : steps[at + 1];
}

/** All were taken up before the first one had ended. */
function isConcurrent(downloads: readonly Seen[]): boolean {
  const firstEndMs = Math.min(...downloads.map(({ traced }) => traced.endMs));
  return downloads.every((each) => taken(each) < firstEndMs);
}

/** Each was there while the one before was served, and was taken up only when that had ended. */
function isSerial(downloads: readonly Seen[]): boolean {
  const inTurn = downloads.toSorted((a, b) => taken(a) - taken(b));
  return inTurn.every((each, i) => {
    const endMs = inTurn[i - 1]?.traced.endMs;
    return endMs === undefined || (arrivedMs(each) < endMs && taken(each) >= endMs - CLOCK_MS);
  });
}

function measured(downloads: readonly Seen[] | null, guess: number | undefined): Found | null {
  if (downloads === null) return null;
  const values = { seconds: rounded(wholeSeconds(downloads)), guess: guess ?? 0 };
  return { evidence: downloads, values };
}

function secondsOf(name: string): (before: Before) => number[] {
  return (before) => [wholeSeconds(evidenceOf(before, name))];
}

export const LESSON_7: Lesson = {
  number: 7,
  minutes: 15,
  title: "Serial against concurrent: four downloads",
  goal:
    "You can predict how long four downloads take, one at a time and all at once, and explain what you measure.",
  steps: [
    {
      kind: "prediction",
      name: "guessConcurrent",
      section: "RFC 9112 §9.4",
      text: {
        task:
          "Predict first. vitrine.webp has about 80 kB, and each connection gets 100 kB/s. Four people fetch it at the same moment: after how many seconds has the last one all of it?",
        hints: [
          "Nobody else uses the rate of a connection.",
          "One alone takes 0.8 s. Does it matter to him that there are three others?",
        ],
        seen: "Written down. Now measure.",
      },
    },
    {
      kind: "prediction",
      name: "guessSerial",
      section: "RFC 9112 §9.4",
      text: {
        task:
          "And if the server answers one request at a time: after how many seconds has the last one all of it?",
        hints: [
          "The second one begins when the first one has ended.",
          "Four times one after another.",
        ],
        seen: "Written down as well.",
      },
    },
    {
      kind: "action",
      name: "concurrent",
      section: "RFC 9112 §9.4",
      curl:
        "--parallel --parallel-immediate -o a {site}vitrine.webp -o b {site}vitrine.webp -o c {site}vitrine.webp -o d {site}vitrine.webp",
      text: {
        task:
          "Under Experiments, set the rate to 100 kB/s and “Who is served” to concurrently. Then fetch /vitrine.webp four times at once, each over its own connection.",
        hints: [
          "A browser asks once for one address: use the command, or four addresses such as /vitrine.webp?1, ?2, ?3 and ?4 in four tabs.",
          "The four blocks must lie below each other in the lanes. Each has to take more than 0.1 s: is the rate set?",
        ],
        seen:
          "{seconds} s for all four; you predicted {guess}. While one waits for its connection to take more bytes, the others go on: each is a task of its own.",
      },
      find: (seen, { predicted }) =>
        measured(four(seen, isConcurrent), predicted.get("guessConcurrent")),
    },
    {
      kind: "question",
      name: "concurrentTime",
      section: "RFC 9110 §3.4",
      tolerance: 0.15,
      text: {
        task:
          "How many seconds passed from the beginning of the first of the four to the end of the last?",
        hints: [
          "Read it from the lanes: the axis above them has the time.",
          "It is about what one of them took: that stands in the list.",
        ],
        seen:
          "As long as one alone: the rate of a connection is the bottleneck here, not the server.",
      },
      answers: secondsOf("concurrent"),
    },
    {
      kind: "action",
      name: "serial",
      section: "RFC 9112 §9.4",
      curl:
        "--parallel --parallel-immediate -o a {site}vitrine.webp -o b {site}vitrine.webp -o c {site}vitrine.webp -o d {site}vitrine.webp",
      text: {
        task:
          "Now set “Who is served” to one at a time, leave the rate as it is, and do the same again.",
        hints: [
          "The same command. The grey parts in the lanes are waiting.",
          "Under Experiments: one at a time. Four requests at once, as before.",
        ],
        seen:
          "{seconds} s; you predicted {guess}. Each waited for the one before. That was the first stage of the lab: a server without threads. Set the experiments back.",
      },
      find: (seen, { predicted }) => measured(four(seen, isSerial), predicted.get("guessSerial")),
    },
    {
      kind: "question",
      name: "serialTime",
      section: "RFC 9110 §3.4",
      tolerance: 0.15,
      text: {
        task:
          "How many seconds did that take, from the beginning of the first to the end of the last?",
        hints: [
          "The last one to end waited longest: the list says how long it took in all.",
          "Compare with four times the time of one.",
        ],
        seen:
          "The sum of all four. The work was the same, but nobody could use the time in which another one’s connection was full.",
      },
      answers: secondsOf("serial"),
    },
  ],
  teacher: {
    mistakes:
      "The rate is not set, and everything is over in a blink. The browser’s cache or its six connections: use curl. The experiments are left on.",
    project:
      "Both runs in the lanes, one after the other, at the same zoom: stairs against a block. Collect predictions on the board before.",
  },
};
