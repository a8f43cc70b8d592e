/** Lesson 4: the six steps. */

import { evidenceOf, type Lesson, one } from "./lesson.ts";
import { type Seen, STEP, STEP_NAMES } from "./seen.ts";

/** What slow motion makes of each step at least, with room for clocks, in ms. */
const SLOW_MS = 90;
const SLOWED = [STEP.receive, STEP.parse, STEP.locate, STEP.compose, STEP.send];

/** The steps that took longest; more than one where they are as good as equal. */
function longestSteps(seen: Seen): string[] {
  const times = STEP_NAMES.slice(0, 6).map((_, step) => seen.stepMs(step));
  const longestMs = Math.max(...times);
  return STEP_NAMES.slice(0, 6).filter((_, step) => times[step] >= longestMs * 0.9);
}

export const LESSON_4: Lesson = {
  number: 4,
  minutes: 15,
  title: "The six steps of a web server",
  goal: "You can follow a request through accept, receive, parse, locate, compose and send.",
  steps: [
    {
      kind: "action",
      name: "slow",
      section: "RFC 9110 §3.4",
      open: "plain.txt",
      curl: "{site}plain.txt",
      text: {
        task:
          "Switch on slow motion under Experiments, 0.1 s or more, and fetch a file. Watch its block grow in the lanes.",
        hints: [
          "Experiments is a tab of this page. A yellow bar says that something is changed.",
          "Under “Slow motion” choose 0.1 s, then open /plain.txt. A file that the browser has already is asked for again with Ctrl+F5.",
        ],
        seen:
          "In {ms} ms the request went through receive, parse, locate, compose and send, one after another. Each is a file of the server: lib/2_receive.ts and so on. Set the experiment back with the button in the yellow bar.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(200) && SLOWED.every((step) => each.stepMs(step) >= SLOW_MS)
        );
        return one(found, { ms: Math.round(found?.tookMs ?? 0) });
      },
    },
    {
      kind: "action",
      name: "fast",
      section: "RFC 9110 §3.4",
      open: "plain.txt",
      curl: "{site}plain.txt",
      text: {
        task: "Set everything back to normal, and fetch the file once more.",
        hints: [
          "The button is in the yellow bar.",
          "Press “Back to normal”, then fetch /plain.txt with curl, or with Ctrl+F5.",
        ],
        seen:
          "Now the same took {ms} ms. So fast is it that only a clock for microseconds can tell the steps apart.",
      },
      find(seen) {
        const found = seen.find((each) => each.isGet(200) && each.stepMs(STEP.parse) < SLOW_MS / 2);
        return one(found, { ms: (found?.tookMs ?? 0).toFixed(2) });
      },
    },
    {
      kind: "question",
      name: "longest",
      section: "RFC 9110 §3.4",
      text: {
        task: "Which step took longest in that fast request? Answer with its name.",
        hints: [
          "Open the request: its clock is at the top.",
          "The names are accept, receive, parse, locate, compose and send.",
        ],
        seen:
          "Where the time goes is measured, not guessed: with your neighbour it may be another step, as it depends on disk, cache and chance.",
      },
      answers: (before) => evidenceOf(before, "fast").flatMap(longestSteps),
    },
    {
      kind: "action",
      name: "atParse",
      section: "RFC 9112 §3",
      compose: "GET /plain.txt\n\n",
      text: {
        task: "Send a request that comes no further than step (iii): one that cannot be parsed.",
        hints: [
          "Leave out something that each request line must have.",
          "GET /plain.txt alone, without HTTP/1.1, is no request line.",
        ],
        seen:
          "{status}: the parser refused it, so no file was looked for. The X-ray marks the byte that broke the rule.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.statusCode === 400 && each.traced.error !== null && each.traced.located === null
        );
        return one(found, { status: found?.statusCode ?? 0 });
      },
    },
    {
      kind: "action",
      name: "atLocate",
      section: "RFC 9110 §15.5.5",
      open: "nobody",
      curl: "{site}nobody",
      text: {
        task: "Send one that is parsed well, and fails at step (iv).",
        hints: ["Step (iv) looks for the file.", "Ask for a file that is not there."],
        seen:
          "404: {target} could be parsed, so the server looked, and found nothing. The same steps (v) and (vi) send this answer as any other.",
      },
      find(seen) {
        const found = seen.find((each) => each.isGet(404) && each.stepMs(STEP.locate) > 0);
        return one(found, { target: found?.target ?? "" });
      },
    },
    {
      kind: "action",
      name: "cached",
      section: "RFC 9111 §2",
      curl: "{site}plain.txt {site}plain.txt",
      text: {
        task: "Fetch the same file until it comes from the server’s memory and not from disk.",
        hints: [
          "The second time is enough, unless the file is large or was just changed.",
          "curl with the same address twice. In the browser, Ctrl+F5.",
        ],
        seen:
          "The server has kept {target}, and looked only whether it had changed: step (iv) took {us} µs.",
      },
      find(seen) {
        const found = seen.find((each) => each.isGet(200) && each.traced.cached);
        return one(found, {
          target: found?.target ?? "",
          us: Math.round((found?.stepMs(STEP.locate) ?? 0) * 1000),
        });
      },
    },
  ],
  teacher: {
    mistakes:
      "Slow motion stays on, and everybody waits in the lessons after this one. With a server for all, one student’s slow motion is everybody’s: then the teacher does it once, on the wall.",
    project:
      "Slow motion of 1 s, one request, and the class names each step aloud as its colour appears. Then lib/connection.ts, whose loop is these steps.",
  },
};
