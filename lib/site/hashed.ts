/**
 * Names that build tools give to files that never change: `app.3f9a1c.js` (webpack, Parcel), `index-BkZ3fLq0.js` (Vite,
 * Rollup), `chunk-5CFQRCPP.js` (esbuild). Other bytes get another name, so a copy is good for ever.
 *
 * A flag turns this on, and not a rule of `_headers`: the patterns that both vendors share know `*` and `:name`, which
 * cannot tell `app.3f9a1c.js` from `app.min.js`.
 */

/** What such a file may say. Not `public`: behind a password, that would let shared caches keep it (RFC 9111 §3.5). */
export const IMMUTABLE = "max-age=31536000, immutable"; // RFC 8246 §2; a year is what caches take for "ever".

/** What bundlers write and people seldom do by hand: here a hash may be in letters that words are made of, too. */
const CODE = /\.(?:js|mjs|css|wasm)$/;

/**
 * Guesses whether a file's name holds a hash of its bytes. A wrong no costs a request; a wrong yes shows a reader an
 * old file for a year, so words, versions and dates (`jquery-3.7.1.js`, `photo-20240131.jpg`) are no hash.
 *
 * @param fileName The last name of a path.
 */
export function isHashedName(fileName: string): boolean {
  if (/\.html?$/.test(fileName)) return false; // A page's address is known by heart: it is never new.
  const stem = fileName.slice(0, fileName.lastIndexOf("."));
  if (stem.split(/[.\-_]/).slice(1).some(isHexHash)) return true;
  const match = CODE.test(fileName) ? /.[.-]([\w-]{8})$/.exec(stem) : null;
  return match !== null && isMixedHash(match[1]);
}

/** As digests are written. All digits is more likely a date, all letters a word, such as "facade". */
function isHexHash(text: string): boolean {
  return /^[0-9a-f]{6,64}$/.test(text) && /\d/.test(text) && /[a-f]/.test(text);
}

/** Eight characters of base 32 or base 64, of which a word with a number behind it is no mix. */
function isMixedHash(text: string): boolean {
  if (/^[A-Z2-7]{8}$/.test(text)) return /\d/.test(text) && /[A-Z]/.test(text);
  const runs = text.match(/[a-z]+|[A-Z]+|\d+|[-_]+/g) ?? [];
  return /\d/.test(text) && runs.length >= 5;
}
