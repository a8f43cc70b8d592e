/**
 * The checker on servers that nobody here wrote, and on the lab's program with its mistakes: what it finds is listed, and
 * it finds nothing else. The whole table, with patience, is `deno task check:table`.
 */

import { assert, assertEquals } from "@std/assert";
import { CHECKS } from "../../lib/check/levels.ts";
import { makeDemo } from "../../lib/check/run/folder.ts";
import { findTool, testWithTools } from "../tools.ts";
import { rowOf } from "./rows.ts";
import { CONTESTANTS } from "./servers.ts";

/** What is missed, by server, and why. Without `slow-head`, for which nginx takes 60 s. */
const MISSED: Readonly<Record<string, readonly string[]>> = {
  "Vitrine": [],
  // It follows links on purpose, and sends its 405 without Allow.
  "nginx": ["symbolic-link", "not-allowed"],
  "lighttpd": [
    "file-with-slash",
    "symbolic-link",
    "bad-host",
    "range-unsatisfiable",
    "not-allowed",
  ],
  "Apache": ["symbolic-link", "range-unsatisfiable", "not-allowed"],
  // It takes all that came for one request once that ends in an empty line, and searches it for the fields it knows.
  "darkhttpd": [
    ...["two-in-one", "host-required", "case-of-names", "nul", "symbolic-link"],
    ...["bad-request-line", "bad-field-line", "bad-host", "two-lengths", "range-unsatisfiable"],
    ...["if-range", "absolute-form", "pipelining"],
  ],
  "busybox httpd": [
    ...["content-type", "keep-alive", "host-required", "head", "symbolic-link", "bad-field-line"],
    ...["bad-host", "two-lengths", "long-head", "not-modified", "304-fields", "range-suffix"],
    ...["range-unsatisfiable", "if-range", "absolute-form", "pipelining"],
  ],
  "Node’s http": [
    ...["unknown-method", "folder-redirect", "symbolic-link", "injected-line", "bad-host"],
    ...["half-close", "validators", "not-modified", "modified", "304-fields", "range"],
    ...["range-open", "range-suffix", "range-clamped", "range-unsatisfiable", "not-allowed"],
    ...["absolute-form"],
  ],
  "Python’s http.server": [
    ...["version", "keep-alive", "host-required", "nul", "symbolic-link", "bad-request-line"],
    ...["bad-field-line", "bad-host", "two-lengths", "range", "range-open", "range-suffix"],
    ...["range-clamped", "range-unsatisfiable", "absolute-form", "pipelining"],
  ],
  "the lab’s": [
    ...["content-length", "content-type", "binary", "large-file", "not-found-content"],
    ...["pieces", "byte-by-byte", "two-in-one", "connection-close", "error-keeps"],
    ...["host-required", "head", "unknown-method", "case-of-names", "http-1-0"],
    ...["content-of-request", "date", "space", "unicode", "encoded-letter", "decoded-once"],
    ...["query", "root", "folder", "folder-redirect", "dot-dot", "absolute", "no-slash"],
    ...["prefix-sibling", "symbolic-link"],
  ],
};
/** Where most responses do not end, each check waits: of the lab's, these levels and checks are enough here. */
const OF_LAB = [
  "1",
  "3",
  "head",
  "host-required",
  "query",
  "dot-dot",
  "absolute",
  "prefix-sibling",
];

Deno.test("the checker finds what servers miss that others wrote, and nothing else", async (t) => {
  const found = CONTESTANTS.filter(({ name, tool }) => name in MISSED && findTool(tool) !== null);
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_check_" }));
  try {
    await Deno.chmod(folder, 0o755);
    await makeDemo(folder);
    const rows = await Promise.all(found.map((contestant) => {
      const isLab = contestant.name === "the lab’s";
      const checks = CHECKS.filter(({ id, level }) =>
        id !== "slow-head" && (!isLab || OF_LAB.includes(id) || OF_LAB.includes(String(level)))
      );
      return rowOf(contestant, folder, { checks, deadlineMs: isLab ? 700 : 5_000 });
    }));
    for (const { name, asked, failures, findings } of rows) {
      await t.step(name, () => {
        assertEquals(
          failures,
          MISSED[name].filter((id) => asked.includes(id)),
          findings.join("\n"),
        );
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the guide lists what each of them misses, as these do", async () => {
  const chapter = await Deno.readTextFile("static/guide/checker.html");
  for (const { name, setup } of CONTESTANTS) {
    if (!(name in MISSED)) continue;
    const [, listed] = chapter.split(`<li>${name}, ${setup}: `, 2);
    assert(listed !== undefined, `${name}, ${setup}`);
    const ids = listed.slice(0, listed.indexOf(".</li>")).split(", ").filter((id) =>
      id !== "none" && id !== "slow-head"
    );
    // Of the lab's not all is asked here.
    const expected = name === "the lab’s" ? ids.filter((id) => MISSED[name].includes(id)) : ids;
    assertEquals(expected, MISSED[name], name);
  }
});

for (const { name, tool, isUnpackaged } of CONTESTANTS) {
  if (!(name in MISSED) || findTool(tool) !== null) continue;
  if (isUnpackaged) {
    Deno.test({ name: `${name} (no ${tool} in PATH, and no package)`, ignore: true, fn() {} });
  } else testWithTools(name, [tool], async () => {});
}
