import { assertEquals } from "@std/assert";
import { withServer, writeFile } from "./harness.ts";

const GET = "GET /a.txt HTTP/1.1\r\nHost: a\r\n";

Deno.test("a request with content gets the file as it is now, and so does the one glued behind it", async () => {
  await withServer({ "a.txt": "old" }, async ({ connect, root }) => {
    // The cache trusts a file once the second of its last change is over: until then no entry could be stale.
    const longAgo = new Date(Date.now() - 10_000);
    await Deno.utime(`${root}/a.txt`, longAgo, longAgo);
    const start = Date.now();
    while (Date.now() - start < 2_100) await Deno.stat(root);
    const client = await connect();
    for (const content of ["old", "old"]) {
      await client.send(`${GET}\r\n`);
      assertEquals((await client.readResponse()).content, content);
    }
    await writeFile(root, "a.txt", "newer");
    await client.send(`${GET}Content-Length: 1\r\n\r\nx${GET}\r\n`);
    assertEquals((await client.readResponse()).content, "newer");
    assertEquals((await client.readResponse()).content, "newer");
  });
});
