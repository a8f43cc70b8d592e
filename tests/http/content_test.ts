/** Plans of content: RFC 9110 §6.4 and §14.6. */

import { assertEquals } from "@std/assert";
import { lengthOf, lengthOfPiece, multipartOf, wholeFile } from "../../lib/http/content.ts";

Deno.test("wholeFile() plans nothing of an empty file, which has no position", () => {
  assertEquals(wholeFile(0), []);
  assertEquals(wholeFile(1), [{ kind: "file", firstPos: 0, lastPos: 0 }]);
});

Deno.test("lengthOf() adds bytes that are here to parts of the file, both ends of which count", () => {
  assertEquals(lengthOf([]), 0);
  assertEquals(lengthOf(wholeFile(12)), 12);
  const content = [
    { kind: "bytes", bytes: new Uint8Array(3) },
    { kind: "file", firstPos: 5, lastPos: 9 },
  ] as const;
  assertEquals(content.map(lengthOfPiece), [3, 5]);
  assertEquals(lengthOf(content), 8);
});

Deno.test("multipartOf() puts a head before each range, and an end behind the last", () => {
  const ranges = [{ firstPos: 0, lastPos: 1 }, { firstPos: 8, lastPos: 9 }];
  const content = multipartOf(ranges, { boundary: "b", mediaType: "text/css", size: 10 });
  const text = content.map((piece) =>
    piece.kind === "bytes"
      ? new TextDecoder().decode(piece.bytes)
      : `[${piece.firstPos}-${piece.lastPos}]`
  ).join("");
  assertEquals(
    text,
    "\r\n--b\r\nContent-Type: text/css\r\nContent-Range: bytes 0-1/10\r\n\r\n[0-1]" +
      "\r\n--b\r\nContent-Type: text/css\r\nContent-Range: bytes 8-9/10\r\n\r\n[8-9]\r\n--b--\r\n",
  );
});
