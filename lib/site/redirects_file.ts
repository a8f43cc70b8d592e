/**
 * The `_redirects` file: one rule per line, in the syntax that Netlify and Cloudflare Pages share.
 *
 *     /news/:year/*   /blog/:year/:splat   301
 *     /app/*          /app/index.html      200
 *
 * The first rule that matches counts. Where the vendors differ: a file that exists wins over a rule without `!`, as on
 * Netlify, since `/* /index.html 200` would else hide every script; and a rule without status is 302, as on
 * Cloudflare, since a 301 that was not meant stays in browsers (RFC 9110 §15.4.2: it may be kept).
 */

import type { TargetPath } from "../http/message.ts";
import { isAuthority, parseTarget, spellPath } from "../http/target.ts";
import {
  type Captures,
  fillIn,
  fixedPath,
  formsOf,
  matchForms,
  parsePattern,
  type PathPattern,
} from "./path_pattern.ts";
import { type Lock, widePattern } from "./locks.ts";
import { linesKept, ruleLines, type Warning } from "./rule_lines.ts";

/** One line. */
export interface RedirectRule {
  readonly pattern: PathPattern;
  /** A path with a slash in front, or an `http` or `https` URL, in ASCII; placeholders are still in it. */
  readonly target: string;
  /** 301, 302, 303, 307, 308; or 200 and 404, which show another file at the same address. */
  readonly statusCode: number;
  /** Whether the rule counts even where a file exists. */
  readonly force: boolean;
}

const STATUS_CODES = new Set([200, 301, 302, 303, 307, 308, 404]);

/** Parses the file. Never throws: a bad line is a warning, and the rest still works. */
export function parseRedirectsFile(
  text: string,
): { rules: RedirectRule[]; locks: Lock[]; warnings: Warning[] } {
  const rules: RedirectRule[] = [];
  const locks: Lock[] = [];
  const warnings: Warning[] = [];
  for (const [line, content] of ruleLines(text)) {
    const rule = parseRule(content);
    if (typeof rule !== "string") rules.push(rule);
    else if (isLock(content)) {
      const { pattern, path } = widePattern(wordsOf(content)[0]);
      locks.push({ pattern, kind: "closed" });
      warnings.push({ line, problem: rule, effect: `nothing at ${path} is served` });
    } else warnings.push({ line, problem: rule });
  }
  return { rules, locks, warnings };
}

/** Of a file that is too long, the lines that lock something. */
export function locksOfRedirects(text: string): string {
  return linesKept(text, {
    hint: /roles?=|[4-9]\d\d!|200!/i,
    opens: () => false, // Each line is by itself.
    keeps: (line) => /!|=/.test(line) && isLock(line.trim()),
  });
}

/**
 * Whether a line that we cannot keep would keep people from files elsewhere: by a role (Netlify), or by showing an error,
 * or what another server says, where a file is. To ignore it would show them.
 */
function isLock(content: string): boolean {
  const words = wordsOf(content);
  if (words.some((word) => /^roles?=/i.test(word))) return true;
  const status = words.find((word, i) => i > 0 && /^\d{3}!$/.test(word));
  if (status === undefined) return false;
  return Number(status.slice(0, 3)) >= 400 || status === "200!" && /^https?:/i.test(words[1]);
}

/** The words of a line, without a comment behind them. */
function wordsOf(content: string): string[] {
  const words = content.split(/\s+/);
  const comment = words.findIndex((word) => word.startsWith("#"));
  return comment === -1 ? words : words.slice(0, comment);
}

function parseRule(content: string): RedirectRule | string {
  const [source, target, status = "302", ...more] = wordsOf(content);
  if (target === undefined) return "has a path and no target";
  if (!source.startsWith("/")) return "does not start with a path such as /old";
  if (/^[^/]*=/.test(target)) return "asks about a query, which only Netlify can";
  const match = /^(\d{3})(!?)$/.exec(status);
  if (match === null) return "has no status such as 301 behind its target";
  if (more.length > 0) return "has a condition behind its status, which only Netlify can check";
  const statusCode = Number(match[1]);
  if (!STATUS_CODES.has(statusCode)) {
    return "has a status other than 200, 301, 302, 303, 307, 308 and 404";
  }
  const pattern = parsePattern(source);
  if (typeof pattern === "string") return pattern;
  const problem = problemOfTarget(target, statusCode) ??
    problemOfCircle(source, target, statusCode);
  if (problem !== null) return problem;
  const ascii = target.replace(/[^!-~]+/gu, encodeURIComponent);
  return { pattern, target: ascii, statusCode, force: match[2] === "!" };
}

