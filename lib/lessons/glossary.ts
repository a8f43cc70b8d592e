/** What each term of the page means, in one sentence or two. One table per language, with the same keys. */

import type { Language } from "./lessons.ts";

/** A term and its meaning. */
export interface Term {
  readonly term: string;
  readonly meaning: string;
}

type Table = Readonly<Record<string, Term>>;

const ENGLISH = {
  accept: {
    term: "accept",
    meaning: "Step (i): the operating system hands over a new connection, as a socket of its own.",
  },
  byte: {
    term: "byte",
    meaning: "Eight bits, a number from 0 to 255; written as two hexadecimal digits, such as 0d.",
  },
  cacheHit: {
    term: "cache hit",
    meaning:
      "The server still had the file in memory and knew that it was unchanged: nothing was read from disk.",
  },
  chunk: {
    term: "chunk",
    meaning:
      "A piece of a response whose whole length was not known when it began; each says its own length first. RFC 9112 §7.1.",
  },
  client: {
    term: "client",
    meaning: "The program that asks: a browser, curl, the composer. Also: the peer.",
  },
  compose: {
    term: "compose",
    meaning: "Step (v): write the header lines of the response and plan what follows them.",
  },
  concurrent: {
    term: "concurrent",
    meaning: "Several requests are under way at the same time; the opposite is serial.",
  },
  conditional: {
    term: "conditional request",
    meaning:
      "“Send it only if it is not this one”: If-None-Match with an ETag, or If-Modified-Since with a date. RFC 9110 §13.",
  },
  connection: {
    term: "connection",
    meaning: "A pair of byte streams between two programs, made by TCP. One lane on this page.",
  },
  content: {
    term: "content",
    meaning: "What follows the empty line of a message; a file, in most responses. RFC 9110 §6.4.",
  },
  crlf: {
    term: "CR LF",
    meaning: "The two bytes 0d 0a, carriage return and line feed, that end each line of a head.",
  },
  deadline: {
    term: "deadline",
    meaning:
      "How long the server waits for something before it gives up: without one, silent clients would hold it for ever.",
  },
  etag: {
    term: "ETag",
    meaning:
      "A short name for exactly this version of a file; another content has another one. RFC 9110 §8.8.3.",
  },
  field: {
    term: "field",
    meaning: "A line “name: value” in a head; many call it a header. RFC 9110 §5.",
  },
  head: {
    term: "head",
    meaning: "Start line and fields, up to the empty line: all that comes before the content.",
  },
  keepAlive: {
    term: "keep-alive",
    meaning:
      "The connection stays open after a response, for the next request: it is persistent. RFC 9112 §9.3.",
  },
  lane: {
    term: "lane",
    meaning: "A row of the drawing: one connection, time from left to right, each request a block.",
  },
  locate: {
    term: "locate",
    meaning:
      "Step (iv): from the path to an open file inside the root, or to the fact that there is none.",
  },
  method: {
    term: "method",
    meaning:
      "The first word of a request: what is to be done. GET fetches, HEAD fetches the head alone. RFC 9110 §9.",
  },
  p50: { term: "p50", meaning: "Half of the times are shorter, half are longer: the median." },
  p99: { term: "p99", meaning: "99 of 100 times are shorter: what the unlucky ones wait for." },
  parse: {
    term: "parse",
    meaning:
      "Step (iii): from bytes to a request with method, target and fields, or to the rule that they break.",
  },
  peer: {
    term: "peer",
    meaning: "Whoever is at the other end of the connection, by address and port.",
  },
  pipelining: {
    term: "pipelining",
    meaning: "To send the next request before the response to the last has come. RFC 9112 §9.3.2.",
  },
  port: {
    term: "port",
    meaning:
      "A number that tells apart the programs of one machine: the site has one, this page another.",
  },
  range: {
    term: "range",
    meaning: "A part of a file, by its first and last byte, counted from 0. RFC 9110 §14.",
  },
  receive: {
    term: "receive",
    meaning: "Step (ii): gather bytes until an empty line says that the head is there.",
  },
  root: {
    term: "root",
    meaning: "The folder that the site is made of; no request gets at anything outside of it.",
  },
  segment: {
    term: "segment",
    meaning: "A part of a path between two slashes: /guide/xray.html has two.",
  },
  send: {
    term: "send",
    meaning: "Step (vi): the head, and then exactly the bytes that were planned.",
  },
  serial: {
    term: "serial",
    meaning:
      "One request after another: the next one waits until the one before has been answered.",
  },
  socket: {
    term: "socket",
    meaning: "A program’s end of a connection; it reads bytes from it and writes bytes to it.",
  },
  status: {
    term: "status code",
    meaning:
      "Three digits that say what became of a request; the first one says the kind. RFC 9110 §15.",
  },
  target: {
    term: "request target",
    meaning: "The second word of a request: what it is about, such as /plain.txt. RFC 9112 §3.2.",
  },
  trace: {
    term: "trace",
    meaning:
      "What the X-ray has kept of requests: bytes of their heads, times, what each step decided.",
  },
} as const satisfies Table;

