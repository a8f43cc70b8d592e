/** Lesson 11: broken and hostile requests. */

import { evidenceOf, type Found, type Lesson, one } from "./lesson.ts";
import type { Seen } from "./seen.ts";

/** A request that was refused by one of these rules. */
function refused(
  seen: readonly Seen[],
  rules: RegExp,
  isSuch: (each: Seen) => boolean,
): Found | null {
  const found = seen.find((each) =>
    each.statusCode === 400 && rules.test(each.traced.error?.rule ?? "") && isSuch(each)
  );
  return one(found, { rule: found?.traced.error?.rule ?? "" });
}

/** Whether a target climbs out of the root by dots, in any spelling. */
function climbs({ path }: Seen): boolean {
  return /(?:^|\/)(?:\.|%2e){2}(?:\/|$)/i.test(path);
}

export const LESSON_11: Lesson = {
  number: 11,
  minutes: 15,
  title: "Broken and hostile requests",
  goal: "You can say why a server must refuse some requests, and prove that this one does.",
  steps: [
    {
      kind: "action",
      name: "noHost",
      section: "RFC 9112 §3.2",
      compose: "GET / HTTP/1.1\n\n",
      text: {
        task: "Send a request of HTTP/1.1 without Host.",
        hints: [
          "No browser can do this: use the composer.",
          "The request line, and right after it the empty line.",
        ],
        seen: "400 by {rule}: one address may be home to many sites, and Host says which is meant.",
      },
      find: (seen) =>
        refused(
          seen,
          /^RFC 9112 §3\.2$/,
          (each) => each.version === "HTTP/1.1" && each.asked("host") === null,
        ),
    },
    {
      kind: "action",
      name: "escape",
      section: "RFC 3986 §5.2.4",
      curl: "-i --path-as-is {site}../../etc/passwd",
      compose: "GET /../../etc/passwd HTTP/1.1\nHost: localhost\n\n",
      text: {
        task: "Try to get out of the folder that is served: ask for /../../etc/passwd.",
        hints: [
          "Browser and curl tidy the path before they send it: composer, or curl --path-as-is.",
          "GET /../../etc/passwd HTTP/1.1 and Host.",
        ],
        seen:
          "400 by {rule}: two dots mean the folder above, and above the root there is nothing to be had. It was refused before any file was looked for.",
      },
      find: (seen) => refused(seen, /^RFC 3986 §5\.2\.4$/, climbs),
    },
    {
      kind: "action",
      name: "hidden",
      section: "RFC 3986 §2.1",
      compose: "GET /%2e%2e/secret HTTP/1.1\nHost: localhost\n\n",
      text: {
        task: "Try it once more in disguise: write the two dots in percent-encoding.",
        hints: ["A dot is the byte 2e.", "/%2e%2e/secret"],
        seen:
          "400 by {rule}: decoded first, judged then. A server that does it the other way round lets this one pass.",
      },
      find: (seen) => refused(seen, /^RFC 3986/, (each) => climbs(each) && /%2e/i.test(each.path)),
    },
    {
      kind: "question",
      name: "blame",
      section: "RFC 3986 §5.2.4",
      text: {
        task: "At which byte of that request begins what broke the rule? Bytes are counted from 0.",
        hints: [
          "The opened request marks it in the hex view, and says the number.",
          "“Bytes … broke the rule”: the first of the two numbers.",
        ],
        seen:
          "To say the very byte helps who made a mistake; the peer is not told, as it may be an attacker.",
      },
      answers: (before) =>
        evidenceOf(before, "hidden").map(({ traced }) => traced.blame?.start ?? -1),
    },
    {
      kind: "action",
      name: "twoLengths",
      section: "RFC 9112 §6.1",
      compose:
        "POST / HTTP/1.1\nHost: localhost\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\nGET /admin HTTP/1.1\nHost: localhost\n\n",
      text: {
        task:
          "Send a request that says its length in two ways: with Content-Length and with Transfer-Encoding.",
        hints: [
          "The composer has it: “smuggling attempt”.",
          "Content-Length: 6 and Transfer-Encoding: chunked in one head.",
        ],
        seen:
          "400 by {rule}, and the connection is closed. Two servers in a row might read two different lengths; what one takes for content is a second request for the other. That is smuggling.",
      },
      find: (seen) =>
        refused(
          seen,
          /^RFC 9112 §6/,
          (each) =>
            each.asked("content-length") !== null && each.asked("transfer-encoding") !== null,
        ),
    },
    {
      kind: "action",
      name: "space",
      section: "RFC 9112 §5.1",
      compose: "GET / HTTP/1.1\nHost : localhost\n\n",
      text: {
        task: "Send a field with a space between its name and the colon.",
        hints: ["It looks harmless: that is the point.", "Host : localhost"],
        seen:
          "400 by {rule}: some programs would take “Host ” for another name than “Host”. Where two readings are possible, somebody uses the difference.",
      },
      find: (seen) =>
        refused(
          seen,
          /^RFC 9112 §5\.1$/,
          (each) => each.fieldLines.some(({ name }) => /[ \t]$/.test(name)),
        ),
    },
    {
      kind: "action",
      name: "alive",
      section: "RFC 9110 §15.3.1",
      open: "plain.txt",
      curl: "-i {site}plain.txt",
      text: {
        task: "Show that the server is none the worse: fetch a file.",
        hints: ["Any good request will do.", "/plain.txt, in full: with Ctrl+F5 or with curl."],
        seen:
          "200. A server must survive whatever arrives; each of those requests cost only its own connection.",
      },
      find: (seen) => one(seen.find((each) => each.isGet(200))),
    },
  ],
  teacher: {
    mistakes:
      "curl and browsers tidy the path, and the result is 404 or 200 in place of 400. Students try this on other people’s servers: say plainly that it is for their own.",
    project:
      "The smuggling attempt, opened: which bytes would have been the second request? Then the page that the attacker got: it says nothing.",
  },
};
