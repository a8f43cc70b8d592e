import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IsoTimes } from "../../lib/site/iso_times.ts";

Deno.test("IsoTimes writes each time as a Date does, before the epoch and after the year 9999 too", () => {
  const times = new IsoTimes();
  const near = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(9 * 86_400_000) });
  fc.assert(
    fc.property(fc.oneof(fc.date({ noInvalidDate: true }), near), (date) => {
      assertEquals(times.write(date.getTime()), date.toISOString());
    }),
    { numRuns: 5_000 },
  );
});
