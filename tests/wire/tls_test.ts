/** HTTPS: the same server behind TLS, with a pair as `deno task cert` makes it, and all that can be wrong with one. */

import { fromFileUrl } from "@std/path";

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makePair } from "../../lib/boot/make_cert.ts";
import { testWithTools } from "../tools.ts";
import { CertificateError, listen } from "../../lib/net/listen.ts";
import { parseResponse, RawClient, type Running, withServer } from "./harness.ts";

const PAIR = await makePair(["192.0.2.7", "class.example"], Date.now());
const OTHER = await makePair([], Date.now());
const BIG = "0123456789".repeat(300_000);

/** Writes PEM files and gives their paths by name; gone afterwards. */
async function withPems(
  pems: Readonly<Record<string, string>>,
  test: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    for (const [name, pem] of Object.entries(pems)) {
      await Deno.writeTextFile(`${folder}/${name}`, pem);
    }
    await test((name) => `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function withTlsServer(
  test: (running: Running, path: (name: string) => string) => Promise<void>,
): Promise<void> {
  return withPems({ "cert.pem": PAIR.cert, "key.pem": PAIR.key }, async (path) => {
    const files = { "index.html": "<p>hi", "big.bin": BIG };
    const init = { cert: path("cert.pem"), key: path("key.pem"), cacheSizeMiB: 1 };
    await withServer(files, (running) => test(running, path), init);
  });
}

function connectTls(port: number): Promise<Deno.TlsConn> {
  return Deno.connectTls({ hostname: "localhost", port, caCerts: [PAIR.cert] });
}

Deno.test("tls: requests, HEAD, ranges and a large file on one connection", async () => {
  await withTlsServer(async ({ port, errors }) => {
    const client = new RawClient(await connectTls(port) as unknown as Deno.TcpConn);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await client.readResponse()).content, "<p>hi");
    assertEquals((await client.readResponse("HEAD")).fields.get("content-length"), "5");
    await client.send("GET /big.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=10-19\r\n\r\n");
    assertEquals((await client.readResponse()).content, "0123456789");
    await client.send("GET /big.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const last = parseResponse(await client.readToEnd());
    assertEquals(last.content === BIG, true, "all of it, and then a clean end");
    client.close();
    assertEquals(errors, []);
  });
});

testWithTools(
  "tls: curl takes the pair, with -k and with the certificate",
  ["curl"],
  async (paths) => {
    await withTlsServer(async ({ port }, path) => {
      const ways = [
        ["-k", `https://127.0.0.1:${port}/`],
        ["--cacert", path("cert.pem"), `https://localhost:${port}/`],
        ["--cacert", path("cert.pem"), "--resolve", `class.example:${port}:127.0.0.1`].concat(
          `https://class.example:${port}/`,
        ),
      ];
      for (const way of ways) {
        const { code, stdout, stderr } = await new Deno.Command(paths.curl, {
          args: ["--silent", "--show-error", ...way],
        }).output();
        assertEquals(new TextDecoder().decode(stderr), "", way.join(" "));
        assertEquals([code, new TextDecoder().decode(stdout)], [0, "<p>hi"]);
      }
      const { code } = await new Deno.Command(paths.curl, {
        args: ["--silent", `https://localhost:${port}/`],
      }).output();
      assertEquals(code, 60, "curl trusts no certificate that signs itself");
    });
  },
);

Deno.test("tls: who speaks no TLS, leaves or is silent harms nobody", async () => {
  await withPems({ "cert.pem": PAIR.cert, "key.pem": PAIR.key }, async (path) => {
    await withServer({ "index.html": "<p>hi" }, async ({ port, connect, errors, log }) => {
      for (const first of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "x", ""]) {
        const client = await connect();
        await client.send(first);
        await client.closeWrite();
        await client.readToEnd().catch(() => {}); // An alert, an end or a reset.
        client.close();
      }
      const silent = await connect(); // Deno lets nobody end this one but its peer: see net/listen.ts.
      const client = new RawClient(await connectTls(port) as unknown as Deno.TcpConn);
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await client.readResponse()).content, "<p>hi");
      client.close();
      silent.close();
      assertEquals([errors, log.length], [[], 1]);
    }, { cert: path("cert.pem"), key: path("key.pem") });
  });
});

