import { assert, assertEquals } from "@std/assert";
import { declaresOtherThanUtf8 } from "../../lib/http/declared_encoding.ts";
import { latin1Bytes } from "../latin1.ts";

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const PLAIN = "text/plain; charset=utf-8";

const ROWS: readonly (readonly [type: string, text: string, expected: boolean, why: string])[] = [
  [HTML, "<!doctype html><meta charset=iso-8859-1><p>", true, "bare"],
  [HTML, '<META  CHARSET = "EUC-KR" >', true, "capitals, blanks, quotes"],
  [HTML, "<meta charset='shift_jis'/>", true, "single quotes"],
  [HTML, "<meta\n\tname=x charset=windows-1251>", true, "another attribute before"],
  [HTML, "<meta/charset=big5>", true, "a slash for a blank"],
  [
    HTML,
    '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">',
    true,
    "as HTML 4 did",
  ],
  [HTML, '<meta content="text/html;charset=koi8-r" http-equiv=content-type>', true, "turned"],
  [HTML, "<meta http-equiv=content-type content='text/html; charset=\"gbk\"'>", true, "quoted"],
  [HTML, '<meta content="text/html; charset=gb2312">', false, "twin: no http-equiv"],
  [HTML, '<meta http-equiv=refresh content="0; charset=gb2312">', false, "twin: another one"],
  [HTML, "<meta charset=utf-8>", false, "UTF-8"],
  [HTML, "<meta charset=UTF8>", false, "an alias of it"],
  [HTML, "<meta charset=utf-16>", false, "HTML §13.2.3.2: taken for UTF-8"],
  [HTML, "<meta charset=x-user-defined>", true, "taken for windows-1252"],
  [HTML, "<meta charset=nonsense>", false, "no encoding that is known"],
  [HTML, "<meta charset=nonsense><meta charset=big5>", true, "the next one that is known"],
  [HTML, "<meta charset=utf-8><meta charset=big5>", false, "the first one that is known"],
  [HTML, "<meta charset=>", false, "nothing"],
  [HTML, "<meta charset>", false, "nothing"],
  [HTML, "<meta charset=big5", false, "cut"],
  [HTML, '<a title="<meta charset=big5>', false, "in a value that is cut"],
  [HTML, "<!-- <meta charset=big5> --><p>", false, "in a comment"],
  [HTML, "<!--><meta charset=big5>", true, "twin: a comment that ends at once"],
  [HTML, "<!-- <meta charset=big5>", false, "a comment that never ends"],
  [HTML, '<a title="<meta charset=big5>">', false, "in an attribute"],
  [HTML, "<a title='>' ><meta charset=big5>", true, "twin: behind one"],
  [HTML, "</p <meta charset=big5>", false, "in an end tag"],
  [HTML, "<!doctype html <meta charset=big5>", false, "in a doctype"],
  [HTML, "<metadata charset=big5>", false, "another element"],
  [HTML, "<p>charset=big5", false, "only words"],
  [HTML, '<?xml version="1.0" encoding="EUC-JP"?><html>', true, "an XML declaration"],
  [HTML, '<?xml version="1.0" encoding="EUC-JP"?><meta charset=utf-8>', false, "which meta beats"],
  [HTML, "x".repeat(1000) + "<meta charset=big5>", true, "just inside of 1,024 bytes"],
  [HTML, "x".repeat(1010) + "<meta charset=big5>", false, "over the edge"],
  [HTML, '@charset "big5";', false, "that is CSS"],
  [CSS, '@charset "iso-8859-15"; a{}', true, "exactly so"],
  [CSS, '@charset "utf-8"; a{}', false, "UTF-8"],
  [CSS, '@charset "utf-16be"; a{}', false, "CSS Syntax §3.2: taken for UTF-8"],
  [CSS, "@charset 'iso-8859-15';", false, "other quotes"],
  [CSS, ' @charset "iso-8859-15";', false, "not at the start"],
  [CSS, '@CHARSET "iso-8859-15";', false, "not in capitals"],
  [CSS, '@charset "iso-8859-15"', false, "no semicolon"],
  [CSS, "<meta charset=big5>", false, "that is HTML"],
  ["text/x-opml", '<?xml version="1.0" encoding="ISO-8859-1" ?>', true, "XML under another name"],
  ["text/x-opml", "<?xml version='1.0' encoding='utf-8'?>", false, "UTF-8"],
  [PLAIN, "<meta charset=big5>", false, "text"],
  [PLAIN, "\xff\xfea\0", true, "UTF-16, little-endian"],
  [PLAIN, "\xfe\xff\0a", true, "UTF-16, big-endian"],
  [CSS, "\xff\xfe@\0", true, "UTF-16"],
  [HTML, "\xef\xbb\xbf<meta charset=big5>", false, "Encoding §6: a mark beats everything"],
  [HTML, "", false, "nothing"],
];

for (const [type, text, expected, why] of ROWS) {
  Deno.test(`declaresOtherThanUtf8() of ${type.slice(5, 9)} ${JSON.stringify(text.slice(-60))}: ${why}`, () => {
    const bytes = latin1Bytes(text);
    assertEquals(declaresOtherThanUtf8(type, bytes), expected);
  });
}

Deno.test("declaresOtherThanUtf8() knows the names of the encodings that the web is written in", () => {
  const labels =
    "latin1 ascii iso-8859-2 iso-8859-15 windows-1250 windows-1252 koi8-u macintosh gbk gb18030 big5 " +
    "big5-hkscs euc-jp iso-2022-jp shift_jis sjis ms_kanji euc-kr ks_c_5601-1987 windows-31j tis-620 x-sjis";
  for (const label of labels.split(" ")) {
    const bytes = new TextEncoder().encode(`<meta charset="${label}">`);
    assertEquals(declaresOtherThanUtf8(HTML, bytes), true, label);
  }
});

Deno.test("declaresOtherThanUtf8() takes no time for hostile bytes", () => {
  const startMs = performance.now();
  for (
    const text of [
      "<",
      "<!",
      "<meta ",
      "<a ",
      "<meta charset=",
      "<meta a='",
      '<?xml "',
      "=",
      " /",
      "<meta content=charset ",
      "<meta charset charset ",
    ]
  ) {
    const bytes = new TextEncoder().encode(text.repeat(1024));
    for (let i = 0; i < 20; i++) declaresOtherThanUtf8(HTML, bytes);
    const xml = new TextEncoder().encode("<?xml " + text.repeat(1024));
    for (let i = 0; i < 20; i++) declaresOtherThanUtf8(HTML, xml);
  }
  assert(performance.now() - startMs < 2_000, "some microseconds each");
});
