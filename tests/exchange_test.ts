/**
 * One request from step (iii) to (vi): which failures end the connection, and what the log gets. The bytes of all these
 * responses are in `wire/`; here is what `exchange.ts` alone decides.
 */

import { assertEquals } from "@std/assert";
import { parseResponse, requestOf, withServer } from "./wire/harness.ts";

const FILES = { "a.txt": "a", "404.html": "<p>not here" };
const CONTENT = ["Content-Length: 3", "", "abc"];

const ENDINGS = [
  // request, status, whether the connection goes on, why
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200, true, "all is well"],
  ["GET /b.txt HTTP/1.1\r\nHost: a\r\n\r\n", 404, true, "the request was understood"],
  ["GET /a.txt HTTP/1.0\r\n\r\n", 200, false, "9112 §9.3 the default of HTTP/1.0"],
  [
    "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    200,
    false,
    "the peer asks for it",
  ],
  [
    `POST /a.txt HTTP/1.1\r\nHost: a\r\n${CONTENT.join("\r\n")}`,
    405,
    true,
    "its content was received",
  ],
  [
    "POST /a.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    405,
    false,
    "its content may yet come",
  ],
  ["GET /.. HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, "a peer that has lost its way"],
  ["GET /a.txt HTTP/1.1\r\n\r\n", 400, false, "9112 §3.2 no Host"],
  ['GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-Match: "x"\r\n\r\n', 412, true, "a precondition"],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=9-\r\n\r\n", 416, true, "a range"],
] as const;

for (const [request, statusCode, goesOn, why] of ENDINGS) {
  Deno.test(`Exchange answers ${JSON.stringify(request)} by ${statusCode} and ${goesOn ? "goes on" : "closes"}: ${why}`, async () => {
    await withServer(FILES, async ({ connect, log }) => {
      const client = await connect();
      await client.send(request);
      const response = await client.readResponse();
      assertEquals(response.statusCode, statusCode);
      assertEquals(response.fields.get("connection"), goesOn ? "keep-alive" : "close");
      if (goesOn) {
        await client.send(requestOf("/a.txt"));
        assertEquals(parseResponse(await client.readToEnd()).statusCode, 200);
      } else assertEquals(await client.readToEnd(), "");
      assertEquals([log[0].statusCode, log[0].complete], [statusCode, true]);
      assertEquals(log[0].detail === null, statusCode === 200, "why, where it is no success");
    });
  });
}

Deno.test("Exchange gives HEAD no content, whatever the status", async () => {
  await withServer(FILES, async ({ exchange }) => {
    for (const target of ["/a.txt", "/nothing", "/.."]) {
      const response = parseResponse(await exchange(requestOf(target, [], "HEAD")));
      assertEquals(response.content, "", target);
    }
  });
});