const GERMAN: Readonly<Record<keyof typeof ENGLISH, Term>> = {
  accept: {
    term: "accept",
    meaning: "Schritt (i): Das Betriebssystem übergibt eine neue Verbindung, als eigenen Socket.",
  },
  byte: {
    term: "Byte",
    meaning:
      "Acht Bit, eine Zahl von 0 bis 255; geschrieben als zwei hexadezimale Ziffern, etwa 0d.",
  },
  cacheHit: {
    term: "Cache-Treffer (cache hit)",
    meaning:
      "Der Server hatte die Datei noch im Speicher und wusste, dass sie unverändert ist: Von der Platte wurde nichts gelesen.",
  },
  chunk: {
    term: "Chunk",
    meaning:
      "Ein Stück einer Antwort, deren ganze Länge am Anfang nicht bekannt war; jedes nennt zuerst seine eigene. RFC 9112 §7.1.",
  },
  client: {
    term: "Client",
    meaning: "Das Programm, das fragt: ein Browser, curl, der Composer. Auch: Gegenstelle (peer).",
  },
  compose: {
    term: "compose",
    meaning: "Schritt (v): Die Kopfzeilen der Antwort schreiben und planen, was auf sie folgt.",
  },
  concurrent: {
    term: "nebenläufig (concurrent)",
    meaning: "Mehrere Anfragen sind zur selben Zeit unterwegs; das Gegenteil ist seriell.",
  },
  conditional: {
    term: "bedingte Anfrage",
    meaning:
      "„Sende es nur, wenn es nicht dieses ist“: If-None-Match mit einem ETag, oder If-Modified-Since mit einem Datum. RFC 9110 §13.",
  },
  connection: {
    term: "Verbindung",
    meaning:
      "Zwei Ströme von Bytes zwischen zwei Programmen, von TCP gemacht. Eine Bahn auf dieser Seite.",
  },
  content: {
    term: "Inhalt (content)",
    meaning:
      "Was auf die leere Zeile einer Nachricht folgt; in den meisten Antworten eine Datei. RFC 9110 §6.4.",
  },
  crlf: {
    term: "CR LF",
    meaning:
      "Die zwei Bytes 0d 0a, Wagenrücklauf und Zeilenvorschub, die jede Zeile eines Kopfes beenden.",
  },
  deadline: {
    term: "Frist (deadline)",
    meaning:
      "Wie lange der Server auf etwas wartet, bevor er aufgibt: Ohne sie hielten ihn stumme Clients für immer fest.",
  },
  etag: {
    term: "ETag",
    meaning:
      "Ein kurzer Name für genau diese Fassung einer Datei; anderer Inhalt hat einen anderen. RFC 9110 §8.8.3.",
  },
  field: {
    term: "Feld",
    meaning: "Eine Zeile „Name: Wert“ in einem Kopf; viele sagen Header. RFC 9110 §5.",
  },
  head: {
    term: "Kopf (head)",
    meaning: "Startzeile und Felder, bis zur leeren Zeile: alles, was vor dem Inhalt kommt.",
  },
  keepAlive: {
    term: "Keep-Alive",
    meaning:
      "Die Verbindung bleibt nach einer Antwort offen, für die nächste Anfrage: Sie ist persistent. RFC 9112 §9.3.",
  },
  lane: {
    term: "Bahn (lane)",
    meaning:
      "Eine Zeile der Zeichnung: eine Verbindung, die Zeit von links nach rechts, jede Anfrage ein Block.",
  },
  locate: {
    term: "locate",
    meaning:
      "Schritt (iv): Vom Pfad zu einer offenen Datei in der Wurzel, oder dazu, dass es keine gibt.",
  },
  method: {
    term: "Methode",
    meaning:
      "Das erste Wort einer Anfrage: was zu tun ist. GET holt, HEAD holt nur den Kopf. RFC 9110 §9.",
  },
  p50: { term: "p50", meaning: "Die Hälfte der Zeiten ist kürzer, die Hälfte länger: der Median." },
  p99: {
    term: "p99",
    meaning: "99 von 100 Zeiten sind kürzer: So lange warten die, die Pech haben.",
  },
  parse: {
    term: "parse",
    meaning:
      "Schritt (iii): Von Bytes zu einer Anfrage mit Methode, Ziel und Feldern, oder zu der Regel, die sie brechen.",
  },
  peer: {
    term: "Gegenstelle (peer)",
    meaning: "Wer am anderen Ende der Verbindung ist, mit Adresse und Port.",
  },
  pipelining: {
    term: "Pipelining",
    meaning:
      "Die nächste Anfrage senden, bevor die Antwort auf die letzte gekommen ist. RFC 9112 §9.3.2.",
  },
  port: {
    term: "Port",
    meaning:
      "Eine Zahl, die die Programme einer Maschine unterscheidet: Die Website hat einen, diese Seite einen anderen.",
  },
  range: {
    term: "Bereich (range)",
    meaning:
      "Ein Teil einer Datei, nach seinem ersten und letzten Byte, gezählt ab 0. RFC 9110 §14.",
  },
  receive: {
    term: "receive",
    meaning: "Schritt (ii): Bytes sammeln, bis eine leere Zeile sagt, dass der Kopf da ist.",
  },
  root: {
    term: "Wurzel (root)",
    meaning:
      "Der Ordner, aus dem die Website besteht; keine Anfrage kommt an etwas außerhalb heran.",
  },
  segment: {
    term: "Segment",
    meaning: "Ein Teil eines Pfades zwischen zwei Schrägstrichen: /guide/xray.html hat zwei.",
  },
  send: {
    term: "send",
    meaning: "Schritt (vi): der Kopf, und dann genau die Bytes, die geplant waren.",
  },
  serial: {
    term: "seriell",
    meaning: "Eine Anfrage nach der anderen: Die nächste wartet, bis die vorige beantwortet ist.",
  },
  socket: {
    term: "Socket",
    meaning:
      "Das Ende einer Verbindung in einem Programm; es liest daraus Bytes und schreibt Bytes hinein.",
  },
  status: {
    term: "Statuscode",
    meaning:
      "Drei Ziffern, die sagen, was aus einer Anfrage wurde; die erste nennt die Art. RFC 9110 §15.",
  },
  target: {
    term: "Anfrageziel (request target)",
    meaning: "Das zweite Wort einer Anfrage: worum es geht, etwa /plain.txt. RFC 9112 §3.2.",
  },
  trace: {
    term: "Spur (trace)",
    meaning:
      "Was die X-ray von Anfragen aufgehoben hat: Bytes ihrer Köpfe, Zeiten, was jeder Schritt entschied.",
  },
};

export const GLOSSARY: Readonly<Record<Language, Table>> = { en: ENGLISH, de: GERMAN };
