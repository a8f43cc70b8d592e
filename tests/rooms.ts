/**
 * Style guide §2: who may import whom, and who may touch what. The table is the rule, to which `architecture_test.ts` holds
 * each source file; a new file gets a row before it gets a reader.
 */

import type { Touch } from "./source_code.ts";

interface Room {
  /** Rooms: a file at the top of `lib/`, a folder with its slash, or a module as it is named in `deno.json`. */
  readonly imports: readonly string[];
  /** Nothing: a pure room. */
  readonly touches: readonly Touch[];
}

/**
 * Every room: `main.ts`, each file at the top of `lib/`, each folder. The rows are equalities: what a room does not use
 * any more leaves its row, so that the table always says what is, and a new arrow is a decision that can be seen here.
 */
export const ROOMS: Readonly<Record<string, Room>> = {
  // Only this one names the X-ray.
  "main.ts": {
    imports: ["boot/", "log/", "metrics/", "serve.ts", "xray/"],
    touches: ["clock", "deno", "files"],
  },

  // The six steps. (i), (ii) and (vi) touch the socket they are handed, (iv) the files, the others nothing.
  "1_accept.ts": { imports: ["errors.ts", "net/"], touches: ["deno"] },
  "2_receive.ts": { imports: ["errors.ts", "http/", "net/", "options.ts"], touches: ["deno"] },
  "3_parse.ts": { imports: ["errors.ts", "http/", "options.ts"], touches: [] },
  "4_locate.ts": {
    imports: ["errors.ts", "files/", "http/", "live/", "net/", "options.ts", "site/"],
    touches: ["clock"],
  },
  "5_compose.ts": { imports: ["errors.ts", "http/", "options.ts", "site/"], touches: [] },
  "6_send.ts": { imports: ["files/", "http/", "net/", "options.ts"], touches: ["deno"] },

  // Their loop, one request of it, and who starts them.
  "connection.ts": {
    imports: [
      "2_receive.ts",
      "6_send.ts",
      "errors.ts",
      "exchange.ts",
      "http/",
      "net/",
      "observer.ts",
      "options.ts",
      "server_context.ts",
    ],
    touches: ["deno"],
  },
  "exchange.ts": {
    imports: [
      "2_receive.ts",
      "4_locate.ts",
      "5_compose.ts",
      "6_send.ts",
      "errors.ts",
      "http/",
      "live/",
      "log/",
      "net/",
      "observer.ts",
      "options.ts",
      "request_memo.ts",
      "server_context.ts",
      "site/",
    ],
    touches: ["clock", "deno"],
  },
  "request_memo.ts": { imports: ["3_parse.ts", "http/", "log/", "options.ts"], touches: [] },
  "serve.ts": {
    imports: [
      "1_accept.ts",
      "4_locate.ts",
      "connection.ts",
      "files/",
      "live/",
      "log/",
      "metrics/",
      "net/",
      "observer.ts",
      "options.ts",
      "server_context.ts",
      "sites.ts",
    ],
    touches: ["clock", "deno"],
  },
  "server_context.ts": {
    imports: [
      "4_locate.ts",
      "http/",
      "live/",
      "log/",
      "metrics/",
      "net/",
      "observer.ts",
      "options.ts",
      "site/",
    ],
    touches: ["chance", "clock"],
  },
  "observer.ts": { imports: ["errors.ts", "http/", "net/"], touches: ["deno"] },

  // Words that everybody uses.
  "options.ts": { imports: [], touches: [] },
  "errors.ts": { imports: [], touches: [] },

  // Rooms behind and beside the steps.
  "boot/": {
    imports: [
      "../deno.json",
      "@std/cli/parse-args",
      "@std/path/constants",
      "@std/path/dirname",
      "@std/path/from-file-url",
      "@std/path/join",
      "@std/text/levenshtein-distance",
      "errors.ts",
      "files/",
      "http/",
      "log/",
      "net/",
      "options.ts",
      "selfsigned",
      "serve.ts",
      "site/",
      "uqr",
    ],
    touches: ["chance", "clock", "deno", "files"],
  },
  "files/": {
    imports: [
      "@std/path/constants",
      "@std/path/resolve",
      "errors.ts",
      "http/",
      "net/",
      "node:buffer",
      "node:crypto",
      "node:fs",
      "node:process",
      "node:zlib",
      "options.ts",
      "site/",
    ],
    touches: ["chance", "clock", "deno", "files"],
  },
  "live/": {
    imports: ["@std/path/constants", "errors.ts", "files/", "http/", "net/", "site/"],
    touches: ["chance", "clock", "deno", "files"],
  },
  "log/": {
    imports: ["@std/fmt/colors", "errors.ts", "http/", "options.ts", "site/"],
    touches: ["clock", "deno"],
  },
  "net/": {
    imports: [
      "@std/http/server-sent-event-stream",
      "errors.ts",
      "files/",
      "http/",
      "log/",
      "options.ts",
    ],
    touches: ["clock", "deno"],
  },

  // Pure rules: no Deno, clock or chance; see also `check:pure`.
  "http/": {
    imports: [
      "@std/html/entities",
      "@std/http/status",
      "@std/media-types/type-by-extension",
      "errors.ts",
    ],
    touches: [],
  },
  "site/": {
    imports: ["@std/html/entities", "@std/http/negotiation", "errors.ts", "http/", "options.ts"],
    touches: [],
  },

  // The X-ray, and its page in the browser.
  "xray/": {
    imports: [
      "1_accept.ts",
      "2_receive.ts",
      "3_parse.ts",
      "4_locate.ts",
      "5_compose.ts",
      "6_send.ts",
      "@std/http/server-sent-event-stream",
      "@std/path/constants",
      "errors.ts",
      "http/",
      "lessons/",
      "log/",
      "net/",
      "observer.ts",
      "options.ts",
      "uplot/",
      "xray/class/",
      "xray/page/",
    ],
    touches: ["chance", "clock", "deno"],
  },
  "xray/page/": { imports: [], touches: ["clock"] },
  "lessons/": { imports: ["http/"], touches: [] },
  "metrics/": {
    imports: [
      "../deno.json",
      "1_accept.ts",
      "2_receive.ts",
      "3_parse.ts",
      "5_compose.ts",
      "6_send.ts",
      "errors.ts",
      "http/",
      "net/",
      "options.ts",
    ],
    touches: ["clock", "deno"],
  },
  "boot/package/": {
    imports: [
      "../deno.json",
      "boot/",
      "node:child_process",
      "node:fs",
      "node:module",
      "node:os",
      "node:process",
      "node:url",
    ],
    touches: ["clock", "deno", "files"],
  },
  "xray/class/": {
    imports: ["http/", "lessons/", "net/", "observer.ts", "xray/"],
    touches: ["chance", "clock"],
  },
  "sites.ts": { imports: ["4_locate.ts", "files/", "options.ts", "site/"], touches: [] },
  "check/levels/": { imports: ["check/", "http/"], touches: [] },
  "check/text/": { imports: ["check/"], touches: [] },
  "check/": { imports: ["check/levels/", "check/text/", "errors.ts", "http/"], touches: [] },
  "check/report/": {
    imports: ["@std/fmt/colors", "@std/html/entities", "check/", "check/text/"],
    touches: [],
  },
  "check/run/": {
    imports: [
      "@std/path/dirname",
      "@std/path/from-file-url",
      "@std/path/join",
      "check/",
      "check/report/",
      "check/text/",
    ],
    touches: ["clock", "deno", "files"],
  },
};
