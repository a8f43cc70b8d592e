/**
 * What the checked server serves, as far as the checker knows it: the demo folder by default, the files of `--root`, or
 * paths whose bytes nobody knows.
 */

import { mediaTypeOf } from "../http/media_type.ts";
import { pathTo, spellPath } from "../http/target.ts";

/** A file that can be asked for. */
export interface SiteFile {
  /** As it stands in a request line, percent-encoded. */
  readonly path: string;
  /** The last name, decoded. */
  readonly name: string;
  /** Null if its bytes are not known. */
  readonly content: Uint8Array | null;
}

/** What a file is needed for. */
export type Role =
  /** Plain ASCII text of a few hundred bytes or more. */
  | "text"
  /** A page with letters beyond ASCII, so that it has more bytes than characters. */
  | "letters"
  /** Every byte there is, with CR, LF and NUL. */
  | "binary"
  /** More than fits into the buffers of a socket. */
  | "large"
  | "empty"
  /** Names with a space, letters beyond ASCII, `%25`, a plus sign. */
  | "space"
  | "unicode"
  | "percent"
  | "plus"
  /** The page of a folder below the root, under the path of that file. */
  | "folderPage"
  /** The page of the root. */
  | "rootPage"
  /** A symbolic link to a file outside. */
  | "link";

/** A file outside of the root that must not come out. */
export interface Secret {
  /** A text that stands in it and nowhere in the site. */
  readonly text: string;
}

/** All that is known of what is served. */
export interface Site {
  /** For `Host`. */
  readonly host: string;
  /** The check that asks, for `User-Agent`: a log, or an X-ray, then says which one it was. */
  readonly agent?: string;
  readonly files: Readonly<Partial<Record<Role, SiteFile>>>;
  /** Files of different types. */
  readonly typed: readonly SiteFile[];
  /** What stands in files outside. `/etc/passwd` is always one of them. */
  readonly secrets: readonly Secret[];
  /** The name of the file beside the root, and of the folder whose name begins with the root's. */
  readonly secretName: string;
  readonly siblingName: string;
}

/** The file of a role; only for checks that say they need it. */
export function fileOf(site: Site, role: Role): SiteFile {
  const file = site.files[role];
  if (file === undefined) throw new Error(`Cannot check without a file of the role ${role}`);
  return file;
}

/** Asks whether a site has files of these roles, for {@linkcode Check.applies}. */
export function has(...roles: readonly Role[]): (site: Site) => boolean {
  return (site) => roles.every((role) => site.files[role] !== undefined);
}

/** A line of `/etc/passwd` on every Unix. */
export const PASSWD: Secret = { text: "root:x:0:0" };

/** A file of a folder, by its names from the root. */
export interface FolderFile {
  readonly names: readonly string[];
  readonly content: Uint8Array;
  /** Whether it is a symbolic link that leads outside; then its content is not known. */
  readonly leadsOutside?: boolean;
}

/** How a list of names is spelled in a request line. */
export function pathOf(names: readonly string[]): string {
  return spellPath(pathTo(names));
}

/** Larger ones are too much for hundreds of requests. */
function isLarge(content: Uint8Array): boolean {
  return content.length >= 1 << 20 && content.length <= 1 << 23;
}

/** Gives each role the first file that is fit for it. */
export function siteOfFolder(
  files: readonly FolderFile[],
  at: Pick<Site, "host" | "secrets" | "secretName" | "siblingName">,
): Site {
  const links = files.filter(({ leadsOutside }) => leadsOutside);
  const plain = files.filter(({ leadsOutside }) => !leadsOutside);
  const find = (fits: (file: FolderFile) => boolean) => {
    const file = plain.find(fits);
    return file === undefined ? {} : siteFile(file);
  };
  const role = (name: Role, fits: (file: FolderFile) => boolean) => {
    const file = find(fits);
    return "path" in file ? { [name]: file } : {};
  };
  const byRole: Partial<Record<Role, SiteFile>> = {
    ...role("text", ({ names, content }) => isShort(content) && isPlainText(names, content)),
    ...role("letters", ({ names, content }) => isShort(content) && hasLetters(names, content)),
    ...role("binary", ({ content }) => content.includes(0) && content.some((byte) => byte > 0x7f)),
    ...role("large", ({ content }) => isLarge(content)),
    ...role("empty", ({ content }) => content.length === 0),
    ...role("space", ({ names }) => names.join().includes(" ")),
    ...role("unicode", ({ names }) => /[\x80-\uffff]/.test(names.join())),
    ...role("percent", ({ names }) => names.join().includes("%")),
    ...role("plus", ({ names }) => names.join().includes("+")),
    ...role("folderPage", ({ names }) => names.length > 1 && names.at(-1) === "index.html"),
    ...role("rootPage", ({ names }) => names.length === 1 && names[0] === "index.html"),
    ...(links.length > 0 ? { link: siteFile(links[0]) } : {}),
  };
  return { ...at, files: byRole, typed: typedOf(plain.map(siteFile)) };
}

function siteFile({ names, content, leadsOutside }: FolderFile): SiteFile {
  return { path: pathOf(names), name: names.at(-1)!, content: leadsOutside ? null : content };
}

function isShort(content: Uint8Array): boolean {
  return content.length >= 200 && content.length <= 65_536;
}

/** Ranges, types and encodings are simplest where a byte is a character. */
function isPlainText(names: readonly string[], content: Uint8Array): boolean {
  return isSimple(names) && mediaTypeOf(names.at(-1)!).startsWith("text/") &&
    content.every((byte) => byte < 0x80);
}

function hasLetters(names: readonly string[], content: Uint8Array): boolean {
  return isSimple(names) && mediaTypeOf(names.at(-1)!).startsWith("text/") &&
    content.some((byte) => byte >= 0x80);
}

function isSimple(names: readonly string[]): boolean {
  return /^[\w.,-]+$/.test(names.join());
}

/** One file for each media type. */
function typedOf(files: readonly SiteFile[]): SiteFile[] {
  const byType = new Map<string, SiteFile>();
  for (const file of files) {
    const type = mediaTypeOf(file.name);
    if (type !== "application/octet-stream" && !byType.has(type)) byType.set(type, file);
  }
  return [...byType.values()];
}

/** A site of which only paths are known: the first text is for most checks. */
export function siteOfPaths(paths: readonly string[], host: string): Site {
  const files = paths.map((path) => ({
    path,
    name: path.split("?")[0].split("/").at(-1)!,
    content: null,
  }));
  const large = files.length > 1 ? { large: files.at(-1)! } : {};
  return {
    host,
    files: { text: files[0], ...large },
    typed: typedOf(files.filter(({ name }) => name !== "")),
    secrets: [PASSWD],
    secretName: "secret.txt",
    siblingName: "site-secret",
  };
}
