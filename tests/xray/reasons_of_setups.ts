/** Reasons that lie in how a server is set up: what leads to each, and `AS_IT_COMES` among them. */

import { AS_IT_COMES, get, type Setup } from "./reasons_of_requests.ts";

export const SETUPS: readonly Setup[] = [
  {
    why: "of several sites, none of them for all hosts",
    init: { sites: [["b.example", "./static"]], defaultSite: false },
    cases: [[get("/a.txt"), "no site of this server has the host that was asked for"]],
  },
  AS_IT_COMES,
  {
    why: "with all ways around",
    files: {
      "_redirects": [
        "/moved /a.txt 301",
        "/for-now /a.txt 302",
        "/other /a.txt 303",
        "/keep /a.txt 307",
        "/for-good /a.txt 308",
        "/alias /a.txt 200",
        "/gone /404.html 404",
        "",
      ].join("\n"),
    },
    init: { listing: true, spa: true, cleanUrls: true, cors: true },
    cases: [
      [get("/moved"), "a rule in _redirects says that the address changed for good"],
      [get("/for-now"), "a rule in _redirects sends you to another address for now"],
      [get("/other"), "a rule in _redirects says that the answer stands elsewhere"],
      [get("/keep"), "a rule in _redirects sends you elsewhere for now, with the same method"],
      [get("/for-good"), "a rule in _redirects moved it for good, and the method stays"],
      [get("/alias"), "a rule in _redirects puts another file in the place of that address"],
      [
        get("/gone"),
        "a rule in _redirects says that there is nothing, and which page says so",
      ],
      [
        get("/about"),
        "that address is the short one of a page: the file has .html behind its name",
      ],
      [
        get("/about.html"),
        "this site has clean URLs, so that page has another spelling as its address: ask again there",
      ],
      [
        get("/docs/index.html"),
        "this site has clean URLs, so that page has another spelling as its address: ask again there",
      ],
      [
        get("/about/"),
        "this site has clean URLs, so that page has another spelling as its address: ask again there",
      ],
      [get("/docs"), "that is a folder, and its address ends in a slash: ask again there"],
      [get("/a.txt"), "the file is there and you may have it: all of it"],
      [
        get("/route", "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
        "no file has that name: the application's index.html stands in, as --spa says",
      ],
      [get("/missing.js", "Accept: */*"), "there is no file of that name"],
      [
        get("/bare/", "Accept: text/html"),
        "a folder without index.html: the server lists what is in it",
      ],
      [
        get("/bare/", "Accept: text/html", 'If-None-Match: "old"'),
        "a folder without index.html: the server lists what is in it",
      ],
      [
        get("/bare/", "Accept: application/json"),
        "a folder without index.html, asked for as JSON: here is its list",
      ],
      [
        "OPTIONS" + get("/", "Origin: http://b", "Access-Control-Request-Method: GET").slice(3),
        "a browser asks in advance what another site may ask here; --cors has answered",
      ],
    ],
  },
  {
    why: "with a password",
    init: { auth: "ada:secret" },
    files: { "_headers": "/club/*\n  Basic-Auth: $NOBODY\n" },
    cases: [
      [get("/a.txt"), "this wants a name and a password, and you sent none"],
      [
        get("/a.txt", `Authorization: Basic ${btoa("ada:wrong")}`),
        "the name and password in your Authorization are not the right ones",
      ],
      [
        get("/a.txt", `Authorization: Basic ${btoa("ada:secret")}`),
        "the file is there and you may have it: all of it",
      ],
      [
        get("/club/x", `Authorization: Basic ${btoa("ada:secret")}`),
        "a rule of the site locks this path in a way that this server cannot check",
      ],
    ],
    complaint: /^_headers, line 2: nothing at \/club/,
  },
  {
    why: "that reloads pages, with --live",
    init: { live: true },
    cases: [
      [get("/.vitrine/live.js"), "the script of --live, which the server makes itself: no file"],
      [
        "HEAD" + get("/.vitrine/live").slice(3),
        "the stream by which --live tells a page of changes; it stays open",
      ],
    ],
  },
  {
    why: "that waits for 0.2 s",
    init: { headTimeoutMs: 200 },
    isWaitedFor: true,
    cases: [["GET / HTTP/1.1\r\nX: ", "the request took too long to arrive"]],
  },
  {
    why: "with room for one connection",
    init: { maxConnections: 1 },
    async prepare({ connect }) {
      // It waits in the middle of its head, so nobody may end it for another.
      const client = await connect();
      await client.send("GET / HTTP/1.1\r\nX: ");
    },
    cases: [
      ["", "the server has as many connections as it takes: wait a moment"],
    ],
  },
];
