/** Vitrine behind four caches: no stranger decides what they give to others. */

import { assert, assertEquals } from "@std/assert";
import { testWithTools } from "../../tools.ts";
import { tell } from "../figures.ts";
import { runPoisoning } from "./poisoning.ts";
import { PROXIES } from "./proxies.ts";

/** What Vitrine tells the caches; with `HOSTILE_ALL=1` also its default, with which they ask each time. */
const RULES = ["public, max-age=60", ...(Deno.env.get("HOSTILE_ALL") ? ["no-cache"] : [])];

for (const name of ["nginx", "apache", "squid", "varnish"] as const) {
  const { tool } = PROXIES[name];
  for (const cacheControl of RULES) {
    const title = `hostile: nobody poisons the cache of ${name} (${cacheControl})`;
    testWithTools(title, [tool], async (paths) => {
      const { poisoned, ...figures } = await runPoisoning(name, paths[tool], cacheControl);
      tell(`poisoning ${name} ${cacheControl}`, figures);
      assertEquals(poisoned, []);
      if (cacheControl !== "no-cache") {
        assert(figures.unforwarded > figures.asked / 6, "It does cache");
      }
    });
  }
}
