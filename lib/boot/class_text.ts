/** What `--class` says at the start: what is shown to whom, and the address that students open. */

import { hostAndPort } from "./cli.ts";

/**
 * Says it, in two lines.
 *
 * @param secure Whether the site is served over TLS.
 */
export function classText(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  secure: boolean,
): string {
  // The sandbox hides the addresses of the machine.
  const isAll = hostname === "0.0.0.0" || hostname === "::";
  const host = isAll ? "ADDRESS-OF-THIS-MACHINE" : hostname;
  return [
    `Class: students open ${secure ? "https" : "http"}://${hostAndPort(host, port)}/.vitrine/me`,
    "Class: there each client address sees its own requests and the lessons; the X-ray sees all, in a table",
  ].join("\n");
}
