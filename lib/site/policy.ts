/**
 * What a site asks for beyond its files, by flags and by its files of rules, as one value: which field lines its responses get and who may see it. Made
 * at the start and whenever those files change; a server that nothing is asked of has none, and then no request pays for any of this.
 */

import { RequestError } from "../errors.ts";
import type { Located, Request, TargetPath } from "../http/message.ts";
import { basicCredentials, CHALLENGE, isAuthorized } from "./auth.ts";
import { type FieldLine, fieldsOfStandIn, parseSiteField, type SiteFields } from "./fields.ts";
import type { LookupOptions } from "./find.ts";
import { codingOfPath, type ContentRule, fieldsOfPath, type HeaderRule } from "./headers_file.ts";
import { IMMUTABLE, isHashedName } from "./hashed.ts";
import { NAVIGATION_FIELDS } from "./navigation.ts";
import { type RedirectRule, RedirectTable } from "./redirects_file.ts";

/** The part of `Options` that makes a policy. */
export interface PolicyOptions extends Omit<LookupOptions, "redirects"> {
  readonly cors: boolean;
  readonly isolate: boolean;
  readonly cacheControl: string | null;
  readonly immutable: boolean;
  readonly fields: readonly FieldLine[];
  readonly auth: string | null;
}

/** What the files of rules in the root say. */
export interface Rules {
  readonly headers: readonly HeaderRule[];
  readonly redirects: readonly RedirectRule[];
}

/** Paths whose field lines are remembered; then it starts over, as `TargetMemo` does. */
const MAX_REMEMBERED_PATHS = 4096;
const NOTHING_REMOVED: ReadonlySet<string> = new Set();

/** What a site asks for. */
export class Policy {
  /** How a path finds what it means, beside naming a file. */
  readonly lookup: LookupOptions;
  readonly #options: PolicyOptions;
  readonly #headers: readonly HeaderRule[];
  readonly #credentials: string | null;
  readonly #everywhere: SiteFields;
  readonly #preflight: SiteFields;
  /** The same for who asks from a public network. */
  readonly #privatePreflight: SiteFields;
  readonly #byPath = new Map<string, SiteFields>();
  /** Whether anything is said of the bytes of any file. */
  readonly saysOfContent: boolean;

  /** @throws {TypeError} When a program asks for a field line that no response may have. */
  constructor(options: PolicyOptions, rules: Rules) {
    this.#options = options;
    this.#headers = rules.headers;
    const { listing, spa, cleanUrls } = options;
    const redirects = rules.redirects.length === 0 ? null : new RedirectTable(rules.redirects);
    this.lookup = { listing, spa, cleanUrls, redirects };
    this.#credentials = options.auth === null ? null : basicCredentials(options.auth);
    const lines = linesOf(options);
    this.#everywhere = { lines, removed: NOTHING_REMOVED };
    this.saysOfContent = lines.some(isContentType) ||
      rules.headers.some((rule) => rule.coding !== null || rule.lines.some(isContentType));
    const open = options.auth === null ? lines : linesOf({ ...options, fields: [] });
    const said = new Set(open.map(([name]) => name.toLowerCase()));
    const preflight = [...open, ...PREFLIGHT.filter(([name]) => !said.has(name.toLowerCase()))];
    this.#preflight = { lines: preflight, removed: NOTHING_REMOVED };
    this.#privatePreflight = { ...this.#preflight, lines: [...preflight, PRIVATE_NETWORK] };
  }

