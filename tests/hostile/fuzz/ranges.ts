/**
 * The model's reading of `Range` (RFC 9110 §14): slow, plain, and of nobody's making but its own. Where the RFC leaves a
 * choice, it says what Vitrine chose.
 */

/** Positions, both inclusive. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** Most ranges that are taken from one field; more are ignored (§14.2: a MAY). */
const MAX_RANGES = 256;

/** One range as written, in numbers of any size; null: left out. */
interface Spec {
  readonly first: bigint | null;
  readonly last: bigint | null;
}

/** Gives the bytes that a `Range` asks for, all of them, or none that exist. */
export function modelRanges(
  value: string,
  size: number,
): readonly Span[] | "whole" | "unsatisfiable" {
  const specs = readSpecs(value);
  if (specs === null) return "whole";
  const spans = specs.map((spec) => spanOf(spec, size)).filter((span) => span !== null);
  if (spans.length === 0) return "unsatisfiable";
  // §14.1.2: a suffix of an empty file can be satisfied; no Content-Range could say how.
  return size === 0 ? "whole" : joinSpans(spans);
}

/** Null for what is to be ignored: §14.2 allows that for a syntax error, and asks for it for another unit. */
function readSpecs(value: string): Spec[] | null {
  const [unit, ...rest] = value.split("=");
  if (unit.toLowerCase() !== "bytes" || rest.length === 0) return null;
  const elements = rest.join("=").split(",").map((element) => element.trim());
  const specs: Spec[] = [];
  for (const element of elements.filter((element) => element !== "")) {
    const parts = element.split("-");
    if (parts.length !== 2 || !parts.every((part) => /^[0-9]*$/.test(part))) return null;
    const [first, last] = parts.map((part) => part === "" ? null : BigInt(part));
    if (first === null && last === null) return null;
    if (first !== null && last !== null && last < first) return null; // §14.1.1: invalid.
    specs.push({ first, last });
  }
  return specs.length === 0 || specs.length > MAX_RANGES ? null : specs;
}

function spanOf({ first, last }: Spec, size: number): Span | null {
  const end = BigInt(size) - 1n;
  if (first === null) {
    const length = last ?? 0n;
    if (length === 0n) return null;
    return { first: length > end ? 0 : Number(end + 1n - length), last: Number(end) };
  }
  if (first > end) return null;
  return { first: Number(first), last: Number(last === null || last > end ? end : last) };
}

/**
 * §15.3.7.2 lets a server join what overlaps or touches. Vitrine does, and a joined range stands where the first of its
 * parts was asked for.
 */
function joinSpans(spans: readonly Span[]): Span[] {
  let joined: Span[] = [];
  for (const span of spans) {
    let grown = span;
    let place = -1;
    // Until nothing touches it any more: growing may make it touch others.
    for (let changed = true; changed;) {
      const at = joined.findIndex((other) =>
        other.first <= grown.last + 1 && grown.first <= other.last + 1
      );
      changed = at !== -1;
      if (!changed) break;
      const other = joined[at];
      grown = {
        first: Math.min(grown.first, other.first),
        last: Math.max(grown.last, other.last),
      };
      place = place === -1 ? at : Math.min(place, at);
      joined = joined.filter((_, i) => i !== at);
    }
    if (place === -1) joined.push(grown);
    else joined.splice(place, 0, grown);
  }
  return joined;
}
