/**
 * Why a response has its status, in plain words, for every status that Vitrine can give. Pure data and one look-up:
 * the first row whose conditions all hold is the answer.
 */

/** What the choice of words depends on. */
export interface Facts {
  readonly statusCode: number;
  /** The rule of the `RequestError` that decided; null if none did. */
  readonly rule: string | null;
  readonly method: string;
  /** Names of the fields that the request had, in lower case. */
  readonly fieldNames: ReadonlySet<string>;
  /** The media type of the response, or empty. */
  readonly contentType: string;
}

/** Why, and where that is written. */
export interface Reason {
  readonly text: string;
  readonly section: string;
}

/** What must hold beside the status for a row to be the answer. */
interface Conditions {
  /** Holds only for this rule of a `RequestError`. */
  readonly rule?: string;
  /** Holds only for this method. */
  readonly method?: string;
  /** Holds only if the request had this field. */
  readonly field?: string;
  /** Holds only if the response has this media type. */
  readonly contentType?: string;
}

interface Row extends Reason, Conditions {
  readonly status: number;
}

/** One row per reason; the last of each status says what the status means at all. */
const ROWS: readonly (readonly [
  status: number,
  text: string,
  section: string,
  conditions?: Conditions,
])[] = [
  [0, "the peer left before there was a response", "RFC 9112 §9.5"],
  [100, "you asked to be told before sending content, and may go on", "RFC 9110 §10.1.1"],

  [200, "you asked about the file with HEAD: the head that GET would get", "RFC 9110 §9.3.2", {
    method: "HEAD",
  }],
  [
    200,
    "your If-Range names another state or a compressed form: all of the file comes, not a part",
    "RFC 9110 §13.1.5",
    { field: "if-range" },
  ],
  [200, "your Range cannot be used as it is, so the whole file comes", "RFC 9110 §14.2", {
    field: "range",
  }],
  [
    200,
    "the file is not the one that your If-None-Match names: here is the new one",
    "RFC 9110 §13.1.2",
    { field: "if-none-match" },
  ],
  [
    200,
    "the file changed since the date in your If-Modified-Since: here is the new one",
    "RFC 9110 §13.1.3",
    { field: "if-modified-since" },
  ],
  [200, "the file is there and you may have it: all of it", "RFC 9110 §15.3.1"],
  [
    204,
    "you asked what may be done here: Allow says it, and there is no content",
    "RFC 9110 §9.3.7",
    {
      method: "OPTIONS",
    },
  ],
  [204, "all is well and there is no content to send", "RFC 9110 §15.3.5"],
  [
    206,
    "you asked for several parts of the file: each comes with a head of its own",
    "RFC 9110 §14.6",
    {
      contentType: "multipart/byteranges",
    },
  ],
  [206, "you asked for a part of the file with Range, and it comes alone", "RFC 9110 §15.3.7"],

  [
    301,
    "that is a folder, and its address ends in a slash: ask again there",
    "RFC 9110 §15.4.2",
  ],
  [302, "the site sends you to another address for now: see Location", "RFC 9110 §15.4.3"],
  [303, "the answer stands at another address: see Location", "RFC 9110 §15.4.4"],
  [
    304,
    "your If-None-Match names the current ETag: you have the file already",
    "RFC 9110 §13.1.2",
    {
      field: "if-none-match",
    },
  ],
  [
    304,
    "the file did not change since the date in your If-Modified-Since: you have it already",
    "RFC 9110 §13.1.3",
    { field: "if-modified-since" },
  ],
  [304, "you have the file already", "RFC 9110 §15.4.5"],
  [
    307,
    "the site sends you to another address for now, with the same method",
    "RFC 9110 §15.4.8",
  ],
  [308, "the address changed for good, and the method stays", "RFC 9110 §15.4.9"],

  [400, "a line ends otherwise than with CR LF, or a lone CR stands in it", "RFC 9112 §2.2", {
    rule: "RFC 9112 §2.2",
  }],
  [
    400,
    "the first line is not: method, one space, target, one space, version",
    "RFC 9112 §3",
    { rule: "RFC 9112 §3" },
  ],
  [
    400,
    "HTTP/1.1 wants exactly one valid Host line, and a target in one of four forms",
    "RFC 9112 §3.2",
    { rule: "RFC 9112 §3.2" },
  ],
  [400, "CONNECT wants host and port as its target", "RFC 9112 §3.2.3", {
    rule: "RFC 9112 §3.2.3",
  }],
  [
    400,
    "a field line is not: name, colon at once, value. A space before the colon is how requests are smuggled",
    "RFC 9112 §5.1",
    { rule: "RFC 9112 §5.1" },
  ],
  [
    400,
    "a field line starts with white space: folding is obsolete, and dangerous",
    "RFC 9112 §5.2",
    {
      rule: "RFC 9112 §5.2",
    },
  ],
  [400, "a control character stands in a field value", "RFC 9110 §5.5", {
    rule: "RFC 9110 §5.5",
  }],
  [
    400,
    "Transfer-Encoding where it may not be: beside Content-Length, or in HTTP/1.0. Two servers could find two ends " +
    "of this request, which is how requests are smuggled",
    "RFC 9112 §6.1",
    { rule: "RFC 9112 §6.1" },
  ],
  [400, "nobody can tell for certain where this request ends", "RFC 9112 §6.3", {
    rule: "RFC 9112 §6.3",
  }],
  [400, "Content-Length is not a plain number", "RFC 9110 §8.6", { rule: "RFC 9110 §8.6" }],
  [400, "a transfer coding has no valid name", "RFC 9112 §7", { rule: "RFC 9112 §7" }],
  [400, "the chunks of the content are not written to the letter", "RFC 9112 §7.1", {
    rule: "RFC 9112 §7.1",
  }],
  [400, "the request stopped in the middle", "RFC 9112 §8", { rule: "RFC 9112 §8" }],
  [400, "a percent sign in the target lacks its two hexadecimal digits", "RFC 3986 §2.1", {
    rule: "RFC 3986 §2.1",
  }],
  [400, "a name in the target hides a slash, a backslash or a NUL", "RFC 3986 §2.2", {
    rule: "RFC 3986 §2.2",
  }],
  [400, "a name in the target is not UTF-8", "RFC 3986 §2.5", { rule: "RFC 3986 §2.5" }],
  [
    400,
    "the target climbs above the root by a segment .., which honest clients never do",
    "RFC 3986 §5.2.4",
    { rule: "RFC 3986 §5.2.4" },
  ],
  [
    400,
    "your browser spoke HTTPS to an HTTP port: open the address with http:// in front",
    "RFC 8446 §5.1",
    { rule: "RFC 8446 §5.1" },
  ],
  [400, "the request breaks a rule, so what follows it cannot be trusted", "RFC 9110 §15.5.1"],
  [401, "this site wants a name and a password", "RFC 9110 §15.5.2"],
  [
    403,
    "a rule of the site locks this path in a way that this server cannot check",
    "RFC 9110 §15.5.4",
    {
      rule: "RFC 9110 §11.4",
    },
  ],
  [403, "the file is there, but the system does not let the server read it", "RFC 9110 §15.5.4"],
  [404, "there is no such file that may be served", "RFC 9110 §15.5.5"],
  [405, "the method is a known one, but this server only hands out files", "RFC 9110 §15.5.6"],
  [408, "the request took too long to arrive", "RFC 9110 §15.5.9"],
  [412, "no: your If-Match names another state of the file", "RFC 9110 §13.1.1", {
    rule: "RFC 9110 §13.1.1",
  }],
  [412, "no: the file changed after the date in your If-Unmodified-Since", "RFC 9110 §13.1.4", {
    rule: "RFC 9110 §13.1.4",
  }],
  [412, "a condition that you set does not hold", "RFC 9110 §15.5.13"],
  [413, "the request carries more content than this server reads", "RFC 9110 §15.5.14"],
  [414, "the target is longer than this server reads", "RFC 9110 §15.5.15"],
  [416, "the file ends before the part that your Range asks for", "RFC 9110 §15.5.17"],
  [417, "the only expectation that exists is 100-continue", "RFC 9110 §10.1.1"],
  [431, "the head has too many bytes or too many lines", "RFC 6585 §5"],

  [500, "a mistake of this server, not yours: its log says more", "RFC 9110 §15.6.1"],
  [501, "the content comes in a transfer coding that this server cannot undo", "RFC 9112 §6.1", {
    rule: "RFC 9112 §6.1",
  }],
  [501, "this server does not know that method", "RFC 9110 §9.1"],
  [
    503,
    "the server is at a limit, of connections or open files: wait a moment",
    "RFC 9110 §15.6.4",
  ],
  [505, "the request speaks another major version of HTTP", "RFC 9110 §15.6.6"],
];

/** The same, by name. */
export const REASONS: readonly Row[] = ROWS.map(([status, text, section, conditions]) => ({
  status,
  text,
  section,
  ...conditions,
}));

/** Gives the reason of a response. For a status that no row has, its class. */
export function reasonFor(facts: Facts): Reason {
  const found = REASONS.find((row) =>
    row.status === facts.statusCode &&
    (row.rule === undefined || row.rule === facts.rule) &&
    (row.method === undefined || row.method === facts.method) &&
    (row.field === undefined || facts.fieldNames.has(row.field)) &&
    (row.contentType === undefined || facts.contentType.startsWith(row.contentType))
  );
  if (found !== undefined) return { text: found.text, section: found.section };
  return { text: "see what the class of this status means", section: "RFC 9110 §15" };
}
