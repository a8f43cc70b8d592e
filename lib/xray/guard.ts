/**
 * Who may see the X-ray, which shows cookies and passwords. Pure. Three attacks are met here: another site's page that
 * asks or posts to us (Origin, Fetch Metadata), an attacker's name that suddenly means 127.0.0.1 (Host, "DNS rebinding"),
 * and, where the X-ray can be reached from other machines, by its own socket or through a proxy, anybody (token).
 *
 * The token is a field that only our page sends. A cookie would be sent by any page of the host: to the site on another
 * port, whose requests the X-ray shows, and, on a hub that many share, from the pages of the others.
 */

/** What a visitor may do: look, or also make experiments, compose requests and see secrets. */
export type Role = "watch" | "teach";

/** For each role, the token that gives it. */
export type Tokens = Readonly<Record<Role, string>>;

/** Who knocks: what a request says of itself. */
export interface Visitor {
  readonly method: string;
  /** Field values; null if absent. */
  readonly host: string | null;
  readonly origin: string | null;
  readonly fetchSite: string | null;
  /** `Vitrine-Token`; null if absent. */
  readonly token: string | null;
  /** Whether a field of a proxy is there: then the socket says nothing of where the visitor is. */
  readonly isForwarded: boolean;
}

/** RFC 7239, RFC 9110 §7.6.3, and what came before them: each proxy in front of us adds one of these. */
export const PROXY_FIELDS: readonly string[] = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
];

/** What the X-ray was started with. */
export interface Door {
  /** Address that it listens on. */
  readonly hostname: string;
  readonly port: number;
  /** What a visitor must bring; null if the X-ray is for this machine alone. */
  readonly tokens: Tokens | null;
  /** Where proxies show it, such as `"https://hub.example"`, in lower case. */
  readonly origins: readonly string[];
}

/** What came of a request: why it is refused, for the answer; or what its sender may do. */
export type Verdict = { readonly refusal: string } | { readonly role: Role };

/** Whether an address is of this machine alone. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Judges a request.
 *
 * @param need What its sender has to be; null if it asks for a part of Vitrine's own source, which is no secret.
 */
export function judge(visitor: Visitor, door: Door, need: Role | null): Verdict {
  const { method, host, origin, fetchSite, isForwarded } = visitor;
  if (host === null || !isOurHost(host, door)) {
    return { refusal: `Host is not a name of this X-ray; --xray-origin admits one` };
  }
  // Without tokens whoever reaches the socket is trusted, but a proxy is no visitor: it may speak for all the world.
  if (isForwarded && door.tokens === null) {
    return { refusal: "This came through a proxy; start Vitrine with --xray-origin to admit it" };
  }
  if (origin !== null && !isOurOrigin(origin.toLowerCase(), host.toLowerCase(), door)) {
    return { refusal: "Origin is another site" };
  }
  if (method !== "GET" && method !== "HEAD" && origin === null) {
    return { refusal: "Origin is missing" };
  }
  if (need === null) return { role: "watch" };
  // A link on another page may open the page; nothing else may be asked for from there.
  if (fetchSite !== null && fetchSite !== "same-origin" && fetchSite !== "none") {
    return { refusal: "The request comes from another site" };
  }
  return judgeToken(visitor.token ?? "", door.tokens, need);
}

function judgeToken(given: string, tokens: Tokens | null, need: Role): Verdict {
  if (tokens === null) return { role: "teach" };
  // Both are compared, so that the time tells nothing.
  const [teaches, watches] = [isSame(given, tokens.teach), isSame(given, tokens.watch)];
  if (teaches) return { role: "teach" };
  if (watches && need === "watch") return { role: "watch" };
  if (watches) return { refusal: "The token is for watching; this needs the one for teaching" };
  return {
    refusal: given === ""
      ? "The token is missing: open the address that Vitrine printed at its start"
      : "The token is not of this run: open the address that Vitrine printed at its last start",
  };
}

/**
 * Names that an attacker's DNS cannot give away: addresses, `localhost`, which never leaves the machine, and those that
 * whoever started the server named. The port of those is the proxy's, which some tell and some do not.
 */
function isOurHost(host: string, door: Door): boolean {
  const match = parseHost(host);
  return match !== null &&
    (isAdmitted(match.name, door) || isDirect(host, door) || isOfProxy(match.name, door));
}

/** Proxies that stand one behind the other may write the address of the next one: JupyterHub's, with `--change-origin`. */
function isOfProxy(name: string, { origins }: Door): boolean {
  return origins.length > 0 && (isLoopback(name) || isAddress(name));
}

function isAdmitted(name: string, { origins }: Door): boolean {
  return origins.some((origin) => new URL(origin).hostname === name);
}

/** Whether a host is a way to our own socket. */
function isDirect(host: string, { hostname, port, tokens }: Door): boolean {
  const match = parseHost(host);
  if (match === null || (match.port ?? "80") !== String(port)) return false;
  const { name } = match;
  if (isLoopback(name)) return true;
  if (tokens === null) return false;
  return isAddress(name) || name === hostname.toLowerCase();
}

function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}

function parseHost(host: string): { name: string; port: string | undefined } | null {
  const match = /^(\[[0-9a-f:.]+\]|[^:@/]+)(?::(\d+))?$/.exec(host.toLowerCase());
  return match === null ? null : { name: match[1], port: match[2] };
}

/**
 * Whether a page of ours has sent it. Codespaces writes our own address in the place of the one that the browser knows, and
 * in some of its ways leaves `Host` as it was; a page can be at that address only if we serve it.
 */
function isOurOrigin(origin: string, host: string, door: Door): boolean {
  if (door.origins.includes(origin)) return true;
  if (origin === `http://${host}` && isDirect(host, door)) return true;
  const own = /^https?:\/\/(.*)$/.exec(origin)?.[1] ?? "";
  return door.origins.length > 0 && isDirect(own, door) && isLoopback(parseHost(own)?.name ?? "");
}

/** Compares in the same time wherever the difference is, so that nobody can guess a token piece by piece. */
function isSame(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let i = 0; i < secret.length; i++) {
    difference |= given.charCodeAt(i % Math.max(1, given.length)) ^ secret.charCodeAt(i);
  }
  return difference === 0;
}
