import { assertEquals } from "@std/assert";
import { basicCredentials, isAuthorized } from "../../lib/site/auth.ts";

const CREDENTIALS = [
  // name and password, token68, why
  ["Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "RFC 7617 §2, two characters of padding"],
  ["test:123£", "dGVzdDoxMjPCow==", "RFC 7617 §2.1, UTF-8"],
  ["test:123\u00a3", "dGVzdDoxMjPCow==", "the same by its code"],
  ["a:b", "YTpi", "no padding"],
  ["a:bc", "YTpiYw==", "two characters"],
  ["a:bcd", "YTpiY2Q=", "one character"],
  ["e\u0301:x", "w6k6eA==", "§2.1: NFC, one code point"],
  ["a:>>>???", "YTo+Pj4/Pz8=", "the two digits that are no letters"],
] as const;

for (const [text, token, why] of CREDENTIALS) {
  Deno.test(`basicCredentials() of ${JSON.stringify(text)}: ${why}`, () => {
    assertEquals(basicCredentials(text), token);
  });
}

const FIELDS = [
  // Authorization, whether "YTpi" lets it in, why
  ["Basic YTpi", true, "as all clients send it"],
  ["basic YTpi", true, "RFC 9110 §11.1: case of the scheme"],
  ["BASIC   YTpi", true, "RFC 9110 §11.4: 1*SP"],
  [null, false, "absent"],
  ["", false, "empty"],
  ["Basic", false, "no credentials"],
  ["Basic ", false, "empty credentials"],
  ["YTpi", false, "no scheme"],
  ["Bearer YTpi", false, "another scheme"],
  ["Basic YTp", false, "a prefix"],
  ["Basic YTpiYTpi", false, "the same twice: a length of its own"],
  ["Basic YTpI", false, "case of the credentials counts"],
  ["Basic YTpi x", false, "something behind"],
  ["Basic YTpi, Basic YTpi", false, "two lines joined"],
] as const;

for (const [fieldValue, expected, why] of FIELDS) {
  Deno.test(`isAuthorized() of ${JSON.stringify(fieldValue)} is ${expected}: ${why}`, () => {
    assertEquals(isAuthorized(fieldValue, "YTpi"), expected);
  });
}
