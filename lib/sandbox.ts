/**
 * What Deno's sandbox lets us do, asked at the start and before anything is tried, so that all that is missing can be
 * named at once.
 */

import type { Permission } from "./boot_errors.ts";
import { hostAndPort } from "./cli.ts";
import type { Options } from "./options.ts";

/**
 * Tells which permissions serving needs and does not have. Nothing is requested: no prompt appears.
 *
 * @throws {URIError} When the host to listen on is no host at all.
 */
export function missingPermissions(
  { root, hostname, port }: Pick<Options, "root" | "hostname" | "port">,
  workers: number,
): Permission[] {
  const isMissing = (permission: Deno.PermissionDescriptor) =>
    Deno.permissions.querySync(permission).state !== "granted";
  const missing: Permission[] = [];
  if (isMissing({ name: "read", path: root })) missing.push("read");
  if (isMissing({ name: "net", host: hostAndPort(hostname, port) })) missing.push("net");
  if (workers > 1) {
    // A worker reads its modules anew, and Deno asks leave for each of them; the folder is the shortest name for all.
    if (isMissing({ name: "read", path: new URL(".", import.meta.url) })) missing.push("modules");
    // Without --unstable-net, `reusePort` ends the process on the spot. The same flag brings this function.
    if (typeof Deno.listenDatagram !== "function") missing.push("share");
  }
  return missing;
}
