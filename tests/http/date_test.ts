import { assertEquals } from "@std/assert";
import { formatHttpDate, parseHttpDate } from "../../lib/http/date.ts";

const SAMPLE_MS = Date.UTC(1994, 10, 6, 8, 49, 37); // the example of RFC 9110 §5.6.7
const NOW_MS = Date.UTC(2026, 5, 15, 12);

const FORMATS = [
  // epochMs, expected, why
  [SAMPLE_MS, "Sun, 06 Nov 1994 08:49:37 GMT", "the example of RFC 9110 §5.6.7"],
  [SAMPLE_MS + 999, "Sun, 06 Nov 1994 08:49:37 GMT", "a part of a second is cut off, not rounded"],
  [0, "Thu, 01 Jan 1970 00:00:00 GMT", "files of images are often that old"],
  [-1, "Wed, 31 Dec 1969 23:59:59 GMT", "cut off towards the past also before the epoch"],
  [Date.UTC(-1, 12), "Sat, 01 Jan 0000 00:00:00 GMT", "the first year of four digits"],
  [Date.UTC(-1, 12) - 1, "Sat, 01 Jan 0000 00:00:00 GMT", "a year before 0 has no format"],
  [Date.UTC(9999, 11, 31), "Fri, 31 Dec 9999 00:00:00 GMT", "the last year of four digits"],
  [Date.UTC(10_000, 0), "Fri, 31 Dec 9999 23:59:59 GMT", "a year after 9999 has no format"],
  [1e300, "Fri, 31 Dec 9999 23:59:59 GMT", "never Invalid Date on the wire"],
] as const;

for (const [epochMs, expected, why] of FORMATS) {
  Deno.test(`formatHttpDate() of ${epochMs}: ${why}`, () => {
    assertEquals(formatHttpDate(epochMs), expected);
  });
}

const PARSES = [
  // fieldValue, expected, why
  ["Sun, 06 Nov 1994 08:49:37 GMT", SAMPLE_MS, "IMF-fixdate"],
  ["Sunday, 06-Nov-94 08:49:37 GMT", SAMPLE_MS, "rfc850-date"],
  ["Sun Nov  6 08:49:37 1994", SAMPLE_MS, "asctime-date, day with a space"],
  [
    "Wed Nov 16 08:49:37 1994",
    Date.UTC(1994, 10, 16, 8, 49, 37),
    "asctime-date, day of two digits",
  ],
  ["Sun Nov 06 08:49:37 1994", SAMPLE_MS, "date3 is 2DIGIT or SP 1DIGIT: a zero is two digits"],
  ["Mon, 06 Nov 1994 08:49:37 GMT", SAMPLE_MS, "a wrong weekday is not checked"],
  ["Mom, 06 Nov 1994 08:49:37 GMT", null, "twin: but it has to be a weekday"],
  ["Wednesday, 06-Nov-94 08:49:37 GMT", SAMPLE_MS, "each long name has its own ending"],
  ["Wedday, 06-Nov-94 08:49:37 GMT", null, "twin: no such name"],
  ["Sun, 06-Nov-94 08:49:37 GMT", null, "rfc850-date takes the long names"],
  ["Sunday, 06 Nov 1994 08:49:37 GMT", null, "IMF-fixdate takes the short ones"],
  ["Sunday, 06-Nov-1994 08:49:37 GMT", null, "rfc850-date has two digits of a year"],
  ["sun, 06 Nov 1994 08:49:37 GMT", null, "case-sensitive day"],
  ["Sun, 06 nov 1994 08:49:37 GMT", null, "case-sensitive month"],
  ["Sun, 06 Nov 1994 08:49:37 gmt", null, "case-sensitive zone"],
  ["Sun, 06 Nov 1994 08:49:37 UTC", null, "GMT is the only zone"],
  ["Sun, 06 Nov 1994 08:49:37 +0000", null, "numeric zones are of mail, not HTTP"],
  ["Sun, 06 Nov 1994 08:49:37", null, "no zone"],
  ["Sun,  06 Nov 1994 08:49:37 GMT", null, "no more whitespace than shown"],
  ["Sun, 6 Nov 1994 08:49:37 GMT", null, "day is 2DIGIT"],
  ["Sun Nov 6 08:49:37 1994", null, "asctime pads its day"],
  [" Sun, 06 Nov 1994 08:49:37 GMT", null, "nothing in front"],
  ["Sun, 06 Nov 1994 08:49:37 GMT\n", null, "nothing behind, a line end included"],
  ["Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", null, "two field lines"],
  ["Tue, 31 Nov 1994 08:49:37 GMT", null, "November has 30 days"],
  ["Tue, 00 Nov 1994 08:49:37 GMT", null, "no day 0"],
  ["Tue, 29 Feb 2000 00:00:00 GMT", Date.UTC(2000, 1, 29), "a leap year by the rule of 400"],
  ["Tue, 29 Feb 1900 00:00:00 GMT", null, "no leap year by the rule of 100"],
  ["Sun, 06 Nov 1994 23:59:59 GMT", Date.UTC(1994, 10, 6, 23, 59, 59), "the last second of a day"],
  ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1), "a leap second, that of 2016"],
  ["Sat, 31 Dec 2016 08:49:60 GMT", null, "twin: leap seconds end a day"],
  ["Sat, 31 Dec 2016 23:59:61 GMT", null, "no minute has 62 seconds"],
  ["Sun, 06 Nov 1994 24:00:00 GMT", null, "hours end at 23"],
  ["Sun, 06 Nov 1994 08:60:00 GMT", null, "minutes end at 59"],
  ["Sun, 01 Jan 0050 00:00:00 GMT", new Date("0050-01-01").getTime(), "year 50 is not 1950"],
  ["Sun, 06 Nov １９９４ 08:49:37 GMT", null, "digits are ASCII"],
  ["784111777", null, "a number is no date"],
  ["", null, "nothing"],
] as const;

