/** `--live-ignore`: patterns of paths whose changes matter to no page. Pure. */

const SPECIAL = /[\\^$.|+()[\]{}]/g;

/**
 * Makes a test of paths, relative to the root, of patterns as `.gitignore` has them: `*` is a part of a name, `**` any
 * number of names, `?` one character. One without a slash is a name at any depth, such as `*.log`; one with a slash starts
 * at the root. What is in a folder that matches is ignored with it.
 */
export function ignores(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map(testOf);
  return (path) => path !== "" && tests.some((test) => test.test(path));
}

function testOf(pattern: string): RegExp {
  const names = pattern.replace(/\/+$/, "");
  const path = names.replace(/^\/+/, "");
  const start = names.includes("/") ? "" : "(?:.*/)?";
  const parts = path.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : part.replaceAll(SPECIAL, "\\$&");
  });
  return new RegExp(`^${start}${parts.join("")}(?:/.*)?$`, "su");
}
