/**
 * The `_headers` file: field lines for paths, in the syntax that Netlify and Cloudflare Pages share.
 *
 *     /assets/*
 *       Cache-Control: max-age=31536000, immutable
 *     /assets/legacy/*
 *       ! Cache-Control
 *
 * Every rule that matches counts, from top to bottom; a field that is set twice has both values, joined by a comma; `!`
 * takes back what stands above (Cloudflare), or what we would send ourselves. Both vendors say so in their documentation.
 * `Content-Encoding` is no line that is added: it says how files are coded on the disk, and holds for those that are.
 * `Basic-Auth` is no field, but a lock (Netlify): see `locks.ts`.
 */

import type { TargetPath } from "../http/message.ts";
import { spellPath } from "../http/target.ts";
import { type FieldLine, isOurs, isRemovable, parseSiteField, type SiteFields } from "./fields.ts";
import { isLockName, type Lock, LOCK_NAME, parseUsers, widePattern } from "./locks.ts";
import {
  fillIn,
  formsOf,
  matchForms,
  mayMeet,
  parsePattern,
  type PathPattern,
} from "./path_pattern.ts";
import { type Coding, parseCoding } from "./codings.ts";
import { linesKept, ruleLines, type Warning } from "./rule_lines.ts";

/** The lines below one path. */
export interface HeaderRule {
  readonly pattern: PathPattern;
  readonly lines: FieldLine[];
  /** Names in lower case. */
  readonly removed: string[];
  /** How the files are coded on the disk; null if nothing is said of that. */
  coding: Coding | null;
}

/**
 * Parses the file. Never throws: a bad line is a warning, and the rest still works.
 *
 * @param flagNames Names, in lower case, of the fields that flags ask for, as a rule may take those back.
 */
export function parseHeadersFile(
  text: string,
  flagNames: ReadonlySet<string> = new Set(),
): { rules: HeaderRule[]; locks: Lock[]; warnings: Warning[] } {
  const rules: HeaderRule[] = [];
  const locks: Lock[] = [];
  const warnings: Warning[] = [];
  let rule: HeaderRule | null = null;
  let place = EVERYWHERE; // A lock before the first path is one of everything.
  let isSkipping = false; // Lines below a path that is no good would else join the path before it.
  for (const [line, content, raw] of ruleLines(text)) {
    let problem: string | null = null;
    if (content.startsWith("/")) {
      place = widePattern(content);
      const pattern = parsePattern(content);
      isSkipping = typeof pattern === "string";
      rule = typeof pattern === "string" ? null : { pattern, lines: [], removed: [], coding: null };
      if (typeof pattern === "string") problem = pattern;
      else if (rule !== null) rules.push(rule);
    } else if (/^https?:\/\//i.test(content)) {
      place = widePattern(content);
      isSkipping = true;
      rule = null;
      problem = "names a host, and this server does not tell hosts apart";
    } else if (isPathlike(raw)) {
      place = EVERYWHERE; // Wherever it was meant to be.
      isSkipping = true;
      rule = null;
      problem = NO_PATH;
    } else if (isLockName(nameOf(content))) {
      const { warning, lock } = lockOf(content, { line, place, isExact: rule !== null });
      locks.push(lock);
      if (warning !== null) warnings.push(warning);
    } else if (!isSkipping) {
      problem = rule === null
        ? "stands before the first path"
        : content.startsWith("!")
        ? addRemoval(content, { rule, rules, locks, flagNames })
        : addLine(rule, content);
    }
    if (problem !== null) warnings.push({ line, problem });
  }
  return { rules, locks: joinUsers(locks), warnings };
}

const EVERYWHERE = widePattern("/*");
const NO_PATH = "is neither a path, which begins with a slash, nor a field, which has a colon";

/**
 * Whether a line that is none can only have been meant for a path, such as `admin/*`. Below a path that is no good there may be
 * a lock, so this is rather said of a field without its colon than of too few.
 */
