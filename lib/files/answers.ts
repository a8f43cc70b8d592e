/** Why there is no file, as step (iv) says it: by itself, and by what the system answers. */

import { codeOf, isOutOfDescriptors } from "../errors.ts";
import type { Located } from "../http/message.ts";

/** @param why For the log and the X-ray. */
export function absent(why: string): Located<never> {
  return { kind: "absent", why };
}

export const ABSENT: Located<never> = absent("not found");
export const OUTSIDE: Located<never> = absent("leads out of the root");
export const NOT_REGULAR: Located<never> = absent("not a regular file");

/**
 * What the system's answers mean to a peer, by their codes. What happens on a disk is never our fault, and so never
 * 500: an answer that is not here is 503, and its code stands in the log.
 */
const ANSWERS: Readonly<Record<string, Located<never>>> = {
  ENOENT: ABSENT,
  ESTALE: ABSENT, // What a network file system says of a file that somebody else has removed.
  ENOTDIR: absent("a file, named like a folder"),
  ELOOP: absent("links in a circle"),
  ENAMETOOLONG: absent("name too long"),
  EISDIR: NOT_REGULAR,
  ENXIO: NOT_REGULAR, // A socket.
  ENODEV: NOT_REGULAR, // A device without a driver.
  EACCES: { kind: "forbidden" },
  EPERM: { kind: "forbidden" },
  // Windows: another program has it open and shares it with nobody, or has locked the part that is read.
  EBUSY: {
    kind: "unavailable",
    why: "another program has it open",
    hint:
      "another program has this file open for itself alone; close it there, and reload the page",
  },
};

/** What an error of the system means. @throws The error itself, if it is none: a mistake of ours. */
export function whyNot(error: unknown): Located<never> {
  if (error instanceof Deno.errors.NotCapable) return { kind: "forbidden" };
  if (isOutOfDescriptors(error)) return { kind: "unavailable", why: "no file descriptor left" };
  const code = codeOf(error);
  if (Object.hasOwn(ANSWERS, code)) return ANSWERS[code];
  // Windows has thousands of answers, and Deno a code for some fifty: of a cloud that is out of reach, it has the number alone.
  const answer = code || numberOf(error);
  if (answer === null) throw error;
  return { kind: "unavailable", why: `the system says ${answer}` };
}

/** The number that the system gave an error; null if it is none of the system's. Its words depend on the language. */
function numberOf(error: unknown): string | null {
  return error instanceof Error ? /\((os error \d+)\)/.exec(error.message)?.[1] ?? null : null;
}
