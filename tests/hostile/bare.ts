/**
 * The least that serves files on `Deno.listen`, with TLS if it is given a pair: what an attack does to Deno and V8 alone, to
 * be seen beside what it does to Vitrine. It reads a head, looks at one path and streams the file in parts of 64 KiB; it has
 * no limits, deadlines or turns, and lets everybody out of its folder, so it is for `deno task hostile` alone.
 *
 * ```sh
 * deno run --allow-read=FOLDER --allow-net tests/hostile/bare.ts FOLDER PORT [CERT KEY]
 * ```
 */

const PART_BYTES = 64 * 1024;
const latin1 = new TextDecoder("latin1");
const encoder = new TextEncoder();

/** Gives the text of the next head; null if the peer has left before its end. */
async function headOf(conn: Deno.Conn, buffer: Uint8Array): Promise<string | null> {
  for (let length = 0; length < buffer.length;) {
    const count = await conn.read(buffer.subarray(length));
    if (count === null) return null;
    length += count;
    const head = latin1.decode(buffer.subarray(0, length));
    if (head.endsWith("\r\n\r\n")) return head;
  }
  return null;
}

async function answer(conn: Deno.Conn, path: string, isLast: boolean): Promise<void> {
  const connection = `Connection: ${isLast ? "close" : "keep-alive"}\r\n\r\n`;
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch {
    return writeAll(
      conn,
      encoder.encode(`HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n${connection}`),
    );
  }
  using _closed = file;
  const { size } = await file.stat();
  await writeAll(
    conn,
    encoder.encode(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n${connection}`),
  );
  const part = new Uint8Array(PART_BYTES);
  for (let count; (count = await file.read(part)) !== null;) {
    await writeAll(conn, part.subarray(0, count));
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

async function serve(conn: Deno.Conn, root: string): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let isLast = false; !isLast;) {
      const head = await headOf(conn, buffer);
      if (head === null) break;
      isLast = head.includes("Connection: close");
      await answer(conn, root + head.slice(4, head.indexOf(" ", 4)), isLast);
    }
  } catch {
    // The peer has left.
  }
  try {
    conn.close();
  } catch {
    // It was closed already.
  }
}

if (import.meta.main) {
  const [root, port, cert, key] = Deno.args;
  const where = { hostname: "127.0.0.1", port: Number(port), tcpBacklog: 4096 };
  const listener = cert === undefined ? Deno.listen(where) : Deno.listenTls({
    ...where,
    cert: Deno.readTextFileSync(cert),
    key: Deno.readTextFileSync(key),
  });
  for (;;) {
    try {
      serve(await listener.accept(), root);
    } catch (error) {
      // A peer that is gone already is no reason to end; a lack of descriptors would come again at once.
      if (!(error instanceof Deno.errors.NotConnected)) {
        await new Promise((go) => setTimeout(go, 10));
      }
    }
  }
}