function isPathlike(raw: string): boolean {
  const content = raw.trimStart();
  if (/^[!#]/.test(content) || content.includes(":") || isLockName(nameOf(content))) return false;
  return content === raw ? content !== "" : /[/\\*]/.test(content);
}

/** Whether others stand below a line. */
function opensBlock(raw: string): boolean {
  return /^\s*(?:\/|https?:\/\/)/i.test(raw) || isPathlike(raw);
}

/** Of a file that is too long, the lines that lock something. */
export function locksOfHeaders(text: string): string {
  // Every name of a lock has one of these in it.
  return linesKept(text, {
    hint: /auth|user|role|password/i,
    opens: opensBlock,
    keeps: (line) => isLockName(nameOf(line)),
  });
}

/** The name that a line begins with, in lower case. */
function nameOf(content: string): string {
  return content.split(":", 1)[0].trim().toLowerCase();
}

/** What a line locks. One that is no good locks all the same, and lets nobody in. */
function lockOf(
  content: string,
  { line, place: { pattern, path }, isExact }: {
    readonly line: number;
    readonly place: ReturnType<typeof widePattern>;
    /** Whether the place is the path as it was written. */
    readonly isExact: boolean;
  },
): { lock: Lock; warning: Warning | null } {
  const name = nameOf(content);
  const credentials = name === LOCK_NAME
    ? parseUsers(content.slice(content.indexOf(":") + 1))
    : null;
  if (credentials === null || !content.includes(":")) {
    const problem = name === LOCK_NAME
      ? "has no users such as ada:engine behind Basic-Auth"
      : "looks like a lock, which is written Basic-Auth: user:password";
    return {
      lock: { pattern, kind: "closed" },
      warning: { line, problem, effect: `nothing at ${path} is served` },
    };
  }
  const effect = `all at ${path} is locked`;
  const problem = "is a lock whose path cannot be told more exactly";
  return {
    lock: { pattern, kind: "users", credentials },
    warning: isExact ? null : { line, problem, effect },
  };
}

/** Two lines below one path are one list, as elsewhere in this file; lines of different paths are two locks. */
function joinUsers(locks: readonly Lock[]): Lock[] {
  const joined: Lock[] = [];
  for (const lock of locks) {
    const before = joined.at(-1);
    if (lock.kind === "users" && before?.kind === "users" && before.pattern === lock.pattern) {
      joined[joined.length - 1] = {
        ...before,
        credentials: [...before.credentials, ...lock.credentials],
      };
    } else joined.push(lock);
  }
  return joined;
}

/** A removal that would change no response is a mistake of whoever wrote it, who would not notice. */
function addRemoval(
  content: string,
  { rule, rules, locks, flagNames }: {
    readonly rule: HeaderRule;
    /** Those so far, `rule` included. */
    readonly rules: readonly HeaderRule[];
    /** Those so far. */
    readonly locks: Lock[];
    readonly flagNames: ReadonlySet<string>;
  },
): string | null {
  const written = content.slice(1).trim();
  const name = written.toLowerCase();
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) return "has no field name behind its !";
  const isCoding = name === "content-encoding";
  if (isOurs(name) && !isCoding) return `removes ${written}, which the server sends all the same`;
  if (name === LOCK_NAME && locks.some(({ pattern }) => mayMeet(pattern, rule.pattern))) {
    locks.push({ pattern: rule.pattern, kind: "open" });
    return null;
  }
  const isSetAbove = rules.some((other) =>
    other !== rule && mayMeet(other.pattern, rule.pattern) &&
    (isCoding && other.coding !== null || other.lines.some(([line]) => line.toLowerCase() === name))
  );
  if (!isRemovable(name) && !flagNames.has(name) && !isSetAbove) {
    return `removes ${written}, which nothing above sets for this path`;
  }
  rule.removed.push(name);
  return null;
}

function addLine(rule: HeaderRule, content: string): string | null {
  const coding = /^content-encoding[ \t]*:(.*)$/i.exec(content)?.[1].trim();
  if (coding !== undefined) {
    rule.coding = parseCoding(coding);
    return rule.coding === null ? `names the coding "${coding}", and not br, gzip or zstd` : null;
  }
  const field = parseSiteField(content);
  if (typeof field === "string") return field;
  rule.lines.push(field);
  return null;
}

/**
 * Gives the field lines for one path.
 *
 * @param base What flags ask for; a rule replaces it, as it says more exactly what it means.
 */
export function fieldsOfPath(
  rules: readonly HeaderRule[],
  path: TargetPath,
  base: readonly FieldLine[],
): SiteFields {
  let lines = [...base];
  const removed = new Set<string>();
  const fromRules = new Set<string>();
  const forms = formsOf(path);
  for (const rule of rules) {
    const captures = matchForms(rule.pattern, forms);
    if (captures === null) continue;
    for (const name of rule.removed) {
      removed.add(name);
      fromRules.delete(name);
      lines = lines.filter(([other]) => other.toLowerCase() !== name);
    }
    for (const [name, text] of rule.lines) {
      const key = name.toLowerCase();
      const value = fillIn(text, captures, spellInValue);
      if (!fromRules.has(key)) lines = lines.filter(([other]) => other.toLowerCase() !== key);
      const at = lines.findIndex(([other]) => other.toLowerCase() === key);
      // RFC 9110 §5.3: lines of one name mean the joined list; Set-Cookie is the exception (RFC 6265 §3).
      if (at === -1 || key === "set-cookie") lines.push([name, value]);
      else lines[at] = [lines[at][0], `${lines[at][1]}, ${value}`];
      fromRules.add(key);
    }
  }
  return { lines, removed };
}

/** The coding in which the file at a path is on the disk, as the last rule says that names one; null if none does. */
export function codingOfPath(rules: readonly HeaderRule[], path: TargetPath): Coding | null {
  let coding: Coding | null = null;
  const forms = formsOf(path);
  for (const rule of rules) {
    const isTakenBack = rule.removed.includes("content-encoding");
    if (rule.coding === null && !isTakenBack) continue;
    if (matchForms(rule.pattern, forms) !== null) coding = rule.coding;
  }
  return coding;
}

/** What a peer chose is spelled as in an address, so that it can never end the line. */
function spellInValue(capture: string): string {
  return spellPath({ segments: capture.split("/"), folder: false, query: "" }).slice(1);
}

/** What a site says of the bytes of a file, and step (iv) has to know. */
export interface ContentRule {
  /** The field value of `Content-Type`; null if nothing is said of it. */
  readonly mediaType: string | null;
  /** The `Content-Encoding` of its bytes as they are on the disk, where they are so coded indeed; null if nothing is said. */
  readonly coding: Coding | null;
}
