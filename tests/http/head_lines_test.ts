import { assert, assertEquals } from "@std/assert";
import { asciiBytes, byteString } from "../../lib/http/grammar.ts";
import {
  connectionBytes,
  connectionLines,
  copyParts,
  joinParts,
  lengthOfParts,
  startOf,
  startOf200,
  textOf,
} from "../../lib/http/head_lines.ts";

const NOW_MS = 1_700_000_000_999; // Tue, 14 Nov 2023 22:13:20 GMT, and most of a second
const DATE = "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n";

function textOfBytes(bytes: Uint8Array): string {
  return byteString(bytes, 0, bytes.length);
}

Deno.test("startOf() writes the status line and Date: RFC 9112 §4", () => {
  assertEquals(startOf(404, NOW_MS), `HTTP/1.1 404 Not Found\r\n${DATE}`);
  assertEquals(
    startOf(299, NOW_MS),
    `HTTP/1.1 299 \r\n${DATE}`,
    "the blank stays without a phrase",
  );
});

Deno.test("startOf200() is made once a second", () => {
  const second = Math.floor(NOW_MS / 1000);
  assertEquals(textOfBytes(startOf200(second)), startOf(200, NOW_MS));
  assert(startOf200(second) === startOf200(second));
  assertEquals(textOfBytes(startOf200(second + 1)).includes("22:13:21"), true);
});

Deno.test("textOf() writes field lines: RFC 9112 §5", () => {
  assertEquals(textOf([["A", "1"], ["B", ""]]), "A: 1\r\nB: \r\n");
  assertEquals(textOf([]), "");
});

const PERSISTENCE = [
  // persistent, timeout in ms, requests left, lines, why
  [false, 10_000, 5, "Connection: close\r\n", "RFC 9112 §9.6"],
  [
    true,
    10_000,
    5,
    "Connection: keep-alive\r\nKeep-Alive: timeout=10, max=5\r\n",
    "as the lab shows",
  ],
  [true, 2_500, Infinity, "Connection: keep-alive\r\nKeep-Alive: timeout=2\r\n", "without a limit"],
] as const;

for (const [persistent, keepAliveTimeoutMs, requestsLeft, lines, why] of PERSISTENCE) {
  Deno.test(`connectionLines() tells how the connection goes on: ${JSON.stringify(lines)}: ${why}`, () => {
    const persistence = { persistent, keepAliveTimeoutMs, requestsLeft };
    assertEquals(connectionLines(persistence), lines);
    assertEquals(textOfBytes(connectionBytes(persistence)), lines + "\r\n");
    assert(connectionBytes(persistence) === connectionBytes({ ...persistence }), "made once");
  });
}

Deno.test("connectionBytes() stays right when the timeout changes, and when it has had many", () => {
  for (let requestsLeft = 0; requestsLeft < 3_000; requestsLeft++) {
    for (const keepAliveTimeoutMs of requestsLeft % 1_000 === 0 ? [1_000, 7_000] : [7_000]) {
      const persistence = { persistent: true, keepAliveTimeoutMs, requestsLeft };
      assertEquals(
        textOfBytes(connectionBytes(persistence)),
        connectionLines(persistence) + "\r\n",
      );
    }
  }
});

Deno.test("joinParts() and copyParts() put byte strings in a row", () => {
  const parts = ["ab", "", "cde"].map(asciiBytes);
  assertEquals(lengthOfParts(parts), 5);
  assertEquals(textOfBytes(joinParts(parts)), "abcde");
  const room = asciiBytes("........");
  assertEquals(copyParts(parts, room), 5);
  assertEquals(textOfBytes(room), "abcde...");
});