  /**
   * Lets a request in, or not.
   *
   * @throws {RequestError} 401, whatever the request asks for: what exists is nobody's business before.
   */
  admit(request: Request): void {
    if (this.#credentials === null) return;
    if (this.#options.cors && isPreflight(request)) return; // Fetch §4.8: it never carries credentials.
    if (this.isAdmitted(request)) return;
    const given = request.fields.get("authorization");
    throw new RequestError(401, "RFC 9110 §15.5.2", {
      detail: given === null ? "Cannot let in a stranger" : "Cannot let in with these credentials",
      fieldLines: [["WWW-Authenticate", CHALLENGE]],
    });
  }

  /**
   * Whether a peer may see what is of the site: its pages for an error, its field lines. Without the password that is
   * only `401.html`, which is there to be seen so.
   *
   * @param request Null if none could be read, and so no password either.
   */
  isAdmitted(request: Request | null): boolean {
    return this.#credentials === null ||
      request !== null && isAuthorized(request.fields.get("authorization"), this.#credentials);
  }

  /**
   * Gives the field lines for the response to a request: the same object for the same path and file, so that what is
   * made of it can be kept.
   *
   * @param request Null if none could be read.
   * @param located What step (iv) found, if it did.
   */
  fieldsFor(request: Request | null, located?: Located<unknown>): SiteFields {
    if (request !== null && this.#options.cors && isPreflight(request)) {
      const isFromPublic = request.fields.get("access-control-request-private-network") === "true";
      return isFromPublic ? this.#privatePreflight : this.#preflight;
    }
    const path = request?.path ?? null;
    if (path === null) return this.#everywhere;
    const standIn = located !== undefined && "file" in located && located.kind !== "listing"
      ? located.standIn
      : undefined;
    return standIn === undefined
      ? this.#fieldsOf(path)
      : this.#fieldsOfStandIn(path, standIn, located?.kind === "file" && located.isByNavigation);
  }

  #fieldsOfStandIn(path: TargetPath, standIn: TargetPath, varies = false): SiteFields {
    const [asked, own] = [this.#fieldsOf(path), this.#fieldsOf(standIn)];
    // Most often no rule tells the two apart, and then all routes of an application share one object.
    const isSame = asked === this.#everywhere && own === asked;
    return this.#remember(isSame ? `\0${varies}` : `${path.key}\0${standIn.key}\0${varies}`, () => {
      const fields = fieldsOfStandIn(asked, own);
      return varies ? { ...fields, lines: [...fields.lines, VARY] } : fields;
    });
  }

  /** What is said of the bytes of the file that a path names; null if nothing. Step (iv) asks when it reads a file. */
  contentRuleFor(path: TargetPath): ContentRule | null {
    if (!this.saysOfContent) return null;
    const line = this.#fieldsOf(path).lines.find(isContentType);
    const coding = codingOfPath(this.#headers, path);
    return line === undefined && coding === null ? null : { mediaType: line?.[1] ?? null, coding };
  }

  #fieldsOf(path: TargetPath): SiteFields {
    if (!this.#options.immutable && this.#headers.length === 0) return this.#everywhere;
    return this.#remember(path.key, () => this.#makeFields(path));
  }

  #remember(key: string, make: () => SiteFields): SiteFields {
    const known = this.#byPath.get(key);
    if (known !== undefined) return known;
    const fields = make();
    if (this.#byPath.size >= MAX_REMEMBERED_PATHS) this.#byPath.clear();
    this.#byPath.set(key, fields);
    return fields;
  }

  #makeFields(path: TargetPath): SiteFields {
    const isHashed = this.#options.immutable && !path.folder &&
      isHashedName(path.segments.at(-1) ?? "");
    let { lines } = this.#everywhere;
    if (isHashed) {
      lines = lines.filter(([name]) => name.toLowerCase() !== "cache-control");
      lines = [...lines, ["Cache-Control", IMMUTABLE]];
    }
    return fieldsOfPath(this.#headers, path, lines);
  }
}

/** RFC 9110 §12.5.5: of the page of an application, as another request for the same address may get a 404. */
const VARY: FieldLine = ["Vary", NAVIGATION_FIELDS];

function isContentType([name]: FieldLine): boolean {
  return name.toLowerCase() === "content-type";
}

/** The lines for every path. What `-H` says in so many words wins over what a switch implies. */
function linesOf({ cors, isolate, cacheControl, fields }: PolicyOptions): FieldLine[] {
  const said = fields.map(checkedLine);
  const implied: FieldLine[] = [];
  if (cacheControl !== null) implied.push(checkedLine(["Cache-Control", cacheControl]));
  if (cors) {
    implied.push(["Access-Control-Allow-Origin", "*"], ["Access-Control-Expose-Headers", "*"]);
  }
  if (isolate) {
    // HTML §7.1.3 and Fetch §3.7: both together let a page have SharedArrayBuffer, and so threads of WebAssembly.
    implied.push(["Cross-Origin-Opener-Policy", "same-origin"]);
    implied.push(["Cross-Origin-Embedder-Policy", "require-corp"]);
    implied.push(["Cross-Origin-Resource-Policy", cors ? "cross-origin" : "same-origin"]);
  }
  const names = new Set(said.map(([name]) => name.toLowerCase()));
  return [...implied.filter(([name]) => !names.has(name.toLowerCase())), ...said];
}

/** Names, in lower case, of the fields that flags ask for. */
export function namesOfFlags(options: PolicyOptions): ReadonlySet<string> {
  return new Set(linesOf(options).map(([name]) => name.toLowerCase()));
}

/** A line that a program may have made. @throws {TypeError} When no response may have it. */
function checkedLine([name, value]: FieldLine): FieldLine {
  const field = parseSiteField(`${name}: ${value}`);
  if (typeof field === "string") throw new TypeError(`Cannot send a line that ${field}`);
  return field;
}

/** The answer to a preflight: Fetch §3.2.3. */
const PREFLIGHT: readonly FieldLine[] = [
  ["Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"],
  // Fetch §3.2.5: the asterisk stands for every name but this one.
  ["Access-Control-Allow-Headers", "*, Authorization"],
  ["Access-Control-Max-Age", "7200"], // As long as Chromium takes.
];

/**
 * Private Network Access (WICG) §3.1.2: before a page of a public network may reach a private one, Chromium asks whether
 * who is there knows of it. The answer opens no more than `Access-Control-Allow-Origin: *` has opened to all others.
 */
const PRIVATE_NETWORK: FieldLine = ["Access-Control-Allow-Private-Network", "true"];

/** Fetch §3.2.2: a browser that asks whether a script may ask. */
function isPreflight({ method, fields }: Request): boolean {
  return method === "OPTIONS" && fields.get("origin") !== null &&
    fields.get("access-control-request-method") !== null;
}

/** Whether flags ask for anything that files alone do not give. */
export function isAskedFor(options: PolicyOptions): boolean {
  const { listing, spa, cleanUrls, cors, isolate, immutable } = options;
  return listing || spa || cleanUrls || cors || isolate || immutable ||
    options.cacheControl !== null || options.fields.length > 0 || options.auth !== null;
}
