/**
 * RFC 9110 §6: what a message is, as types. No behaviour lives here; every step speaks in these.
 */

import type { RequestError } from "../errors.ts";
import type { Fields } from "./fields.ts";

/** The methods that a server of files answers, as `Allow` lists them: RFC 9110 §10.2.1. */
export const ALLOWED_METHODS = "GET, HEAD, OPTIONS";

/** How the end of a request's content is found: RFC 9112 §6.3. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly contentLength: number }
  | { readonly kind: "chunked" };

/** A request target that names a file: what is left of it once decoded and checked. */
export interface TargetPath {
  /** Decoded names from the root down, for example `["img", "a b.png"]`; `[]` is the root itself. */
  readonly segments: readonly string[];
  /** Whether the target ended in a slash, and so asks for a folder. */
  readonly folder: boolean;
  /** The names joined by slashes, for looking the path up: equal for all spellings of one path. */
  readonly key: string;
  /** From the question mark on, as received, for example `"?q=1"`; empty when there is none. */
  readonly query: string;
}

/** The place of a folder that is served below a path of its own; see `site/mounts.ts`. */
export interface Mount {
  /** That path as an origin form, without a slash at its end. */
  readonly prefix: string;
  /** How many names it has. */
  readonly names: number;
}

/** One request, parsed: RFC 9112 §3. */
export interface Request {
  /** As received; `GET`, `HEAD` or `OPTIONS` unless there is a `refusal`. Case counts: RFC 9110 §9.1. */
  readonly method: string;
  /** As received, for example `"/a%20b.txt?q=1"`. */
  readonly requestTarget: string;
  /** The minor version of HTTP/1 that the peer speaks, answered as 1.1 all the same. */
  readonly minorVersion: number;
  readonly fields: Fields;
  /** The file that is wanted; null for the asterisk form, which asks about the server, and with a `refusal`. */
  readonly path: TargetPath | null;
  /** Below which mount `path` begins; absent if below the root. */
  readonly mount?: Mount;
  /**
   * Why a request that is well formed gets an error status all the same, or null: a method that we do not
   * answer, an expectation that we cannot meet, a target that names nothing we could look for.
   */
  readonly refusal: RequestError | null;
  readonly framing: Framing;
  /** Whether the peer lets the connection go on after the response: RFC 9112 §9.3. */
  readonly persistent: boolean;
  /** Whether the peer waits for `100 Continue` before its content: RFC 9110 §10.1.1. */
  readonly expectsContinue: boolean;
}

/** What step (iv) knows of a regular file. Two files with equal facts have equal bytes. */
export interface FileFacts {
  /** The last name of its path as requested, for example `"index.html"`. */
  readonly name: string;
  /** The field value of its `Content-Type`: by its name and, where that leaves it open, by its first bytes. */
  readonly mediaType: string;
  /** Length, in bytes. */
  readonly size: number;
  /** Time of the last change of its bytes, in ms since the epoch. */
  readonly mtimeMs: number;
  /** Time of the last change of its inode, in ms since the epoch; 0 where the system has none. */
  readonly ctimeMs: number;
  readonly device: number;
  readonly inode: number;
  /**
   * 0, or a number that no other answer has: the file changed so recently that its times cannot tell
   * two writes apart, so no two answers may share an entity tag.
   */
  readonly unsettled: number;
  /**
   * Digest of the file's bytes, the surest identity there is; of a settled one that is too large to be read whole its time
   * and a digest of some of them (`files/samples.ts`); else null.
   */
  readonly digest: string | null;
  readonly form: FileForm;
}

/** What the bytes are that stand for a file. */
export type FileForm =
  /** The file as it is; whether another request for the same path may get a coded form: RFC 9110 §12.5.5. */
  | { readonly kind: "plain"; readonly varies: boolean }
  /** In a content coding, for example `"br"`: RFC 9110 §8.4. The suffix tells these bytes from those of other forms. */
  | { readonly kind: "coded"; readonly coding: string; readonly tagSuffix: string }
  /** The file as it is, which is coded on the disk already, for example an `.svgz`: it has no other form. */
  | { readonly kind: "stored"; readonly coding: string }
  /** A page with the script that reloads it. */
  | { readonly kind: "scripted" }
  /** The same without, for who has no use for it: as its fields tell. */
  | { readonly kind: "unscripted" };

