/** Level 5: names. From the request target to the name of a file, and back in redirects. */

import { type Check, type Finding, finding, first } from "../check.ts";
import { givesFile, hasContent, hasStatus, withResponse } from "../judge.ts";
import type { Response } from "../response.ts";
import { askAlone } from "../script.ts";
import { fileOf, has, type Role, type Site } from "../site.ts";

const only = { level: 5, rule: "RFC 3986 §2.1" } as const;

/** A check that a file is given under a path that depends on its own. */
function named(role: Role, spell: (path: string) => string = (path) => path) {
  return {
    applies: has(role),
    script: (site: Site) => askAlone(site, spell(fileOf(site, role).path)),
    judge: ({ site, exchanges }: Parameters<Check["judge"]>[0]) =>
      givesFile(exchanges[0], fileOf(site, role)),
  };
}

/** The path of a folder, with its slash, by that of its page. */
function folderOf(site: Site): string {
  const { path } = fileOf(site, "folderPage");
  return path.slice(0, path.lastIndexOf("/") + 1);
}

export const LEVEL_5: readonly Check[] = [
  { ...only, ...named("space"), id: "space", points: 2 },
  { ...only, ...named("unicode"), id: "unicode", points: 2 },
  {
    ...only,
    // RFC 3986 §6.2.2.2: an encoded letter is that letter.
    ...named("text", encodeLetter),
    id: "encoded-letter",
    points: 2,
  },
  { ...only, ...named("percent"), id: "decoded-once", points: 2, rule: "RFC 3986 §2.4" },
  { ...only, ...named("plus"), id: "plus", points: 1 },
  {
    ...only,
    ...named("text", (path) => `${path}?q=1&file=../x%20y`),
    id: "query",
    points: 2,
    rule: "RFC 3986 §3.4",
  },
  {
    ...only,
    ...named("rootPage", () => "/"),
    id: "root",
    points: 2,
    rule: "RFC 9112 §3.2.1",
  },
  {
    ...only,
    id: "folder",
    points: 2,
    rule: "RFC 3986 §3.3",
    applies: has("folderPage"),
    script: (site) => askAlone(site, folderOf(site)),
    judge: ({ site, exchanges }) => givesFile(exchanges[0], fileOf(site, "folderPage")),
  },
  {
    ...only,
    id: "folder-redirect",
    points: 2,
    rule: "RFC 9110 §15.4.2, RFC 3986 §5.2",
    applies: has("folderPage"),
    script: (site) => askAlone(site, folderOf(site).slice(0, -1)),
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) => leadsTo(response, folderOf(site), site)),
  },
  {
    ...only,
    id: "file-with-slash",
    points: 1,
    rule: "RFC 3986 §3.3",
    applies: has("text"),
    script: (site) => askAlone(site, `${fileOf(site, "text").path}/`),
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) => {
        const { content } = fileOf(site, "text");
        if (response.statusCode !== 200 || content === null) return null;
        const isFile = hasContent(response, fileOf(site, "text")) === null;
        return isFile ? finding("status", { want: "404 / 301", got: 200 }) : null;
      }),
  },
];

/** A path with the first letter of its last name encoded. */
function encodeLetter(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  const encode = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`;
  return path.slice(0, at) + path.slice(at).replace(/[a-z]/i, encode);
}

/** Whether a response sends the client on to a path of the same server. */
function leadsTo(response: Response, path: string, site: Site): Finding | null {
  return first(
    () => hasStatus(response, 301, 302, 303, 307, 308),
    () => {
      const location = response.fields.get("location");
      if (location === null) return finding("fieldMissing", { field: "Location", want: path });
      // RFC 9110 §10.2.2: it may be relative, to what was asked for.
      const last = `${path.split("/").at(-2)}/`;
      const origin = `//${site.host}`;
      const allowed = [path, last, `./${last}`, origin + path, `http:${origin}${path}`];
      return allowed.includes(location) ? null : finding("location", { want: path, got: location });
    },
  );
}
