/**
 * What a site asks for beyond its files, by flags and by its files of rules, as one value: which field lines its responses get and who may see it. Made
 * at the start and whenever those files change; a server that nothing is asked of has none, and then no request pays for any of this.
 */

import { RequestError } from "../errors.ts";
import type { Located, Request, TargetPath } from "../http/message.ts";
import { basicCredentials, CHALLENGE, isAuthorized } from "./auth.ts";
import { type FieldLine, fieldsOfStandIn, parseSiteField, type SiteFields } from "./fields.ts";
import type { LookupOptions } from "./find.ts";
import { type Demand, type Lock, LockTable } from "./locks.ts";
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
  /** What either of them locks. */
  readonly locks: readonly Lock[];
  /** What they locked a moment ago, which holds where they lock nothing now; the last first. */
  readonly formerLocks?: readonly (readonly Lock[])[];
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
  /** One of these opens what no rule locks; null if all is open. */
  readonly #credentials: Exclude<Demand, "closed"> | null;
  /** Null if no rule locks anything. */
  readonly #locks: LockTable | null;
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
    const { listing, spa, cleanUrls, httpsPort } = options;
    const redirects = rules.redirects.length === 0 ? null : new RedirectTable(rules.redirects);
    this.lookup = { listing, spa, cleanUrls, httpsPort, redirects };
    // What leads to HTTPS shows nothing, and asks for no password, which all could hear.
    const isOpen = options.auth === null || httpsPort !== null;
    this.#credentials = isOpen ? null : [[basicCredentials(options.auth)]];
    const { locks, formerLocks = [] } = rules;
    const isLocked = locks.length + formerLocks.length > 0;
    this.#locks = isLocked ? new LockTable(locks, formerLocks) : null;
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
   * @param path What it would see: the path that it names, or the address of a file that stands in for it.
   * @returns Whether it has shown a password for that.
   * @throws {RequestError} 401, whatever the request asks for: what exists is nobody's business before; 403 for what a
   * rule locks in a way that we cannot check.
   */
  admit(request: Request, path: TargetPath | null = request.path): boolean {
    const demand = this.#demandOf(path);
    if (demand === null) return false;
    if (this.#options.cors && isPreflight(request)) return false; // Fetch §4.8: it never carries credentials.
    if (demand === "closed") {
      // Whoever may see nothing of the site does not learn this either.
      if (!this.#isOfSite(request)) throw stranger(request);
      throw new RequestError(403, "RFC 9110 §11.4", {
        detail: "Cannot serve what a rule locks in a way that cannot be checked here",
        hint: "a rule of the site locks this path in a way that the server cannot check; " +
          "its log says which line",
      });
    }
    if (!meets(request, demand)) throw stranger(request);
    return true;
  }

  /**
   * Whether a peer may see what is of the site at a path: its pages for an error, its field lines.
   *
   * @param request Null if none could be read, and so no password either.
   * @param path As for {@linkcode admit}.
   */
  isAdmitted(request: Request | null, path: TargetPath | null = request?.path ?? null): boolean {
    const demand = this.#demandOf(path);
    return demand === null || demand !== "closed" && request !== null && meets(request, demand);
  }

  /** Whether anything has to be shown to see what is at a path. */
  isLocked(path: TargetPath | null): boolean {
    return this.#demandOf(path) !== null;
  }

  /**
   * Whether a peer may see a page of the site for an error. Who has no password may see `401.html`, which is there to be
   * seen so.
   */
  mayShow(request: Request | null, page: TargetPath): boolean {
    if (page.key === "401.html") return this.#demandOf(page) !== "closed";
    const path = request?.path ?? null;
    const isIn = this.#demandOf(path) === "closed"
      ? this.#isOfSite(request)
      : this.isAdmitted(request);
    return isIn && this.isAdmitted(request, page);
  }

  /** Whether a peer has passed the lock of the site, if there is one. */
  #isOfSite(request: Request | null): boolean {
    const credentials = this.#credentials;
    return credentials === null || request !== null && meets(request, credentials);
  }

  /** What it takes to see a path; null if nothing. A lock of the path comes in the place of the one of the site. */
  #demandOf(path: TargetPath | null): Demand | null {
    if (this.#locks === null || path === null) return this.#credentials;
    const demand = this.#locks.demandOf(path);
    return demand.length === 0 ? this.#credentials : demand;
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

/** Whether a request carries one of the credentials of each list. */
function meets(request: Request, demand: Exclude<Demand, "closed">): boolean {
  const given = request.fields.get("authorization");
  // Each is compared, so that the time tells nobody which one it was.
  return demand.every((list) =>
    list.filter((expected) => isAuthorized(given, expected)).length > 0
  );
}

function stranger(request: Request): RequestError {
  const hasTried = request.fields.get("authorization") !== null;
  return new RequestError(401, "RFC 9110 §15.5.2", {
    detail: hasTried ? "Cannot let in with these credentials" : "Cannot let in a stranger",
    fieldLines: [["WWW-Authenticate", CHALLENGE]],
  });
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
    options.httpsPort !== null || options.cacheControl !== null || options.fields.length > 0 ||
    options.auth !== null;
}
