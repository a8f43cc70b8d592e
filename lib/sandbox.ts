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
  { root, hostname, port, cert, key }: Pick<
    Options,
    "root" | "hostname" | "port" | "cert" | "key"
  >,
): Permission[] {
  const needed = [
    { name: "read", path: root },
    { name: "net", host: hostAndPort(hostname, port) },
  ] as const;
  const mayNot = (permission: Deno.PermissionDescriptor) =>
    Deno.permissions.querySync(permission).state !== "granted";
  const missing: Permission[] = needed.filter(mayNot).map(({ name }) => name);
  const pems = [cert, key].filter((path) => path !== null);
  if (pems.some((path) => mayNot({ name: "read", path }))) missing.push("certificate");
  return missing;
}
