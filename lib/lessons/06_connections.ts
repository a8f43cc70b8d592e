/** Lesson 6: keep-alive, non-persistent connections, pipelining. */

import { evidenceOf, type Found, type Lesson, one } from "./lesson.ts";
import type { Seen } from "./seen.ts";

/** Two requests that follow each other on one connection, as `isSuch` wants them. */
function pair(
  seen: readonly Seen[],
  isSuch: (first: Seen, second: Seen) => boolean,
): Found | null {
  for (const first of seen) {
    const second = seen.find(({ traced: { connection, order } }) =>
      connection === first.traced.connection && order === first.traced.order + 1
    );
    if (second === undefined || !first.isWhole || !second.isWhole) continue;
    if (isSuch(first, second)) {
      return { evidence: [first, second], values: { lane: first.traced.connection } };
    }
  }
  return null;
}

/** Whether bytes of the second had arrived while the first was still under way. */
function isPipelined(first: Seen, second: Seen): boolean {
  return first.method === "GET" && second.method === "GET" &&
    first.readBytes > first.traced.headBytes && second.readBytes < second.traced.headBytes;
}

export const LESSON_6: Lesson = {
  number: 6,
  minutes: 15,
  title: "Keep-alive, non-persistent, pipelining",
  goal: "You can say when a connection is used again, and what that saves.",
  steps: [
    {
      kind: "action",
      name: "keepAlive",
      section: "RFC 9112 §9.3",
      curl: "{site}plain.txt {site}",
      text: {
        task:
          "Send two requests over the same connection, the second one after the response to the first.",
        hints: [
          "Look for a lane with two blocks.",
          "curl with two addresses in one command uses its connection again.",
        ],
        seen:
          "Both went over lane {lane}. In HTTP/1.1 a connection stays open unless somebody says otherwise: the second request needed no new handshake of TCP.",
      },
      find: (seen) =>
        pair(
          seen,
          (first, second) =>
            first.statusCode === 200 && second.statusCode === 200 && !isPipelined(first, second) &&
            second.traced.startMs >= first.traced.endMs,
        ),
    },
    {
      kind: "question",
      name: "lane",
      section: "RFC 9112 §9.3",
      text: {
        task: "Which number has the lane that both went over?",
        hints: [
          "The list of requests says the lane of each.",
          "Two requests of your command stand one above the other, with the same number after #.",
        ],
        seen:
          "The server counts its connections; each request on one has its place there, too: first, second, and so on.",
      },
      answers: (before) => [evidenceOf(before, "keepAlive")[0].traced.connection],
    },
    {
      kind: "action",
      name: "close",
      section: "RFC 9112 §9.6",
      curl: '-H "Connection: close" {site}plain.txt',
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\nConnection: close\n\n",
      text: {
        task: "Ask for a file, and for the end of the connection after it.",
        hints: ["A field of the request says it.", "Connection: close"],
        seen:
          "The response says “Connection: close” as well, and the lane ends. That is a non-persistent connection: each file would need its own.",
      },
      find: (seen) =>
        one(
          seen.find((each) =>
            each.isGet(200) && /\bclose\b/i.test(each.asked("connection") ?? "") &&
            /\bclose\b/i.test(each.said("connection") ?? "")
          ),
        ),
    },
    {
      kind: "action",
      name: "old",
      section: "RFC 9112 §9.3",
      curl: "-0 {site}plain.txt",
      compose: "GET /plain.txt HTTP/1.0\nHost: localhost\n\n",
      text: {
        task: "Ask as a program of 1996 would: with HTTP/1.0, and without Connection: keep-alive.",
        hints: [
          "The version is the third word of the request line.",
          "curl -0 does it; in the composer, write HTTP/1.0.",
        ],
        seen:
          "HTTP/1.0 closes unless asked to keep alive; HTTP/1.1 turned that around. The response still says HTTP/1.1: a version tells what its sender can do.",
      },
      find: (seen) =>
        one(
          seen.find((each) =>
            each.isGet(200) && each.version === "HTTP/1.0" && each.asked("connection") === null &&
            /\bclose\b/i.test(each.said("connection") ?? "close")
          ),
        ),
    },
    {
      kind: "action",
      name: "pipelined",
      section: "RFC 9112 §9.3.2",
      compose:
        "GET /plain.txt HTTP/1.1\nHost: localhost\n\nGET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
      text: {
        task:
          "Send two requests at once, without waiting for the first response: that is pipelining.",
        hints: [
          "The composer sends everything in one go.",
          "Write two requests one below the other, each with its empty line. The preset “two pipelined” has them.",
        ],
        seen:
          "Both arrived together over lane {lane}; the answers went out one after the other, in the order of the questions. No browser does this any more, as one slow answer holds up all behind it.",
      },
      find: (seen) => pair(seen, isPipelined),
    },
  ],
  teacher: {
    mistakes:
      "Two commands of curl are two connections: both addresses have to be in one command. The connection of a browser stays open for ten seconds and is used again by the next click, so that lanes do not begin where one expects them.",
    project:
      "Experiments, “HTTP/1.1 without keep-alive”, and the page of lesson 5 again: as many lanes as files. Then back, and compare the time of the whole load.",
  },
};
