/**
 * Who may see the X-ray, which shows cookies and passwords. Pure. Three attacks are met here: another site's page that
 * posts to us (Origin), an attacker's name that suddenly means 127.0.0.1 (Host, "DNS rebinding"), and, where the
 * X-ray listens for other machines, anybody on the network (token).
 */

/** Who knocks: what a request says of itself. */
export interface Visitor {
  readonly method: string;
  /** Field values; null if absent. */
  readonly host: string | null;
  readonly origin: string | null;
  readonly fetchSite: string | null;
  /** The token in the query of the target; null if absent. */
  readonly token: string | null;
}

/** What the X-ray was started with. */
export interface Door {
  /** Address that it listens on. */
  readonly hostname: string;
  readonly port: number;
  /** What a visitor must bring; null if the X-ray is for this machine alone. */
  readonly token: string | null;
}

/** Whether an address is of this machine alone. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Judges a request.
 *
 * @param isPublic Whether what is asked for is a part of Vitrine's own source, which is no secret.
 * @returns Why it is refused, for the answer; null if it may pass.
 */
export function refusalOf(visitor: Visitor, door: Door, isPublic: boolean): string | null {
  const { method, host, origin, fetchSite, token } = visitor;
  if (host === null || !isOurHost(host, door)) return "Host is not a name of this X-ray";
  if (origin !== null && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return "Origin is another site";
  }
  if (method !== "GET" && method !== "HEAD" && origin === null) return "Origin is missing";
  // A link on another page may open the page; nothing else may be asked for from there.
  if (!isPublic && fetchSite !== null && fetchSite !== "same-origin" && fetchSite !== "none") {
    return "The request comes from another site";
  }
  if (!isPublic && door.token !== null && !isSame(token ?? "", door.token)) {
    return "The token is missing or wrong";
  }
  return null;
}

/** Names that an attacker's DNS cannot give away: addresses, and `localhost`, which never leaves the machine. */
function isOurHost(host: string, { hostname, port, token }: Door): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:@/]+)(?::(\d+))?$/i.exec(host.toLowerCase());
  if (match === null || (match[2] ?? "80") !== String(port)) return false;
  const name = match[1];
  if (isLoopback(name)) return true;
  if (token === null) return false;
  const isAddress = name.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
  return isAddress || name === hostname.toLowerCase();
}

/** Compares in the same time wherever the difference is, so that nobody can guess a token piece by piece. */
function isSame(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let i = 0; i < secret.length; i++) {
    difference |= given.charCodeAt(i % Math.max(1, given.length)) ^ secret.charCodeAt(i);
  }
  return difference === 0;
}