/** Whether no handshake comes about. */
async function fails(connecting: Promise<Deno.TlsConn>): Promise<boolean> {
  try {
    using conn = await connecting;
    await conn.handshake();
    return false;
  } catch {
    return true;
  }
}

Deno.test("tls: whoever speaks HTTPS to an HTTP port, or the reverse, is told of in words", async () => {
  const said: unknown[] = [];
  const onError = (error: unknown) => said.push(error);
  const untilSaid = async () => {
    while (said.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return said.splice(0);
  };
  await withServer({ "index.html": "<p>hi" }, async ({ port, log }) => {
    assert(await fails(connectTls(port)));
    assertEquals(await untilSaid(), [
      "1 connection(s) spoke HTTPS to this HTTP port: its address starts with http://",
    ]);
    assertEquals(log.map(({ statusCode, detail }) => [statusCode, detail]), [[
      400,
      "Cannot read TLS: the peer spoke HTTPS to an HTTP port; open it by http:// (RFC 8446 §5.1)",
    ]]);
  }, { onError });
  await withPems(
    { "cert.pem": PAIR.cert, "key.pem": PAIR.key },
    async (path) => {
      const init = { cert: path("cert.pem"), key: path("key.pem"), onError };
      await withServer({ "index.html": "<p>hi" }, async ({ connect, port }) => {
        const client = await connect();
        await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.readToEnd().catch(() => {}); // An alert.
        assertEquals(await untilSaid(), [
          "1 connection(s) spoke no TLS, most likely HTTP, to this HTTPS port: its address starts with https://",
        ]);
        // Who leaves in the middle of a handshake, or does not trust us, speaks TLS.
        const leaving = await connect();
        await leaving.send(Uint8Array.of(0x16, 3, 1));
        leaving.close();
        assert(await fails(Deno.connectTls({ hostname: "localhost", port })));
        const good = await connectTls(port);
        await good.handshake();
        good.close();
      }, init);
      assertEquals(said, []);
    },
  );
});

testWithTools(
  "tls: what is no file in place of a certificate or key does not hang the start",
  ["mkfifo"],
  async (tools) => {
    await withPems({ "cert.pem": PAIR.cert, "key.pem": PAIR.key }, async (path) => {
      await new Deno.Command(tools.mkfifo, { args: [path("fifo")] }).output();
      using _socket = Deno.listen({ transport: "unix", path: path("socket") });
      for (const other of [path("fifo"), path("socket"), "/dev/zero", "/dev/tty"]) {
        for (const [cert, key] of [[other, path("key.pem")], [path("cert.pem"), other]]) {
          const init = { hostname: "127.0.0.1", port: 0, cert, key };
          let message = "It listens";
          try {
            listen(init).close();
          } catch (error) {
            assert(error instanceof CertificateError);
            message = error.message;
          }
          assertMatch(message, /(is not a regular file|cannot be read as a \w+); name a PEM file$/);
          assertStringIncludes(message, other);
        }
      }
    });
  },
);

Deno.test("tls: what is wrong with a pair is said in words", async () => {
  const pems = {
    "cert.pem": PAIR.cert,
    "key.pem": PAIR.key,
    "other.pem": OTHER.key,
    "text.pem": "hello\n",
    "cut.pem": PAIR.cert.slice(0, 200),
    "broken.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  };
  await withPems(pems, async (path) => {
    const CASES: readonly (readonly [cert: string, key: string, message: RegExp, why: string])[] = [
      ["none.pem", "key.pem", /^there is no certificate ".*none\.pem"; deno task cert /, "missing"],
      ["cert.pem", "none.pem", /^there is no key ".*none\.pem"/, "missing key"],
      ["text.pem", "key.pem", /text\.pem" holds no certificate; /, "no PEM"],
      ["key.pem", "key.pem", /key\.pem" holds no certificate; /, "a key in its place"],
      ["cert.pem", "text.pem", /text\.pem" holds no private key; /, "no PEM"],
      ["cert.pem", "cert.pem", /cert\.pem" holds no private key; /, "a certificate in its place"],
      ["cert.pem", "other.pem", /other\.pem" does not belong to the certificate /, "two pairs"],
      ["cut.pem", "key.pem", /cut\.pem" /, "cut short"],
      ["broken.pem", "key.pem", /broken\.pem" /, "no certificate inside"],
      [".", "key.pem", /is not a regular file; name a PEM file$/, "a folder"],
    ];
    for (const [cert, key, message, why] of CASES) {
      let error: unknown = null;
      try {
        listen({ hostname: "127.0.0.1", port: 0, cert: path(cert), key: path(key) }).close();
      } catch (caught) {
        error = caught;
      }
      assert(error instanceof CertificateError, `${why}: ${error}`);
      assertMatch(error.message, message, why);
    }
    await Promise.resolve();
  });
});

Deno.test("tls: main.ts says which leave to read is missing, and serves HTTPS with it", async () => {
  await withPems({ "cert.pem": PAIR.cert, "key.pem": PAIR.key }, async (path) => {
    const site = await Deno.makeTempDir({ prefix: "vitrine_" });
    await Deno.writeTextFile(`${site}/index.html`, "<p>hi");
    const command = (readable: string) =>
      new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", "--no-prompt", `--allow-read=${readable}`, "--allow-net"],
          ...["main.ts", site],
          ...["--port", "0", "--cert", path("cert.pem"), "--key", path("key.pem")],
        ],
        cwd: new URL("../../", import.meta.url),
        stdout: "piped",
        stderr: "piped",
      });
    const refused = await command(site).output();
    const message = new TextDecoder().decode(refused.stderr);
    assertMatch(message, /^vitrine: the sandbox does not let Vitrine read ".*cert\.pem" and /);
    const all = [site, path("cert.pem"), path("key.pem")].join();
    assert(message.includes(`--allow-read=${all} `), message);
    assertEquals(refused.code, 2);

    const child = command(all).spawn();
    // Tools read the log on standard output, so what is said goes to the other stream.
    let text = "";
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes("Ctrl+C")) text += (await reader.read()).value;
    assertMatch(text, /^Open https:\/\/localhost:\d+\/$/m);
    // An answered handshake shows that the listener for signals is there.
    const conn = await connectTls(Number(/:(\d+)\/$/m.exec(text)![1]));
    await conn.handshake();
    conn.close();
    child.kill("SIGINT");
    assertEquals((await child.status).code, Deno.build.os === "windows" ? 1 : 0); // No signals there.
    await Promise.all([reader.cancel(), child.stdout.cancel()]);
    await Deno.remove(site, { recursive: true });
  });
});

Deno.test("tls: deno task cert makes a pair once, and a key that only its owner reads", async () => {
  await withPems({}, async (path) => {
    const make = async () => {
      const script = fromFileUrl(new URL("../../lib/boot/make_cert.ts", import.meta.url));
      const config = fromFileUrl(new URL("../../lib/boot/cert.json", import.meta.url));
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-prompt", "--config", config, "--allow-write=cert.pem,key.pem"],
          ...[script, "192.0.2.7"],
        ],
        cwd: path("."),
      }).output();
      return { code, message: new TextDecoder().decode(stderr) };
    };
    assertEquals(await make(), { code: 0, message: "" });
    listen({ hostname: "127.0.0.1", port: 0, cert: path("cert.pem"), key: path("key.pem") })
      .close();
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(path("key.pem"))).mode! & 0o777, 0o600);
    }
    const cert = await Deno.readTextFile(path("cert.pem"));
    assertMatch((await make()).message, /^cert\.pem or key\.pem is here already; delete both /);
    assertEquals(await Deno.readTextFile(path("cert.pem")), cert, "untouched");
    await Deno.remove(path("cert.pem"));
    assertEquals((await make()).code, 1, "a key alone is one as well");
    assertEquals([...Deno.readDirSync(path("."))].map(({ name }) => name), ["key.pem"]);
  });
});
