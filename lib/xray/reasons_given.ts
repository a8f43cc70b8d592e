/** Why a response gives what was asked for, or says where it is: the rows of 1xx to 3xx, and of no response at all. */

import { parseHttpDate } from "../http/date.ts";
import { parseEntityTagList } from "../http/validators.ts";
import type { Facts, Written } from "./reason.ts";

/** RFC 9110 §13.1.5: whether the request has an `If-Range` that does not name what was sent, or not strongly. */
function isOfAnotherState({ asked, said }: Facts): boolean {
  const ifRange = asked.get("if-range");
  if (ifRange === undefined) return false;
  return ifRange !== said.get("etag") && ifRange !== said.get("last-modified");
}

/** Whether a field of the request that should be a date is none: RFC 9110 §5.6.7. */
function isNoDate({ asked, said }: Facts): boolean {
  const nowMs = Date.parse(said.get("date") ?? "") || 0;
  return parseHttpDate(asked.get("if-modified-since") ?? "", nowMs) === null;
}

export const GIVEN: readonly Written[] = [
  [0, "the peer left before there was a response", "RFC 9112 §9.5"],
  [100, "you asked to be told before sending content, and may go on", "RFC 9110 §10.1.1"],

  // Of the server itself: no file was looked for.
  [200, "the stream by which --live tells a page of changes; it stays open", "HTML §9.2", {
    way: "own",
    contentType: "text/event-stream",
  }],
  [200, "the script of --live, which the server makes itself: no file", "RFC 9110 §15.3.1", {
    way: "own",
  }],
  // A listing is made anew each time: conditions and ranges do not count.
  [200, "a folder without index.html, asked for as JSON: here is its list", "RFC 9110 §12.5.1", {
    way: "listing",
    contentType: "application/json",
  }],
  [200, "a folder without index.html: the server lists what is in it", "RFC 9110 §15.3.1", {
    way: "listing",
  }],
  // What a condition or a range in the request made of it.
  [200, "you asked about it with HEAD: the head that GET would get", "RFC 9110 §9.3.2", {
    method: "HEAD",
  }],
  [
    200,
    "your If-Range names another state, or a compressed form: all of it comes, not a part",
    "RFC 9110 §13.1.5",
    { field: "range", when: isOfAnotherState },
  ],
  [200, "your Range cannot be used as it is, so all of it comes", "RFC 9110 §14.2", {
    field: "range",
  }],
  [
    200,
    "your If-None-Match is no list of tags in quotes, so it names nothing: here is the file",
    "RFC 9110 §13.1.2",
    {
      field: "if-none-match",
      when: ({ asked }) => parseEntityTagList(asked.get("if-none-match") ?? "") === null,
    },
  ],
  [
    200,
    "your If-None-Match does not name the current ETag: here is the file of now",
    "RFC 9110 §13.1.2",
    { field: "if-none-match" },
  ],
  [
    200,
    "your If-Modified-Since is no date that HTTP knows, so it is ignored: here is the file",
    "RFC 9110 §13.1.3",
    { field: "if-modified-since", when: isNoDate },
  ],
  [
    200,
    "the file changed since the date in your If-Modified-Since: here is the file of now",
    "RFC 9110 §13.1.3",
    { field: "if-modified-since" },
  ],
  // By which way there was a file.
  [
    200,
    "no file has that name: the application's index.html stands in, as --spa says",
    "RFC 9110 §15.3.1",
    { way: "spa" },
  ],
  [
    200,
    "a rule in _redirects puts another file in the place of that address",
    "RFC 9110 §15.3.1",
    { way: "rewrite" },
  ],
  [
    200,
    "that address is the short one of a page: the file has .html behind its name",
    "RFC 9110 §15.3.1",
    { way: "shortName" },
  ],
  [200, "an address with a slash at its end is index.html in it: here it is", "RFC 9110 §15.3.1", {
    way: "index",
  }],
  [200, "the file is there and you may have it: all of it", "RFC 9110 §15.3.1"],

  [
    204,
    "a browser asks in advance what another site may ask here; --cors has answered",
    "RFC 9110 §9.3.7",
    {
      method: "OPTIONS",
      field: "access-control-request-method",
      when: ({ said }) => said.has("access-control-allow-origin"),
    },
  ],
  [
    204,
    "you asked what may be done here: Allow says it, and there is no content",
    "RFC 9110 §9.3.7",
    { method: "OPTIONS" },
  ],
  [204, "all is well and there is no content to send", "RFC 9110 §15.3.5"],
  [
    206,
    "you asked for several parts of the file: each comes with a head of its own",
    "RFC 9110 §14.6",
    { contentType: "multipart/byteranges" },
  ],
  [
    206,
    "your If-Range names the file of now, so the part that you asked for fits what you have",
    "RFC 9110 §13.1.5",
    { field: "if-range" },
  ],
  [206, "you asked for a part of the file with Range, and it comes alone", "RFC 9110 §15.3.7"],

  [301, "a rule in _redirects says that the address changed for good", "RFC 9110 §15.4.2", {
    way: "redirect",
  }],
  [
    301,
    "this site has clean URLs, so that page has another spelling as its address: ask again there",
    "RFC 9110 §15.4.2",
    { way: "moved" },
  ],
  [301, "that is a folder, and its address ends in a slash: ask again there", "RFC 9110 §15.4.2"],
  [302, "a rule in _redirects sends you to another address for now", "RFC 9110 §15.4.3"],
  [303, "a rule in _redirects says that the answer stands elsewhere", "RFC 9110 §15.4.4"],
  [304, "your If-None-Match: * names any file that is there, and one is", "RFC 9110 §13.1.2", {
    field: "if-none-match",
    when: ({ asked }) => asked.get("if-none-match") === "*",
  }],
  [
    304,
    "your If-None-Match names the current ETag: you have the file already",
    "RFC 9110 §13.1.2",
    { field: "if-none-match" },
  ],
  [
    304,
    "the file did not change since the date in your If-Modified-Since: you have it already",
    "RFC 9110 §13.1.3",
    { field: "if-modified-since" },
  ],
  [304, "you have the file already", "RFC 9110 §15.4.5"],
  [
    307,
    "a rule in _redirects sends you elsewhere for now, with the same method",
    "RFC 9110 §15.4.8",
  ],
  [308, "a rule in _redirects moved it for good, and the method stays", "RFC 9110 §15.4.9"],
];
