/** Lesson 8: the conditional GET, and 304. */

import { evidenceOf, type Lesson, one } from "./lesson.ts";

export const LESSON_8: Lesson = {
  number: 8,
  minutes: 10,
  title: "The conditional GET, and 304",
  goal:
    "You can say how a browser avoids to fetch what it has, and when it must fetch all the same.",
  steps: [
    {
      kind: "action",
      name: "first",
      section: "RFC 9110 §8.8.3",
      open: "plain.txt",
      curl: "-i {site}plain.txt",
      text: {
        task: "Fetch a file in full, for the first time: a 200 with an ETag.",
        hints: [
          "If your browser gets 304, it had the file: reload with Ctrl+F5.",
          "curl has no memory: it always gets 200.",
        ],
        seen:
          "The response names this version of {target}: ETag {etag}. Another content would have another name.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(200) && each.said("etag") !== null && each.traced.contentBytes > 0
        );
        return one(found, { target: found?.target ?? "", etag: found?.said("etag") ?? "" });
      },
    },
    {
      kind: "action",
      name: "again",
      section: "RFC 9110 §13.1.2",
      open: "plain.txt",
      text: {
        task:
          "Ask for the same file again, but only if it is another version: reload it in the browser, or send its ETag in If-None-Match.",
        hints: [
          "An ordinary reload (F5) is enough, if the browser fetched it before.",
          "With the composer: a line If-None-Match: and the ETag, with its quotation marks.",
        ],
        seen:
          "304 Not Modified: the name fitted, so nothing was sent. The browser shows what it has.",
      },
      find(seen, before) {
        const [first] = evidenceOf(before, "first");
        const etag = first.said("etag") ?? "";
        return one(seen.find((each) =>
          each.isGet(304) && each.path === first.path &&
          (each.asked("if-none-match")?.includes(etag) ?? false)
        ));
      },
    },
    {
      kind: "question",
      name: "noContent",
      section: "RFC 9110 §15.4.5",
      text: {
        task: "How many bytes of content came with the 304?",
        hints: ["Open it: “What went out” says it.", "A 304 has a head only."],
        seen: "None. A 304 never has content: it is a head that says “what you have is right”.",
      },
      answers: (before) => evidenceOf(before, "again").map(({ traced }) => traced.contentBytes),
    },
    {
      kind: "question",
      name: "saved",
      section: "RFC 9110 §15.4.5",
      text: {
        task: "How many bytes of content were saved, compared with the first time?",
        hints: [
          "What did the 200 bring, what the 304?",
          "It is Content-Length of the first response.",
        ],
        seen: "They need not cross the net again, and a page has dozens of such files.",
      },
      answers: (before) => evidenceOf(before, "first").map(({ traced }) => traced.contentBytes),
    },
    {
      kind: "action",
      name: "other",
      section: "RFC 9110 §13.1.2",
      curl: "-i -H 'If-None-Match: \"old\"' {site}plain.txt",
      compose: 'GET /plain.txt HTTP/1.1\nHost: localhost\nIf-None-Match: "old"\n\n',
      text: {
        task:
          "Pretend to have an old version: send If-None-Match with an ETag that is not the file’s, and get 200.",
        hints: ["Any other name in quotation marks will do.", 'If-None-Match: "old"'],
        seen:
          "The names differ, so the new version comes in full, at once: nobody needs to ask a second time.",
      },
      find: (seen) =>
        one(seen.find((each) => {
          const asked = each.asked("if-none-match");
          return each.isGet(200) && asked !== null && asked !== "*" &&
            !asked.includes(each.said("etag") ?? asked);
        })),
    },
    {
      kind: "action",
      name: "byDate",
      section: "RFC 9110 §13.1.3",
      compose:
        "GET /plain.txt HTTP/1.1\nHost: localhost\nIf-Modified-Since: Fri, 31 Dec 2055 23:59:59 GMT\n\n",
      text: {
        task:
          "Do it by date: ask for the file only if it was changed since the date that Last-Modified has, with If-Modified-Since and no ETag.",
        hints: [
          "Copy the value of Last-Modified from the first response.",
          "If-Modified-Since: and that date, in the same spelling. A date in the future is ignored.",
        ],
        seen:
          "304 again: unchanged since {date}. A date knows only whole seconds, an ETag the content; where both are sent, the ETag decides.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(304) && each.asked("if-modified-since") !== null &&
          each.asked("if-none-match") === null
        );
        return one(found, { date: found?.asked("if-modified-since") ?? "" });
      },
    },
  ],
  teacher: {
    mistakes:
      "The quotation marks belong to the ETag and are forgotten. A shell eats them: single quotes around the field. Ctrl+F5 asks unconditionally and never gets 304.",
    project:
      "Two responses beside each other, 200 and 304: the same head, one without content. Then change the file on disk, and reload: another ETag.",
  },
};
