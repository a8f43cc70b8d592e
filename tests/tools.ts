/**
 * External programs that tests talk to: finding them, and what happens to a test whose program is missing. On a
 * developer's machine it is ignored and its name says why; in CI (`CI=true`) it fails, so nothing is skipped there.
 */

import { SEPARATOR } from "@std/path";

/** What stands between two folders in `PATH`. */
const DELIMITER = Deno.build.os === "windows" ? ";" : ":";

/** Gives the path of a program in `PATH` or where Debian keeps servers; null if there is none. */
export function findTool(name: string): string | null {
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(DELIMITER),
    "/usr/sbin",
    "/usr/local/sbin",
  ];
  for (const folder of folders.filter((folder) => folder !== "")) {
    const path = `${folder}/${name}`;
    try {
      const { isFile, mode } = Deno.statSync(path);
      if (isFile && ((mode ?? 0) & 0o111) !== 0) return path;
    } catch {
      // Not in this folder, or not for us to see.
    }
  }
  return null;
}

/** Registers a test that needs programs; it gets their paths by name. */
export function testWithTools<Tool extends string>(
  name: string,
  tools: readonly Tool[],
  test: (paths: Readonly<Record<Tool, string>>, t: Deno.TestContext) => Promise<void>,
): void {
  const found = tools.map((tool) => [tool, findTool(tool)] as const);
  const missing = found.filter(([, path]) => path === null).map(([tool]) => tool);
  if (missing.length === 0) {
    const paths = Object.fromEntries(found) as Record<Tool, string>;
    Deno.test(name, (t) => test(paths, t));
    return;
  }
  const why = `no ${missing.join(" and no ")} in PATH`;
  Deno.test({
    name: `${name} (${why})`,
    ignore: Deno.env.get("CI") !== "true",
    fn: () => Promise.reject(new Error(`Cannot run this test: ${why}`)),
  });
}

/**
 * Registers a test of what may not be read. Root may read everything, unless the kernel is told that this root may not.
 *
 * @param test Gets the program and arguments that start another one without that right.
 */
export function testWithoutRights(
  name: string,
  test: (wrapper: readonly string[]) => Promise<void>,
): void {
  // Windows has no modes of files, and no setpriv, by which such a test is ignored there.
  const isRoot = Deno.build.os === "windows" || Deno.uid() === 0;
  const rights = "-dac_override,-dac_read_search";
  testWithTools(
    name,
    isRoot ? ["setpriv"] : [],
    ({ setpriv }) =>
      test(isRoot ? [setpriv, `--bounding-set=${rights}`, `--inh-caps=${rights}`] : []),
  );
}

/** A path with slashes, as the system spells it. */
export function systemPath(path: string): string {
  return path.replaceAll("/", SEPARATOR);
}

/** Whether links can be made: on Windows that needs a privilege, and Wine makes none. */
export const CAN_LINK = canLink();

/** Whether this machine has `::1`. */
export const HAS_IPV6 = hasIpv6();

/** How Deno is typed that runs the tests, as messages repeat it: by npx it is in a folder of npx. */
export const TYPED_DENO = /[/\\]_npx[/\\]/.test(Deno.execPath())
  ? `npx -y deno@${Deno.version.deno}`
  : "deno";

/** Registers a test of what Windows has not: modes of files, names with `<`, renames over open files, `/proc`, exchanged names. */
export function testOnUnix(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

/** Registers a test that compares times: under Wine its own ones are longer than what is compared (5 to 10 ms for each look). */
export const testOfTimes = testOnUnix;

/** Registers a test that makes links; where none can be made it is ignored. */
export function testWithLinks(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !CAN_LINK, fn });
}

function canLink(): boolean {
  if (Deno.build.os !== "windows") return true;
  const folder = Deno.makeTempDirSync();
  try {
    Deno.symlinkSync(folder, `${folder}/link`, { type: "dir" });
    return Deno.lstatSync(`${folder}/link`).isSymlink;
  } catch {
    return false;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** What a program said when it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(path: string, args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(path, { args: [...args] }).output();
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/** A machine that was busy with other things in one run is not in each of these; a fault of the server is. */
const RUNS = 3;

/** Runs what measures times, again if need be; rejects with what the last run found. */
export async function untilItHolds(run: () => Promise<void>): Promise<void> {
  for (let i = 1; i < RUNS; i++) {
    try {
      return await run();
    } catch (error) {
      console.log(`run ${i} of ${RUNS}: ${error instanceof Error ? error.message : error}`);
    }
  }
  await run();
}

/** Reads the lines of a stream one at a time, so that a test can wait for what a program says. */
export class LineReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line, or null at the end. */
  async next(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end !== -1) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }

  /** All that is left, up to the end of the stream. */
  async rest(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return this.#text;
      this.#text += value;
    }
  }

  /** Drops what is left, up to the end of the stream. */
  async drain(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }
}

/** Below those that systems give to whoever asks for any: none of the jobs beside us is given it between now and its use. */
const PORTS = { from: 10_000, count: 20_000 };

/** A port that was free a moment ago, for programs that take no 0. */
export function freePort(): number {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
