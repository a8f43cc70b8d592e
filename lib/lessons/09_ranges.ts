/** Lesson 9: ranges, and resuming. */

import { evidenceOf, type Found, type Lesson, one } from "./lesson.ts";
import { contentRange, type Seen } from "./seen.ts";

/** Two parts of one file that together are all of it. */
function halves(seen: readonly Seen[]): Found | null {
  for (const first of seen) {
    const a = contentRange(first);
    if (a === null || a.first !== 0 || !first.isGet(206)) continue;
    const second = seen.find((each) => {
      const b = contentRange(each);
      return b !== null && each.isGet(206) && each.path === first.path && b.size === a.size &&
        b.first === a.last + 1 && b.last === b.size - 1;
    });
    if (second === undefined) continue;
    return { evidence: [first, second], values: { firstBytes: a.last + 1, size: a.size } };
  }
  return null;
}

export const LESSON_9: Lesson = {
  number: 9,
  minutes: 15,
  title: "Ranges, and resuming a download",
  goal: "You can fetch any part of a file, and complete a download that broke off.",
  steps: [
    {
      kind: "action",
      name: "part",
      section: "RFC 9110 §14.2",
      curl: "-i -r 0-63 {site}plain.txt",
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\nRange: bytes=0-63\n\n",
      text: {
        task: "Fetch the first 64 bytes of /plain.txt, and no more.",
        hints: [
          "Bytes are counted from 0, and both ends are included.",
          "Range: bytes=0-63; curl -r 0-63.",
        ],
        seen: "206 Partial Content, with {range}. From 0 to 63 are 64 bytes.",
      },
      find(seen) {
        const found = seen.find((each) => {
          const range = contentRange(each);
          return each.isGet(206) && range?.first === 0 && range.last === 63 &&
            each.traced.contentBytes === 64;
        });
        return one(found, { range: found?.said("content-range") ?? "" });
      },
    },
    {
      kind: "question",
      name: "size",
      section: "RFC 9110 §14.4",
      text: {
        task: "How long is the whole file, as that response says?",
        hints: [
          "Content-Length is only of the part.",
          "It is the number behind the slash in Content-Range.",
        ],
        seen: "So a client knows after the first part how many more there are.",
      },
      answers: (before) => evidenceOf(before, "part").map((each) => contentRange(each)?.size ?? 0),
    },
    {
      kind: "action",
      name: "end",
      section: "RFC 9110 §14.1.2",
      curl: "-i -r -50 {site}plain.txt",
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\nRange: bytes=-50\n\n",
      text: {
        task: "Fetch the last bytes of the file, without saying how long it is.",
        hints: ["A range may begin with its minus sign.", "Range: bytes=-50 asks for the last 50."],
        seen:
          "{range}: a suffix is counted from the end. Players of films and readers of zip files begin so, as the table of contents is at the end.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(206) && /^bytes=-\d+$/.test(each.asked("range") ?? "")
        );
        return one(found, { range: found?.said("content-range") ?? "" });
      },
    },
    {
      kind: "action",
      name: "resume",
      section: "RFC 9110 §14.2",
      curl: "-r 0-999 -o half {site}plain.txt\n-C - -o half {site}plain.txt",
      text: {
        task: "Fetch a file in two requests: first its beginning, then exactly what is missing.",
        hints: [
          "The second range begins one behind the last byte of the first, and has no end.",
          "bytes=0-999, then bytes=1000-. With curl: -r 0-999 -o half, then -C - -o half.",
        ],
        seen:
          "{firstBytes} bytes first, then the rest of {size}. That is how a download goes on after the train has left the tunnel.",
      },
      find: halves,
    },
    {
      kind: "action",
      name: "ifRange",
      section: "RFC 9110 §13.1.5",
      curl: "-i -r 1000- -H 'If-Range: \"old\"' {site}plain.txt",
      compose: 'GET /plain.txt HTTP/1.1\nHost: localhost\nRange: bytes=1000-\nIf-Range: "old"\n\n',
      text: {
        task:
          "Resume a file that has changed meanwhile: send Range, and If-Range with an ETag that is not the file’s.",
        hints: [
          "Without If-Range you would glue two different files together.",
          'Range: bytes=1000- and If-Range: "old"; the answer is no 206.',
        ],
        seen:
          "200, the whole file: another version, so the half that you have is worth nothing. If the ETag fitted, the part would have come.",
      },
      find: (seen) =>
        one(
          seen.find((each) =>
            each.isGet(200) && each.asked("range") !== null && each.asked("if-range") !== null
          ),
        ),
    },
    {
      kind: "action",
      name: "several",
      section: "RFC 9110 §14.6",
      curl: "-i -r 0-9,20-29,-10 {site}plain.txt",
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\nRange: bytes=0-9, 20-29, -10\n\n",
      text: {
        task: "Fetch several parts with one request.",
        hints: ["Ranges are separated by commas.", "Range: bytes=0-9, 20-29, -10"],
        seen:
          "One response of {type}: each part with a small head of its own, and a line between them that occurs in none of them.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(206) &&
          (each.said("content-type")?.startsWith("multipart/byteranges") ?? false)
        );
        return one(found, { type: "multipart/byteranges" });
      },
    },
  ],
  teacher: {
    mistakes:
      "The last byte is taken as a length: bytes=0-64 are 65. “bytes 0-63” with a space is the spelling of Content-Range; Range has an equals sign. A browser’s reload never sends Range.",
    project:
      "The experiment “Cut each response” after 1 kB, a download with curl, and curl -C - to end it: the second request in the lanes is shorter.",
  },
};
