import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run, testWithoutRights, testWithTools, untilItHolds } from "../tools.ts";
import { parseResponse, RawClient, requestOf, withServer, writeFile } from "./harness.ts";
import { startServer } from "./server_process.ts";

const SECRET = "not for everybody";

testWithTools("locate() answers 404 at once for what is no file", ["mkfifo"], async (paths) => {
  await withServer({ "d/x": "x", "e/x": "x" }, async ({ root, exchange, errors }) => {
    await run(paths.mkfifo, [`${root}/fifo`, `${root}/d/index.html`, `${root}/404.html`]);
    await Deno.symlink("fifo", `${root}/link`);
    await Deno.symlink("/dev/zero", `${root}/zero`);
    await Deno.symlink("/dev/zero", `${root}/e/index.html`);
    using socket = Deno.listen({ transport: "unix", path: `${root}/socket` });
    assertEquals(socket.addr.transport, "unix");
    for (const target of ["/fifo", "/link", "/d/", "/404.html", "/zero", "/e/", "/socket"]) {
      for (const method of ["GET", "HEAD"]) {
        const text = await exchange(requestOf(target, [], method));
        assertEquals(parseResponse(text).statusCode, 404, target);
      }
    }
    assertEquals(errors, []);
  });
});

testWithTools("what is no file is no page of an error either", ["mkfifo"], async (paths) => {
  const PAGES = ["400", "401", "404", "405", "413", "416", "501"].map((code) => `${code}.html`);
  await withServer({ "a.txt": "a" }, async ({ root, exchange, errors }) => {
    const sockets: Deno.UnixListener[] = [];
    const kinds = [
      () => run(paths.mkfifo, PAGES.map((page) => `${root}/${page}`)),
      () => {
        for (const page of PAGES) {
          sockets.push(Deno.listen({ transport: "unix", path: `${root}/${page}` }));
        }
      },
      () => PAGES.forEach((page) => Deno.symlinkSync("/dev/zero", `${root}/${page}`)),
      () => PAGES.forEach((page) => Deno.mkdirSync(`${root}/${page}`)),
    ];
    for (const make of kinds) {
      await make();
      const login = "Authorization: Basic YTpi";
      for (
        const [statusCode, request] of [
          [400, "GET / HTTP/1.1\r\n\r\n"],
          [401, requestOf("/a.txt")],
          [404, requestOf("/nope", [login])],
          [405, requestOf("/a.txt", [login], "POST")],
          [413, requestOf("/a.txt", [login, "Content-Length: 2000000"], "POST")],
          [416, requestOf("/a.txt", [login, "Range: bytes=5-"])],
          [501, requestOf("/a.txt", [login], "BREW")],
        ] as const
      ) {
        const response = parseResponse(await exchange(request));
        assertEquals(response.statusCode, statusCode);
        assertStringIncludes(response.content, `Error: ${statusCode}`);
      }
      // A socket that Deno closes takes its file with it.
      if (sockets.length > 0) sockets.splice(0).forEach((socket) => socket.close());
      else for (const page of PAGES) await Deno.remove(`${root}/${page}`, { recursive: true });
    }
    assertEquals(errors, []);
  }, { auth: "a:b" });
});

testWithoutRights("locate() answers 403 for what it may not read", async (wrapper) => {
  const files = {
    "a.txt": "a",
    "shut.txt": SECRET,
    "shut/a.txt": SECRET,
    "403.html": "sorry",
    "x/index.html": SECRET,
  };
  await withServer(files, async ({ root, outside }) => {
    await writeFile(outside, "shut/secret.txt", SECRET);
    await Deno.symlink(`${outside}/shut/secret.txt`, `${root}/link`);
    await Deno.symlink("shut.txt", `${root}/inner`, { type: "file" });
    const closed = ["shut.txt", "shut", "x/index.html"].map((name) => `${root}/${name}`);
    for (const path of [...closed, `${outside}/shut`]) await Deno.chmod(path, 0);
    const rows = [
      ["/shut.txt", 403, "a file without read permission"],
      ["/inner", 403, "a link to it"],
      ["/x/", 403, "an index without read permission"],
      ["/shut/a.txt", 403, "in a folder that may not be entered"],
      ["/shut/nothing", 403, "whether it is there is not told"],
      ["/shut/", 403, "the folder's index"],
      ["/link", 404, "whether something outside is there is nobody's business"],
      ["/nothing", 404, "absent"],
      ["/a.txt", 200, "goes on"],
    ] as const;
    try {
      await using server = await startServer(root, { wrapper });
      for (const [target, statusCode, why] of rows) {
        const response = await fetch(`http://127.0.0.1:${server.port}${target}`);
        const text = await response.text();
        assertEquals(response.status, statusCode, `${target}: ${why}`);
        assert(!text.includes(SECRET));
        if (statusCode === 403) assertEquals(text, "sorry", "the site's own page");
      }
    } finally {
      await Deno.chmod(`${root}/shut`, 0o700);
      await Deno.chmod(`${outside}/shut`, 0o700);
    }
  });
});

testWithTools(
  "locate() answers 503 without descriptors, and recovers",
  ["sh"],
  (paths) =>
    // On a busy machine the first connection, which is idle, may give way to those that come (RFC 9112 §9.5).
    untilItHolds(() =>
      withServer({ "a.txt": "a", "503.html": "cannot be opened either" }, async ({ root }) => {
        const wrapper = [paths.sh, "-c", 'ulimit -n 48; exec "$0" "$@"'];
        // A file in memory needs no descriptor: on a slow machine this one is old enough for that.
        await using server = await startServer(root, { wrapper, init: { cacheSizeMiB: 0 } });
        const connect = async () =>
          new RawClient(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
        const ask = async (client: RawClient) => {
          await client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
          return await client.readResponse();
        };
        const first = await connect();
        assertEquals((await ask(first)).content, "a");
        const others = await Promise.all(Array.from({ length: 48 }, connect));
        assertStringIncludes(await server.nextError() ?? "", "os error 24"); // EMFILE, of accept(2)
        const { statusCode, fields, content } = await ask(first);
        assertEquals([statusCode, fields.get("retry-after")], [503, "1"]);
        assertStringIncludes(content, "Error: 503 Service Unavailable");
        for (const client of others) client.close();
        // The server learns of those closings one by one; the connection itself outlived the error.
        let tries = 0;
        while ((await ask(first)).statusCode !== 200) assert(++tries < 90, "descriptors come back");
        const later = await connect();
        assertEquals((await ask(later)).content, "a");
        for (const client of [first, later]) client.close();
      })
    ),
);

Deno.test("what the sandbox keeps from us inside the root is forbidden, and no fault", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  try {
    for (const name of ["a.txt", "kept/index.html", "kept/x.txt"]) await writeFile(root, name, "x");
    await using server = await startServer(root, { flags: [`--deny-read=${root}/kept`] });
    const codes: number[] = [];
    for (const target of ["a.txt", "kept/", "kept/index.html", "kept/none", "none"]) {
      const response = await fetch(`http://127.0.0.1:${server.port}/${target}`);
      await response.body?.cancel();
      codes.push(response.status);
    }
    assertEquals(codes, [200, 403, 403, 403, 404]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
