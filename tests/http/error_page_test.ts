import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { errorPage, redirectPage } from "../../lib/http/error_page.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

// deno-fmt-ignore
const STATUS_CODES = [
  400, 401, 403, 404, 405, 408, 412, 413, 414, 416, 417, 429, 431, 500, 501, 503, 505,
];

Deno.test("errorPage() has the words of the lab on the 404 page", () => {
  const html = textOf(errorPage(404));
  assertStringIncludes(html, "<h1>Error: 404 Page Not Found</h1>");
  assertStringIncludes(html, '<a href="./index.html">Hint: visit index.html page</a>');
});

for (const statusCode of STATUS_CODES) {
  Deno.test(`errorPage() of ${statusCode} is whole, small and asks for nothing more`, () => {
    const html = textOf(errorPage(statusCode));
    assert(errorPage(statusCode).length < 1500, `${errorPage(statusCode).length} bytes`);
    assert(html.startsWith('<!DOCTYPE html>\n<html lang="en">'), "standards mode, language");
    assert(html.endsWith("</html>\n"), "ends where it should");
    assertStringIncludes(html, '<meta charset="utf-8">');
    assertStringIncludes(html, '<meta name="viewport"');
    assertStringIncludes(html, "prefers-color-scheme:dark");
    assertEquals(/(?:src|url\(|@import|<link|<script)/.test(html), false, "no outside request");
    assertEquals(html.match(/<h1>(.*?)<\/h1>/)?.[1], html.match(/<title>(.*?)<\/title>/)?.[1]);
    assert(new RegExp(`<h1>Error: ${statusCode} [A-Z][A-Za-z ]+</h1>`).test(html), "code, phrase");
    assert(/Hint: [a-z0-9]/.test(html), "a hint");
  });
}

Deno.test("errorPage() has a hint of its own for each status", () => {
  const hints = STATUS_CODES.map((code) => /Hint: [^<]*/.exec(textOf(errorPage(code)))?.[0]);
  assertEquals(new Set(hints).size, STATUS_CODES.length);
});

Deno.test("errorPage() escapes what it shows", () => {
  assertStringIncludes(textOf(errorPage(418)), "<h1>Error: 418 I&#39;m a teapot</h1>");
  assertStringIncludes(textOf(errorPage(500)), "the server&#39;s fault");
});

Deno.test("errorPage() does without a phrase where there is none", () => {
  assertStringIncludes(textOf(errorPage(499)), "<h1>Error: 499</h1>");
});

Deno.test("errorPage() leads to the root from however deep, behind any proxy", () => {
  for (const root of ["./", "../", "../../../", "../".repeat(60)]) {
    const html = textOf(errorPage(404, { root }));
    assertStringIncludes(html, `<a href="${root}index.html">Hint: visit index.html page</a>`);
    assertEquals(html.match(/href=/g)?.length, 1);
  }
});

Deno.test("errorPage() makes each page once", () => {
  assert(errorPage(404) === errorPage(404), "the same bytes");
  assert(errorPage(404, { root: "../" }) === errorPage(404, { root: "../" }), "for each depth");
  assert(errorPage(403, { root: "../" }) === errorPage(403), "which others do not show");
  const deep = { root: "../".repeat(60) };
  assert(errorPage(404, deep) !== errorPage(404, deep), "but strangers fill no memory");
  assertNotEquals(errorPage(404), errorPage(403));
});

Deno.test("redirectPage() links to the new address", () => {
  const html = textOf(redirectPage("/a%20folder/?q=1"));
  assertStringIncludes(html, "<h1>Moved Permanently</h1>");
  assertStringIncludes(html, '<a href="/a%20folder/?q=1">/a%20folder/?q=1</a>');
});

Deno.test("redirectPage() escapes the address, which the peer chose", () => {
  const html = textOf(redirectPage(`/"><script>alert('&')</script>/`));
  assertEquals(html.includes("<script>"), false);
  const escaped = "/&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;/";
  assertStringIncludes(html, `<a href="${escaped}">${escaped}</a>`);
});
