/**
 * The least that a server of files on `Deno.listen` or `Deno.listenTls` can do, to see what is left to gain: one read, one
 * look at the file, and one write of bytes that lie ready. It has no parser, limits or deadlines and lets everybody out of
 * its folder, so it is for `bench:peers` alone.
 *
 * ```sh
 * deno run --allow-read=FOLDER --allow-net tests/bench/floor.ts FOLDER PORT [CERT KEY]
 * ```
 */

import { existsSync } from "node:fs";

/** A whole response, and the state of its file. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly mtimeMs: number | undefined;
}

const latin1 = new TextDecoder("latin1");
const answers = new Map<string, Answer>();
const absent = new TextEncoder().encode("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

/** Gives what lies ready for a target, if its file has not changed; else makes it anew. */
function answerTo(path: string, isLast: boolean, isUnchanged: boolean): Uint8Array {
  const key = `${path}${isLast ? " close" : ""}${isUnchanged ? " 304" : ""}`;
  const known = answers.get(key);
  const info = statOf(path, known !== undefined); // As fresh as Vitrine is.
  if (info === null) return absent;
  const { size, mtime } = info;
  const mtimeMs = mtime?.getTime();
  if (known?.size === size && known.mtimeMs === mtimeMs) return known.bytes;
  const file = isUnchanged ? new Uint8Array() : Deno.readFileSync(path);
  const head = new TextEncoder().encode(
    [
      isUnchanged ? "HTTP/1.1 304 Not Modified" : "HTTP/1.1 200 OK",
      `Date: ${new Date().toUTCString()}`,
      ...isUnchanged ? [] : [`Content-Length: ${file.length}`],
      `Last-Modified: ${mtime?.toUTCString()}`,
      `ETag: "${size}-${mtimeMs}"`,
      `Connection: ${isLast ? "close" : "keep-alive"}`,
      "",
      "",
    ].join("\r\n"),
  );
  const bytes = new Uint8Array(head.length + file.length);
  bytes.set(head);
  bytes.set(file, head.length);
  answers.set(key, { bytes, size, mtimeMs });
  return bytes;
}

/** What Deno throws for an absent file takes it 20 µs, and `existsSync` 1: so that is asked of what was never seen. */
function statOf(path: string, isKnown: boolean): Deno.FileInfo | null {
  if (!isKnown && !existsSync(path)) return null;
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

async function serve(conn: Deno.TcpConn | Deno.TlsConn, root: string): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    if ("setNoDelay" in conn) conn.setNoDelay();
    for (let isLast = false; !isLast;) {
      const count = await conn.read(buffer);
      if (count === null) break;
      const head = latin1.decode(buffer.subarray(0, count));
      // HTTP/1.0 is what ab speaks.
      isLast = head.includes("Connection: close") || head.includes(" HTTP/1.0\r\n");
      const path = root + head.slice(4, head.indexOf(" ", 4));
      const answer = answerTo(path, isLast, head.includes("If-None-Match: "));
      for (let at = 0; at < answer.length;) {
        at += await conn.write(at === 0 ? answer : answer.subarray(at));
      }
    }
    if ("handshake" in conn) await conn.closeWrite(); // Else what is on its way may be lost.
  } catch {
    // The peer has left.
  }
  conn.close();
}

if (import.meta.main) {
  const [root, port, cert, key] = Deno.args;
  const at = { hostname: "127.0.0.1", port: Number(port) };
  const listener = cert === undefined ? Deno.listen(at) : Deno.listenTls({
    ...at,
    cert: Deno.readTextFileSync(cert),
    key: Deno.readTextFileSync(key),
  });
  for await (const conn of listener) serve(conn, root);
}
