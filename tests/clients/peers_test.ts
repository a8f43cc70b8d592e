/**
 * Vitrine behind nginx and HAProxy, as a site would run it: with their own parsers in front, and connections to us
 * that they keep and share between their clients. Whatever two parsers read differently would show here.
 */

import { assert, assertEquals } from "@std/assert";
import {
  latin1,
  RawClient,
  type RawResponse,
  requestOf,
  type Running,
  withServer,
} from "../wire/harness.ts";
import { testWithTools } from "../tools.ts";

/** Set by the proxies in every request that they forward; one without it was smuggled past them. */
const MARK = "forwarded";

interface Proxy {
  /** Program and configuration, which listens on the socket `front` in `folder` and forwards to `port`. */
  readonly config: (folder: string, port: number) => string;
  readonly args: (configPath: string, folder: string) => string[];
}

const PROXIES: Readonly<Record<"nginx" | "haproxy", Proxy>> = {
  nginx: {
    config: (folder, port) => `
      daemon off;
      master_process off;
      pid ${folder}/pid;
      error_log /dev/null;
      events { worker_connections 64; }
      http {
        access_log off;
        client_body_temp_path ${folder};
        proxy_temp_path ${folder};
        fastcgi_temp_path ${folder};
        uwsgi_temp_path ${folder};
        scgi_temp_path ${folder};
        upstream vitrine { server 127.0.0.1:${port}; keepalive 2; }
        server {
          listen unix:${folder}/front;
          client_header_timeout 2s;
          client_body_timeout 2s;
          location / {
            proxy_pass http://vitrine;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header User-Agent ${MARK};
            proxy_request_buffering off;
          }
        }
      }`,
    args: (configPath, folder) => ["-p", folder, "-e", "stderr", "-c", configPath],
  },
  haproxy: {
    config: (folder, port) => `
      defaults
        mode http
        timeout connect 2s
        timeout client 2s
        timeout server 2s
        http-reuse always
      frontend front
        bind ${folder}/front
        http-request set-header User-Agent ${MARK}
        default_backend vitrine
      backend vitrine
        server vitrine 127.0.0.1:${port}
      `,
    args: (configPath) => ["-db", "-q", "-f", configPath],
  },
};

/** Starts a proxy in front of a server, gives a way to connect to it, and ends it. */
async function withProxy(
  path: string,
  proxy: Proxy,
  { outside, port }: Running,
  test: (connect: () => Promise<RawClient>) => Promise<void>,
): Promise<void> {
  await Deno.writeTextFile(`${outside}/config`, proxy.config(outside, port) + "\n");
  const args = proxy.args(`${outside}/config`, outside);
  const child = new Deno.Command(path, { args, stdout: "null", stderr: "null" }).spawn();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const clients: RawClient[] = [];
  const connect = async (): Promise<RawClient> => {
    for (;;) {
      try {
        const conn: Deno.Conn = await Deno.connect({ transport: "unix", path: `${outside}/front` });
        const client = new RawClient(conn as Deno.TcpConn); // It reads and writes the same.
        clients.push(client);
        return client;
      } catch (error) {
        if (ended) throw error; // Until then it is still starting.
      }
    }
  };
  try {
    await test(connect);
  } finally {
    for (const client of clients) client.close();
    if (!ended) child.kill("SIGTERM");
    await status;
  }
}

const FILES = {
  "index.html": "<p>index",
  "empty.txt": "",
  "digits.txt": "0123456789",
  "d/index.html": "<p>folder",
  "caf\u00e9 & co.txt": "unicode",
  "large.bin": Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * i) >> 5),
  "404.html": "<h1>Lost?",
  "canary.txt": "canary",
  "hidden.txt": "hidden",
};

const REQUESTS: readonly (readonly [target: string, lines: readonly string[], method?: string])[] =
  [
    ["/", []],
    ["/", [], "HEAD"],
    ["/large.bin", []],
    ["/large.bin", [], "HEAD"],
    ["/empty.txt", []],
    ["/caf%C3%A9%20&%20co.txt?q=/../", []],
    ["/d?x=1", []],
    ["/d/", []],
    ["/missing", []],
    ["/missing", [], "HEAD"],
    ["/digits.txt", ["Range: bytes=2-4"]],
    ["/digits.txt", ["Range: bytes=-3"]],
    ["/digits.txt", ["Range: bytes=10-"]],
    ["/digits.txt", ["If-None-Match: *"]],
    ["/digits.txt", ["If-None-Match: *"], "HEAD"],
    ["/digits.txt", ['If-Match: "x"']],
    ["/digits.txt", ["Content-Length: 0"], "POST"],
    ["/digits.txt", [], "DELETE"],
    ["/digits.txt", [], "OPTIONS"],
    ["/digits.txt", [], "BREW"],
  ];