for (const [fieldValue, expected, why] of PARSES) {
  Deno.test(`parseHttpDate() of ${JSON.stringify(fieldValue)}: ${why}`, () => {
    assertEquals(parseHttpDate(fieldValue, NOW_MS), expected);
  });
}

const CENTURIES = [
  // rfc850-date, present, expected, why
  [
    "Monday, 15-Jun-76 12:00:00 GMT",
    NOW_MS,
    Date.UTC(2076, 5, 15, 12),
    "50 years ahead is not more",
  ],
  ["Monday, 15-Jun-76 12:00:01 GMT", NOW_MS, Date.UTC(1976, 5, 15, 12, 0, 1), "one second more is"],
  [
    "Monday, 15-Jun-27 12:00:00 GMT",
    NOW_MS,
    Date.UTC(2027, 5, 15, 12),
    "next year stays next year",
  ],
  ["Monday, 01-Jan-00 00:00:00 GMT", NOW_MS, Date.UTC(2000, 0, 1), "the start of this century"],
  ["Monday, 31-Dec-99 00:00:00 GMT", NOW_MS, Date.UTC(1999, 11, 31), "the end of the last one"],
  [
    "Monday, 01-Jan-10 00:00:00 GMT",
    Date.UTC(2095, 0),
    Date.UTC(2110, 0, 1),
    "15 years ahead, in the next century",
  ],
  [
    "Monday, 29-Feb-00 00:00:00 GMT",
    Date.UTC(2060, 0),
    Date.UTC(2000, 1, 29),
    "2100 is ahead, and has no such day",
  ],
  ["Monday, 29-Feb-01 00:00:00 GMT", NOW_MS, null, "a day that no century has"],
] as const;

for (const [fieldValue, nowMs, expected, why] of CENTURIES) {
  Deno.test(`parseHttpDate() finds the century of ${fieldValue}: ${why}`, () => {
    assertEquals(parseHttpDate(fieldValue, nowMs), expected);
  });
}
