/** Level 6: safe. Nothing from outside the folder comes out, whatever a path says, and no answer repeats an attack. */

import { byteString } from "../../http/grammar.ts";
import type { Check, Evidence, Finding } from "../check.ts";
import { finding, first } from "../check.ts";
import { each, isRefusal, keepsSecrets, shownBy, withResponse } from "../judge.ts";
import { ask } from "../script.ts";
import { fileOf, has, type Site } from "../site.ts";

const only = { level: 6, rule: "RFC 9110 §17.3, RFC 3986 §7.3" } as const;

/** A check that asks for paths, each on a connection of its own, and wants an answer without a secret for each. */
function paths(of: (site: Site) => readonly string[]): Pick<Check, "script" | "judge"> {
  return {
    script: (site) => [of(site).map((path) => ask(site, path))],
    judge: ({ site, exchanges }) =>
      each(exchanges, (exchange) =>
        first(
          () => keepsSecrets(exchange, site),
          () => withResponse(exchange, () => null),
        )),
  };
}

const UP = "../".repeat(12);

export const LEVEL_6: readonly Check[] = [
  {
    ...only,
    id: "dot-dot",
    points: 3,
    ...paths(({ secretName }) => [
      `/../${secretName}`,
      `/folder/../../${secretName}`,
      `/./.././${secretName}`,
      `/${UP}etc/passwd`,
    ]),
  },
  {
    ...only,
    id: "dot-dot-encoded",
    points: 3,
    ...paths(({ secretName }) => [
      `/%2e%2e/${secretName}`,
      `/.%2E/${secretName}`,
      `/..%2f${secretName}`,
      `/%2e%2e%2f${secretName}`,
      `/${UP.replaceAll(".", "%2e")}etc/passwd`,
    ]),
  },
  {
    ...only,
    id: "dot-dot-double",
    points: 2,
    ...paths(({ secretName }) => [
      `/%252e%252e/${secretName}`,
      `/..%252f${secretName}`,
      `/%25%32%65%25%32%65/${secretName}`,
    ]),
  },
  {
    ...only,
    id: "dot-dot-removed",
    points: 2,
    // What is left when `../` is taken out once.
    ...paths(({ secretName }) => [`/....//${secretName}`, `/..././${secretName}`]),
  },
  {
    ...only,
    id: "backslash",
    points: 2,
    ...paths(({ secretName }) => [
      `/..\\${secretName}`,
      `/..%5c${secretName}`,
      `/folder\\..\\..\\${secretName}`,
    ]),
  },
  {
    ...only,
    id: "query-dot-dot",
    points: 1,
    ...paths(({ secretName }) => [`/?/../../${secretName}`, `/../${secretName}?x=.txt`]),
  },
  {
    ...only,
    id: "absolute",
    points: 3,
    ...paths(() => [
      "//etc/passwd",
      "/%2fetc/passwd",
      "///etc/passwd",
      "/file:///etc/passwd",
    ]),
  },
  {
    ...only,
    id: "no-slash",
    points: 1,
    rule: "RFC 9112 §3.2",
    ...paths(({ secretName }) => [`../${secretName}`, `x../${secretName}`]),
  },
  {
    ...only,
    id: "nul",
    points: 2,
    ...paths(({ files }) => {
      const { path } = files.text ?? { path: "/index.html" };
      return [`${path}%00`, `${path}%00.png`, "/%00", `/..%00/${path.slice(1)}`];
    }),
    judge: judgeNul,
  },
  {
    ...only,
    id: "prefix-sibling",
    points: 2,
    ...paths(({ siblingName, secretName }) => [
      `/../${siblingName}/${secretName}`,
      `/..%2f${siblingName}%2f${secretName}`,
      `/folder/%2e%2e/%2e%2e/${siblingName}/${secretName}`,
    ]),
  },
  {
    ...only,
    id: "symbolic-link",
    points: 2,
    applies: has("link"),
    ...paths((site) => [fileOf(site, "link").path]),
  },
  {
    ...only,
    id: "injected-line",
    points: 2,
    rule: "RFC 9110 §5.5, §17.13",
    ...paths(() => [
      "/folder%0d%0aInjected:%20yes",
      "/folder%0d%0aInjected:%20yes%0d%0a%0d%0a/",
      "/folder?%0d%0aInjected:%20yes",
    ]),
    judge: ({ exchanges }) =>
      each(
        exchanges,
        (exchange) =>
          withResponse(exchange, ({ fields }) =>
            fields.get("injected") === null ? null : finding("injected")),
      ),
  },
  {
    ...only,
    id: "markup",
    points: 2,
    rule: "RFC 9110 §17.13",
    ...paths(() => [`/<script>alert(1)</script>`, "/%3Cscript%3Ealert(1)%3C/script%3E"]),
    judge: judgeMarkup,
  },
];

/** A NUL is in no name of a file; where the system's calls end a name there, the file of the shorter name comes. */
function judgeNul({ site, exchanges }: Evidence): Finding | null {
  return each(exchanges, (exchange) =>
    first(
      () => keepsSecrets(exchange, site),
      () => withResponse(exchange, isRefusal),
    ));
}

/** A page that repeats what was asked for runs scripts of whoever made the link. */
function judgeMarkup({ exchanges }: Evidence): Finding | null {
  for (const [at, exchange] of exchanges.entries()) {
    const found = withResponse(exchange, ({ content, fields }) => {
      const isPage = (fields.get("content-type") ?? "text/html").startsWith("text/html");
      const text = byteString(content, 0, Math.min(content.length, 65_536));
      return isPage && text.includes("<script>alert(1)") ? finding("markup") : null;
    });
    if (found !== null) return shownBy(found, at);
  }
  return null;
}