/** What a proxy has to pass on; the rest concerns one connection only, or may be rewritten by it. */
const FIELDS = [
  "accept-ranges",
  "allow",
  "cache-control",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
  "location",
  "x-content-type-options",
];

function essence({ statusCode, fields, content }: RawResponse): string {
  const values = FIELDS.map((name) => `${name}: ${fields.get(name)}`);
  return [statusCode, ...values, content].join("\n");
}

for (const name of ["nginx", "haproxy"] as const) {
  testWithTools(`serve() says through ${name} what it says without`, [name], async (paths) => {
    await withServer(FILES, async (running) => {
      await withProxy(paths[name], PROXIES[name], running, async (connect) => {
        const direct = await running.connect();
        const proxied = await connect();
        for (const [target, lines, method = "GET"] of REQUESTS) {
          const request = requestOf(target, lines, method).replace("Connection: close\r\n", "");
          const ask = async (client: RawClient) => {
            await client.send(request);
            return essence(await client.readResponse(method));
          };
          const expected = await ask(direct);
          assert(await ask(proxied) === expected, `${method} ${target} ${lines}`);
        }
        const forwarded = running.log.filter((entry) => entry.userAgent === MARK);
        assertEquals(forwarded.length, REQUESTS.length);
        const connections = new Set(forwarded.map((entry) => entry.connection)).size;
        assert(connections <= 4, `${connections}: the proxy can keep its connections to us`);
      });
      assertEquals(running.errors, []);
    });
  });

  testWithTools(`serve() answers in order through ${name}`, [name], async (paths) => {
    await withServer(FILES, async (running) => {
      await withProxy(paths[name], PROXIES[name], running, async (connect) => {
        const client = await connect();
        const targets = Array.from(
          { length: 30 },
          (_, i) => ["/", "/digits.txt", "/missing"][i % 3],
        );
        // Every other request is refused and has content, which looks like the start of the next.
        const requests = targets.map((target, i) =>
          i % 2 === 0
            ? `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
            : `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET `
        );
        await client.send(requests.join(""));
        for (const [i, target] of targets.entries()) {
          const { statusCode, content } = await client.readResponse();
          const expected = { "/": "<p>index", "/digits.txt": "0123456789" }[target];
          assertEquals(statusCode, i % 2 === 1 ? 405 : expected === undefined ? 404 : 200);
          if (statusCode === 200) assertEquals(content, expected);
        }
      });
    });
  });
}

const HIDDEN = "GET /hidden.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: smuggled\r\n\r\n";
const LENGTH = `Content-Length: ${HIDDEN.length}`;
const CHUNKED = "Transfer-Encoding: chunked";
const HIDDEN_CHUNK = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
const AFTER_CHUNKS = `0\r\n\r\n${HIDDEN}`;

/** Each hides a request where one of two parsers could see content, and the other the next request. */
const SMUGGLES: readonly (readonly [lines: readonly string[], content: string, why: string])[] = [
  [[LENGTH], HIDDEN, "honest content that looks like a request"],
  [[CHUNKED], HIDDEN_CHUNK, "the same in a chunk"],
  [[`Content-Length: ${AFTER_CHUNKS.length}`, CHUNKED], AFTER_CHUNKS, "CL.TE"],
  [["Content-Length: 4", CHUNKED], HIDDEN_CHUNK, "TE.CL"],
  [[LENGTH, "Content-Length: 0"], HIDDEN, "two lengths"],
  [["Content-Length: 0", LENGTH], HIDDEN, "two lengths, other way round"],
  [[LENGTH, LENGTH], HIDDEN, "the same length twice"],
  [[`${LENGTH}, ${HIDDEN.length}`], HIDDEN, "the same length in a list"],
  [[`Content-Length: +${HIDDEN.length}`], HIDDEN, "a sign"],
  [[`Content-Length: 0x${HIDDEN.length.toString(16)}`], HIDDEN, "hexadecimal"],
  [[`Content-Length: 000${HIDDEN.length}`], HIDDEN, "leading zeros"],
  [[`Content-Length : ${HIDDEN.length}`], HIDDEN, "a space before the colon"],
  [[`Content-Length:\x0b${HIDDEN.length}`], HIDDEN, "a vertical tab"],
  [[`X: y\n${LENGTH}`], HIDDEN, "a bare LF before the length"],
  [[`X: y\r${LENGTH}`], HIDDEN, "a bare CR before the length"],
  [["Transfer-Encoding : chunked", LENGTH], HIDDEN_CHUNK, "a space before the colon"],
  [["Transfer-Encoding: xchunked", LENGTH], AFTER_CHUNKS, "an unknown coding"],
  [["Transfer-Encoding: chunked, identity", LENGTH], AFTER_CHUNKS, "a coding after chunked"],
  [["Transfer-Encoding: identity, chunked", LENGTH], AFTER_CHUNKS, "a coding before chunked"],
  [[CHUNKED, "Transfer-Encoding: identity", LENGTH], AFTER_CHUNKS, "two lines of codings"],
  [['Transfer-Encoding: "chunked"', LENGTH], AFTER_CHUNKS, "in quotes"],
  [["Transfer-Encoding: chunked;a=b", LENGTH], AFTER_CHUNKS, "with a parameter"],
  [["Transfer-Encoding:\x0bchunked", LENGTH], AFTER_CHUNKS, "a vertical tab"],
  [["Transfer-Encoding:\r\n chunked", LENGTH], AFTER_CHUNKS, "folded"],
  [["Transfer_Encoding: chunked", LENGTH], AFTER_CHUNKS, "as a CGI variable"],
  [[`Connection: Content-Length`, LENGTH], HIDDEN, "a length that Connection lists"],
  [["Connection: Transfer-Encoding", CHUNKED], HIDDEN_CHUNK, "a coding that Connection lists"],
  [[CHUNKED], `0x${HIDDEN_CHUNK}`, "a chunk size with a prefix"],
  [[CHUNKED], `+${HIDDEN_CHUNK}`, "a chunk size with a sign"],
  [[CHUNKED], ` ${HIDDEN_CHUNK}`, "a chunk size after a space"],
  [[CHUNKED], `fffffffffffffff2\r\n${HIDDEN}`, "a chunk size that overflows"],
  [[CHUNKED], HIDDEN_CHUNK.replace("\r\n", "\n"), "a chunk line that a bare LF ends"],
  [[CHUNKED], HIDDEN_CHUNK.replace("\r\n", ";\n\r\n"), "a bare LF in an extension"],
  [[CHUNKED], HIDDEN_CHUNK.replace("\r\n", ';a="\r\n"\r\n'), "a line end in a quoted extension"],
  [[CHUNKED], `2\r\nabXX0\r\n\r\n${HIDDEN}`, "two bytes that are no line end after a chunk"],
  [[CHUNKED], `0\r\n${HIDDEN}`, "a request for a trailer"],
  [["Expect: 100-continue", LENGTH], HIDDEN, "content that did not wait"],
  [["Expect: 100-continue", CHUNKED], HIDDEN_CHUNK, "chunks that did not wait"],
  [["Expect: y 100-continue", LENGTH], HIDDEN, "another expectation"],
  [["Connection: Upgrade", "Upgrade: h2c", LENGTH], HIDDEN, "an upgrade"],
  [["Connection: Upgrade", "Upgrade: websocket", LENGTH], HIDDEN, "an upgrade that some tunnel"],
];

for (const name of ["nginx", "haproxy"] as const) {
  testWithTools(`serve() takes no request smuggled past ${name}`, [name], async (paths) => {
    await withServer(FILES, async (running) => {
      await withProxy(paths[name], PROXIES[name], running, async (connect) => {
        let forwarded = 0;
        for (const [lines, content, why] of SMUGGLES) {
          for (const method of ["POST", "GET", "HEAD"]) {
            const head = [`${method} / HTTP/1.1`, "Host: a", ...lines, "Connection: close"].join(
              "\r\n",
            );
            const client = await connect();
            await client.send(`${head}\r\n\r\n${content}`);
            assert(!(await readAll(client)).includes("\r\n\r\nhidden"), why);
            client.close();
            // Another client of the proxy, over the same connections to us, gets its own answer.
            const other = await connect();
            await other.send(requestOf("/canary.txt"));
            assertEquals((await other.readResponse()).content, "canary", why);
            other.close();
            forwarded += running.log.length - 1;
            // A head that we refuse has no fields to read the mark from; it has to be the proxy's, all the same.
            const strays = running.log.filter((entry) =>
              entry.userAgent !== MARK && !entry.requestLine?.startsWith(`${method} / HTTP/1.1`)
            );
            assertEquals(strays, [], why);
            running.log.length = 0;
          }
        }
        assert(forwarded > 20, `${forwarded} of them reached us`);
      });
      assertEquals(running.errors, []);
    });
  });
}

/** Reads until the proxy closes, or resets. */
async function readAll(client: RawClient): Promise<string> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  try {
    for (;;) {
      const count = await client.conn.read(buffer);
      if (count === null) return text;
      text += latin1(buffer.subarray(0, count));
    }
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return text;
    throw error;
  }
}
