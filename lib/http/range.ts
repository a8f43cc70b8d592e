/**
 * RFC 9110 §14: range requests. The field value of `Range` and a length go in; positions come out, and
 * the field values and the frame of multipart content that tell the peer which bytes it gets. Whether
 * `Range` counts at all is for `conditional.ts`, the bytes themselves are for step (vi).
 */

/** Positions of bytes, both inclusive: RFC 9110 §14.1.2. */
export interface ByteRange {
  readonly firstPos: number;
  readonly lastPos: number;
}

/** One range-spec as written, in digits: `5-` has no `lastPos`, and `-5` no `firstPos`. */
interface RangeSpec {
  readonly firstPos: string;
  readonly lastPos: string;
}

// RFC 9110 §14.1: names of range units are case-insensitive; this server knows one of them.
const BYTES_UNIT = /^bytes=/i;
const EMPTY_ELEMENT = /^[ \t]*$/;
const RANGE_SPEC = /^[ \t]*(\d*)-(\d*)[ \t]*$/;

/**
 * Selects the bytes that one `Range` field asks for. Never throws.
 *
 * @param fieldValue As received, for example `"bytes=0-499"`.
 * @param size Length of the selected representation, in bytes; 0 or more.
 * @param maxRanges How many ranges are taken from one field; more are ignored as a whole.
 * @returns Positions, both inclusive, in the order asked for, none touching another; or why not:
 * `"ignore"` (200), `"unsatisfiable"` (416).
 * @see RFC 9110 §14.1.2 (syntax) and §14.2 (when to ignore)
 */
export function selectRanges(
  fieldValue: string,
  size: number,
  maxRanges: number,
): readonly ByteRange[] | "ignore" | "unsatisfiable" {
  const specs = parseRangeSet(fieldValue, maxRanges);
  if (specs === null) return "ignore";
  const ranges = specs.map((spec) => resolve(spec, size)).filter((range) => range !== null);
  if (ranges.length === 0) return "unsatisfiable";
  // RFC 9110 §14.1.2: `-5` is satisfiable even in an empty file, yet no Content-Range could say which
  // bytes those are. All of the file is what was asked for, so it is sent as such.
  if (size === 0) return "ignore";
  return coalesce(ranges);
}

/**
 * The range-specs of a `Range` field, or null if it is one to ignore: another unit, more specs than
 * allowed, or a syntax error, which RFC 9110 §14.2 lets us ignore or reject; nginx answers 416, we send
 * the file. A blank after the equals sign is in no rule of the grammar but in an example of the RFC.
 */
function parseRangeSet(fieldValue: string, maxRanges: number): RangeSpec[] | null {
  if (!BYTES_UNIT.test(fieldValue)) return null;
  const specs: RangeSpec[] = [];
  for (const element of fieldValue.slice("bytes=".length).split(",")) {
    if (EMPTY_ELEMENT.test(element)) continue; // RFC 9110 §5.6.1.2: skip empty elements of a list.
    const match = RANGE_SPEC.exec(element);
    if (match === null || specs.length === maxRanges) return null;
    const [, firstPos, lastPos] = match;
    if (firstPos === "" && lastPos === "") return null;
    // RFC 9110 §14.1.1: a last-pos before its first-pos makes the whole set invalid.
    if (firstPos !== "" && lastPos !== "" && isLess(lastPos, firstPos)) return null;
    specs.push({ firstPos, lastPos });
  }
  return specs.length === 0 ? null : specs;
}

/**
 * Compares two decimal numbers of any length. RFC 9110 §14.1.2: large numerals are to be expected, and
 * past 2^53 a `Number` no longer tells neighbours apart.
 */
function isLess(a: string, b: string): boolean {
  const shortA = a.replace(/^0+/, "");
  const shortB = b.replace(/^0+/, "");
  return shortA.length === shortB.length ? shortA < shortB : shortA.length < shortB.length;
}

/**
 * The positions that a range-spec stands for in a file of that size, or null if it is unsatisfiable.
 *
 * Numbers past 2^53 are rounded, and `1e400` is infinite; both stay past the end of any file, so the
 * results are exact.
 */
