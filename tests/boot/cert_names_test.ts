/** The names that `deno task cert` takes. */

import { assertEquals } from "@std/assert";
import { altNameOf } from "../../lib/boot/make_cert.ts";

const NAMES = [
  // as typed, as the certificate has it; null if it is refused
  ["192.168.1.20", "192.168.1.20", 7],
  ["fe80::1", "fe80::1", 7],
  ["my-laptop.local", "my-laptop.local", 2],
  ["MY_LAPTOP", "my_laptop", 2],
  ["*.class.example", "*.class.example", 2],
  ["münchen.local", "xn--mnchen-3ya.local", 2],
  ["192.168.1.300", null],
  ["1.2", null],
  ["0x7f000001", null],
  ["https://x.example", null],
  ["localhost:3000", null],
  ["my laptop", null],
  ["a/b", null],
  ["--help", null],
  ["", null],
] as const;

for (const [typed, name, type] of NAMES) {
  Deno.test(`altNameOf() of ${JSON.stringify(typed)} is ${name}`, () => {
    const expected = name === null ? null : type === 7 ? { type, ip: name } : { type, value: name };
    assertEquals<unknown>(altNameOf(typed), expected);
  });
}
