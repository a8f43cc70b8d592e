/**
 * The model's reading of conditions (RFC 9110 §13): of entity tags, dates, and the order in which they count. Where the
 * RFC leaves a choice, it says what Vitrine chose.
 */

/** The validators of a file: its entity tag, strong and in quotes, and the second of its last change. */
export interface Validators {
  readonly entityTag: string;
  readonly changedS: number;
}

/** What becomes of a request: go on, 304, or 412. */
export type Verdict = 200 | 304 | 412;

type Get = (name: string) => string | null;

/** Evaluates the conditions of GET and HEAD: §13.2.2, steps 1 to 4. */
export function modelConditions(get: Get, file: Validators): Verdict {
  const ifMatch = get("if-match");
  const unmodifiedSince = secondsOf(get("if-unmodified-since"));
  if (ifMatch !== null) {
    if (!namesTag(ifMatch, file.entityTag, true)) return 412;
  } else if (unmodifiedSince !== null && file.changedS > unmodifiedSince) return 412;

  const ifNoneMatch = get("if-none-match");
  const modifiedSince = secondsOf(get("if-modified-since"));
  if (ifNoneMatch !== null) {
    if (namesTag(ifNoneMatch, file.entityTag, false)) return 304;
  } else if (modifiedSince !== null && file.changedS <= modifiedSince) return 304;
  return 200;
}

/** Whether a `Range` counts: §13.1.5. A weak tag never does, and a date only if it is the very one. */
export function modelIfRange(get: Get, file: Validators): boolean {
  const value = get("if-range");
  if (value === null) return true;
  return value === file.entityTag || secondsOf(value) === file.changedS;
}

/**
 * Whether a list of entity tags names one: §13.1.1 (strongly), §13.1.2 (weakly). The RFC does not say what a list that
 * breaks the grammar means; Vitrine takes it for one that names nothing.
 */
function namesTag(list: string, entityTag: string, strongly: boolean): boolean {
  if (list === "*") return true;
  const tags: string[] = [];
  let rest = list;
  while (rest !== "") {
    // One element: blanks, perhaps a tag and blanks, and a comma or the end.
    const start = rest.length - rest.replace(/^[ \t]+/, "").length;
    rest = rest.slice(start);
    const tag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/.exec(rest)?.[0] ?? "";
    rest = rest.slice(tag.length).replace(/^[ \t]+/, "");
    if (rest !== "" && !rest.startsWith(",")) return false;
    rest = rest.slice(1);
    if (tag !== "") tags.push(tag);
  }
  // §8.8.3.2: a weak tag never matches strongly; weakly, the marks do not count.
  return tags.some((tag) => strongly ? tag === entityTag : tag.replace(/^W\//, "") === entityTag);
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * Seconds since the epoch of a date in one of the three formats (§5.6.7), or null for what is none, and so is to be
 * ignored. Two digits of a year are read as of this century: the grammar has no others.
 */
function secondsOf(value: string | null): number | null {
  if (value === null) return null;
  const fixed = /^\w{3}, (\d\d) (\w{3}) (\d{4}) (\S+) GMT$/.exec(value);
  const old = /^\w+day, (\d\d)-(\w{3})-(\d\d) (\S+) GMT$/.exec(value);
  const asctime = /^\w{3} (\w{3}) ([ \d]\d) (\S+) (\d{4})$/.exec(value);
  const [day, month, year, time] = fixed !== null
    ? fixed.slice(1)
    : old !== null
    ? [old[1], old[2], `20${old[3]}`, old[4]]
    : asctime !== null
    ? [asctime[2], asctime[1], asctime[4], asctime[3]]
    : ["", "", "", ""];
  const [hour, minute, second] = time.split(":").map(Number);
  const date = new Date(Date.UTC(Number(year), MONTHS.indexOf(month), Number(day)));
  if (time === "" || date.getUTCDate() !== Number(day)) return null;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}
