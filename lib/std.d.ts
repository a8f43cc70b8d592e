/**
 * Types of the `@std` modules that Vitrine imports, with the signatures that JSR publishes. The npm copy of the
 * standard library has no types; on JSR this file is not needed, and the map in `deno.json` is all that changes.
 */

declare module "@std/path" {
  /** Joins path segments with the platform's separator and normalizes the result. */
  export function join(path: string | URL, ...paths: string[]): string;
}
