/** What is measured without wrk: freshness, the time to a first byte, and memory of idle connections. */

import { join } from "@std/path";
import { answerError, fetchRaw, requestHead } from "./load.ts";
import { digestOf, type Site, type SiteFile } from "./cases.ts";
import { memoryOf } from "./proc.ts";
import { pause, type Running } from "./process.ts";
import type { IdleMemory } from "./report.ts";

/**
 * Idle connections that are held open: so many before their memory is measured, and as many again to measure it. What a
 * server sets aside once, when it gets busy, is then not counted as theirs.
 */
export const IDLE_CONNECTIONS = 2000;

/**
 * Compares what a server sends with the files of a case, byte by byte. Of many files, three are asked for.
 *
 * @returns Why one is not right, or "".
 */
export async function checkBytes(port: number, files: readonly SiteFile[]): Promise<string> {
  const some = new Set([files[0], files[Math.floor(files.length / 2)], files[files.length - 1]]);
  try {
    for (const file of some) {
      const error = answerError(await fetchRaw(file.path, port), file);
      if (error) return error;
    }
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Replaces a file that the server has just sent, as editors and deploys do: a new file, renamed over the old.
 *
 * @returns Whether the very next answer is the new file, whole.
 */
export async function isFresh(port: number, site: Site, name: string): Promise<boolean> {
  const path = site.probePaths.get(name);
  if (path === undefined) throw new Error(`No file to probe ${name} with`);
  for (let i = 0; i < 3; i++) await fetchRaw(path, port);

  const content = crypto.getRandomValues(new Uint8Array(1700));
  const target = join(site.root, path);
  await Deno.writeFile(`${target}.new`, content);
  await Deno.rename(`${target}.new`, target);
  const file = { path, size: content.length, digest: digestOf(content) };
  return answerError(await fetchRaw(path, port), file) === "";
}

/** Memory of a server that has answered one request, and what each idle connection adds to it. */
export async function measureIdle(
  server: Running,
  site: Site,
  signal: AbortSignal,
): Promise<Omit<IdleMemory, "server">> {
  await checkBytes(server.port, [site.small]);
  await pause(1000, signal);
  const atRest = memoryOf(server.pid).resident;
  const conns: Deno.Conn[] = [];
  try {
    const head = requestHead(site.small.path, server.port, false);
    const residentWith = async (count: number) => {
      while (conns.length < count) {
        signal.throwIfAborted();
        const opening = Array.from({ length: 100 }, () => openIdle(server.port, head, conns));
        const failed = (await Promise.allSettled(opening)).find((one) => one.status === "rejected");
        if (failed) throw failed.reason;
      }
      await pause(1000, signal);
      return memoryOf(server.pid).resident;
    };
    const half = await residentWith(IDLE_CONNECTIONS);
    const all = await residentWith(2 * IDLE_CONNECTIONS);
    const stillOpen = await countOpen(conns, head);
    const problem = stillOpen === conns.length ? "" : `${stillOpen} of ${conns.length} stayed open`;
    return { atRest, perIdle: (all - half) / IDLE_CONNECTIONS, problem };
  } finally {
    for (const conn of conns) closeQuietly(conn);
  }
}

/** Opens a connection, and has one request answered on it. */
async function openIdle(
  port: number,
  head: Uint8Array<ArrayBuffer>,
  conns: Deno.Conn[],
): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conns.push(conn);
  await exchange(conn, head);
}

/** Sends a request and reads one answer, told apart by its `Content-Length`; false if none came. */
async function exchange(conn: Deno.Conn, head: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const late = setTimeout(() => closeQuietly(conn), 5000);
  try {
    await conn.write(head);
    const buffer = new Uint8Array(4096);
    for (let text = "", length = 0; length < buffer.length;) {
      const count = await conn.read(buffer.subarray(length));
      if (count === null) return false;
      length += count;
      text = new TextDecoder("latin1").decode(buffer.subarray(0, length));
      const contentStart = text.indexOf("\r\n\r\n") + 4;
      const size = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? NaN);
      if (contentStart >= 4 && length >= contentStart + size) return true;
    }
    return false;
  } catch {
    return false;
  } finally {
    clearTimeout(late);
  }
}

/** How many connections still answer, asked of every hundredth; a server that closed them saved no memory. */
async function countOpen(
  conns: readonly Deno.Conn[],
  head: Uint8Array<ArrayBuffer>,
): Promise<number> {
  let closed = 0;
  for (let i = 0; i < conns.length; i += 100) {
    if (!(await exchange(conns[i], head))) closed++;
  }
  return conns.length - closed * 100;
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was closed before.
  }
}
