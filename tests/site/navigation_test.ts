import { assertEquals } from "@std/assert";
import { asksForPage } from "../../lib/site/navigation.ts";

const CHROMIUM_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif," +
  "image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
const CHROMIUM_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";

const CASES = [
  // Sec-Fetch-Mode, Accept, for a name without a point, for one with, why
  ["navigate", CHROMIUM_PAGE, true, true, "a link in Chromium"],
  ["navigate", null, true, true, "Sec-Fetch-Mode is enough"],
  ["no-cors", "*/*", false, false, "a script"],
  ["no-cors", CHROMIUM_IMAGE, false, false, "an image"],
  ["cors", "*/*", false, false, "fetch(), or a module"],
  ["same-origin", "*/*", false, false, "a worker"],
  ["cors", "text/html", true, true, "fetch() for a page, as Turbo does it"],
  ["cors", "application/json", false, false, "fetch() for data"],
  [null, CHROMIUM_PAGE, true, true, "a browser that has no Sec-Fetch-Mode"],
  [null, "text/html", true, true, "HTML alone"],
  [null, "TEXT/HTML ; charset=utf-8", true, true, "RFC 9110 §8.3.1: case does not count"],
  [null, "application/xhtml+xml", true, true, "XHTML alone"],
  [null, "text/html, */*; q=0.01", true, true, "jQuery's load()"],
  [null, null, true, false, "no Accept at all"],
  [null, "*/*", true, false, "curl"],
  [null, "text/*", true, false, "text of any kind"],
  [null, CHROMIUM_IMAGE, true, false, "an image, of an old browser: */* is in it"],
  [null, "image/png", false, false, "an image and nothing else"],
  [null, "application/json", false, false, "data"],
  [null, "application/json, text/plain, */*", true, false, "axios"],
  [null, "text/html;q=0", false, false, "anything but HTML"],
  [null, "text/html;q=0, */*", false, false, "the same, said so"],
  [null, "text/html;q=0.5, application/json", true, false, "data is liked better"],
  [null, "text/html;q=0.5, */*", true, true, "nothing else is named"],
  [null, "text/html;q=2", true, false, "a weight that is none"],
  [null, "", true, false, "nothing in it"],
  [null, "text/html" + ",a/b".repeat(1_000), true, false, "more than any browser sends"],
] as const;

for (const [mode, accept, plain, withPoint, why] of CASES) {
  Deno.test(`asksForPage() of ${mode}, ${accept?.slice(0, 40)}: ${why}`, () => {
    const values = new Map([["sec-fetch-mode", mode], ["accept", accept]]);
    const fields = { get: (name: string) => values.get(name) ?? null };
    assertEquals([asksForPage(fields, false), asksForPage(fields, true)], [plain, withPoint]);
  });
}
