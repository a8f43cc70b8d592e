/** Lesson 13: authentication, 401 and the field Authorization. */

import { evidenceOf, type Lesson, one } from "./lesson.ts";
import type { Seen } from "./seen.ts";

/** A request that was turned away for want of a password, with or without one. */
function isTurnedAway(seen: Seen, hasTried: boolean): boolean {
  return seen.method === "GET" && seen.statusCode === 401 && seen.isWhole &&
    seen.said("www-authenticate") !== null && (seen.asked("authorization") !== null) === hasTried;
}

/** What follows the name of the scheme in `Authorization`; masked, it is as long. */
function credentialsOf(seen: Seen | undefined): string {
  return (seen?.asked("authorization") ?? "").slice("Basic ".length);
}

export const LESSON_13: Lesson = {
  number: 13,
  minutes: 10,
  title: "Passwords: 401, and Basic authentication",
  goal:
    "You can say how a server asks for a password, how the answer travels, and why that needs HTTPS.",
  steps: [
    {
      kind: "action",
      name: "challenge",
      section: "RFC 9110 §15.5.2",
      curl: "-i {site}locked/",
      compose: "GET /locked/ HTTP/1.1\nHost: localhost\nConnection: close\n\n",
      text: {
        task: "Ask for /locked/ without a password. The folder is locked: get a 401.",
        hints: [
          "curl and the composer show the response as it is; a browser shows a window for name and password.",
          "curl -i and the address of /locked/. In the browser, press Cancel.",
        ],
        seen:
          "401 Unauthorized, with WWW-Authenticate: {challenge}. That field is the question; the browser’s window is made of it.",
      },
      find(seen) {
        const found = seen.find((each) => isTurnedAway(each, false));
        return one(found, { challenge: found?.said("www-authenticate") ?? "" });
      },
    },
    {
      kind: "question",
      name: "scheme",
      section: "RFC 9110 §11.1",
      text: {
        task: "Which scheme does the server ask for? It is the first word of WWW-Authenticate.",
        hints: [
          "Open the request and look at what went out.",
          "It is the word before realm.",
        ],
        seen:
          "A scheme says how the proof is to look. Basic sends name and password themselves; others send something that proves that one knows them.",
      },
      answers: (before) =>
        evidenceOf(before, "challenge").map((each) =>
          (each.said("www-authenticate") ?? "").split(" ")[0]
        ),
    },
    {
      kind: "action",
      name: "wrong",
      section: "RFC 9110 §11.6.2",
      curl: "-i -u student:guess {site}locked/",
      compose:
        "GET /locked/ HTTP/1.1\nHost: localhost\nAuthorization: Basic c3R1ZGVudDpndWVzcw==\nConnection: close\n\n",
      text: {
        task: "Try a wrong password.",
        hints: [
          "curl -u takes name and password, with a colon between them.",
          "Any will do but the right one. In the browser, type it into the window.",
        ],
        seen:
          "401 once more, the same as before: the server does not say whether the name or the password was wrong, so that nobody learns which names there are.",
      },
      find: (seen) => one(seen.find((each) => isTurnedAway(each, true))),
    },
    {
      kind: "action",
      name: "admitted",
      section: "RFC 7617 §2",
      open: "locked/",
      curl: "-i -u student:lesson13 {site}locked/",
      compose:
        "GET /locked/ HTTP/1.1\nHost: localhost\nAuthorization: Basic c3R1ZGVudDpsZXNzb24xMw==\nConnection: close\n\n",
      text: {
        task: "Now the right one: the name is student, the password lesson13.",
        hints: [
          "In the browser, the window; with curl, -u student:lesson13",
          "Or by hand: Authorization: Basic, and student:lesson13 in Base64, which btoa() in the browser’s console makes.",
        ],
        seen:
          "200. The field Authorization carried name and password in {count} characters of Base64, which is a spelling and no secret: atob() in the console gives them back. The X-ray masks them, and on the way only HTTPS hides them.",
      },
      find(seen) {
        const found = seen.find((each) => each.isGet(200) && credentialsOf(each) !== "");
        return one(found, { count: credentialsOf(found).length });
      },
    },
    {
      kind: "question",
      name: "length",
      section: "RFC 7617 §2",
      text: {
        task: "How many characters follow “Basic ” in the Authorization of that request?",
        hints: [
          "The X-ray shows one asterisk for each.",
          'Or count what btoa("student:lesson13") gives: three bytes become four characters.',
        ],
        seen:
          "Name, colon and password are 16 bytes; every three bytes become four characters, and = fills up the last four.",
      },
      answers: (before) => evidenceOf(before, "admitted").map((each) => credentialsOf(each).length),
    },
    {
      kind: "action",
      name: "again",
      section: "RFC 9110 §3.3",
      curl: "-i {site}locked/",
      compose: "GET /locked/ HTTP/1.1\nHost: localhost\nConnection: close\n\n",
      text: {
        task: "You were let in a moment ago. Ask once more, without the password.",
        hints: [
          "curl without -u. A browser remembers, and sends it by itself.",
          "In the browser, a private window has forgotten it.",
        ],
        seen:
          "401: HTTP has no memory. Each request stands for itself, so the browser sends the password with every one, for each picture as well. What feels like “being logged in” is a browser that repeats itself.",
      },
      find: (seen) => one(seen.find((each) => isTurnedAway(each, false))),
    },
  ],
  teacher: {
    mistakes:
      "The browser remembers the password until it is closed and never gets 401 again: a private window. Real passwords are typed: say before that everybody on the network can read them here. Another root than static has no /locked/: start with --auth student:lesson13, then any path does.",
    project:
      "The 401 and the 200 beside each other, and the value of Authorization, decoded by hand with atob(). Ask who between the browser and the server could have read it.",
  },
};
