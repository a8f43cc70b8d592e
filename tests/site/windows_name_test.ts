import { assertEquals } from "@std/assert";
import { isNoWindowsName } from "../../lib/site/windows_name.ts";

const NAMES = [
  // name, whether it is none, why
  ["a.txt", false, "a name"],
  ["file.txt::$DATA", true, "the file itself, as a stream"],
  ["a.txt:b", true, "another stream"],
  ["C:", true, "a drive"],
  ["*", true, "a pattern"],
  ["a?", true, "a pattern"],
  ["a<b", true, "DOS's patterns"],
  ['a"b', true, "DOS's patterns"],
  ["a|b", true, "a pipe"],
  ["a\x01", true, "a control character"],
  ["\x1f", true, "the last of them"],
  ["a\x7f", false, "twin: DEL is none there"],
  ["_headers.", true, "a point at the end is dropped"],
  ["_headers ", true, "a blank is"],
  [".env. .", true, "several are"],
  [".. ", true, "and what is left leads up"],
  ["...", true, "or nowhere"],
  [" a", false, "twin: a blank in front is kept"],
  [".env", false, "twin: so is a point"],
  ["CON", true, "a device"],
  ["nul.txt", true, "with an extension"],
  ["Aux.tar.gz", true, "with two"],
  ["com1", true, "a port"],
  ["COM¹", true, "by a digit that is raised"],
  ["lpt9 .txt", true, "a blank before the extension"],
  ["conin$", true, "the keyboard"],
  ["CONOUT$", true, "the screen"],
  ["console", false, "twin: a longer name"],
  ["com", false, "twin: no digit"],
  ["com10", false, "twin: two digits"],
  ["a.con", false, "twin: an extension"],
  ["ENV~1", false, "short names are for `spelling.ts`"],
] as const;

for (const [name, expected, why] of NAMES) {
  Deno.test(`isNoWindowsName() of ${JSON.stringify(name)} is ${expected}: ${why}`, () => {
    assertEquals(isNoWindowsName(name), expected);
  });
}
