import { assert, assertEquals } from "@std/assert";
import { relativeReference, rootFrom } from "../../lib/http/relative.ts";
import { parseTarget, spellPath } from "../../lib/http/target.ts";

/** What a browser, and what a client that follows RFC 3986 §5.2 to the letter, make of a reference. */
const CLIENTS: Readonly<Record<string, (reference: string, target: string) => string>> = {
  browser: (reference, target) => {
    const { host, pathname, search } = new URL(reference, `http://site.test${target}`);
    assertEquals(host, "site.test");
    return pathname + search;
  },
  literal: (reference, target) => {
    const [base] = target.split("?", 1);
    const [path, query] = reference.split(/(?=\?)/, 2);
    const names: string[] = [];
    const all = (base.slice(1, base.lastIndexOf("/") + 1) + path).split("/");
    for (const [i, name] of all.entries()) {
      if (name !== "." && name !== "..") names.push(name);
      else {
        if (name === "..") names.pop();
        if (i === all.length - 1) names.push("");
      }
    }
    return `/${names.join("/")}${query ?? ""}`;
  },
};

const MOVES = [
  // target, where to, reference, why
  ["/docs", "/docs/", "./docs/", "the slash of a folder"],
  ["/docs?a=/b/..", "/docs/?a=/b/..", "./docs/?a=/b/..", "with a query"],
  ["/a/b/docs", "/a/b/docs/", "./docs/", "below others"],
  ["/c:d", "/c:d/", "./c:d/", "RFC 3986 §4.2: a colon is no end of a scheme here"],
  ["/javascript:x", "/javascript:x/", "./javascript:x/", "nor here"],
  ["/@host", "/@host/", "./@host/", "no user"],
  ["/a%20b/%C3%A9", "/a%20b/%C3%A9/", "./%C3%A9/", "encoded"],
  ["/%64ocs", "/docs/", "./docs/", "encoded without need"],
  ["//docs", "/docs/", "../docs/", "two slashes, which name no host"],
  ["/a//docs", "/a/docs/", "../../a/docs/", "the same within"],
  ["/x/../docs", "/docs/", "./docs/", "dots that the client removes"],
  [
    "/x/%2e%2E/docs",
    "/docs/",
    "../../docs/",
    "dots that only browsers remove, which never send them",
  ],
  ["http://other/a/docs", "/a/docs/", "./docs/", "RFC 9112 §3.2.2, the absolute form"],
  ["/about.html", "/about", "./about", "a clean URL"],
  ["/docs/index.html", "/docs/", "./", "that of a folder"],
  ["/index.html?q", "/?q", "./?q", "that of the root"],
  ["/about/", "/about", "../about", "a slash too many"],
  ["/a/about/?q", "/a/about?q", "../about?q", "below another"],
  ["/about//", "/about", "../../about", "two of them"],
  ["//about/", "/about", "../../about", "in front"],
  ["/about/.", "/about", "../about", "a dot at the end"],
  ["/about/x/..", "/about", "../../about", "two of them, which take a name back"],
  ["/a//../about/", "/about", "../../about", "what an empty name is to the client"],
] as const;

for (const [target, to, reference, why] of MOVES) {
  Deno.test(`relativeReference() leads from ${target} to ${to}: ${why}`, () => {
    const path = parseTarget(target, "GET")!;
    assertEquals(relativeReference(target, path.segments.length, to), reference);
    const own = target.replace("http://other", "");
    for (const [client, resolve] of Object.entries(CLIENTS)) {
      if (client === "browser" && /(?:\/|%2e|\.)(?:\.|%2e)/i.test(own.split("?", 1)[0])) continue; // None sends that.
      for (const prefix of ["", "/user/ada/proxy/3000"]) {
        const address = resolve(reference, prefix + own);
        assert(address.startsWith(prefix + "/"), `${client}: ${address}`);
        const reached = parseTarget(address.slice(prefix.length), "GET")!;
        assertEquals(spellPath(reached), to, `${client} below ${prefix || "nothing"}: ${address}`);
      }
    }
  });
}

Deno.test("relativeReference() is right for every spelling of a path, below a prefix and without", () => {
  const PARTS = ["/", "a", "/..", "/.", "/b", "/%2e", "/%2e%2e", "c:d", "//", "/%61"];
  let count = 0;
  // Every sequence of four parts.
  for (let n = 0; n < PARTS.length ** 4; n++) {
    const target = "/" + [1, 10, 100, 1000].map((u) => PARTS[Math.floor(n / u) % 10]).join("");
    let path;
    try {
      path = parseTarget(target, "GET")!;
    } catch {
      continue; // It climbs out, and is refused.
    }
    const { segments, folder } = path;
    if (segments.length === 0) continue;
    const to = spellPath({ segments, folder: !folder, query: "?q=/" });
    const reference = relativeReference(target, segments.length, to);
    for (const prefix of ["", "/user/ada"]) {
      const address = CLIENTS.literal(reference, prefix + target);
      assert(address.startsWith(`${prefix}/`), `${target} -> ${reference} -> ${address}`);
      const reached = parseTarget(address.slice(prefix.length), "GET")!;
      assertEquals(spellPath(reached), to, `${target} -> ${reference}`);
      if (/\/\.|%2e/.test(target)) continue; // No browser sends that.
      const seen = CLIENTS.browser(reference, prefix + target).slice(prefix.length);
      assertEquals(
        spellPath(parseTarget(seen, "GET")!),
        to,
        `${target} -> ${reference} -> ${seen}`,
      );
    }
    count++;
  }
  assert(count > 5_000, `${count} of them`);
});

const ROOTS = [
  ["/", "./"],
  ["/a", "./"],
  ["/a/", "../"],
  ["/a/b/c?d/e", "../../"],
  ["//a", "../"],
  ["/a/b/?", "../../"],
  ["/?/a/b", "./"],
  ["/a/.b/c", "../../"],
  ["/a/b?/.", "../"],
  ["/a/../b", "./"],
  ["/../a", "./"],
  ["http://other", "./"],
  ["http://other/a/b", "../"],
  ["*", "./"],
] as const;

for (const [target, root] of ROOTS) {
  Deno.test(`rootFrom("${target}") is ${root}`, () => assertEquals(rootFrom(target), root));
}
