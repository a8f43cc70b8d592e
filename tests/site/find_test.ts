import { assert, assertEquals } from "@std/assert";
import type { FileFacts, Located, TargetPath } from "../../lib/http/message.ts";
import { parseTarget } from "../../lib/http/target.ts";
import { findInSite, type LookupOptions } from "../../lib/site/find.ts";
import { parseRedirectsFile, RedirectTable } from "../../lib/site/redirects_file.ts";

/** A file that knows its name and whether it was closed. */
class TestFile implements Disposable {
  isClosed = false;
  constructor(readonly name: string) {}

  [Symbol.dispose](): void {
    this.isClosed = true;
  }
}

const FACTS: FileFacts = {
  ...{
    name: "x",
    mediaType: "text/plain",
    size: 1,
    mtimeMs: 0,
    ctimeMs: 0,
    device: 1,
    inode: 1,
    unsettled: 0,
  },
  digest: null,
  form: { kind: "plain", varies: false },
};

/** The site of these tests: files by their path; a path with a slash at its end is a folder. */
const LISTING = {
  kind: "listing",
  format: "page",
  vary: "Accept",
  size: 0,
  coding: null,
  entityTag: null,
} as const;
const SITE = ["index.html", "about.html", "both", "both.html", "docs/index.html", "bare/a.txt"];

/** What was opened in one question. */
function openSite(files: readonly string[]) {
  const opened: TestFile[] = [];
  const isFolder = (name: string) =>
    name === "" || files.some((file) => file.startsWith(`${name}/`));
  const file = ({ segments, folder }: TargetPath): Located<TestFile> => {
    const name = segments.join("/");
    if (folder && files.includes(name)) return { kind: "absent", why: "a file" };
    const index = name === "" ? "index.html" : `${name}/index.html`;
    const found = isFolder(name) && folder ? index : name;
    if (isFolder(name) && !folder) return { kind: "folder" };
    if (isFolder(name) && !files.includes(index)) return { kind: "bareFolder" };
    if (!files.includes(found)) return { kind: "absent", why: "not found" };
    opened.push(new TestFile(found));
    return { kind: "file", facts: FACTS, file: opened.at(-1)! };
  };
  const entries = () => {
    opened.push(new TestFile("listing"));
    const listing = { ...LISTING, file: opened.at(-1)! } as const;
    return Promise.resolve<Located<TestFile>>(listing);
  };
  const look = {
    file: (path: TargetPath) => Promise.resolve(file(path)),
    entries,
    asksForPage: (hasPoint: boolean) => !hasPoint,
    origin: () => "http://own.example",
    secured: () => null,
  };
  return { opened, look };
}

/** Says what a target leads to, and checks that no other file stays open. */
async function outcomeOf(
  target: string,
  options: Partial<LookupOptions>,
  rules = "",
): Promise<string> {
  const { opened, look } = openSite(SITE);
  const redirects = rules === "" ? null : new RedirectTable(parseRedirectsFile(rules).rules);
  const lookup = {
    listing: false,
    spa: false,
    cleanUrls: false,
    httpsPort: null,
    redirects,
    ...options,
  };
  const located = await findInSite(lookup, parseTarget(target, "GET")!, look);
  const kept = "file" in located ? located.file : null;
  assertEquals(
    opened.filter((file) => file !== kept && !file.isClosed),
    [],
    "all others are closed",
  );
  assertEquals(kept?.isClosed ?? false, false);
  switch (located.kind) {
    case "file":
      return located.file.name;
    case "page":
      return `${located.statusCode} ${located.file.name}`;
    case "redirect":
      return `${located.statusCode} to ${located.location}`;
    case "moved":
      return `301 to ${located.location}`;
    default:
      return located.kind;
  }
}

