/** Lesson 1: a request and its response, byte by byte. */

import { evidenceOf, type Lesson, one } from "./lesson.ts";

const BARE = new Set(["host", "connection"]);

export const LESSON_1: Lesson = {
  number: 1,
  minutes: 10,
  title: "A request and its response, byte by byte",
  goal: "You can say where a request ends, where a response begins, and write both by hand.",
  steps: [
    {
      kind: "action",
      name: "get",
      section: "RFC 9112 §2.1",
      open: "plain.txt",
      curl: "-v {site}plain.txt",
      text: {
        task: "Fetch a file of the site, with your browser or with curl: for example /plain.txt.",
        hints: [
          "The address of the site is the one that Vitrine printed first; this page has another port.",
          "Press the link beside this step. If nothing comes, your browser had the file: reload with Ctrl+F5.",
        ],
        seen:
          "One request for {target}, one response: {status}. A message is a start line, field lines, an empty line, and then perhaps content. Open the request in the list to see its bytes.",
      },
      find(seen) {
        const found = seen.find((each) => each.isGet(200) && each.traced.contentBytes > 0);
        return one(found, { target: found?.target ?? "", status: found?.statusCode ?? 0 });
      },
    },
    {
      kind: "question",
      name: "headBytes",
      section: "RFC 9112 §2.2",
      text: {
        task: "How many bytes did your request have, with the empty line at its end?",
        hints: [
          "Open the request: “What came in” says it, and every line end is two bytes, CR and LF.",
          "It is the number after “a head of”. Only you have that number: it depends on your program.",
        ],
        seen:
          "A GET has no content, so the head is the whole request. The server reads until it has seen an empty line: CR LF CR LF.",
      },
      answers: (before) => evidenceOf(before, "get").map(({ traced }) => traced.headBytes),
    },
    {
      kind: "question",
      name: "contentBytes",
      section: "RFC 9110 §8.6",
      text: {
        task: "How many bytes of content came back?",
        hints: [
          "Content is what follows the empty line of the response: not its head.",
          "The response says it itself, in the field Content-Length.",
        ],
        seen:
          "Content-Length announces it, so that the receiver knows where the response ends without a mark in the content. Was it less than the file? Then it came compressed: lesson 10.",
      },
      answers: (before) => evidenceOf(before, "get").map(({ traced }) => traced.contentBytes),
    },
    {
      kind: "action",
      name: "byHand",
      section: "RFC 9112 §3.2",
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\n\n",
      text: {
        task:
          "Write a request by hand, as short as HTTP/1.1 allows: a request line and one field, Host. Let the composer send it.",
        hints: [
          "Three lines, the last one empty. Each ends with CR LF; the composer adds these for you.",
          "GET /plain.txt HTTP/1.1, then Host: localhost, then an empty line.",
        ],
        seen:
          "{bytes} bytes were enough. Everything else that a browser sends is polite, but optional; Host is the one field that HTTP/1.1 demands.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isGet(200) && each.version === "HTTP/1.1" && each.asked("host") !== null &&
          each.fieldLines.every(({ name }) => BARE.has(name.toLowerCase()))
        );
        return one(found, { bytes: found?.traced.headBytes ?? 0 });
      },
    },
    {
      kind: "action",
      name: "head",
      section: "RFC 9110 §9.3.2",
      curl: "-I {site}plain.txt",
      compose: "HEAD /plain.txt HTTP/1.1\nHost: localhost\n\n",
      text: {
        task: "Ask for the head alone: the same request with the method HEAD.",
        hints: [
          "The method is the first word of the request.",
          "curl -I sends HEAD; so does the composer’s preset HEAD.",
        ],
        seen:
          "No content came, but the head is the one that GET gets: Content-Length says {length}, what GET would have brought.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.method === "HEAD" && each.statusCode === 200 && each.isWhole &&
          each.traced.contentBytes === 0 && Number(each.said("content-length")) > 0
        );
        return one(found, { length: found?.said("content-length") ?? "" });
      },
    },
    {
      kind: "question",
      name: "headLength",
      section: "RFC 9110 §9.3.2",
      text: {
        task: "Which number stood in Content-Length of that response to HEAD?",
        hints: [
          "Open the request and look at what went out.",
          "It is the size of what GET would have sent, not of what was sent.",
        ],
        seen: "A program learns by HEAD how long a download will be, before it begins.",
      },
      answers: (before) =>
        evidenceOf(before, "head").map((each) => Number(each.said("content-length"))),
    },
  ],
  teacher: {
    mistakes:
      "The browser had the file and sent nothing, or sent If-None-Match and got 304: reload without cache. Content is counted together with the head. In a raw request the empty line is forgotten: the server waits.",
    project:
      "The opened request with CR and LF in sight, next to the bytes as hex. Let somebody point at the byte where the head ends.",
  },
};
