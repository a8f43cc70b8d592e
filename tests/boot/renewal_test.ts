/** Starts `main.ts` over TLS and turns its certificate, its rules and its root while it serves: nothing ends by it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { makePair } from "../../lib/boot/make_cert.ts";
import { LineReader } from "../tools.ts";

const REPOSITORY = new URL("../..", import.meta.url);
const IGNORE = Deno.build.os === "windows"; // No SO_REUSEPORT, and no signals.
const PAIRS = [await makePair([], Date.now()), await makePair([], Date.now())];
/** Too much for the buffers of a socket. */
const BIG_BYTES = 16 * 1024 * 1024;

/** A folder with a site and a pair of PEM files, and the program that serves it. */
class Scene implements AsyncDisposable {
  readonly folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "vitrine_" }));
  #child: Deno.ChildProcess | null = null;
  #stderr: LineReader | null = null;
  #stdout: Promise<void> | null = null;
  port = 0;

  constructor() {
    for (const name of ["1", "2"]) {
      Deno.mkdirSync(`${this.folder}/${name}`);
      Deno.writeTextFileSync(`${this.folder}/${name}/a.txt`, `site ${name}`);
    }
    using big = Deno.openSync(`${this.folder}/1/big.bin`, { create: true, write: true });
    big.truncateSync(BIG_BYTES);
    Deno.symlinkSync("1", `${this.folder}/site`);
    this.put({ cert: 0, key: 0 });
  }

  put({ cert, key }: { cert?: number; key?: number }): void {
    if (cert !== undefined) Deno.writeTextFileSync(`${this.folder}/cert.pem`, PAIRS[cert].cert);
    if (key !== undefined) Deno.writeTextFileSync(`${this.folder}/key.pem`, PAIRS[key].key);
  }

  async start(
    { ofDeno = [], isSecure = true, flags = [] }: {
      ofDeno?: string[];
      isSecure?: boolean;
      flags?: string[];
    } = {},
  ): Promise<void> {
    const { folder } = this;
    const pair = isSecure ? ["--cert", `${folder}/cert.pem`, "--key", `${folder}/key.pem`] : [];
    const child = this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", ...ofDeno, "--allow-net", `--allow-read=${folder},./lib`],
        ...["main.ts", `${folder}/site`, "--port", "0", "--host", "127.0.0.1"],
        ...["--log", "combined", ...pair, ...flags],
      ],
      cwd: REPOSITORY,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stderr = new LineReader(child.stderr);
    this.#stdout = new LineReader(child.stdout).drain();
    for (let line = ""; line !== "Press Ctrl+C to stop";) {
      line = await this.#stderr.next() ?? "Press Ctrl+C to stop";
      this.port = Number(/^Open .*:(\d+)\//.exec(line)?.[1] ?? this.port);
    }
    assert(this.port > 0, "it listens");
  }

  kill(signal: Deno.Signal): void {
    this.#child!.kill(signal);
  }

  /** What it says next. */
  async said(): Promise<string> {
    return await this.#stderr!.next() ?? "";
  }

  /** Connects as somebody does who trusts one pair alone. */
  async connect(pair: number): Promise<Deno.TlsConn> {
    const caCerts = [PAIRS[pair].cert];
    const conn = await Deno.connectTls({ hostname: "localhost", port: this.port, caCerts });
    await conn.handshake();
    return conn;
  }

  /** Which pair newcomers are shown. */
  async shown(): Promise<number> {
    for (const pair of PAIRS.keys()) {
      try {
        (await this.connect(pair)).close();
        return pair;
      } catch (error) {
        assertMatch(String(error), /invalid peer certificate|certificate/);
      }
    }
    return -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill("SIGTERM");
    await Promise.all([this.#child?.status, this.#stdout, this.#stderr?.drain()]);
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function get(conn: Deno.Conn, path: string, last = false): Promise<void> {
  const lines = [`GET ${path} HTTP/1.1`, "Host: a", ...(last ? ["Connection: close"] : [])];
  await conn.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
}

async function readSome(conn: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(64 * 1024);
  return new TextDecoder().decode(bytes.subarray(0, await conn.read(bytes) ?? 0));
}

async function countRest(conn: Deno.Conn): Promise<number> {
  let count = 0;
  const bytes = new Uint8Array(64 * 1024);
  for (let n = await conn.read(bytes); n !== null; n = await conn.read(bytes)) count += n;
  return count;
}

for (const flags of [[], ["--workers", "2"]]) {
  Deno.test({
    name: `SIGHUP takes a new pair and ends no connection ${flags.join(" ")}`,
    ignore: IGNORE,
    async fn() {
      await using scene = new Scene();
      await scene.start({ ofDeno: ["--unstable-net"], flags });
      using kept = await scene.connect(0);
      await get(kept, "/a.txt");
      assertMatch(await readSome(kept), /^HTTP\/1\.1 200 /);
      using download = await scene.connect(0);
      await get(download, "/big.bin", true);
      const begun = (await readSome(download)).length;

      scene.put({ cert: 1, key: 1 });
      scene.kill("SIGHUP");
      assertEquals(
        await scene.said(),
        `SIGHUP: took certificate and key, the rules, where the root leads (${scene.folder}/1); ` +
          "serving on",
      );
      // A worker is told, and takes its own as soon as it hears of it: then no listener shows the old pair.
      const isNew = async () => {
        for (let i = 0; i < 8; i++) if (await scene.shown() !== 1) return false;
        return true;
      };
      while (flags.length > 0 && !await isNew());
      assert(await isNew(), "newcomers see the new pair alone");
      await get(kept, "/a.txt", true);
      assertMatch(await readSome(kept), /^HTTP\/1\.1 200 /, "who was there goes on");
      const length = begun + await countRest(download);
      assert(length > BIG_BYTES, `a download goes on to its end: ${length}`);
    },
  });
}

Deno.test({
  name: "a pair whose files change is taken without a signal; one that does not fit is not",
  ignore: IGNORE,
  async fn() {
    await using scene = new Scene();
    await scene.start({ ofDeno: ["--unstable-net"] });
    assertEquals(await scene.shown(), 0);
    scene.put({ cert: 1 });
    assertMatch(
      await scene.said(),
      /^vitrine: the files of certificate and key have changed, and those before them stay: the key ".*" does not belong to /,
    );
    assertEquals(await scene.shown(), 0, "as before");
    scene.put({ key: 1 });
    assertMatch(await scene.said(), /took certificate and key anew, as their files have changed$/);
    assertEquals(await scene.shown(), 1);
  },
});

Deno.test({
  name: "without --unstable-net SIGHUP says that the pair stays, and takes the rest",
  ignore: IGNORE,
  async fn() {
    await using scene = new Scene();
    await scene.start();
    scene.put({ cert: 1, key: 1 });
    scene.kill("SIGHUP");
    assertMatch(
      await scene.said(),
      /^SIGHUP: took the rules, where .*; not the certificate: without --unstable-net .*; serving on$/,
    );
    assertEquals(await scene.shown(), 0);
  },
});

Deno.test({
  name: "SIGHUP tells where the root leads by now",
  ignore: IGNORE,
  async fn() {
    await using scene = new Scene();
    await scene.start({ isSecure: false });
    Deno.removeSync(`${scene.folder}/site`);
    Deno.symlinkSync("2", `${scene.folder}/site`);
    scene.kill("SIGHUP");
    assertEquals(
      await scene.said(),
      `SIGHUP: took the rules, where the root leads (${scene.folder}/2); serving on`,
    );
    const answer = await fetch(`http://127.0.0.1:${scene.port}/a.txt`);
    assertEquals(await answer.text(), "site 2");
  },
});
