/**
 * The folder that is fuzzed: what is in it, and which answer each address has. All of the model's knowledge of files is
 * here; nothing is looked up on the disk while it runs.
 */

/** A file, as the model knows it. */
export interface Resource {
  readonly mediaType: string;
  readonly content: Uint8Array;
}

/** What an address leads to. */
export type Outcome =
  | { readonly kind: "file"; readonly resource: Resource }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "missing" }
  /** A name that no file can have: refused before anything is looked for. */
  | { readonly kind: "nameless" };

/** One address: decoded names, whether a slash follows them, and what is there. */
export interface Address {
  readonly names: readonly string[];
  readonly slash: boolean;
  readonly outcome: Outcome;
}

/** The time of every file: long ago, so that its second is over (RFC 9110 §8.8.2.2), and not of whole seconds. */
export const MTIME_S = 1_700_000_000.25;
/** The same on the wire. */
export const LAST_MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT";

const HTML = "text/html; charset=utf-8";
const TEXT = "text/plain; charset=utf-8";

const encoder = new TextEncoder();

/** Bytes that differ everywhere, so that a part taken from the wrong place shows. */
function bytesOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** Paths in the folder, `/` between names, and what is there. */
const FILES: Readonly<Record<string, Resource>> = {
  "index.html": { mediaType: HTML, content: encoder.encode("<!doctype html><p>root") },
  "404.html": { mediaType: HTML, content: encoder.encode("<!doctype html><p>gone") },
  "a.txt": { mediaType: TEXT, content: encoder.encode("abcdefghijklmnopqrstuvwxyz") },
  "one.txt": { mediaType: TEXT, content: encoder.encode("1") },
  "empty.txt": { mediaType: TEXT, content: new Uint8Array(0) },
  // Larger than what leaves in one write together with others, and than what a file in memory is.
  "middle.bin": { mediaType: "application/octet-stream", content: bytesOf(20_000, 1) },
  "big.bin": { mediaType: "application/octet-stream", content: bytesOf(150_001, 2) },
  "noext": { mediaType: TEXT, content: encoder.encode("no extension") },
  "UPPER.TXT": { mediaType: TEXT, content: encoder.encode("case") },
  "folder/index.html": { mediaType: HTML, content: encoder.encode("<!doctype html><p>folder") },
  "folder/deep/er/a.json": { mediaType: "application/json", content: encoder.encode("[1]") },
  "sp ace/é;=&+,.txt": { mediaType: TEXT, content: encoder.encode("percent") },
  "sp ace/100%.txt": { mediaType: TEXT, content: encoder.encode("per cent") },
  ".well-known/x.txt": { mediaType: TEXT, content: encoder.encode("known") },
  ".hidden": { mediaType: TEXT, content: encoder.encode("secret") },
  ".git/config": { mediaType: TEXT, content: encoder.encode("secret") },
};

const MISSING: Outcome = { kind: "missing" };

/** The page of every 404. */
export const NOT_FOUND_PAGE: Resource = FILES["404.html"];

function file(path: string, names: readonly string[] = path.split("/"), slash = false): Address {
  return { names, slash, outcome: { kind: "file", resource: FILES[path] } };
}

function missing(names: readonly string[], slash = false): Address {
  return { names, slash, outcome: MISSING };
}

function redirect(names: readonly string[], location: string): Address {
  return { names, slash: false, outcome: { kind: "redirect", location } };
}

/** Addresses that requests ask for; those that stand twice are asked for more often. */
export const ADDRESSES: readonly Address[] = [
  file("index.html", [], true),
  file("a.txt"),
  file("a.txt"),
  file("one.txt"),
  file("empty.txt"),
  file("middle.bin"),
  file("noext"),
  file("UPPER.TXT"),
  file("index.html"),
  file("404.html"), // As a file of its own, with 200.
  file("folder/index.html", ["folder"], true),
  file("folder/index.html"),
  file("folder/deep/er/a.json"),
  file("sp ace/é;=&+,.txt"),
  file("sp ace/100%.txt"),
  file(".well-known/x.txt"),
  redirect(["folder"], "/folder/"),
  redirect(["folder", "deep"], "/folder/deep/"),
  redirect(["sp ace"], "/sp%20ace/"),
  redirect([".well-known"], "/.well-known/"),
  missing(["nothing"]),
  missing(["folder", "nothing", "at", "all.html"]),
  missing(["folder", "deep"], true), // No index.html, and no listing.
  missing(["a.txt"], true), // A file, named like a folder.
  missing(["a.txt", "below"]),
  missing(["upper.txt"]), // Case counts.
  missing([".hidden"]),
  missing([".git", "config"]),
  missing(["folder", ".git"]),
  missing(["folder", ".well-known", "x.txt"]), // RFC 8615 §3: at the root alone.
  missing(["_headers"]),
  missing(["n".repeat(255)]),
  { names: ["ü".repeat(128)], slash: false, outcome: { kind: "nameless" } }, // 256 bytes of UTF-8.
  missing(["...", "a"]),
  file("big.bin"),
];

/** Writes the folder. */
export async function writeSite(root: string): Promise<void> {
  for (const [path, { content }] of Object.entries(FILES)) {
    const full = `${root}/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(full, content);
    await Deno.utime(full, MTIME_S, MTIME_S);
  }
}
