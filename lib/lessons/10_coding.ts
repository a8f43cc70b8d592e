/** Lesson 10: compression, and content negotiation. */

import { type Before, evidenceOf, type Lesson, one } from "./lesson.ts";

function savedPercent(before: Before): number[] {
  const [plain] = evidenceOf(before, "plain");
  const [coded] = evidenceOf(before, "coded");
  return [100 * (1 - coded.traced.contentBytes / plain.traced.contentBytes)];
}

export const LESSON_10: Lesson = {
  number: 10,
  minutes: 10,
  title: "Compression, and content negotiation",
  goal: "You can say who decides whether a file travels compressed, and what that saves.",
  steps: [
    {
      kind: "action",
      name: "plain",
      section: "RFC 9110 §12.5.3",
      curl: "-i {site}",
      compose: "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
      text: {
        task: "Fetch the start page without saying that you can decompress.",
        hints: [
          "A browser always says it. Use curl or the composer.",
          "No field Accept-Encoding, and it comes as it is.",
        ],
        seen: "{bytes} bytes, and no Content-Encoding: the server gives what everybody can read.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(200) && each.asked("accept-encoding") === null &&
          each.said("content-encoding") === null && each.traced.contentBytes > 1000 &&
          (each.said("vary")?.toLowerCase().includes("accept-encoding") ?? false)
        );
        return one(found, { bytes: found?.traced.contentBytes ?? 0 });
      },
    },
    {
      kind: "action",
      name: "coded",
      section: "RFC 9110 §8.4",
      curl: "-i --compressed {site}",
      compose: "GET / HTTP/1.1\nHost: localhost\nAccept-Encoding: gzip\nConnection: close\n\n",
      text: {
        task: "Fetch the same again, and say that you can decompress.",
        hints: [
          "The field is Accept-Encoding, its value the name of a method such as gzip.",
          "curl --compressed sends it; so does each browser.",
        ],
        seen:
          "{bytes} bytes with Content-Encoding: {coding}. The client asked, the server chose: that is content negotiation.",
      },
      find(seen, before) {
        const [plain] = evidenceOf(before, "plain");
        const found = seen.find((each) =>
          each.isGet(200) && each.path === plain.path && each.asked("accept-encoding") !== null &&
          each.said("content-encoding") !== null && each.traced.contentBytes > 0
        );
        return one(found, {
          bytes: found?.traced.contentBytes ?? 0,
          coding: found?.said("content-encoding") ?? "",
        });
      },
    },
    {
      kind: "question",
      name: "percent",
      section: "RFC 9110 §8.4.1",
      tolerance: 0.03,
      text: {
        task: "How many percent of the bytes of content were saved?",
        hints: [
          "Divide the shorter by the longer.",
          "100 minus 100 times the compressed length divided by the plain one.",
        ],
        seen: "Text repeats itself; so it can be told in fewer bytes, and restored exactly.",
      },
      answers: savedPercent,
    },
    {
      kind: "question",
      name: "vary",
      section: "RFC 9110 §12.5.5",
      text: {
        task: "Which field of the request does the response say that its content depends on?",
        hints: ["A cache between you and the server has to know it.", "Look at the field Vary."],
        seen:
          "Without Vary, a cache would give the compressed form to somebody who cannot read it.",
      },
      answers: (before) => evidenceOf(before, "coded").map((each) => each.said("vary") ?? ""),
    },
    {
      kind: "action",
      name: "refused",
      section: "RFC 9110 §12.5.3",
      curl: '-i -H "Accept-Encoding: gzip;q=0, br;q=0, zstd;q=0" {site}',
      compose: "GET / HTTP/1.1\nHost: localhost\nAccept-Encoding: gzip;q=0, br;q=0, zstd;q=0\n\n",
      text: {
        task: "Send Accept-Encoding, but such that nothing is compressed.",
        hints: [
          "Each method may have a weight between 0 and 1.",
          "q=0 means: not this one. identity means: as it is.",
        ],
        seen: "As it is: q=0 forbids a method. With weights a client says what it likes best.",
      },
      find: (seen) =>
        one(
          seen.find((each) =>
            each.isGet(200) &&
            /q=0(?:\.0*)?(?![.\d])|identity/i.test(each.asked("accept-encoding") ?? "") &&
            each.said("content-encoding") === null && each.traced.contentBytes > 1000 &&
            (each.said("vary")?.toLowerCase().includes("accept-encoding") ?? false)
          ),
        ),
    },
    {
      kind: "action",
      name: "picture",
      section: "RFC 9110 §8.4",
      open: "vitrine.webp",
      curl: "-o picture --compressed {site}vitrine.webp",
      text: {
        task: "Fetch a picture, and allow compression.",
        hints: ["Open it in the browser, with Ctrl+F5.", "curl --compressed and /vitrine.webp."],
        seen:
          "{type}, and not compressed: its format has done it already. A second time would cost time and save nothing.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(200) && each.asked("accept-encoding") !== null &&
          /^image\/(?!svg)/.test(each.said("content-type") ?? "") &&
          each.said("content-encoding") === null
        );
        return one(found, { type: found?.said("content-type") ?? "" });
      },
    },
  ],
  teacher: {
    mistakes:
      "The size on disk is compared with the one that travelled, of different files. The percentage that is left is given in place of the one that is saved.",
    project:
      "Both responses side by side: fields Content-Encoding, Content-Length, ETag differ, the page in the browser does not. Ask why the ETag differs.",
  },
};
