/**
 * Two spellings of one address never lead to each other: redirects are followed over a grid of rules, flags and addresses,
 * and each way has to end.
 */

import { assert, assertEquals } from "@std/assert";
import { writeFile } from "./harness.ts";
import { type Ask, withSite } from "./site.ts";

/** As many as the most impatient of clients follows: Python's urllib. */
const MAX_HOPS = 10;

const SITE = {
  "index.html": "home",
  "about.html": "about",
  "maintenance.html": "maintenance",
  "docs/index.html": "docs",
  "both.html": "both page",
  "both/index.html": "both folder",
  "bare/x.txt": "x",
  "name": "file",
  "name.html": "page beside a file",
  "_redirects": "",
};

/** The spellings of each page, and of one that is not there. */
const PAGES = [
  ["/", "/index.html", "/index"],
  ["/about", "/about/", "/about.html", "/%61bout", "/./about.html"],
  ["/docs", "/docs/", "/docs/index.html", "/docs/index", "/docs.html"],
  ["/both", "/both/", "/both.html", "/both/index.html"],
  ["/bare", "/bare/", "/bare/index.html"],
  ["/name", "/name/", "/name.html"],
  ["/nope", "/nope/", "/nope.html"],
];
const ADDRESSES = PAGES.flat();

/** Texts of `_redirects`: each rule alone, and each two rules that lead from one spelling of a page to another. */
function* rulesOf(isForced: boolean): Generator<string> {
  const force = isForced ? "!" : "";
  for (const source of ["/*", "/:name"]) {
    for (const target of [...ADDRESSES, "/:splat", "/:splat/"]) {
      yield `${source} ${target} 302${force}`;
    }
  }
  for (const spellings of PAGES) {
    for (const source of spellings) {
      for (const target of spellings) {
        yield `${source} ${target} 301${force}`;
        if (!isForced) continue;
        yield `${source} http://a${target} 301${force}`;
        // Both ways, and around through a third spelling.
        yield `${source} ${target} 301${force}\n${target} ${source} 301${force}`;
        yield `${source} ${target} 301${force}\n${target} ${spellings[0]} 301${force}\n` +
          `${spellings[0]} ${source} 301`;
      }
    }
  }
}

/** The addresses on the way from a target, as far as they are ours, and the last status. */
async function follow(ask: Ask, target: string): Promise<{ way: string[]; statusCode: number }> {
  const way = [target];
  for (;;) {
    const { statusCode, fields } = await ask(way.at(-1)!);
    const location = fields.get("location");
    if (location === undefined) return { way, statusCode };
    const { origin, pathname, search } = new URL(
      location,
      `http://a${way.at(-1)}`,
    );
    way.push(origin === "http://a" ? pathname + search : location);
    if (way.length > MAX_HOPS) return { way, statusCode };
  }
}

const FLAGS = [{ listing: true }, { cleanUrls: true, spa: true }];

for (const flags of FLAGS) {
  Deno.test(`redirects end, with ${JSON.stringify(flags)}`, async () => {
    let isFirst = true;
    await withSite(SITE, { ...flags, onError: () => {} }, async (ask, { root }) => {
      if (!isFirst) return; // Whether there is a cache decides nothing here.
      isFirst = false;
      let count = 0;
      for (const isForced of [true, false]) {
        for (const rules of rulesOf(isForced)) {
          await writeFile(root, "_redirects", rules + "\n");
          const names = pageOf(rules);
          for (const address of names) {
            const { way, statusCode } = await follow(ask, address);
            assert(
              way.length <= MAX_HOPS,
              `${rules.replaceAll("\n", "; ")}: ${way.slice(0, 4).join(" -> ")}`,
            );
            assert([200, 404].includes(statusCode), `${rules}: ${address} is ${statusCode}`);
            count++;
          }
        }
      }
      assert(count > 1_000, `${count}`);
    });
  });
}

/** The spellings of the page that rules lead to, as a way that does not end has to come by there. */
function pageOf(rules: string): string[] {
  const [, target] = rules.split(" ");
  return PAGES.find((spellings) => spellings.includes(target)) ?? ADDRESSES;
}

Deno.test("what is told to show one page shows it, where redirects would not end", async () => {
  const CASES = [
    ["/* /maintenance.html 302!", "/x", "maintenance", "every address leads to one page"],
    ["/* /maintenance.html 302!", "/", "maintenance", "the root, too"],
    ["/* /maintenance.html 302!", "/maintenance", "maintenance", "which is shown"],
    ["/* /index.html 302!", "/x", "home", "to the root"],
    ["/* /index.html 302!", "/", "home", "which is shown"],
    ["/about /about.html 301!", "/about", "about", "a page to itself"],
    ["/about /about.html 301!", "/about/", "about", "with a slash"],
    ["/about http://a/about.html 301!", "/about", "about", "with our own host"],
    ["/docs/ /docs 301!", "/docs/", "docs", "a folder without its slash"],
  ] as const;
  await withSite(SITE, { cleanUrls: true }, async (ask, { root }) => {
    for (const [rules, target, content, why] of CASES) {
      await writeFile(root, "_redirects", rules + "\n");
      const { way } = await follow(ask, target);
      assertEquals((await ask(way.at(-1)!)).content, content, `${rules} ${target}: ${why}`);
    }
  });
});

Deno.test("a rule that leads to itself is told of", async () => {
  const RULES = [
    ["/a /a 301", true],
    ["/a /%61 301!", true],
    ["/a /a?b=1 302", true],
    ["/* /:splat 301!", true],
    ["/a/* /a/:splat 301", true],
    ["/a /./a#b 301", true],
    ["/a /a/ 301", false],
    ["/a /a 200", false],
    ["/a http://b/a 301", false],
  ] as const;
  const text = RULES.map(([rule]) => rule).join("\n");
  await withSite({ "_redirects": text }, {}, async (ask, { errors }) => {
    await ask("/");
    const expected = RULES.flatMap(([, isTold], i) =>
      isTold ? [`_redirects, line ${i + 1}: ignored, as it leads to itself`] : []
    );
    assertEquals(errors.splice(0), expected);
  });
});
