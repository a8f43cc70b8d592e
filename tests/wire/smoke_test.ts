import { assertEquals } from "@std/assert";
import { withServer } from "./harness.ts";

Deno.test("serve() answers a GET, a HEAD and a pipelined pair on one connection", async () => {
  await withServer({ "index.html": "<p>hi" }, async ({ connect }) => {
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await client.readResponse()).content, "<p>hi");
    await client.send(
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /index.html HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assertEquals((await client.readResponse("HEAD")).fields.get("content-length"), "5");
    assertEquals((await client.readResponse()).content, "<p>hi");
  });
});
