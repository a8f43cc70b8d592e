/**
 * The faults that a server can have, one at a time, and the checks that are meant for each: these fail, no others. And
 * what is no fault, though another server does it otherwise: no check may fail for it.
 */

export const FAULTS = {
  "leaves out a space": ["status-line"],
  "ends lines with LF": ["line-ends"],
  "counts characters": ["content-length"],
  "html for everything": ["content-type"],
  "reads files as text": ["binary"],
  "sends a part of large files": ["large-file"],
  "has no empty files": ["empty-file"],
  "200 for what is not there": ["not-found"],
  "404 without content": ["not-found-content"],
  "one client at a time": ["slow-clients", "stuck-readers", "idle-connections"],
  "dies when a client says nothing": ["leaves-silently", "idle-connections"],
  "dies when sending fails": ["stuck-readers", "leaves-in-response"],
  "takes one receive for a request": [
    ...["pieces", "byte-by-byte", "cut-line-end", "over-1024-host-last", "long-head", "many-lines"],
  ],
  "looks for the end in the last piece": ["byte-by-byte", "cut-line-end"],
  "takes heads of 1024 bytes": ["over-1024", "over-1024-host-last"],
  "drops what stands behind a head": ["two-in-one", "content-of-request", "pipelining"],
  "says HTTP/1.0": ["version"],
  "closes after each response": [
    ...["keep-alive", "connection-said", "error-keeps", "content-of-request", "pipelining"],
  ],
  "ignores Connection: close": ["connection-close", "case-of-names", "http-1-0"],
  "needs no Host": ["host-required"],
  "sends content to HEAD": ["head"],
  "floods after HEAD": ["head"],
  "takes any method for GET": ["unknown-method"],
  "knows names in one case": ["case-of-names"],
  "takes content for a request": ["content-of-request"],
  "date of another format": ["date"],
  "decodes no letters": ["unicode", "encoded-letter", "decoded-once"],
  "decodes twice": ["decoded-once"],
  "takes a plus for a space": ["plus"],
  "takes the query for a part of the name": ["query"],
  "gives pages of folders without a slash": ["folder-redirect"],
  "drops a slash at the end": ["file-with-slash"],
  "takes names as they are": ["dot-dot", "dot-dot-encoded", "query-dot-dot", "prefix-sibling"],
  "looks for .. before it decodes": ["dot-dot-encoded", "prefix-sibling"],
  "removes .. once": ["dot-dot-removed"],
  "takes a backslash for a slash": ["backslash"],
  "joins absolute paths": ["absolute"],
  "ends names at NUL": ["nul"],
  "asks whether the path begins alike": ["prefix-sibling"],
  "follows links out": ["symbolic-link"],
  "puts line ends into fields": ["injected-line"],
  "repeats markup": ["markup"],
  "takes any request line": ["bad-request-line"],
  "leaves out bad field lines": ["bad-field-line"],
  "takes two Hosts": ["bad-host"],
  "hangs after bytes that are no text": ["not-http"],
  "keeps heads of any length": ["long-head", "many-lines"],
  "gives up at a half-close": ["half-close"],
  "waits for heads for ever": ["slow-head"],
  "entity tag without quotes": ["validators"],
  "knows no conditions": ["not-modified"],
  "looks at the date beside a tag": ["modified"],
  "304 without ETag": ["304-fields"],
  "leaves out the last byte": ["range", "range-open", "range-suffix", "range-clamped"],
  "takes a suffix for a start": ["range-suffix"],
  "416 without the size": ["range-unsatisfiable"],
  "ignores If-Range": ["if-range"],
  "405 without Allow": ["not-allowed"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What a server may choose, with the section that lets it. */
export const CHOICES = {
  "refuses heads over 4000 bytes": "RFC 9110 §5.4",
  "501 without Allow for POST": "RFC 9110 §15.6.2, §10.2.1",
} as const;

/** What one server does otherwise than the one without fault. */
export type Fault = keyof typeof FAULTS | keyof typeof CHOICES;
