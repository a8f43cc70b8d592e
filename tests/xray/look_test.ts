/** The site and the X-ray are one object: the same colours, type and glass, in the light and in the dark. */

import { assert, assertEquals } from "@std/assert";

const SITE = "static/style.css";
const XRAY = "lib/xray/page/glass.css";

/** The custom properties of a sheet, in its order, for each theme. */
async function propertiesOf(path: string): Promise<Map<string, string>[]> {
  const [text] = (await Deno.readTextFile(path)).split("@media print", 1); // Paper has colours of its own.
  const roots = [...text.matchAll(/:root\s*\{([^}]*)\}/g)].map(([, block]) => block);
  return roots.map((block) =>
    new Map(
      [...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)]
        .map(([, name, value]) => [name, value.replace(/\s+/g, " ")] as const),
    )
  );
}

Deno.test("glass.css has the colours, the type and the glass of the site, light and dark", async () => {
  const [site, xray] = await Promise.all([propertiesOf(SITE), propertiesOf(XRAY)]);
  assertEquals([site.length, xray.length], [2, 2], "one root for each theme");
  const shared = ["--wall", "--ink", "--quiet", "--glass", "--edge", "--edge-soft", "--brass"];
  shared.push("--fitting", "--lid", "--lid-ink", "--stone", "--inside", "--shine", "--shadow");
  for (const [theme, ofSite] of site.entries()) {
    for (const name of shared) assert(ofSite.has(name), `${name} of the site`);
    // Whatever has the same name has the same value, and all that makes the case is there.
    for (const [name, value] of xray[theme]) {
      if (ofSite.has(name)) assertEquals(value, ofSite.get(name), `${name} in theme ${theme}`);
    }
    const missing = shared.filter((name) => !xray[theme].has(name));
    assertEquals(missing, [], `theme ${theme}`);
  }
  for (const name of ["--serif", "--mono"]) assertEquals(xray[0].get(name), site[0].get(name));
});

Deno.test("no sheet of the page but glass.css names a colour of its own", async () => {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("lib/xray/page")) {
    if (!name.endsWith(".css") || name === "glass.css") continue;
    const text = (await Deno.readTextFile(`lib/xray/page/${name}`))
      .split("@media print")[0].split("@media (forced-colors")[0]; // Paper is white.
    for (const [color] of text.matchAll(/#[0-9a-f]{3,8}\b(?=\s*[;!])/gi)) {
      if (!["#14181d", "#15211d"].includes(color)) found.push(`${name}: ${color}`); // On yellow and brass.
    }
  }
  assertEquals(found, []);
});
