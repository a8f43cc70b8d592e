/** The composer: it sends bytes to the watched server alone, and says why where it cannot. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makePair } from "../../lib/boot/make_cert.ts";
import { RequestError } from "../../lib/errors.ts";
import { sendComposition } from "../../lib/xray/composer.ts";
import { makeTraffic } from "../../lib/xray/traffic.ts";
import { ownPost, visit, type Watched, withXray } from "./testing.ts";

const FILES = { "a.txt": "hello" };

Deno.test("the composer tells that it cannot reach the server", async () => {
  await withXray(FILES, async ({ xray, recorder, errors }) => {
    const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = free.addr;
    free.close();
    assert(recorder.place !== null);
    recorder.place = { ...recorder.place, port };
    const content = JSON.stringify([[0, "GET / HTTP/1.1\r\n\r\n"]]);
    const answer = await visit(xray, "POST /compose", { fieldLines: ownPost(xray), content });
    assertEquals(answer.statusCode, 502);
    assertStringIncludes(answer.content, `127.0.0.1:${port}: nobody listens there any more`);
    assertEquals(errors, [], "no fault of ours");
  });
});

Deno.test({
  name: "a composer that may not connect says so, and how it may",
  permissions: { net: false },
  async fn() {
    const cache = { hits: 0, misses: 0 };
    const place = {
      ...{ root: "/", hostname: "0.0.0.0", port: 3000, certificate: null, cache, maxFollowers: 1 },
      isProxy: () => false,
      isNamedHost: () => false,
    };
    const order = { target: "/", count: 2, connections: 2, bytes: 0 };
    for (const attempt of [() => sendComposition(place, []), () => makeTraffic(place, order)]) {
      const error = await attempt().then(() => null, (error) => error);
      assert(error instanceof RequestError, String(error));
      assertEquals(error.statusCode, 403);
      assertStringIncludes(
        error.message,
        "127.0.0.1:3000: the sandbox lets Vitrine listen and not",
      );
      assertStringIncludes(error.message, "--allow-net");
    }
  },
});

Deno.test("the composer sends to the watched server, and both sides show the same bytes", async () => {
  await withXray(FILES, async ({ xray, details }) => {
    const portions = [[0, "GET /a.txt HTTP/1.1\r\nHo"], [30, "st: a\r\nConnection: close\r\n\r\n"]];
    const { content } = await visit(xray, "POST /compose", {
      fieldLines: ownPost(xray),
      content: JSON.stringify(portions),
    });
    const exchange = JSON.parse(content);
    assertEquals(exchange.end, "closed by the server");
    const received = exchange.received.map(({ bytes }: { bytes: string }) => atob(bytes)).join("");
    assert(received.startsWith("HTTP/1.1 200 OK\r\n") && received.endsWith("hello"), received);
    const [detail] = await details();
    assertEquals(atob(detail.head), portions.map(([, text]) => text).join(""));
    assert(exchange.sent[1].atMs >= 25);
  });
});

Deno.test("the composer speaks TLS where the server does, whatever names its certificate has", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    const day = 86_400_000;
    for (
      const [name, madeMs] of [["now", Date.now()], ["old", Date.now() - 1_000 * day]] as const
    ) {
      const pair = await makePair(["class.example"], madeMs);
      await Deno.writeTextFile(`${folder}/${name}.pem`, pair.cert);
      await Deno.writeTextFile(`${folder}/${name}.key`, pair.key);
    }
    const compose = async ({ xray }: Watched) => {
      const request = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      const content = JSON.stringify([[0, request]]);
      return await visit(xray, "POST /compose", { fieldLines: ownPost(xray), content });
    };
    const init = (name: string) => ({
      cert: `${folder}/${name}.pem`,
      key: `${folder}/${name}.key`,
    });
    await withXray(FILES, async (watched) => {
      const { content, statusCode } = await compose(watched);
      assertEquals(statusCode, 200, content);
      const { received, end } = JSON.parse(content);
      const text = received.map(({ bytes }: { bytes: string }) => atob(bytes)).join("");
      assert(text.startsWith("HTTP/1.1 200 OK\r\n") && text.endsWith("hello"), text);
      assertEquals(end, "closed by the server");
      assertEquals(watched.recorder.keptCount, 1);
    }, init("now"));
    await withXray(FILES, async (watched) => {
      const { statusCode, content } = await compose(watched);
      assertEquals(statusCode, 502);
      assertStringIncludes(content, "Cannot speak TLS to the server: ");
      assertStringIncludes(content, "expired");
    }, init("old"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
