/**
 * What the connection loop tells an X-ray, as types. With X-ray off there is no observer, and all that the loop pays is
 * a look at a null. The six steps know nothing of this: the loop reports for them, and the socket that it is handed
 * reports each read and write.
 */

import type { RequestError } from "./errors.ts";
import type { Peer } from "./http/forwarded.ts";
import type { Head } from "./http/head.ts";
import type { HeadBuffer } from "./http/head_buffer.ts";
import type { FollowerSide } from "./net/event_stream.ts";
import type { Located, OwnContent, Request, Response, TargetPath } from "./http/message.ts";

/** What a connection needs of its socket. */
export type Socket =
  & Pick<Deno.TcpConn, "read" | "write" | "close" | "closeWrite" | "remoteAddr">
  & {
    /** Absent with TLS: Deno 2.9.6 neither sets it nor lets us (strace), so a first response may wait for an ACK, 40 ms. */
    setNoDelay?(): void;
    /** With TLS alone: resolves when the peer has proved to speak it. */
    handshake?(): Promise<unknown>;
  };

/** What is being served, and where. */
export interface Endpoint {
  /** Path of the root, by which all in it is opened. */
  readonly root: string;
  readonly hostname: string;
  readonly port: number;
  /** The certificate and its chain in PEM, if it is served over TLS; else null. */
  readonly certificate: string | null;
  /** Questions to the cache of small files, counted. */
  readonly cache: { readonly hits: number; readonly misses: number };
  /** Whether an address is that of a proxy whose word is taken: what comes from there is somebody else's. */
  readonly isProxy: (hostname: string) => boolean;
  /** Whether a host is one that the operator has named, such as `"www.example"`. */
  readonly isNamedHost: (hostname: string) => boolean;
  /** Streams without end that may go on at once. */
  readonly maxFollowers: number;
}

/** What is answered by no file: content, or Server-Sent Events without end. */
export type OwnAnswer =
  | { readonly content: OwnContent; readonly follow?: undefined }
  | { readonly follow: (side: FollowerSide) => Promise<void> };

/** Told of everything that a server does. */
export interface Observer {
  /** The server listens. */
  serving(place: Endpoint): void;
  /** Step (i) accepted a connection. Gives who is told of what happens on it. */
  accepted(socket: Socket, number: number): ConnectionObserver;
  /** The server stops: what goes on by itself is to end. */
  leaving(): void;
}

/**
 * Told of one connection. A method that gives true asks the loop to wait for {@linkcode hold} before it goes on: that
 * is how slow motion and serial mode work.
 */
export interface ConnectionObserver {
  /** The socket to use in place of the accepted one: it reports reads and writes. */
  readonly socket: Socket;
  /** False while an experiment wants each response to be the last of its connection. */
  readonly persists: boolean;
  /** Whether an experiment keeps back bytes that have arrived: their peer is not late. */
  readonly isHeld: boolean;
  /** A proxy has told whose the connection is, or the request under way. */
  introduced(client: Peer): void;
  /** Step (ii) received a whole head. */
  received(head: Head): boolean;
  /** Step (ii) found no head in what it received, or (i) turned the connection away. */
  refused(buffer: HeadBuffer): void;
  /** Step (iii) understood the head. */
  parsed(request: Request): boolean;
  /** The path of what the X-ray answers itself at the site's own port, with `--class`; null for all else. A POST has no other. */
  ownPath(request: Request): TargetPath | null;
  /** What it answers there. To be asked once it is known whose the request is, and that it may be answered. */
  answerTo(request: Request, ownPath: TargetPath): OwnAnswer;
  /** Step (ii) received and dropped the content of the request. */
  contentReceived(): void;
  /** Step (iv) looked for the file. @param atOnce Whether it knew without waiting: a file is then from the cache. */
  located(located: Located<unknown>, atOnce: boolean): boolean;
  /** A step failed; what follows is the composing of an error response. */
  failed(error: RequestError): boolean;
  /** Step (iv) looked for the site's own page of an error status. */
  pageLocated(): void;
  /** Step (v) composed a response; sending begins. */
  composed(response: Response): boolean;
  /** Step (vi) is over, well or not. */
  ended(error: RequestError | null, sent: { contentBytes: number; complete: boolean }): void;
  /** The connection is closed. */
  closed(): void;
  /** Waits for as long as the experiments say. */
  hold(): Promise<void>;
}

/** The steps whose teller may be asked to wait, and what each tells. */
type Step = "received" | "parsed" | "located" | "failed" | "composed";

/** Tells what a step gave, and waits if an experiment asks for that. To be called only if there is an observer. */
export async function told<S extends Step>(
  observer: ConnectionObserver,
  step: S,
  ...what: Parameters<ConnectionObserver[S]>
): Promise<void> {
  const tell = observer[step] as (...what: Parameters<ConnectionObserver[S]>) => boolean;
  if (tell.apply(observer, what)) await observer.hold();
}
