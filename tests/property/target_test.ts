/** Properties of targets and paths, for inputs that nobody thought of. A failure prints its seed. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { byteString, isTargetByte } from "../../lib/http/grammar.ts";
import type { TargetPath } from "../../lib/http/message.ts";
import { parseTarget, spellPath } from "../../lib/http/target.ts";
import { refusedOf } from "../http/testing.ts";

/** What breakers-out are made of, in every spelling that some server has fallen for. */
const SPICE = [
  "/",
  "//",
  ".",
  "..",
  "%2e",
  "%2E%2e",
  "%252e",
  "%c0%ae",
  "\\",
  "%5c",
  "%2f",
  "%252f",
  "%c0%af",
  "%00",
  "%",
  "%2",
  "%zz",
  "\xff",
  "\xc3\xa9",
  "%C3%A9",
  ";",
  "?",
  ":",
  "@",
  "C:",
  "~",
  "http://h",
  "*",
] as const;

const targetByte = fc.integer({ min: 0x21, max: 0xff }).filter(isTargetByte)
  .map((byte) => String.fromCharCode(byte));
const target = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...SPICE) },
    { weight: 1, arbitrary: targetByte },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map(percentEncoded) },
  ),
  { maxLength: 20 },
).map((parts) => parts.join(""));
const originForm = target.map((text) => "/" + text);

function percentEncoded(byte: number): string {
  return "%" + byte.toString(16).padStart(2, "0");
}

/** Any name that a file can have and a target can say. */
const name = fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((text) =>
  text.isWellFormed() && !/[/\\\0]/.test(text) && text !== "." && text !== ".." &&
  new TextEncoder().encode(text).length <= 255
);
const query = fc.array(targetByte.filter((char) => char <= "~"), { maxLength: 10 })
  .map((chars) => chars.length === 0 ? "" : "?" + chars.join(""));
/** A path; its key follows from the rest. */
type Path = Omit<TargetPath, "key">;
const path: fc.Arbitrary<Path> = fc.record({
  segments: fc.array(name, { maxLength: 5 }),
  folder: fc.boolean(),
  query,
}).map((parts) => parts.segments.length === 0 ? { ...parts, folder: true } : parts);

/** The path, or null for one that the target does not have or that is refused. */
function pathOf(requestTarget: string, method = "GET"): TargetPath | null {
  try {
    return parseTarget(requestTarget, method);
  } catch (error) {
    assert([400, 404].includes(refusedOf(error).statusCode));
    return null;
  }
}

/** Where a path leads if each name is taken literally, as the plainest of file systems does. */
function walkFrom(root: readonly string[], joined: string): string[] {
  const at = [...root];
  for (const step of joined.split(/[/\\]/)) {
    if (step === "..") at.pop();
    else if (step !== "" && step !== ".") at.push(step);
  }
  return at;
}

Deno.test("parseTarget() throws nothing but RequestError, whatever the method", () => {
  const method = fc.constantFrom("GET", "OPTIONS", "CONNECT", "POST", "X");
  fc.assert(fc.property(target, method, (text, verb) => {
    pathOf(text, verb);
    pathOf("/" + text, verb);
    pathOf(`http://h:80/${text}`, verb);
  }));
});

Deno.test("parseTarget() gives names that are one name each", () => {
  fc.assert(
    fc.property(fc.oneof(target, originForm), (text) => {
      for (const segment of pathOf(text)?.segments ?? []) {
        assert(!/[/\\\0]/.test(segment), JSON.stringify(segment));
        assert(!["", ".", ".."].includes(segment), JSON.stringify(segment));
        assert(segment.isWellFormed(), JSON.stringify(segment));
        assert(new TextEncoder().encode(segment).length <= 255);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseTarget() gives names that stay under the root when joined", () => {
  const root = ["srv", "static"];
  fc.assert(
    fc.property(originForm, (text) => {
      const found = pathOf(text);
      if (found === null) return;
      const end = walkFrom(root, found.segments.join("/"));
      assertEquals(end.slice(0, root.length), root);
      assertEquals(end.length, root.length + found.segments.length, "as deep as it has names");
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseTarget() removes dot segments as the URLs of browsers do, and climbs nowhere", () => {
  const step = fc.constantFrom(
    ...["a", "b.txt", ".c", "...", "..d", ".", "..", "%2e", "%2E%2e", ".%2e"],
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.boolean(), (steps, hasSlash) => {
      const text = "/" + steps.join("/") + (hasSlash && steps.length > 0 ? "/" : "");
      const found = pathOf(text);
      let depth = 0;
      const climbs = steps.some((step) => {
        const name = decodeURIComponent(step);
        depth += name === ".." ? -1 : name === "." ? 0 : 1;
        return depth < 0;
      });
      assertEquals(found === null, climbs, text);
      if (found !== null) assertEquals(spellPath(found), new URL(text, "http://h").pathname, text);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseTarget() reads the origin form as the path of the absolute form", () => {
  fc.assert(fc.property(originForm, (text) => {
    assertEquals(pathOf(`http://host${text}`), pathOf(text));
  }));
});

Deno.test("parseTarget() reads a name the same, raw or with any of its bytes encoded", () => {
  fc.assert(fc.property(name, fc.infiniteStream(fc.boolean()), (text, coin) => {
    const bytes = new TextEncoder().encode(text);
    const spelled = [...byteString(bytes, 0, bytes.length)].map((char, i) => {
      const isRaw = isTargetByte(bytes[i]) && !"%?".includes(char) && coin.next().value;
      return isRaw ? char : percentEncoded(bytes[i]);
    });
    assertEquals(pathOf("/" + spelled.join(""))?.segments, [text]);
  }));
});

Deno.test("spellPath() spells what parses back to the same path", () => {
  fc.assert(
    fc.property(path, (wanted) => {
      const key = wanted.segments.join("/") + (wanted.folder ? "/" : "");
      assertEquals(pathOf(spellPath(wanted)), { ...wanted, key });
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("spellPath() of what parseTarget() gives leads to the same names", () => {
  fc.assert(fc.property(originForm, (text) => {
    const found = pathOf(text);
    if (found === null) return;
    const { segments, folder } = found;
    const again = pathOf(spellPath(found));
    assertEquals([again?.segments, again?.folder], [segments, folder]);
  }));
});

Deno.test("spellPath() starts with one slash and has no byte that ends a line or a link", () => {
  fc.assert(
    fc.property(fc.oneof(path, originForm.map((text): Path | null => pathOf(text))), (wanted) => {
      if (wanted === null) return;
      const location = spellPath(wanted);
      assert(/^\/(?![/\\])/.test(location), location);
      assert(/^[!-~]*$/.test(location), location);
      const { host } = new URL(location, "http://ours:3000/somewhere/else");
      assertEquals(host, "ours:3000", "a browser stays on our host");
    }),
  );
});
