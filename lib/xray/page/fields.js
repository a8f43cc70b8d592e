/** What the fields of a head mean, in a few words each; and which two of them have decided together. */

/** Of requests and responses, by name in lower case. @type {Record<string, string>} */
const MEANINGS = {
  "accept": "media types that the client takes, the best first",
  "accept-encoding": "codings in which the content may come, such as gzip",
  "accept-language": "languages that a person prefers",
  "accept-ranges": "parts of this can be asked for with Range",
  "access-control-allow-origin": "which other sites' scripts may read this",
  "age": "how long a cache has had it, in seconds",
  "allow": "the methods that may be used here",
  "authorization": "name and password, or another proof of who asks",
  "cache-control": "who may keep a copy, how long, and when to ask again",
  "connection": "whether the connection goes on after this",
  "content-encoding": "the coding that the content is in, such as br",
  "content-language": "the language that the content is for",
  "content-length": "bytes of content that follow the head",
  "content-range": "which bytes of the whole these are",
  "content-security-policy": "what a page may load and run",
  "content-type": "what the content is, and in which characters",
  "cookie": "what the site once asked the browser to send back",
  "date": "when the response was made",
  "dnt": "an old wish not to be followed about",
  "etag": "a name for this state of the file: it changes when the bytes do",
  "expect": "wait for 100 before sending content",
  "forwarded": "which proxies it went through",
  "host": "which site is meant: one address may have many",
  "if-match": "only if the file is still in this state",
  "if-modified-since": "only if the file changed since this date",
  "if-none-match": "only if the file is in none of these states: the client has them",
  "if-range": "a part only if the file is in this state, else all",
  "if-unmodified-since": "only if the file did not change since this date",
  "keep-alive": "how long the connection waits for a next request",
  "last-modified": "when the file was last changed",
  "location": "the address to ask instead",
  "origin": "the site whose page asks",
  "pragma": "no-cache, as HTTP/1.0 said it",
  "priority": "how soon it is needed beside other files",
  "range": "only these bytes of the file",
  "referer": "the page that the link or file was on",
  "referrer-policy": "how much of its address a page tells to others",
  "retry-after": "when to try again, in seconds",
  "sec-fetch-dest": "what it is for: a document, a style, an image",
  "sec-fetch-mode": "how it is asked for: a navigation, a script's fetch",
  "sec-fetch-site": "whether this site's own page asks, or another's",
  "sec-fetch-user": "a person's click has caused it",
  "server": "the program that answers",
  "set-cookie": "what the browser is to send back from now on",
  "te": "transfer codings that the client takes",
  "transfer-encoding": "the content comes in chunks, each with its length",
  "upgrade-insecure-requests": "the browser would rather have HTTPS",
  "user-agent": "the browser or program that asks",
  "vary": "which request fields another answer would depend on",
  "via": "proxies between the two",
  "www-authenticate": "how to say who you are",
  "x-content-type-options": "nosniff: take the Content-Type at its word",
};

/** @param {string} name @returns {string} */
export function meaningOf(name) {
  const known = MEANINGS[name.toLowerCase()];
  if (known !== undefined) return known;
  return /^sec-ch-/i.test(name) ? "what the browser says about itself" : "";
}

/** What decided, by the section of the reason: a field of the request, and its counterpart in the response. */
const PAIRS = /** @type {const} */ ({
  "RFC 9110 §13.1.1": ["if-match", "etag"],
  "RFC 9110 §13.1.2": ["if-none-match", "etag"],
  "RFC 9110 §13.1.3": ["if-modified-since", "last-modified"],
  "RFC 9110 §13.1.4": ["if-unmodified-since", "last-modified"],
  "RFC 9110 §13.1.5": ["if-range", "etag"],
  "RFC 9110 §14.2": ["range", "content-length"],
  "RFC 9110 §14.6": ["range", "content-type"],
  "RFC 9110 §15.3.7": ["range", "content-range"],
  "RFC 9110 §15.5.17": ["range", "content-range"],
  "RFC 9110 §12.5.1": ["accept", "content-type"],
  "RFC 9110 §10.1.1": ["expect", ""],
  "RFC 9110 §15.4.2": ["", "location"],
  "RFC 9110 §15.4.3": ["", "location"],
  "RFC 9110 §15.4.4": ["", "location"],
  "RFC 9110 §15.4.8": ["", "location"],
  "RFC 9110 §15.4.9": ["", "location"],
  "RFC 9110 §15.5.2": ["authorization", "www-authenticate"],
  "RFC 9110 §15.5.6": ["", "allow"],
  "RFC 9110 §9.3.7": ["access-control-request-method", "allow"],
  "RFC 9112 §3.2": ["host", ""],
});

/**
 * Which fields have decided.
 *
 * @param {string} section Of the reason.
 * @returns {readonly [asked: string, said: string]} Names in lower case; empty where there is none.
 */
export function decidingFields(section) {
  return /** @type {Record<string, readonly [string, string]>} */ (PAIRS)[section] ?? ["", ""];
}
