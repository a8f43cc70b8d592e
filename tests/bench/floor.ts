/**
 * The least that a server of files on `Deno.listen` can do, to see what is left to gain: one read, one look at the file,
 * and one write of bytes that lie ready. It has no parser, limits or deadlines and lets everybody out of its folder, so it
 * is for `bench:peers` alone.
 *
 * ```sh
 * deno run --allow-read=FOLDER --allow-net tests/bench/floor.ts FOLDER PORT
 * ```
 */

/** A whole response, and the state of its file. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly mtimeMs: number | undefined;
}

const latin1 = new TextDecoder("latin1");
const answers = new Map<string, Answer>();

/** Gives what lies ready for a target, if its file has not changed; else makes it anew. */
function answerTo(path: string, isLast: boolean): Uint8Array {
  const key = isLast ? `${path} close` : path;
  const { size, mtime } = Deno.statSync(path); // As fresh as Vitrine is.
  const known = answers.get(key);
  const mtimeMs = mtime?.getTime();
  if (known?.size === size && known.mtimeMs === mtimeMs) return known.bytes;
  const file = Deno.readFileSync(path);
  const head = new TextEncoder().encode(
    [
      "HTTP/1.1 200 OK",
      `Date: ${new Date().toUTCString()}`,
      `Content-Length: ${file.length}`,
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

async function serve(conn: Deno.TcpConn, root: string): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    conn.setNoDelay();
    for (let isLast = false; !isLast;) {
      const count = await conn.read(buffer);
      if (count === null) break;
      const head = latin1.decode(buffer.subarray(0, count));
      isLast = head.includes("Connection: close");
      const answer = answerTo(root + head.slice(4, head.indexOf(" ", 4)), isLast);
      for (let at = 0; at < answer.length;) {
        at += await conn.write(at === 0 ? answer : answer.subarray(at));
      }
    }
  } catch {
    // The peer has left.
  }
  conn.close();
}

if (import.meta.main) {
  const [root, port] = Deno.args;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(port) });
  for await (const conn of listener) serve(conn, root);
}
