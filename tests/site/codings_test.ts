import { assertEquals } from "@std/assert";
import { acceptedCodings, isCompressible, siblingName } from "../../lib/site/codings.ts";

const ACCEPTED: readonly (readonly [fieldValue: string | null, codings: string, why: string])[] = [
  [null, "", "absent: who leaves it out decodes nothing"],
  ["", "", "§12.5.3 empty: the plain file alone"],
  ["gzip, deflate, br, zstd", "br zstd gzip", "what Chromium and Firefox send"],
  ["gzip, deflate", "gzip", "what browsers send without TLS"],
  ["gzip, deflate, br;q=0.9", "gzip br", "§12.4.2 by weight"],
  ["br;q=0.1", "br", "a small weight is a yes"],
  ["gzip;q=0", "", "§12.4.2 weight 0 is a no"],
  ["br;q=0, *", "zstd gzip", "the star is for what is not listed"],
  ["*", "br zstd gzip", "§12.5.3 anything"],
  ["*;q=0", "", "nothing, not even the plain file, which is sent all the same"],
  ["identity;q=0", "", "no coding is named: the plain file helps more than 406"],
  ["identity;q=0, gzip", "gzip", "a coding, as asked"],
  ["identity;q=1, *;q=0", "", "what Chromium sends with the ranges of a film"],
  ["identity, gzip;q=0.5", "", "the plain file is liked better"],
  ["identity;q=0.5, gzip;q=0.5", "gzip", "liked as well: the smaller one"],
  ["gzip;q=0.5, *;q=0.6", "br zstd", "the plain file is covered by the star, and before gzip"],
  ["x-gzip", "gzip", "§8.4.1.3 the old name"],
  ["GZIP, Br", "br gzip", "§8.4.1 case does not count"],
  ["gzip;q=1.000, br ; Q=0.001", "gzip br", "§12.4.2 the most digits; blanks; q in any case"],
  ["gzip, gzip;q=0", "", "said twice: the no counts"],
  ["deflate, compress, pack200-gzip", "", "codings that we do not have"],
  [" , gzip,,\t", "gzip", "§5.6.1.2 empty elements"],
  ["gzip;q=1.001", "", "not a weight"],
  ["gzip;q=0.1234", "", "a digit too many"],
  ["gzip;q=-1", "", "negative"],
  ["gzip;q=.5", "", "no digit before the point"],
  ["gzip;q", "", "no value"],
  ["gzip;level=9", "", "codings have no other parameter"],
  ["br, gzip;q=high", "", "one bad element: the field says nothing"],
  ["gzip br", "", "no comma"],
  ['"gzip"', "", "no token"],
];

for (const [fieldValue, codings, why] of ACCEPTED) {
  Deno.test(`acceptedCodings() reads ${JSON.stringify(fieldValue)} as "${codings}": ${why}`, () => {
    assertEquals(acceptedCodings(fieldValue).join(" "), codings);
    assertEquals(acceptedCodings(fieldValue) === acceptedCodings(fieldValue), true, "as one key");
  });
}

Deno.test("acceptedCodings() takes time in proportion to a hostile field", () => {
  const long = "gzip;q=0.1,".repeat(5_000) + ";".repeat(10_000);
  assertEquals(acceptedCodings(long), []);
});

const TYPES: readonly (readonly [mediaType: string, compressible: boolean, why: string])[] = [
  ["text/html; charset=utf-8", true, "text, with a parameter"],
  ["text/plain", true, "text"],
  ["text/event-stream", true, "whatever is text"],
  ["application/json", true, "structured text"],
  ["application/manifest+json", true, "a suffix says so"],
  ["image/svg+xml", true, "an image that is text"],
  ["application/wasm", true, "code, as loose as text"],
  ["font/ttf", true, "an outline font"],
  ["font/woff2", false, "compressed with Brotli inside"],
  ["image/webp", false, "an image"],
  ["video/mp4", false, "a film"],
  ["application/zip", false, "an archive"],
  ["application/gzip", false, "a ready-made form, asked for by its own name"],
  ["application/octet-stream", false, "unknown"],
  ["application/jsonx", false, "only begins like JSON"],
];

for (const [mediaType, compressible, why] of TYPES) {
  Deno.test(`isCompressible() says ${compressible} for ${mediaType}: ${why}`, () => {
    assertEquals(isCompressible(mediaType), compressible);
  });
}

Deno.test("siblingName() adds what the tools add", () => {
  assertEquals(["br", "zstd", "gzip"].map((c) => siblingName("a.js", c as "br")), [
    "a.js.br",
    "a.js.zst",
    "a.js.gz",
  ]);
});
