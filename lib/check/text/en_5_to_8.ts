/** English: each check of levels 5 to 8, what it looks at, why, and a hint. */

import type { CheckTexts } from "./texts.ts";

export const EN_5_TO_8: Readonly<Record<string, CheckTexts>> = {
  "space": [
    "a name with a space is asked for with %20",
    "A space cannot stand in a request line, as it ends the target. Clients send %20.",
    "Decode the percent signs of a path before you look for the file.",
  ],
  "unicode": [
    "a name with letters beyond ASCII is found",
    "Clients send the bytes of UTF-8, each as % and two digits.",
    "Decode to bytes first, then read those as UTF-8.",
  ],
  "encoded-letter": [
    "a letter that is encoded is that letter",
    "Every character may be encoded: %61 is a.",
    "Do you decode every % with two digits, or only %20?",
  ],
  "decoded-once": [
    "a percent sign in a name: decoded once, not twice",
    "The name 100%25.txt is asked for as /100%2525.txt. A server that decodes twice looks for another file, and opens a way around checks.",
    "Is there one place only where paths are decoded?",
  ],
  "plus": [
    "a plus sign in a path is a plus sign",
    "Plus means a space in forms only, not in paths.",
    "Take the function that decodes paths, not the one for forms.",
  ],
  "query": [
    "what comes after ? is no part of the name",
    "A query is for programs; a server of files finds the file without it.",
    "Cut the target at the first ? before you decode.",
  ],
  "root": [
    "/ gives index.html",
    "Nobody types index.html.",
    "What does your program make of a path that ends with a slash?",
  ],
  "folder": [
    "/folder/ gives its index.html",
    "The same in folders below the root.",
    "What happens when a folder is opened as a file?",
  ],
  "folder-redirect": [
    "/folder is sent on to /folder/",
    "Links of the page are relative to its path: without the slash, they all miss their folder. So the client has to come back with it.",
    "Answer 301 with Location: the same path and a slash.",
  ],
  "file-with-slash": [
    "a file is not a folder",
    "/text.txt/ names something in a folder text.txt, which is not there.",
    "Does your program drop the slash at the end of a path?",
  ],
  "dot-dot": [
    ".. does not lead out of the folder",
    "Whoever can name ../secret.txt can read every file of the computer. Browsers remove .. themselves; attackers do not.",
    "Work out the whole path of the file, then ask whether it lies in the folder that you serve.",
  ],
  "dot-dot-encoded": [
    "%2e%2e does not lead out either",
    "A check before decoding sees no dots.",
    "Decode first, then check, then open: in this order.",
  ],
  "dot-dot-double": [
    "%252e is not decoded twice",
    "Decoded twice, %252e is a dot that no check has seen.",
    "Is there one place only where paths are decoded?",
  ],
  "dot-dot-removed": [
    "what is left when ../ is removed does not lead out",
    "Remove ../ from ....// once, and ../ is left.",
    "Do not repair bad paths: refuse them.",
  ],
  "backslash": [
    "a backslash does not lead out",
    "On Windows a backslash is a slash. A server should not depend on where it runs.",
    "Which paths does your system take for one that leads up?",
  ],
  "query-dot-dot": [
    ".. beside a query does not lead out",
    "A check of all that was sent, or of its end alone, can be misled by a query.",
    "Check the path that you will open, not the text that came.",
  ],
  "absolute": [
    "a second slash does not make an absolute path",
    "Without its first slash, //etc/passwd is /etc/passwd: a file of the system.",
    "What becomes of the folder when you join it with a path that starts with a slash?",
  ],
  "no-slash": [
    "a target without a slash does not lead out",
    "A target that does not begin with a slash is wrong. A program that always cuts off the first character then cuts off another one.",
    "Look at the first character before you cut it off.",
  ],
  "nul": [
    "a NUL in a name is refused",
    "No name of a file has a NUL. Some calls end the name there, others raise an error: text.txt%00.png must be neither a file nor a crash.",
    "Answer 400 when the decoded path has a character of code 0.",
  ],
  "prefix-sibling": [
    "a folder whose name begins like yours is not yours",
    "/srv/site-secret begins with /srv/site, and is another folder.",
    "When you ask whether a path begins with the folder, what comes right after it?",
  ],
  "symbolic-link": [
    "a symbolic link does not lead out",
    "A link in the folder may point anywhere. A server can follow links that stay inside, and refuse those that do not.",
    "Resolve links before you ask whether the path is inside. Many servers follow links on purpose; then this one is missed.",
  ],
  "injected-line": [
    "%0d%0a in a path makes no field line",
    "A decoded line end in Location ends the line: what follows is a field, or a page, of the attacker's.",
    "Encode the path again before you put it into a field.",
  ],
  "markup": [
    "an error page does not repeat markup",
    "A link to /<script>… would run a script of the attacker in your site's name.",
    "Escape what you repeat in a page, or do not repeat it.",
  ],
  "bad-request-line": [
    "a request line that is none is refused",
    "One word, two words, four, another protocol: 400 Bad Request, and the next client is served.",
    "How many words has a request line? What if it has another number of them?",
  ],
  "bad-field-line": [
    "a field line that is none is 400",
    "No colon, a space before it, no name: a proxy in front may read it in another way than you, which attackers use.",
    "Refuse what you cannot read, instead of leaving it out.",
  ],
  "bad-host": [
    "two lines of Host are 400",
    "With two, a proxy may take one and you the other.",
    "Count them.",
  ],
  "two-lengths": [
    "a Content-Length that is doubtful is 400",
    "Two lengths, or one that is no number: nobody knows where the request ends, and the rest could be taken for another request.",
    "Read the length strictly: digits, and once.",
  ],
  "not-http": [
    "bytes that are no HTTP harm nothing",
    "A browser that was told https: sends such bytes. They are no text, perhaps not even UTF-8.",
    "What does decoding do with bytes that are no text?",
  ],
  "long-head": [
    "a field of 1 MiB is refused",
    "A server that keeps whatever comes can be filled up. 431 Request Header Fields Too Large, or 400.",
    "Set a limit to what you keep while you wait for the empty line.",
  ],
  "many-lines": [
    "20,000 field lines are refused",
    "The same with many short lines.",
    "Set a limit to the bytes of a head, not to one line alone.",
  ],
  "long-target": [
    "a target that is too long is refused",
    "No file has a name of 5000 bytes, and the system raises an error of its own for such a name. 414 URI Too Long; 404 will do for one of 5000 bytes.",
    "Which errors can opening a file raise beside not found?",
  ],
  "half-close": [
    "a client that has finished sending still gets its answer",
    "A client may say that it sends no more, right after its request, and read on (shutdown of one direction).",
    "The end of the stream says that no more comes, not that nobody listens.",
  ],
  "half-head": [
    "half a head, and the end of the stream: closed",
    "The rest will not come. Waiting for it holds a connection for ever.",
    "What does your loop do when receiving gives nothing?",
  ],
  "idle-connections": [
    "100 idle connections do not stop the next client",
    "Browsers keep several connections each.",
    "What does an idle connection cost you? Is there a fixed number of threads?",
  ],
  "endless-content": [
    "content that does not end is answered or cut",
    "A request announces a TiB. The server answers, 405 or 413, or closes; it does not wait for the end of it.",
    "You need no byte of the content to know the answer.",
  ],
  "slow-head": [
    "a head that does not end is given up within 15 s",
    "A client that stops in the middle holds a connection, a thread, memory. 408 Request Timeout, or closed. Real servers wait up to 60 s.",
    "Give receiving a deadline.",
  ],
  "still-there": [
    "after all that, a file is served as at the start",
    "None of the above must have left a trace.",
    "Which check before this one did the server suffer from?",
  ],
  "validators": [
    "Last-Modified or ETag tells the state of a file",
    "With it a client can ask whether its copy is still good.",
    "The time of the last change is with the file; mind its format.",
  ],
  "not-modified": [
    "a copy that is still good is 304",
    "If-None-Match and If-Modified-Since send back what you sent. If nothing has changed, 304 Not Modified spares the content.",
    "Compare what comes back with what you would send now. A list may have several tags.",
  ],
  "modified": [
    "a copy that is old is 200 with the file",
    "Another tag, an old date: send the file. A date that is none, or that stands beside If-None-Match, is ignored.",
    "In which order do you look at the two fields?",
  ],
  "304-fields": [
    "304 has ETag, Date and Cache-Control as 200 has, and no content",
    "The client updates its copy with them.",
    "Make the fields before you decide on the status.",
  ],
  "range": [
    "a part of a file is 206 with these bytes",
    "Downloads go on where they stopped, videos jump. Positions count from 0, and both ends are part of it.",
    "bytes=10-109 are 100 bytes. Content-Range: bytes 10-109/SIZE",
  ],
  "range-open": [
    "a range without an end goes to the end",
    "bytes=100- is all but the first 100 bytes.",
    "Which part of the range may be missing?",
  ],
  "range-suffix": [
    "a range without a start is the last bytes",
    "bytes=-50 is the last 50 bytes, not the first 50.",
    "What is the first position of the last 50 bytes?",
  ],
  "range-clamped": [
    "a range that ends after the end of the file is cut there",
    "The client may not know the size. Content-Range says what it gets.",
    "Take the smaller of the two positions.",
  ],
  "range-unsatisfiable": [
    "a range that starts after the end of the file is 416 with the size",
    "416 Range Not Satisfiable, and Content-Range: bytes */SIZE tells the client how much there is.",
    "Compare the first position with the size.",
  ],
  "range-ignored": [
    "a range in a unit that nobody knows is ignored",
    "Only bytes is known; whoever asks for lines gets all of it.",
    "What stands before the equals sign?",
  ],
  "if-range": [
    "If-Range of another state: all of it",
    "Half of the old file and half of the new one make none. If the tag is another, send all.",
    "Look at If-Range before you look at Range.",
  ],
  "not-allowed": [
    "POST and PATCH of a file are 405 with Allow, or 501",
    "405 Method Not Allowed MUST say in Allow which methods there are; 501 Not Implemented says that none of your files has this one.",
    "Allow: GET, HEAD",
  ],
  "absolute-form": [
    "a target with http:// and a host is understood",
    "A server MUST take the absolute form, as proxies get it.",
    "Cut off scheme and host, if they are there.",
  ],
  "pipelining": [
    "eight requests at once are answered in their order",
    "A client need not wait for one response before it sends the next request.",
    "Keep what comes after a head, and answer one after the other.",
  ],
};
