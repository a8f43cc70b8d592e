import { assert, assertEquals } from "@std/assert";
import { SpareArrays } from "../../lib/http/spare_arrays.ts";

Deno.test("SpareArrays.take() gives what was released, and a new array when nothing is there", () => {
  const spares = new SpareArrays(8, 2);
  const first = spares.take();
  assertEquals(first.length, 8);
  assert(spares.take() !== first);
  spares.release(first);
  assert(spares.take() === first);
});

Deno.test("SpareArrays.release() keeps only so many", () => {
  const spares = new SpareArrays(8, 1);
  const [first, second] = [spares.take(), spares.take()];
  spares.release(first);
  spares.release(second);
  assert(spares.take() === first);
  assert(spares.take() !== second);
});
