/** Lesson 14: write your own server, in the six steps of the lab, and let the checker try it. */

import { evidenceOf, type Found, type Lesson } from "./lesson.ts";
import type { Seen } from "./seen.ts";

/** How many checks are enough to see how the checker works. */
const CHECKS = 8;

/** Which check of `deno task check` sent a request, as it says itself; null if none did. */
function checkOf(seen: Seen): string | null {
  return /^vitrine-check \(([^)]+)\)/.exec(seen.asked("user-agent") ?? "")?.[1] ?? null;
}

/** The first requests of so many different checks. */
function checked(seen: readonly Seen[]): Found | null {
  const byCheck = new Map<string, Seen>();
  for (const each of seen) {
    const check = checkOf(each);
    if (check !== null && !byCheck.has(check)) byCheck.set(check, each);
    if (byCheck.size === CHECKS) break;
  }
  if (byCheck.size < CHECKS) return null;
  return { evidence: [...byCheck.values()], values: { names: [...byCheck.keys()].join(", ") } };
}

export const LESSON_14: Lesson = {
  number: 14,
  minutes: 15,
  title: "Write your own",
  goal: "You can write a web server in six steps, in any language with sockets, and have it tried.",
  steps: [
    {
      kind: "prediction",
      name: "accept",
      section: "RFC 9112 §9",
      text: {
        task:
          "(i) accept: open a TCP socket, listen on a port above 1023, and accept one connection after the other; each gets a thread of its own. Which port did you choose?",
        hints: [
          'In Python: socket.create_server(("127.0.0.1", 6789)), then accept() in a loop.',
          "6789, as in the lab, or any number up to 65535 that nobody has taken. The thread comes last: first make it work for one.",
        ],
        seen:
          "accept() gives a new socket for each client; the one that listens stays for the next.",
      },
    },
    {
      kind: "question",
      name: "receive",
      section: "RFC 9112 §2.2",
      text: {
        task:
          "(ii) receive: read from the socket until the head is complete, and not once only. Which four bytes end it? Write them in hexadecimal.",
        hints: [
          "Lesson 1, or the opened request with its bytes as hex.",
          "CR is 0d, LF is 0a, and the empty line makes it twice.",
        ],
        seen:
          "recv() gives what is there: half a head, or two. So append to a buffer, look for 0d 0a 0d 0a in it, and go on reading until it is found or the peer has left.",
      },
      answers: () => ["0d 0a 0d 0a", "0d0a0d0a", "0x0d 0x0a 0x0d 0x0a", "0d0a 0d0a", "13 10 13 10"],
    },
    {
      kind: "question",
      name: "parse",
      section: "RFC 9112 §3",
      text: {
        task:
          "(iii) parse: split the first line at its two spaces: method, target, version. For GET /a%20b.txt?c=1 HTTP/1.1, which name of a file is looked for?",
        hints: [
          "The query is no part of the name, and % with two digits is one byte.",
          "Cut at the question mark, leave out the first slash, and read %20 as a space.",
        ],
        seen:
          "Decode after you have split, once, and never again: whoever decodes twice lets %252e%252e through.",
      },
      answers: () => ["a b.txt", "/a b.txt"],
    },
    {
      kind: "question",
      name: "locate",
      section: "RFC 9110 §17.3",
      text: {
        task:
          "(iv) locate: join the name to your folder, and open the file in binary. With which status do you answer GET /../secret.txt?",
        hints: [
          "Not with 200, and not by closing without a word.",
          "It is the client’s fault, and what is outside of your folder does not exist: lesson 11.",
        ],
        seen:
          "400, 403 and 404 are all right, as long as no byte of it goes out. Compare real paths, with the separator at the end: /srv/site-old begins with /srv/site as well.",
      },
      answers: () => [400, 403, 404],
    },
    {
      kind: "question",
      name: "compose",
      section: "RFC 9110 §8.6",
      text: {
        task:
          "(v) compose: status line, Content-Type, Content-Length, an empty line; each line ends with CR LF. Which Content-Length has a file that holds the word “hällo” in UTF-8?",
        hints: [
          "It counts bytes, not letters.",
          "ä takes two bytes in UTF-8.",
        ],
        seen:
          "Six. Take the length of the bytes that you send, never of a text, and of the page for 404 as well.",
      },
      answers: () => [6],
    },
    {
      kind: "action",
      name: "checker",
      section: "RFC 9112 §6",
      text: {
        task:
          "(vi) send: head, then content, all of it, then close. Now see how your server will be tried: aim the checker at Vitrine, with deno task check and the address of this site.",
        hints: [
          "In the folder of Vitrine, in another terminal: deno task check http://localhost:3000",
          "Level 1 is enough: --level 1 behind it. Each check is a lane here, with its name in User-Agent.",
        ],
        seen:
          "Each check came over a connection of its own and said its name: {names}. Open one and you see what is asked of you, byte by byte, and an answer that passes.",
      },
      find: checked,
    },
    {
      kind: "question",
      name: "lanes",
      section: "RFC 9112 §9.4",
      text: {
        task: "Over how many connections did the first eight checks come?",
        hints: [
          "The lanes: each is a connection.",
          "No check may spoil the next one.",
        ],
        seen:
          "So a server that closes after each response passes the first levels; keep-alive comes with level 4.",
      },
      answers: (before) => [
        new Set(evidenceOf(before, "checker").map(({ traced }) => traced.connection)).size,
      ],
    },
    {
      kind: "prediction",
      name: "points",
      section: "RFC 9110 §2.2",
      text: {
        task:
          "Aim it at your own: deno task check http://127.0.0.1:6789, with your port. How many points did you get?",
        hints: [
          "deno task check --make demo writes a folder of files to be served; with --root demo the checker knows their bytes.",
          "Read the first failure alone: what was sent, what came, why it is wrong. Mend it, and run it again.",
        ],
        seen:
          "Write them down with the date. Each failure is a sentence of the RFC that your server does not know yet; there are eight levels.",
      },
    },
  ],
  teacher: {
    mistakes:
      "One recv() for a whole head. Text in place of bytes: lengths are wrong as soon as there is an umlaut, and pictures break. No thread, so that a browser’s idle connection blocks all others. The port is still in use: SO_REUSEADDR.",
    project:
      "The checker aimed at Vitrine, as lanes; then at a student’s server, and the first failure mended together. Levels 1 and 2 are an afternoon, level 4 a week.",
  },
};
