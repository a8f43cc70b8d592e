/** `/.vitrine/health`: how the server is, for balancers; and the time that they have to see it. */

import { assertEquals } from "@std/assert";
import { ask, requestOf, withServer } from "./harness.ts";

const HEALTH = "/.vitrine/health";
const FILES = { "a.txt": "a", "_headers": "/*\n  X-Rule: yes\n", "_redirects": "/* /a.txt 302!\n" };

Deno.test("serve() says that it serves, to whoever asks, whatever the rules of the site are", async () => {
  for (const init of [{}, { auth: "ada:engine" }, { spa: true }, { dotfiles: true }]) {
    await withServer(FILES, async (running) => {
      const { statusCode, content, fields } = await ask(running, HEALTH);
      assertEquals([statusCode, content], [200, "serving\n"]);
      assertEquals(fields.get("cache-control"), "no-store");
      assertEquals(fields.get("x-rule"), undefined);
      const head = await ask(running, HEALTH, [], "HEAD");
      assertEquals([head.statusCode, head.content], [200, ""]);
      const other = await ask(running, HEALTH, [], "POST"); // Refused as anywhere else.
      assertEquals(other.statusCode, "auth" in init ? 401 : 405);
    }, init);
  }
});

Deno.test("serve() has no other path of that kind", async () => {
  await withServer({ "a.txt": "a" }, async (running) => {
    for (
      const path of ["/.vitrine", "/.vitrine/", HEALTH + "/", "/x" + HEALTH, "/.vitrine/healthy"]
    ) {
      assertEquals((await ask(running, path)).statusCode, 404, path);
    }
    assertEquals((await ask(running, HEALTH + "?from=balancer")).statusCode, 200);
  });
});

Deno.test("shutdown() fails health checks for as long as --drain says, and serves all else meanwhile", async () => {
  await withServer({ "a.txt": "a" }, async (running) => {
    const { server, port, connect, exchange } = running;
    const kept = await connect();
    await kept.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    await kept.readResponse();
    const startMs = performance.now();
    const finished = server.shutdown();
    const { statusCode, content } = await ask(running, HEALTH);
    assertEquals([statusCode, content], [503, "draining\n"]);
    assertEquals((await exchange(requestOf("/a.txt"))).slice(9, 12), "200", "a new connection");
    await kept.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await kept.readResponse()).statusCode, 200, "one that was kept");
    assertEquals(server.shutdown(), finished, "a second time changes nothing");
    await finished;
    assertEquals(performance.now() - startMs >= 700, true);
    const refused = await Deno.connect({ hostname: "127.0.0.1", port }).catch((error) => error);
    assertEquals(refused instanceof Deno.errors.ConnectionRefused, true);
  }, { drainMs: 700, graceMs: 1_000 });
});
