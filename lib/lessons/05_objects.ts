/** Lesson 5: many files, one page. */

import { type Before, evidenceOf, type Found, type Lesson, one } from "./lesson.ts";
import type { Seen } from "./seen.ts";

function isHtml(seen: Seen): boolean {
  return seen.said("content-type")?.startsWith("text/html") ?? false;
}

/** Whether a browser asked for it because it stands in a page. */
function isEmbeddedIn(page: Seen, each: Seen): boolean {
  const referer = each.asked("referer") ?? "";
  const path = referer.replace(/^https?:\/\/[^/]*/, "").split("?", 1)[0];
  return each.method === "GET" && each.isOfBrowser && each.statusCode > 0 && path === page.path;
}

/** A page that a browser loaded, with what it asked for after it, until it opened the next page. */
function pageLoad(seen: readonly Seen[]): Found | null {
  for (const [i, page] of seen.entries()) {
    if (!page.isOfBrowser || !page.isGet(200) || !isHtml(page)) continue;
    const rest = seen.slice(i + 1);
    const next = rest.findIndex((each) =>
      each.isOfBrowser && each.method === "GET" && isHtml(each)
    );
    const until = next === -1 ? rest : rest.slice(0, next);
    const objects = until.filter((each) => isEmbeddedIn(page, each));
    if (objects.length >= 2) {
      return { evidence: [page, ...objects], values: { target: page.target } };
    }
  }
  return null;
}

function largestOf(before: Before): string[] {
  const load = evidenceOf(before, "page");
  const most = Math.max(...load.map(({ traced }) => traced.contentBytes));
  return load.filter(({ traced }) => traced.contentBytes === most)
    .flatMap(({ target, path }) => [target, path, path.slice(1), path.split("/").at(-1) ?? path]);
}

export const LESSON_5: Lesson = {
  number: 5,
  minutes: 15,
  title: "Many files, one page: embedded objects",
  goal: "You can say what a browser does to show one page, and why it is not one request.",
  steps: [
    {
      kind: "action",
      name: "page",
      section: "RFC 9110 §10.1.3",
      open: "",
      text: {
        task:
          "Load the start page of the site in the browser, all of it anew: with Ctrl+F5, or Cmd+Shift+R on a Mac.",
        hints: [
          "A page that the browser has asks for less. Ctrl+F5 asks for everything.",
          "Press the link beside this step; in the page that opens, Ctrl+F5. It has to be a page with pictures or style sheets.",
        ],
        seen:
          "After {target} your browser asked for what stands in it. Each of these requests says in Referer which page it was for.",
      },
      find: pageLoad,
    },
    {
      kind: "question",
      name: "count",
      section: "RFC 9110 §9.3.1",
      text: {
        task: "How many GET requests did your browser send for this page, with the page itself?",
        hints: [
          "Count in the list those that came at that moment: the page, style sheets, scripts, pictures.",
          "Not the HEAD that the page’s own script sends, and nothing of an earlier load.",
        ],
        seen:
          "HTML only names its pictures. So the browser must read the page before it knows what else to fetch.",
      },
      answers: (before) => [evidenceOf(before, "page").length],
    },
    {
      kind: "question",
      name: "connections",
      section: "RFC 9112 §9.4",
      text: {
        task: "Over how many connections did these GET requests go?",
        hints: [
          "Each lane is a connection, and the list says the lane of each request.",
          "Count different lane numbers among those requests.",
        ],
        seen:
          "Browsers open up to six to one server, so that pictures come side by side. Your neighbour may have counted otherwise: it depends on what arrives first.",
      },
      answers: (before) => [
        new Set(evidenceOf(before, "page").map(({ traced }) => traced.connection)).size,
      ],
    },
    {
      kind: "question",
      name: "largest",
      section: "RFC 9110 §8.6",
      text: {
        task: "Which of them had the most bytes of content? Answer with its path.",
        hints: [
          "Open the candidates, and compare how many bytes of content went out.",
          "On most pages it is a picture: its name ends in .webp, .png or .jpg.",
        ],
        seen: "A page is as heavy as its pictures. That is why they are compressed best.",
      },
      answers: largestOf,
    },
    {
      kind: "action",
      name: "alone",
      section: "RFC 9110 §3.5",
      curl: "{site}",
      compose: "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
      text: {
        task:
          "Fetch the same page with curl or the composer, and watch what is asked for after it.",
        hints: [
          "Only the page, without anything that stands in it.",
          "curl and the address of the site.",
        ],
        seen:
          "One request, and none after it: curl does not read HTML. Embedding is done by the client, the server knows nothing of it.",
      },
      find: (seen) =>
        one(seen.find((each) => each.isGet(200) && isHtml(each) && !each.isOfBrowser)),
    },
  ],
  teacher: {
    mistakes:
      "The cache of the browser: then the count is of 304s, or smaller. An ad blocker or an add-on adds requests. HEAD is counted as GET.",
    project:
      "The lanes of one page load, fitted: the page first, alone; then the fan of connections. Ask why nothing starts earlier.",
  },
};