function resolve(spec: RangeSpec, size: number): ByteRange | null {
  const lastByte = size - 1;
  if (spec.firstPos === "") {
    const suffixLength = Number(spec.lastPos);
    if (suffixLength === 0) return null; // RFC 9110 §14.1.2: the last zero bytes are no bytes.
    return { firstPos: Math.max(size - suffixLength, 0), lastPos: lastByte };
  }
  const firstPos = Number(spec.firstPos);
  if (firstPos >= size) return null;
  return {
    firstPos,
    lastPos: spec.lastPos === "" ? lastByte : Math.min(Number(spec.lastPos), lastByte),
  };
}

/**
 * Joins ranges that overlap or touch, as RFC 9110 §15.3.7.2 allows, so that no byte is ever sent twice
 * and a small request cannot ask for many times the file (§17.15). A joined range stands where the first
 * of its parts was asked for.
 */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const ascending = ranges
    .map((range, order) => ({ ...range, order }))
    .sort((a, b) => a.firstPos - b.firstPos);
  const joined: typeof ascending = [];
  for (const range of ascending) {
    const before = joined.at(-1);
    if (before === undefined || range.firstPos > before.lastPos + 1) {
      joined.push(range);
    } else {
      before.lastPos = Math.max(before.lastPos, range.lastPos);
      before.order = Math.min(before.order, range.order);
    }
  }
  return joined
    .sort((a, b) => a.order - b.order)
    .map(({ firstPos, lastPos }) => ({ firstPos, lastPos }));
}

/** The `Content-Range` of a 206, for example `"bytes 0-4/10"`: RFC 9110 §14.4. */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.firstPos}-${range.lastPos}/${size}`;
}

/** The `Content-Range` of a 416: an asterisk for the range, then the size. RFC 9110 §14.4. */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}

/**
 * Gives the boundary of multipart content: always the same for the same arguments, so that HEAD and a
 * retry see the same head.
 *
 * A boundary must not occur in the file (RFC 2046 §5.1.1). Looking would mean to read the file twice; 128
 * bits of a hash make it as good as impossible by accident, and the seed keeps who writes a file from
 * knowing the boundary beforehand and faking the end of a part.
 *
 * @param entityTag Of the file, so that each state has its own.
 * @param ranges The parts to come.
 * @param seed Random text drawn once per process, such as a UUID; never sent.
 * @returns 32 hexadecimal digits, which need no quotes as a parameter.
 * @see RFC 9110 §14.6
 */
export function multipartBoundary(
  entityTag: string,
  ranges: readonly ByteRange[],
  seed: string,
): string {
  const positions = ranges.map(({ firstPos, lastPos }) => `${firstPos}-${lastPos}`).join();
  return [0, 1, 2, 3].map((lane) => hash(`${lane} ${seed} ${entityTag} ${positions}`)).join("");
}

/** 8 hexadecimal digits: FNV-1a over the characters, then the final mixing of MurmurHash3. */
function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, "0");
}

/** What {@linkcode multipartPartHead} writes down. */
export interface PartHead {
  readonly boundary: string;
  /** The `Content-Type` of the whole file. */
  readonly mediaType: string;
  readonly range: ByteRange;
  /** Length of the whole file, in bytes. */
  readonly size: number;
}

/**
 * Gives what stands before the bytes of one part: its delimiter, its field lines, an empty line. The CRLF of a delimiter
 * ends the part before it, or before the first an empty preamble: nginx and Apache send that too, and zsync drops the
 * first line without a look.
 *
 * @see RFC 9110 §14.6; RFC 2046 §5.1.1 (delimiters)
 */
export function multipartPartHead(part: PartHead): string {
  return `\r\n--${part.boundary}\r\n` +
    `Content-Type: ${part.mediaType}\r\n` +
    `Content-Range: ${contentRange(part.range, part.size)}\r\n\r\n`;
}

/** Gives what stands after the bytes of the last part: RFC 2046 §5.1.1. */
export function multipartClose(boundary: string): string {
  return `\r\n--${boundary}--\r\n`;
}
