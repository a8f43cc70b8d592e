/** Which names are private: RFC 8615. */

/**
 * Whether a name in a path is hidden: a dotfile, such as `.git` or `.env`. `/.well-known/` is made to be found by
 * everyone.
 *
 * @param depth Where the name stands in its path; 0 is right under the root.
 * @see RFC 8615 §3
 */
export function isHidden(name: string, depth: number): boolean {
  return name.startsWith(".") && !(depth === 0 && name === ".well-known");
}