/** One thing in a folder, as a listing shows it. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "folder" | "file";
  /** Length, in bytes; 0 for a folder. */
  readonly size: number;
  /** Time of the last change, in ms since the epoch. */
  readonly mtimeMs: number;
}

/** What step (iv) found. `File` stands for the open file, which pure steps never touch. */
export type Located<File> =
  /** No file was asked for: OPTIONS asks what may be done. */
  | { readonly kind: "nothing" }
  | {
    readonly kind: "file";
    readonly facts: FileFacts;
    readonly file: File;
    /** Its own address, where it stands in for what is not at the one that was asked for. */
    readonly standIn?: TargetPath;
    /** Whether that is so because the request is for a page: see `site/navigation.ts`. */
    readonly isByNavigation?: boolean;
  }
  /** A folder named without its slash: redirect to it. */
  | { readonly kind: "folder" }
  /** The site's page for an error status, by a rule of the site. */
  | {
    readonly kind: "page";
    readonly statusCode: number;
    readonly facts: FileFacts;
    readonly file: File;
    /** Its own address. */
    readonly standIn?: TargetPath;
  }
  /** Another address, by a rule of the site: RFC 9110 §15.4. `location` is a field value. */
  | { readonly kind: "redirect"; readonly statusCode: number; readonly location: string }
  /** Another spelling of the address, by the ways of this server: an origin form, which is told as a relative reference. */
  | { readonly kind: "moved"; readonly location: string }
  /** A folder, named with its slash, that has no `index.html`. */
  | { readonly kind: "bareFolder"; readonly isByNavigation?: boolean }
  /** Such a folder, listed: a page or JSON of so many bytes, coded if `coding` says so. */
  | {
    readonly kind: "listing";
    readonly format: "page" | "json";
    /** The field value of `Vary`: RFC 9110 §12.5.5. */
    readonly vary: string;
    readonly size: number;
    readonly coding: string | null;
    /** The field value of `ETag`; null if what is sent is more than what was written. */
    readonly entityTag: string | null;
    readonly file: File;
  }
  /** Nothing there that may be served; the reason is for the log and the X-ray. */
  | { readonly kind: "absent"; readonly why: string; readonly isByNavigation?: boolean }
  /** There, but the system does not let us read it. */
  | { readonly kind: "forbidden" }
  /** It may be there, but the system cannot give it now: no descriptor left, or a disk that fails. */
  | {
    readonly kind: "unavailable";
    readonly why: string;
    /** What can be done about it, for the page; fixed words of ours, where the status alone says too little. */
    readonly hint?: string;
  };

/** Content to send, in order: bytes at hand, or positions of the open file, both inclusive. */
export type Piece =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly firstPos: number; readonly lastPos: number };

/** The first lines of a head, those about the file, and those about the connection. */
export type HeadParts = readonly [Uint8Array, Uint8Array, Uint8Array];

/** What is said of a listing. */
export type ListingFacts = Omit<Extract<Located<never>, { kind: "listing" }>, "file">;

/** Content of our own that is no file. */
export interface OwnContent {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Default 200. */
  readonly statusCode?: number;
  /** More field lines. */
  readonly fieldLines?: readonly (readonly [name: string, value: string])[];
}

/** One response, composed: RFC 9112 §4. */
export interface Response {
  readonly statusCode: number;
  /** Status line, field lines and the empty line, as bytes. */
  readonly head: Uint8Array;
  /**
   * The same in three parts that are shared by many responses, if the content is all of a file; then `head` is made
   * when it is asked for.
   */
  readonly headParts?: HeadParts;
  /** The content, empty for HEAD, 204 and 304. */
  readonly content: readonly Piece[];
  /** Bytes of `content` together. */
  readonly contentLength: number;
  /** Whether the connection goes on after this response. */
  readonly persistent: boolean;
}
