/** The first bytes of content that the X-ray keeps: those that were sent, and no others. */

import { assertEquals } from "@std/assert";
import { NORMAL } from "../../lib/xray/experiments.ts";
import { maskDetail } from "../../lib/xray/secrets.ts";
import { until, withXray } from "./testing.ts";

const BIG = Array.from({ length: 20_000 }, (_, i) => String.fromCharCode(97 + i % 26)).join("");
const HUGE = BIG.repeat(60); // Sent in many writes, the first of them of the head alone or of more.
const FILES = { "a.txt": "hello", "none.txt": "", "big.txt": BIG, "huge.txt": HUGE };

const CASES = [
  // method and target, field lines, content that is kept, why
  ["GET /a.txt", "", "hello", "all of it"],
  ["GET /none.txt", "", "", "there is none"],
  ["GET /big.txt", "", BIG.slice(0, 4096), "the first 4 KiB"],
  ["GET /huge.txt", "", BIG.slice(0, 4096), "of many writes, too"],
  ["GET /big.txt", "Range: bytes=26-30\r\n", "abcde", "a part is what was sent"],
  ["HEAD /big.txt", "", "", "RFC 9110 §9.3.2: a head alone"],
  ["GET /a.txt", "If-None-Match: *\r\n", "", "RFC 9110 §15.4.5: a 304 has none"],
] as const;

Deno.test("noteContent() keeps the first 4 KiB of what was sent", async () => {
  await withXray(FILES, async ({ exchange, details, recorder }) => {
    for (const [line, lines, content, why] of CASES) {
      const before = recorder.keptCount;
      await exchange(`${line} HTTP/1.1\r\nHost: a\r\n${lines}Connection: close\r\n\r\n`);
      await until(() => recorder.keptCount > before);
      assertEquals(atob((await details()).at(-1)!.content), content, `${line}: ${why}`);
    }
  });
});

Deno.test("noteContent() tells pipelined responses apart, and each portion of a slow one", async () => {
  await withXray(FILES, async ({ exchange, details, recorder }) => {
    await exchange(
      "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /none.txt HTTP/1.1\r\nHost: a\r\n\r\n" +
        "GET /big.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    await until(() => recorder.keptCount === 3);
    const kept = (await details()).map(({ content }) => atob(content));
    assertEquals(kept, ["hello", "", BIG.slice(0, 4096)]);
    const get = "GET /big.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    recorder.experiments = { ...NORMAL, bytesPerSecond: 50_000, protocol: "http10" };
    await exchange(get);
    await until(() => recorder.keptCount === 4);
    assertEquals(atob((await details())[3].content), BIG.slice(0, 4096));
    recorder.experiments = { ...NORMAL, cutAfterBytes: 1_000 };
    const sent = await exchange(get);
    await until(() => recorder.keptCount === 5);
    const content = atob((await details())[4].content);
    assertEquals(content, sent.slice(sent.indexOf("\r\n\r\n") + 4), "what was cut is not there");
    assertEquals(content, BIG.slice(0, content.length));
  });
});

Deno.test("maskDetail() leaves no content, which a password may have guarded", async () => {
  await withXray(FILES, async ({ exchange, details }) => {
    await exchange("GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const [detail] = await details();
    assertEquals([atob(detail.content), maskDetail(detail).content], ["hello", ""]);
  });
});
