/** What is asked without a load: freshness, whether TLS resumes, and memory of idle connections. */

import { join } from "@std/path";
import { answerError, fetchRaw, requestHead, type Target, verify } from "./answers.ts";
import { memoryOf } from "./proc.ts";
import { pause, type Running } from "./process.ts";
import type { IdleMemory } from "./report.ts";
import { digestOf, type Site } from "./site.ts";

/**
 * Idle connections that are held open: so many before their memory is measured, and as many again to measure it. What a
 * server sets aside once, when it gets busy, is then not counted as theirs.
 */
export const IDLE_CONNECTIONS = 2000;

/**
 * Replaces a file that the server has just sent, as editors and deploys do: a new file, renamed over the old.
 *
 * @returns Whether the very next answer is the new file, whole.
 */
export async function isFresh(target: Target, site: Site, name: string): Promise<boolean> {
  const path = site.probePaths.get(name);
  if (path === undefined) throw new Error(`No file to probe ${name} with`);
  for (let i = 0; i < 3; i++) await fetchRaw(path, target);

  const content = crypto.getRandomValues(new Uint8Array(1700));
  const place = join(site.root, path);
  await Deno.writeFile(`${place}.new`, content);
  await Deno.rename(`${place}.new`, place);
  const file = { path, size: content.length, digest: digestOf(content) };
  return answerError(await fetchRaw(path, target), file) === "";
}

/**
 * Makes a session of TLS with OpenSSL's own client and asks for it again on a second connection.
 *
 * @returns Why it is not resumed, or "".
 */
export async function resumptionError(
  target: Target,
  init: { readonly path: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<string> {
  const session = join(init.folder, "session.pem");
  const head = requestHead(init.path, target.port, { closing: true });
  const ask = async (option: string): Promise<string> => {
    const child = new Deno.Command("openssl", {
      args: ["s_client", "-connect", `127.0.0.1:${target.port}`, "-ign_eof", option, session],
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
      signal: AbortSignal.any([init.signal, AbortSignal.timeout(10_000)]),
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(head);
    await writer.close();
    return new TextDecoder("latin1").decode((await child.output()).stdout);
  };
  try {
    await ask("-sess_out");
    return /^Reused, TLS/m.test(await ask("-sess_in")) ? "" : "it does not resume sessions of TLS";
  } catch (error) {
    init.signal.throwIfAborted();
    return `openssl: ${error instanceof Error ? error.message : error}`;
  }
}

/** Memory of a server that has answered one request, and what each idle connection adds to it. */
export async function measureIdle(
  server: Running,
  site: Site,
  signal: AbortSignal,
): Promise<Omit<IdleMemory, "server">> {
  await verify(server.target, [site.small], "whole");
  await pause(1000, signal);
  const atRest = memoryOf(server.pid).resident;
  const { port } = server.target;
  const conns: Deno.Conn[] = [];
  try {
    const head = requestHead(site.small.path, port, { closing: false });
    const residentWith = async (count: number) => {
      while (conns.length < count) {
        signal.throwIfAborted();
        const opening = Array.from({ length: 100 }, () => openIdle(port, head, conns));
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