const WAYS = [
  // target, options, rules, outcome, why
  ["/about.html", {}, "", "about.html", "the file itself"],
  ["/docs", {}, "", "folder", "step (v) sends it to the address with a slash"],
  ["/docs/", {}, "", "docs/index.html", "the index of a folder"],
  ["/bare/", {}, "", "bareFolder", "a folder without one"],
  ["/bare/", { listing: true }, "", "listing", "--listing"],
  ["/nothing", { listing: true }, "", "absent", "what is no folder is not listed"],

  ["/about", {}, "", "absent", "without --clean-urls a path names one file"],
  ["/about", { cleanUrls: true }, "", "about.html", "--clean-urls"],
  ["/about.html?q", { cleanUrls: true }, "", "301 to /about?q", "one address a page"],
  ["/both.html", { cleanUrls: true }, "", "both.html", "the short name is another file's"],
  ["/both", { cleanUrls: true }, "", "both", "which is found there"],
  ["/docs/index.html", { cleanUrls: true }, "", "301 to /docs/", "an index is its folder"],
  ["/index.html", { cleanUrls: true }, "", "301 to /", "that of the root, too"],
  ["/about/", { cleanUrls: true }, "", "301 to /about", "a slash too many"],

  ["/route", { spa: true }, "", "index.html", "--spa"],
  ["/route/to/x", { spa: true }, "", "index.html", "at any depth"],
  ["/app.js", { spa: true }, "", "absent", "a missing script is no page"],
  ["/.env", { spa: true }, "", "absent", "nor is a dotfile"],
  ["/_redirects", { spa: true }, "", "absent", "nor are the rules"],
  ["/bare/", { spa: true, listing: true }, "", "listing", "a folder is listed first"],

  ["/old", {}, "/old /about.html 301", "301 to /about.html", "a rule"],
  ["/about.html", {}, "/about.html /index.html 302", "about.html", "what is there is shown"],
  ["/about.html", {}, "/about.html /index.html 302!", "302 to /index.html", "but with !"],
  ["/old", {}, "/old /about.html 200", "about.html", "a rewrite"],
  ["/old", {}, "/old /about 200", "about.html", "to the short name of a page"],
  ["/old", {}, "/old /docs 200", "docs/index.html", "to a folder without its slash"],
  ["/old", {}, "/* /about.html 404", "404 about.html", "a page of an error"],
  ["/old", {}, "/old /nothing 200", "absent", "to nothing"],
  ["/_headers", {}, "/* /about.html 200", "absent", "the rules themselves stay hidden"],
  ["/x", { spa: true }, "/x /about.html 302", "302 to /about.html", "a rule comes before --spa"],

  ["/x", { cleanUrls: true }, "/* /about.html 302!", "302 to /about.html", "to another page"],
  ["/about.html", { cleanUrls: true }, "/* /about.html 302!", "301 to /about", "which is short"],
  ["/about", { cleanUrls: true }, "/* /about.html 302!", "about.html", "and leads back to no end"],
  ["/", { cleanUrls: true }, "/* /index.html 302!", "index.html", "the same for the root"],
  ["/about", { cleanUrls: true }, "/about /about.html 301!", "about.html", "by one rule"],
  ["/about", {}, "/about /about.html 301!", "301 to /about.html", "twin: where nothing leads back"],
  ["/docs/", {}, "/docs/ /docs 301!", "docs/index.html", "a folder has its slash"],
  ["/docs", {}, "/docs/ /docs 301!", "folder", "to which it leads"],
  ["/docs/index.html", {}, "/docs/index.html /docs/ 301!", "301 to /docs/", "a rule that ends"],
  [
    "/docs/",
    {},
    "/docs/ /docs/index.html 301!\n/docs/index.html /docs/ 301!",
    "docs/index.html",
    "two rules, one page",
  ],
  [
    "/docs/index.html",
    {},
    "/docs/ /docs/index.html 301!\n/docs/index.html /docs/ 301!",
    "docs/index.html",
    "from the other side",
  ],
  ["/x", {}, "/* http://OWN.example:80/:splat 301!", "absent", "our own host is where one is"],
  [
    "/x",
    {},
    "/* https://own.example/:splat 301!",
    "301 to https://own.example/x",
    "another scheme",
  ],
  [
    "/x",
    {},
    "/* http://other.example/:splat 301!",
    "301 to http://other.example/x",
    "another host",
  ],
  [
    "/about",
    { cleanUrls: true },
    "/about http://own.example/about.html#x 301!",
    "about.html",
    "back by our own host",
  ],
] as const;

for (const [target, options, rules, outcome, why] of WAYS) {
  const asked = [...Object.keys(options), rules].filter((text) => text !== "").join(", ") ||
    "plain";
  Deno.test(`findInSite() finds ${target} (${asked}): ${outcome}: ${why}`, async () => {
    assertEquals(await outcomeOf(target, options, rules), outcome);
  });
}

Deno.test("findInSite() gives at once what is in the cache", () => {
  const file = new TestFile("a");
  const hit: Located<TestFile> = { kind: "file", facts: FACTS, file };
  const notAsked = () => {
    throw new Error("not asked");
  };
  const questions = { entries: notAsked, asksForPage: notAsked, origin: notAsked };
  const look = { file: () => hit, ...questions, secured: notAsked };
  const lookup = { listing: true, spa: true, cleanUrls: true, httpsPort: null, redirects: null };
  assert(findInSite(lookup, parseTarget("/a.txt", "GET")!, look) === hit);
});
