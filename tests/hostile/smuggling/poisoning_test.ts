/** Vitrine behind four caches: no stranger decides what they give to others. */

import { assert, assertEquals } from "@std/assert";
import { testWithTools } from "../../tools.ts";
import { tell } from "../figures.ts";
import { runPoisoning } from "./poisoning.ts";
import { PROXIES } from "./proxies.ts";

for (const name of ["nginx", "apache", "squid", "varnish"] as const) {
  const { tool } = PROXIES[name];
  for (const cacheControl of ["no-cache", "public, max-age=60"]) {
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
