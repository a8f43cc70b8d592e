/** Lesson 2: status codes. */

import { evidenceOf, type Found, type Lesson, one } from "./lesson.ts";
import type { Seen } from "./seen.ts";

function withStatus(seen: readonly Seen[], statusCode: number): Found | null {
  const found = seen.find((each) => each.statusCode === statusCode && each.isWhole);
  return one(found, { target: found?.target ?? "", method: found?.method ?? "" });
}

export const LESSON_2: Lesson = {
  number: 2,
  minutes: 10,
  title: "Status codes: 200, 301, 404, 405, 416",
  goal: "You can bring about each of five status codes on purpose, and say who is to act on it.",
  steps: [
    {
      kind: "action",
      name: "ok",
      section: "RFC 9110 §15.3.1",
      open: "plain.txt",
      curl: "-i {site}plain.txt",
      text: {
        task: "Get a 200: fetch a file that is there.",
        hints: [
          "Any page of the site will do.",
          "A 304 is no 200: reload with Ctrl+F5, or use curl.",
        ],
        seen:
          "200 OK: {method} {target} was understood, and here is what it asked for. All that begins with 2 is success.",
      },
      find: (seen) => withStatus(seen, 200),
    },
    {
      kind: "action",
      name: "moved",
      section: "RFC 9110 §15.4.2",
      open: "guide",
      curl: "-i {site}guide",
      text: {
        task: "Get a 301: ask for a folder without the slash at its end, such as /guide.",
        hints: [
          "A browser that has seen the 301 remembers it and does not ask again. Then take curl.",
          "curl -i and the address, without a slash at its end.",
        ],
        seen:
          "301: what you want has another address, and the field Location has it. The browser goes there by itself; so its next request came right after. 3 means: you have to do something more.",
      },
      find: (seen) => withStatus(seen, 301),
    },
    {
      kind: "question",
      name: "location",
      section: "RFC 9110 §10.2.2",
      text: {
        task: "Which value had the field Location?",
        hints: [
          "Open the request with status 301 and look at what went out.",
          "It is relative to what was asked for, and ends with a slash.",
        ],
        seen:
          "A reference may be relative: the client completes it by the address that it asked for.",
      },
      answers: (before) => evidenceOf(before, "moved").map((each) => each.said("location") ?? ""),
    },
    {
      kind: "action",
      name: "notFound",
      section: "RFC 9110 §15.5.5",
      open: "nobody",
      curl: "-i {site}nobody",
      text: {
        task: "Get a 404: ask for something that is not there.",
        hints: [
          "Invent a path.",
          "For example /nobody. Not one with two dots: that is another lesson.",
        ],
        seen:
          "404: the server is well, and {target} is not there. 4 means: the fault is in the request. A page came all the same, for people to read.",
      },
      find: (seen) => withStatus(seen, 404),
    },
    {
      kind: "action",
      name: "notAllowed",
      section: "RFC 9110 §15.5.6",
      curl: "-i -X DELETE {site}plain.txt",
      compose: "DELETE /plain.txt HTTP/1.1\nHost: localhost\n\n",
      text: {
        task: "Get a 405: ask with a method that is known, but not allowed here, such as DELETE.",
        hints: [
          "A link in a browser always sends GET. Use the composer, or curl -X.",
          "DELETE is known to HTTP. A word that you invent is answered with 501, not with 405.",
        ],
        seen: "405: {method} is a method, but not for this resource. Nothing was deleted.",
      },
      find: (seen) => withStatus(seen, 405),
    },
    {
      kind: "question",
      name: "allow",
      section: "RFC 9110 §10.2.1",
      text: {
        task: "Which methods does the response say are allowed? Copy the value of the field.",
        hints: ["A 405 must name them.", "The field is called Allow."],
        seen:
          "The server must tell what would have been right: so a client can do better next time.",
      },
      answers: (before) => evidenceOf(before, "notAllowed").map((each) => each.said("allow") ?? ""),
    },
    {
      kind: "action",
      name: "unsatisfiable",
      section: "RFC 9110 §15.5.17",
      curl: '-i -H "Range: bytes=99999999-" {site}plain.txt',
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\nRange: bytes=99999999-\n\n",
      text: {
        task: "Get a 416: ask for a part of a file that lies behind its end.",
        hints: [
          "The field is Range, and its value begins with bytes=",
          "Range: bytes=99999999- asks for all from byte 99999999 on.",
        ],
        seen: "416: there are no such bytes. Content-Range says {range}: how long it really is.",
      },
      find(seen) {
        const found = seen.find((each) => each.isGet(416));
        return one(found, { range: found?.said("content-range") ?? "" });
      },
    },
  ],
  teacher: {
    mistakes:
      "The browser remembers a 301 and shows it no second time. An invented method gives 501. Two dots in the path give 400, as they are refused before anything is looked for.",
    project:
      "The list of requests with five colours of status; then the 405 opened: the field Allow, and the line that says why.",
  },
};
