import { assertEquals } from "@std/assert";
import { whyNot } from "../../lib/files/answers.ts";

/** An error as Deno makes it of the system's. */
function systemError(message: string, code?: string): Error {
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}

const ERRORS = [
  // error, what it means, why
  [systemError("x (os error 2)", "ENOENT"), "absent", "not there"],
  [systemError("x (os error 13)", "EACCES"), "forbidden", "not for us"],
  [
    systemError("Der Prozess kann nicht zugreifen (os error 32)", "EBUSY"),
    "unavailable: another program has it open",
    "Windows, in German: open in another program that shares it with nobody",
  ],
  [systemError("x (os error 5)", "EIO"), "unavailable: the system says EIO", "a disk that fails"],
  [
    systemError("The cloud file provider is not running. (os error 362)"),
    "unavailable: the system says os error 362",
    "Windows, without a code",
  ],
  [
    new Deno.errors.NotCapable("Requires read access"),
    "forbidden",
    "the sandbox",
  ],
] as const;

for (const [error, expected, why] of ERRORS) {
  Deno.test(`whyNot() takes ${error.message} for ${expected}: ${why}`, () => {
    const { kind, ...more } = whyNot(error);
    const says = kind === "unavailable" && "why" in more ? `${kind}: ${more.why}` : kind;
    assertEquals(says, expected);
  });
}

Deno.test("whyNot() throws what is no answer of the system", () => {
  for (const thrown of [new TypeError("x is not a function"), "os error 5"]) {
    let caught: unknown = null;
    try {
      whyNot(thrown);
    } catch (error) {
      caught = error;
    }
    assertEquals(caught, thrown);
  }
});
