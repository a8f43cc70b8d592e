/** What is asked of every server, as data: the loads, in the order in which they run. */

import { LISTED_FILES, MANY_FILES, type Site, type SiteFile } from "./site.ts";

/** What a server is started with. One is started only if a case asks for it, and ended after the last that does. */
export const VARIANTS = ["plain", "log", "tls", "gzip", "listing"] as const;
export type Variant = typeof VARIANTS[number];

/** What has to come back; `answers.ts` says what makes it right. */
export type AnswerKind = "whole" | "absent" | "unchanged" | "range" | "gzip" | "listing";

/**
 * Who puts the load on: wrk; wrk that asks for each file once; or ab. Over TLS wrk resumes its sessions, as OpenSSL keeps them
 * in an object that wrk uses again (seen in nginx's log: `$ssl_session_reused` is `r` but for the first of each connection). ab
 * makes a new object for each connection, so each of its handshakes is a whole one.
 */
export type Tool = "wrk" | "wrk-once" | "ab";

/** One load, the same for each server. */
export interface LoadCase {
  readonly id: string;
  readonly title: string;
  /** For the picture. */
  readonly short: string;
  readonly connections: number;
  /** Which files are asked for; in this order, over and over. */
  readonly files: (site: Site) => readonly SiteFile[];
  readonly answer: AnswerKind;
  /** What is counted per second. */
  readonly unit: "requests/s" | "GB/s";
  readonly variant: Variant;
  readonly tool: Tool;
  /** Whether each request comes on a connection of its own. */
  readonly closing: boolean;
  /** Whether servers that are only of interest in passing take part without being named, too. */
  readonly forAll: boolean;
}

const HOT = {
  connections: 32,
  files: (site: Site) => [site.small],
  answer: "whole",
  unit: "requests/s",
  variant: "plain",
  tool: "wrk",
  closing: false,
  forAll: false,
} as const;

/** The loads, in the order in which they run: those of one variant stand together. */
export const LOADS: readonly LoadCase[] = [
  { ...HOT, id: "1k", title: "1 KiB hot, 32 connections", short: "1 KiB", forAll: true },
  {
    ...HOT,
    id: "100k",
    title: "100 KiB hot, 32 connections",
    short: "100 KiB",
    files: (site) => [site.medium],
  },
  {
    ...HOT,
    id: "100m",
    title: "100 MB, 4 connections",
    short: "100 MB",
    connections: 4,
    unit: "GB/s",
    files: (site) => [site.large],
  },
  {
    ...HOT,
    id: "many",
    title: "10,000 different 2 KiB files in a shuffled order, 32 connections",
    short: "10,000 different files of 2 KiB",
    files: (site) => site.many,
  },
  {
    ...HOT,
    id: "cold",
    title: `${
      MANY_FILES.toLocaleString("en")
    } first requests, each for another 2 KiB file, 32 connections`,
    short: "10,000 files, each for the first time",
    tool: "wrk-once",
    files: (site) => site.many,
  },
  {
    ...HOT,
    id: "close",
    title: "1 KiB, a new connection per request, 32 at once",
    short: "1 KiB, a new connection each",
    closing: true,
  },
  {
    ...HOT,
    id: "512",
    title: "1 KiB, 512 connections",
    short: "1 KiB, 512 connections",
    connections: 512,
  },
  {
    ...HOT,
    id: "404",
    title: "404, a file that is not there, 32 connections",
    short: "404",
    answer: "absent",
    files: (site) => [site.absent],
  },
  {
    ...HOT,
    id: "304",
    title: "304, asked with the ETag and date of the 1 KiB file, 32 connections",
    short: "304",
    answer: "unchanged",
  },
  {
    ...HOT,
    id: "range",
    title: "64 KiB from the middle of 100 MB, 32 connections",
    short: "64 KiB out of 100 MB",
    answer: "range",
    files: (site) => [site.large],
  },
  {
    ...HOT,
    id: "log",
    title: "1 KiB, 32 connections, access log off and on",
    short: "1 KiB, with the access log",
    variant: "log",
  },
  {
    ...HOT,
    id: "tls-1k",
    title: "HTTPS, 1 KiB hot, 32 connections",
    short: "HTTPS, 1 KiB",
    variant: "tls",
  },
  {
    ...HOT,
    id: "tls-100k",
    title: "HTTPS, 100 KiB hot, 32 connections",
    short: "HTTPS, 100 KiB",
    variant: "tls",
    files: (site) => [site.medium],
  },
  {
    ...HOT,
    id: "tls-new",
    title: "HTTPS, 1 KiB, a whole handshake per request, 32 at once (ab)",
    short: "HTTPS, a whole handshake each",
    variant: "tls",
    tool: "ab",
    closing: true,
  },
  {
    ...HOT,
    id: "tls-again",
    title: "HTTPS, 1 KiB, a resumed handshake per request, 32 at once",
    short: "HTTPS, a resumed handshake each",
    variant: "tls",
    closing: true,
  },
  {
    ...HOT,
    id: "gzip",
    title: "100 KiB of text as gzip, 32 connections",
    short: "100 KiB of text, as gzip",
    variant: "gzip",
    answer: "gzip",
    files: (site) => [site.page],
  },
  {
    ...HOT,
    id: "listing",
    title: `A listing of ${LISTED_FILES.toLocaleString("en")} files, 32 connections`,
    short: "A listing of 1,000 files",
    variant: "listing",
    answer: "listing",
    files: (site) => [site.listed],
  },
];

/** The cases that are not a load; see `probes.ts`. */
export const PROBES = ["start", "memory"] as const;