function problemOfTarget(target: string, statusCode: number): string | null {
  // Browsers read a backslash as a slash, and two slashes as the start of a host.
  // deno-lint-ignore no-control-regex
  if (/[\\\x00-\x1f\x7f]/.test(target)) return "has a backslash or control character in its target";
  if (target.startsWith("//")) return "has a target with two slashes; write https:// before a host";
  if (target.startsWith("/")) return null;
  const authority = /^https?:\/\/([^/?#]+)/i.exec(target)?.[1];
  if (authority === undefined) return "has a target that is neither a path nor an http(s) URL";
  if (statusCode === 200 || statusCode === 404) {
    return "would fetch from another server, which this one does not";
  }
  // A host that the peer chooses is an open redirect: "/go/*  https://:splat" sends people anywhere.
  const placeholders = authority.match(/:[A-Za-z]\w*/g) ?? [];
  if (placeholders.length > 0) {
    return `lets whoever asks choose the host by ${placeholders[0]}`;
  }
  return isAuthority(authority) ? null : "has a target with no such host";
}

/** A redirect to where the request is already, whatever that is: followed, it would never end. */
function problemOfCircle(source: string, target: string, statusCode: number): string | null {
  if (statusCode === 200 || statusCode === 404 || !target.startsWith("/")) return null;
  const [to] = target.split(/[?#]/, 1);
  const [one, other] = [source.replace("*", ":splat"), to].map((text) => {
    const path = parsePath(text);
    return path === null ? null : path.key;
  });
  return one !== null && one === other ? "leads to itself" : null;
}

/** What a rule makes of one request. */
export type Redirection =
  | { readonly kind: "redirect"; readonly statusCode: number; readonly location: string }
  /** Another file at the same address; with status 404 as the page of an error. */
  | { readonly kind: "rewrite"; readonly statusCode: number; readonly path: TargetPath };

/** A rule that matches a path, and what its placeholders stand for. */
export interface RuleMatch {
  readonly rule: RedirectRule;
  readonly captures: Captures;
}

/** Paths whose rule is remembered; then it starts over. */
const MAX_REMEMBERED_PATHS = 4096;

/** The rules of a file, to be asked. */
export class RedirectTable {
  /** Whether any rule counts before files do. */
  readonly hasForced: boolean;
  /** Index of the first rule for a path without placeholders. */
  readonly #fixed = new Map<string, number>();
  readonly #dynamic: number[] = [];
  readonly #rules: readonly RedirectRule[];
  readonly #known = new Map<string, RuleMatch | null>();

  constructor(rules: readonly RedirectRule[]) {
    this.#rules = rules;
    this.hasForced = rules.some(({ force }) => force);
    for (const [i, { pattern }] of rules.entries()) {
      const fixed = fixedPath(pattern);
      if (fixed === null) this.#dynamic.push(i);
      else if (!this.#fixed.has(fixed)) this.#fixed.set(fixed, i);
    }
  }

  /** Finds the first rule that matches, or null. */
  find(path: TargetPath): RuleMatch | null {
    const known = this.#known.get(path.key);
    if (known !== undefined) return known;
    const match = this.#search(path);
    if (this.#known.size >= MAX_REMEMBERED_PATHS) this.#known.clear();
    this.#known.set(path.key, match);
    return match;
  }

  #search(path: TargetPath): RuleMatch | null {
    const forms = formsOf(path);
    const fixed = Math.min(...forms.map(({ segments }) => this.#indexOf(segments)));
    for (const i of this.#dynamic) {
      if (i > fixed) break;
      const captures = matchForms(this.#rules[i].pattern, forms);
      if (captures !== null) return { rule: this.#rules[i], captures };
    }
    return fixed < this.#rules.length ? { rule: this.#rules[fixed], captures: new Map() } : null;
  }

  /** Index of the first rule for exactly this path; that after all rules if there is none. */
  #indexOf(segments: readonly string[]): number {
    return this.#fixed.get(segments.join("/")) ?? this.#rules.length;
  }
}

/**
 * Applies a rule that matches.
 *
 * @returns Null if it would lead to where the request is already, which would never end.
 */
export function applyRule({ rule, captures }: RuleMatch, path: TargetPath): Redirection | null {
  const { target, statusCode } = rule;
  const before = target.split(/[?#]/, 1)[0];
  const after = target.slice(before.length);
  const isLocal = before.startsWith("/");
  const filled = fillIn(before, captures, spellNames);
  // "/:splat/x" with an empty splat would begin with two slashes, and so name a host (RFC 3986 §4.2).
  const address = isLocal ? filled.replace(/^\/+/, "/") : filled;
  const rest = fillIn(after, captures, encodeURIComponent);
  const own = isLocal ? parsePath(address) : null;
  if (isLocal && own === null) return null; // A name that no path of ours has.
  if (statusCode === 200 || statusCode === 404) {
    return own === null ? null : { kind: "rewrite", statusCode, path: own };
  }
  if (own !== null && own.key === path.key) return null;
  return { kind: "redirect", statusCode, location: address + withQuery(rest, path.query) };
}

/** A slash in what the asterisk stands for stays one; all else that means something in an address is escaped. */
function spellNames(text: string): string {
  return spellPath({ segments: text.split("/"), folder: false, query: "" }).slice(1);
}

/**
 * The query of the request goes along unless the target has one, and stands before a fragment. It comes as bytes, of
 * which those beyond ASCII are escaped.
 */
function withQuery(rest: string, query: string): string {
  if (rest.startsWith("?")) return rest;
  const ascii = query.replace(
    /[^!-~]/g,
    (byte) => "%" + byte.charCodeAt(0).toString(16).toUpperCase(),
  );
  return ascii + rest;
}

function parsePath(address: string): TargetPath | null {
  try {
    return parseTarget(address, "GET");
  } catch {
    return null;
  }
}
