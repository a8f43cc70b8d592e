import { assert, assertEquals } from "@std/assert";
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

/** A password as long as a head can carry, so that comparing takes microseconds and can be measured. */
const LONG = "p".repeat(45_000);
const EXPECTED = basicCredentials(`ada:${LONG}`);
const WRONG = [
  // name and password, why
  ["bda:" + LONG, "another name: its first byte"],
  ["adb:" + LONG, "another name, of the same start"],
  ["ada:" + "q" + LONG.slice(1), "another password: its first byte"],
  ["ada:" + LONG.slice(0, LONG.length / 2) + "q" + LONG.slice(LONG.length / 2 + 1), "its middle"],
  ["ada:" + LONG.slice(1) + "q", "its last byte"],
  ["ada:" + LONG, "none: it is right"],
] as const;

/** Comparing that stops at the first difference takes eight times as long for the last byte as for the first, measured. */
const MOST_TIMES = 3;
const ROUNDS = 60;

/** How often it is measured, if a machine is too busy for it: a leak shows each time. */
const TRIES = 4;

Deno.test("isAuthorized() takes no longer for a longer matching start, nor for a right name", () => {
  let medians = mediansByKind();
  const isEven = () => Math.max(...medians) <= MOST_TIMES * Math.min(...medians);
  for (let i = 1; i < TRIES && !isEven(); i++) medians = mediansByKind();
  assert(isEven(), `ms by kind: ${medians.join(", ")}`);
});

/** How long each kind of password takes, in ms. */
function mediansByKind(): number[] {
  const timesOf = WRONG.map(() => [] as number[]);
  const fields = WRONG.map(([text]) => `Basic ${basicCredentials(text)}`);
  // Interleaved, so that whatever else the machine does meets all of them; the first rounds compile.
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    fields.forEach((field, i) => {
      const start = performance.now();
      const isRight = isAuthorized(field, EXPECTED);
      const ms = performance.now() - start;
      assertEquals(isRight, i === WRONG.length - 1, WRONG[i][1]);
      if (round >= 0) timesOf[i].push(ms);
    });
  }
  return timesOf.map((times) => times.toSorted((a, b) => a - b)[ROUNDS / 2]);
}
