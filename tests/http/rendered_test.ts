import { assert, assertEquals } from "@std/assert";
import { byteString } from "../../lib/http/grammar.ts";
import type { FileFacts, FileForm } from "../../lib/http/message.ts";
import { describingLines, linesOfWhole, renderedFor, varyLine } from "../../lib/http/rendered.ts";
import { entityTagOf } from "../../lib/http/validators.ts";
import { FACTS as TEXT } from "../composing.ts";

const FACTS: FileFacts = {
  ...TEXT,
  name: "a.css",
  mediaType: "text/css; charset=utf-8",
  size: 12,
};
const NOW_MS = 1_700_000_000_000;

Deno.test("renderedFor() makes the lines of a file once, and anew for other facts", () => {
  const rendered = renderedFor(FACTS, NOW_MS);
  assert(renderedFor(FACTS, NOW_MS + 5_000) === rendered, "as long as the facts live");
  assert(
    renderedFor({ ...FACTS }, NOW_MS) !== rendered,
    "a copy is another file until it is looked at",
  );
});

Deno.test("renderedFor() describes the file: RFC 9110 §8", () => {
  const { entityTag, lines, content } = renderedFor(FACTS, NOW_MS);
  assertEquals(entityTag, entityTagOf(FACTS));
  assertEquals(byteString(lines, 0, lines.length).split("\r\n"), [
    "Content-Type: text/css; charset=utf-8",
    "Content-Length: 12",
    `ETag: ${entityTag}`,
    "Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT",
    "Accept-Ranges: bytes",
    "Cache-Control: no-cache",
    "X-Content-Type-Options: nosniff",
    "",
  ]);
  assertEquals(content, [{ kind: "file", firstPos: 0, lastPos: 11 }]);
});

Deno.test("renderedFor() never says a time to come, and says the true one once it has come", () => {
  const facts = { ...FACTS, mtimeMs: NOW_MS + 60_000 };
  assertEquals(renderedFor(facts, NOW_MS).lastModifiedMs, NOW_MS, "RFC 9110 §8.8.2.1");
  assertEquals(renderedFor(facts, NOW_MS + 60_000).lastModifiedMs, NOW_MS + 60_000);
  assertEquals(renderedFor(facts, NOW_MS).lastModifiedMs, NOW_MS, "also when the clock goes back");
});

const FORMS: readonly [FileForm, readonly string[], string][] = [
  // form, lines beyond those of a plain file, why
  [{ kind: "plain", varies: false }, [], "a file that has one form"],
  [
    { kind: "plain", varies: true },
    ["Vary: Accept-Encoding"],
    "§12.5.5 also when the plain one was chosen",
  ],
  [
    { kind: "coded", coding: "br", tagSuffix: "br" },
    ["Content-Encoding: br", "Vary: Accept-Encoding"],
    "§8.4",
  ],
  [
    { kind: "scripted" },
    ["Vary: Sec-Fetch-Dest, Sec-Fetch-Mode"],
    "a page with a script is never coded",
  ],
  [
    { kind: "unscripted" },
    ["Vary: Sec-Fetch-Dest, Sec-Fetch-Mode"],
    "nor one whose other form has a script",
  ],
];

for (const [form, expected, why] of FORMS) {
  Deno.test(`describingLines() says which form it is: ${why}`, () => {
    const facts = { ...FACTS, form };
    const described = describingLines(facts, renderedFor(facts, NOW_MS));
    assertEquals(described.slice(5).map((line) => line.join(": ")), [...expected]);
    assertEquals(
      varyLine({ ...FACTS, form }).length,
      expected.some((line) => line.startsWith("Vary: ")) ? 1 : 0,
    );
  });
}

Deno.test("linesOfWhole() tells type and length before what each answer tells", () => {
  const rendered = renderedFor(FACTS, NOW_MS);
  assertEquals(linesOfWhole(FACTS, rendered), [
    ["Content-Type", "text/css; charset=utf-8"],
    ["Content-Length", "12"],
    ...describingLines(FACTS, rendered),
  ]);
});
