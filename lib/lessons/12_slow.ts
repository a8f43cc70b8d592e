/** Lesson 12: slow peers, and deadlines. */

import { type Before, evidenceOf, type Found, type Lesson, one } from "./lesson.ts";
import { overlap, type Seen, STEP } from "./seen.ts";

const SECOND_MS = 1_000;

/** Times at which bytes arrived. */
function arrivals({ traced }: Seen): number[] {
  return traced.reads.filter((_, i) => i % 2 === 0);
}

/** From the first bytes to the last, in ms. */
function spreadMs(seen: Seen): number {
  const times = arrivals(seen);
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}

/** A slow request, and another one on another connection that was served while it was arriving. */
function meanwhile(seen: readonly Seen[]): Found | null {
  for (const slow of seen) {
    if (slow.stepMs(STEP.receive) < SECOND_MS) continue;
    const quick = seen.find((each) =>
      each !== slow && each.isGet(200) && each.traced.connection !== slow.traced.connection &&
      each.tookMs < SECOND_MS && overlap(each, slow) && each.traced.endMs < slow.traced.endMs
    );
    if (quick !== undefined) {
      return { evidence: [slow, quick], values: { ms: quick.tookMs.toFixed(1) } };
    }
  }
  return null;
}

function waitedSeconds(before: Before): number[] {
  return evidenceOf(before, "late").map((each) => each.tookMs / SECOND_MS);
}

export const LESSON_12: Lesson = {
  number: 12,
  minutes: 15,
  title: "Slow peers, and deadlines",
  goal: "You can say why a server must be patient, and why not for ever.",
  steps: [
    {
      kind: "action",
      name: "pieces",
      section: "RFC 9112 §2.2",
      compose:
        "GET /plain.txt HTTP/1.1\n--- wait 600 ms ---\nHost: localhost\n--- wait 600 ms ---\nConnection: close\n\n",
      text: {
        task:
          "Send a request in three pieces or more, more than a second from the first to the last.",
        hints: [
          "The composer can wait: a line --- wait 600 ms ---",
          "The preset “slow headers” does it.",
        ],
        seen:
          "{count} pieces in {ms} ms, and the answer came all the same: TCP brings bytes as they come, and the server gathers until the empty line is there.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(200) && arrivals(each).length >= 3 && spreadMs(each) >= SECOND_MS
        );
        return one(found, {
          count: found === undefined ? 0 : arrivals(found).length,
          ms: found === undefined ? 0 : Math.round(spreadMs(found)),
        });
      },
    },
    {
      kind: "action",
      name: "late",
      section: "RFC 9110 §15.5.9",
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\n",
      text: {
        task: "Begin a request and never end it: no empty line. Wait and see.",
        hints: [
          "The composer sends what you type; leave out the empty line.",
          "The request line and Host, and then nothing. After about ten seconds the server has had enough.",
        ],
        seen:
          "408 Request Timeout: the deadline for a head had passed. Without it, a few hundred silent connections would lock everybody else out; that attack is called Slowloris.",
      },
      find: (seen) => one(seen.find((each) => each.statusCode === 408 && each.traced.endMs > 0)),
    },
    {
      kind: "question",
      name: "patience",
      section: "RFC 9110 §15.5.9",
      tolerance: 0.1,
      text: {
        task: "How many seconds did the server wait, from the first byte to the end of the 408?",
        hints: [
          "The list says how long each request took.",
          "Open the one with status 408: the clock.",
        ],
        seen:
          "A deadline is a choice: long enough for a phone on a train, short enough against an attacker.",
      },
      answers: waitedSeconds,
    },
    {
      kind: "action",
      name: "meanwhile",
      section: "RFC 9112 §9.4",
      curl: "{site}plain.txt",
      compose:
        "GET /plain.txt HTTP/1.1\n--- wait 3000 ms ---\nHost: localhost\nConnection: close\n\n",
      text: {
        task:
          "Send a request that takes more than a second to arrive, and while it does, fetch something else from another tab or with curl.",
        hints: [
          "Start the slow one in the composer with a pause of 3000 ms, then be quick.",
          "Have the curl command ready in a terminal before you press Send.",
        ],
        seen:
          "The quick one took {ms} ms, in the midst of the slow one: each connection has its own task, so a slow peer slows only itself.",
      },
      find: meanwhile,
    },
    {
      kind: "action",
      name: "gaveUp",
      section: "RFC 9112 §8",
      curl: "-m 1 -o part {site}vitrine.webp",
      text: {
        task:
          "Now be an impatient client: set the rate to 10 kB/s under Experiments, begin to fetch a large file, and break it off.",
        hints: [
          "curl -m 1 gives up after a second. In the browser, close the tab while it loads.",
          "With 10 kB/s, /vitrine.webp takes eight seconds: time enough.",
        ],
        seen:
          "{sent} of {all} bytes had gone out when the peer left. The server notices when it sends on, closes, and forgets it. Set the experiment back.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.statusCode === 200 && each.traced.endMs > 0 && !each.traced.complete &&
          Number(each.said("content-length")) > each.traced.contentBytes
        );
        return one(found, {
          sent: found?.traced.contentBytes ?? 0,
          all: found?.said("content-length") ?? "",
        });
      },
    },
  ],
  teacher: {
    mistakes:
      "The empty line is sent after all, and 200 comes. The quick request is too late. The rate stays at 10 kB/s, and everybody wonders.",
    project:
      "One lane with a thin line of waiting, and quick blocks of others above and below. Ask what happens with 10,000 such lanes, and show the limits in the guide.",
  },
};
