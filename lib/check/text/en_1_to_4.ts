/** English: each check of levels 1 to 4, what it looks at, why, and a hint. */

import type { CheckTexts } from "./texts.ts";

export const EN_1_TO_4: Readonly<Record<string, CheckTexts>> = {
  "get-file": [
    "GET gives the bytes of a file",
    "This is what a web server is for: the content of a 200 is the file, from its first byte to its last.",
    "Ask for the same path with a browser, or with curl -v, and compare. Is the server started in the right folder?",
  ],
  "status-line": [
    "the first line is HTTP-version SP status-code SP reason-phrase",
    "A client reads the first line by its spaces: version, one space, three digits, one space, and a reason that may be empty.",
    "Print the first line that you send with its spaces made visible. The second space is needed even without a reason.",
  ],
  "line-ends": [
    "each line of the head ends with CRLF",
    "HTTP ends lines with two bytes, CR and LF (\\r\\n), also the empty line after the fields. Some clients forgive LF alone, others do not.",
    "Look at every place where you end a line; also at the empty line.",
  ],
  "field-lines": [
    "each field line is name, colon, value",
    "A client splits field lines at the colon. A name is letters, digits and hyphens, without a space before the colon; only the empty line ends the head.",
    "Print your head as you send it, and look for lines without a colon or with a space before it.",
  ],
  "content-length": [
    "Content-Length is there and says how many bytes come",
    "A client that keeps a connection knows only by Content-Length (or by chunks) where the content ends. It counts bytes, and a letter beyond ASCII has more than one.",
    "Count bytes, not characters: take the length of what you send, or of the file on the disk.",
  ],
  "content-type": [
    "Content-Type fits the file",
    "A browser decides by Content-Type what to do: a style sheet that comes as text/html is not used.",
    "A small table from extension to type is enough: html, css, js, png, jpg, svg, json, txt.",
  ],
  "binary": [
    "a binary file arrives as it is",
    "A picture has bytes that are no text. Reading it as text changes them: line ends, letters beyond ASCII, NUL.",
    "Open the file so that nothing is translated, and send bytes, not text.",
  ],
  "large-file": [
    "a large file arrives whole",
    "A write to a socket may take a part only of what it is given. The rest is yours to send.",
    "Look at what your way of sending returns, or whether it promises to send everything.",
  ],
  "empty-file": [
    "an empty file is 200 with no content",
    "An empty file exists: it is not an error, and its length is 0.",
    "Do you test whether the content is there by whether it is not empty?",
  ],
  "not-found": [
    "a file that is not there is 404",
    "404 Not Found tells people and programs that the path is wrong. 200 with an error page lets programs take that for the file.",
    "What happens in your program when a file cannot be opened?",
  ],
  "not-found-content": [
    "the 404 has a page, and a length that fits it",
    "People should see something. An error response needs its length as any other: else the client waits for its end.",
    "Send error responses through the same function as files.",
  ],
  "in-a-row": [
    "200 requests, one after the other, each on a new connection",
    "A server that leaks a socket, a thread or a file with each request stops at some time.",
    "Is every connection closed at its end, also after an error?",
  ],
  "slow-clients": [
    "eight clients that are slow to ask do not stop a ninth",
    "A client may take its time. The others should not wait for it.",
    "Where does your program wait for bytes? Who else can be served meanwhile?",
  ],
  "stuck-readers": [
    "eight clients that do not read do not stop a ninth",
    "Sending waits when the client does not read. That should hold up this client alone.",
    "Is the file sent in the same thread that accepts?",
  ],
  "together": [
    "twenty requests at once get twenty right responses",
    "Requests that are served at the same time must not share variables.",
    "Which variables of your program are global? Make them local to one connection. How many connections may wait until you accept them?",
  ],
  "leaves-silently": [
    "a client that connects and leaves without a word ends nothing",
    "Browsers open connections in advance and may never use them. The server reads the end of the stream: no bytes.",
    "What does your program do when receiving gives nothing? Then there is no request to take apart.",
  ],
  "leaves-in-head": [
    "a client that leaves within its request ends nothing",
    "Half of a request is no request. Taking it apart must not end the program.",
    "What if the first line has two words, or one?",
  ],
  "leaves-in-response": [
    "a client that leaves within the response ends nothing",
    "Somebody presses Stop. Sending then fails with an error, such as broken pipe or connection reset, which ends this connection alone.",
    "Errors of a socket belong to one client: handle them there.",
  ],
  "pieces": [
    "a head that comes in four pieces is one request",
    "TCP is a stream: one send of the client may be several receives of the server. A head ends with its empty line, not with the end of a receive.",
    "Receive until the empty line is there.",
  ],
  "byte-by-byte": [
    "a head that comes byte by byte is one request",
    "The same, to the extreme; somebody who types into telnet sends like this.",
    "Append what you receive to what you have, and look for the empty line in all of it.",
  ],
  "cut-line-end": [
    "a head that is cut within its line ends is one request",
    "The four bytes of the last line end may come in two receives.",
    "Do you look for the empty line in the last piece alone, or in everything received so far?",
  ],
  "over-1024": [
    "a head of more than 1024 bytes is one request",
    "The number in recv(1024) is the most that one receive gives, not how long a request is. Cookies make heads of several kB.",
    "Receive again until the empty line is there.",
  ],
  "over-1024-host-last": [
    "a field after the first 1024 bytes is seen",
    "Fields may come in any order, and the one that matters may come last.",
    "Take the head apart when all of it is there.",
  ],
  "two-in-one": [
    "two requests that arrive together are two requests",
    "One receive may bring more than one request. What comes after the first empty line belongs to the next request.",
    "Keep the bytes after the first head for the next turn.",
  ],
  "version": [
    "the response says HTTP/1.1",
    "The version says what the server can do. This level is about HTTP/1.1.",
    "Which version does your status line say?",
  ],
  "keep-alive": [
    "a second request on the same connection is answered",
    "In HTTP/1.1 connections last unless somebody says close. A page with thirty pictures needs no thirty connections.",
    "After a response, wait for the next request on the same socket instead of closing it.",
  ],
  "connection-said": [
    "what is said of the connection is true",
    "A server that closes says Connection: close first; one that does not say so stays open. Else the client sends its next request in vain.",
    "Compare the Connection field that you send with what your program then does.",
  ],
  "connection-close": [
    "Connection: close of the client closes",
    "The client says that this is its last request; the server closes after the response.",
    "Look at the Connection field of the request.",
  ],
  "error-keeps": [
    "a 404 leaves the connection as it says",
    "An error response is a response like any other: the connection lasts, or Connection: close is said.",
    "Does your way of sending errors close the socket?",
  ],
  "host-required": [
    "a request of HTTP/1.1 without Host gets 400",
    "Host says which site is meant. A server MUST answer 400 Bad Request to a request of HTTP/1.1 without it.",
    "Look for the field before you look for the file.",
  ],
  "head": [
    "HEAD has the fields of GET and no content",
    "HEAD asks for what GET would say, without the content. Content-Length is that of the file, yet no byte of it comes.",
    "Make the same head, and leave out the sending of content.",
  ],
  "unknown-method": [
    "a method that nobody knows is 501 or 405",
    "A server that does not know a method must not act as if it were GET.",
    "What does your program do with the first word of the request line?",
  ],
  "case-of-names": [
    "names of fields, and close, are read in any case, spaces around values left out",
    "Host, host and hOST are the same name, Close and close the same option; the space after the colon is no part of the value, and may be missing.",
    "Make names lower case before you compare them, and the value close as well; trim values.",
  ],
  "http-1-0": [
    "a client of HTTP/1.0 is served, and the connection closed",
    "Old and small clients know no Host, no chunks, and take the end of the connection for the end of the content.",
    "Look at the version at the end of the request line.",
  ],
  "content-of-request": [
    "the content of a request is not taken for the next one",
    "A request may have content. Its Content-Length says how many bytes to skip; taken for a request, they are a way to smuggle one.",
    "Skip as many bytes as Content-Length says, or say Connection: close and close.",
  ],
  "date": [
    "Date says when the response was made",
    "Caches need it; an origin server with a clock MUST send it, as Sun, 06 Nov 1994 08:49:37 GMT.",
    "The time is in GMT and names are in English, whatever the language of the computer.",
  ],
};
