/**
 * RFC 9110 §5.6.7: dates in fields. Milliseconds since the epoch go in and out; the wire has whole
 * seconds. The clock is read by others: where "now" matters, it is an argument.
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY_NAME = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTH = `(?<month>${MONTHS.join("|")})`;
// A leap second exists at the end of a UTC day only.
const TIME_OF_DAY = "(?<time>(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d|23:59:60)";

// RFC 9110 §5.6.7: all names are case-sensitive, and no whitespace is allowed beyond what is shown.
const IMF_FIXDATE = new RegExp(
  `^${DAY_NAME}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME_OF_DAY} GMT$`,
);
const RFC850_DATE = new RegExp(
  `^${LONG_DAY_NAME}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME_OF_DAY} GMT$`,
);
const ASCTIME_DATE = new RegExp(
  `^${DAY_NAME} ${MONTH} (?<day>\\d\\d| \\d) ${TIME_OF_DAY} (?<year>\\d{4})$`,
);

// What four digits of a year can say. January of the year 0 is month 12 of the year -1, as Date.UTC takes
// the years 0 to 99 for 1900 to 1999.
const FIRST_MS = Date.UTC(-1, 12);
const LAST_MS = Date.UTC(10_000, 0) - 1;

/**
 * Gives a time as IMF-fixdate, the one format that is ever sent.
 *
 * @param epochMs Milliseconds since the epoch; a part of a second is cut off. Years outside 0 to 9999,
 * which a file system can hold and the format cannot, become the nearest that fits.
 * @returns For example `"Sun, 06 Nov 1994 08:49:37 GMT"`.
 * @see RFC 9110 §5.6.7
 */
export function formatHttpDate(epochMs: number): string {
  return new Date(Math.min(Math.max(epochMs, FIRST_MS), LAST_MS)).toUTCString();
}

/**
 * Reads a date in any of the three formats that a recipient has to accept. Never throws.
 *
 * A name of a weekday must be one, but need not be that day's: browsers and nginx do not check it
 * either, and the date says it already.
 *
 * @param fieldValue As received, for example `"Sunday, 06-Nov-94 08:49:37 GMT"`.
 * @param nowMs The present, in ms since the epoch: decides the century of a two-digit year.
 * @returns Milliseconds since the epoch, or null if this is no date. A leap second is the second after.
 * @see RFC 9110 §5.6.7
 */
export function parseHttpDate(fieldValue: string, nowMs: number): number | null {
  const whole = (IMF_FIXDATE.exec(fieldValue) ?? ASCTIME_DATE.exec(fieldValue))?.groups;
  if (whole !== undefined) return epochMsOf(whole, Number(whole.year));
  const short = RFC850_DATE.exec(fieldValue)?.groups;
  if (short === undefined) return null;

  // RFC 9110 §5.6.7: what appears to be more than 50 years ahead MUST be read as the most recent past
  // year with these digits. So the year is the last one that is not further ahead than that.
  const limit = new Date(nowMs);
  limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  const century = Math.floor(limit.getUTCFullYear() / 100) * 100;
  const year = century + Number(short.year);
  const epochMs = epochMsOf(short, year);
  return epochMs !== null && epochMs <= limit.getTime() ? epochMs : epochMsOf(short, year - 100);
}

/** Milliseconds since the epoch, or null if the month has no such day in that year. */
function epochMsOf(parts: Record<string, string>, year: number): number | null {
  const day = Number(parts.day);
  const [hour, minute, second] = parts.time.split(":").map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, MONTHS.indexOf(parts.month), day);
  if (date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second);
}
