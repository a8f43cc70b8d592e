/** Vitrine behind seven proxies, and more than three hundred requests that two parsers may read differently. */

import { assert, assertEquals } from "@std/assert";
import { testWithTools } from "../../tools.ts";
import { tell } from "../figures.ts";
import { CORPUS } from "./corpus.ts";
import { runDifferential } from "./differential.ts";
import { PROXIES, type ProxyName } from "./proxies.ts";

Deno.test("the corpus has no request twice", () => {
  const seen = new Set(CORPUS.map(([bytes]) => bytes));
  assertEquals(seen.size, CORPUS.length);
  assert(CORPUS.length >= 300, `${CORPUS.length} requests`);
});

for (const [name, { tool, reuses }] of Object.entries(PROXIES)) {
  testWithTools(`hostile: no request is smuggled past ${name}`, [tool], async (paths) => {
    const { desyncs, ...figures } = await runDifferential(name as ProxyName, paths[tool]);
    tell(`smuggling ${name}`, figures);
    assertEquals(desyncs, []);
    assert(figures.forwarded > figures.cases, "Each case has an honest request at least");
    assert(figures.refused > 15, "Some of them reached Vitrine, which refused them");
    if (reuses) assert(figures.reused > 20, `Honest clients share connections: ${figures.reused}`);
  });
}
