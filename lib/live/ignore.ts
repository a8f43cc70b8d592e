/** `--live-ignore`: patterns of paths whose changes matter to no page. Pure. */

/** A part of a pattern: what it takes, and whether it takes that any number of times. */
interface Part {
  readonly takes: (character: string) => boolean;
  readonly repeats: boolean;
  /** For `**` with its slash: what comes next stands at the start of a name. */
  readonly atName?: boolean;
}

const isAny = () => true;
const isInName = (character: string) => character !== "/";
const ANY: Part = { takes: isAny, repeats: true };
const ANY_NAMES: Part = { takes: isAny, repeats: true, atName: true };

/**
 * Makes a test of paths, relative to the root, of patterns as `.gitignore` has them: `*` is a part of a name, `**` any
 * number of names, `?` one character. One without a slash is a name at any depth, such as `*.log`; one with a slash starts
 * at the root. What is in a folder that matches is ignored with it.
 */
export function ignores(patterns: readonly string[]): (path: string) => boolean {
  const all = patterns.map(partsOf);
  return (path) => path !== "" && all.some((parts) => matches(parts, path));
}

function partsOf(pattern: string): readonly Part[] {
  let [start, end] = [0, pattern.length];
  while (end > 0 && pattern[end - 1] === "/") end--;
  const isAtRoot = pattern.lastIndexOf("/", end - 1) !== -1;
  while (start < end && pattern[start] === "/") start++;
  const parts = pattern.slice(start, end).split(/(\*\*\/|\*\*|\*|\?)/).flatMap(partsOfWord);
  return isAtRoot ? parts : [ANY_NAMES, ...parts];
}

function partsOfWord(word: string): readonly Part[] {
  if (word === "**/") return [ANY_NAMES];
  if (word === "**") return [ANY];
  if (word === "*") return [{ takes: isInName, repeats: true }];
  if (word === "?") return [{ takes: isInName, repeats: false }];
  return [...word].map((own) => ({ takes: (character) => character === own, repeats: false }));
}

/**
 * Whether a path, or a folder that it lies in, matches. All ways to read the pattern are followed side by side, so it takes
 * no longer than path times pattern, however many stars there are; a regular expression would.
 */
function matches(parts: readonly Part[], path: string): boolean {
  let before = "/"; // A path starts at the start of a name.
  let places = reached(parts, [0], before);
  for (const character of path) {
    if (character === "/" && places.has(parts.length)) return true;
    const next: number[] = [];
    for (const place of places) {
      const part = parts[place];
      if (part?.takes(character)) next.push(part.repeats ? place : place + 1);
    }
    before = character;
    places = reached(parts, next, before);
  }
  return places.has(parts.length);
}

/** Places in a pattern that are reached from others without taking a character: what repeats may take none. */
function reached(parts: readonly Part[], from: readonly number[], before: string): Set<number> {
  const places = new Set<number>();
  for (let place of from) {
    while (!places.has(place)) {
      places.add(place);
      const part = parts[place];
      if (!part?.repeats || part.atName && before !== "/") break;
      place++;
    }
  }
  return places;
}
