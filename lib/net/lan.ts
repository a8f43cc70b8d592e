/**
 * The address of this machine in its network. The sandbox hides it (`Deno.networkInterfaces` needs `--allow-sys`), but
 * each connection from another machine tells to which address that one spoke.
 */

/** One end of a connection. */
export interface End {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Gives the address under which another machine has reached us, such as `"http://192.168.1.20:3000/"`.
 *
 * @returns Null if the peer is this machine, or if no browser could open the address.
 */
export function lanUrl(local: End, remote: End, secure: boolean): string | null {
  const [here, there] = [plainAddress(local.hostname), plainAddress(remote.hostname)];
  if (isLoopback(there) || there === here) return null;
  // RFC 6874 gave link-local IPv6 addresses with a zone a place in URLs, which no browser has taken up.
  if (here.includes("%") || /^fe[89ab]/i.test(here)) return null;
  const host = here.includes(":") ? `[${here}]` : here;
  const isDefault = local.port === (secure ? 443 : 80);
  return `${secure ? "https" : "http"}://${host}${isDefault ? "" : `:${local.port}`}/`;
}

/** An address without the form in which IPv4 comes over a socket of both families: RFC 4291 §2.5.5.2. */
export function plainAddress(hostname: string): string {
  return /^::ffff:([0-9.]+)$/i.exec(hostname)?.[1] ?? hostname;
}

/** RFC 1122 §3.2.1.3: all of 127/8; RFC 4291 §2.5.3: `::1`. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
