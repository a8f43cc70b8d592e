import { assertEquals } from "@std/assert";
import { NORMAL, parseExperiments, Turnstile } from "../../lib/xray/experiments.ts";

const CASES = [
  // changed, is taken, why
  [{}, true, "normal"],
  [{ stepMs: 5_000 }, true, "the slowest"],
  [{ stepMs: 5_001 }, false, "slower"],
  [{ stepMs: -1 }, false, "faster than it is"],
  [{ stepMs: 0.5 }, false, "half a millisecond"],
  [{ stepMs: "100" }, false, "text"],
  [{ serial: 1 }, false, "a number for a truth"],
  [{ bytesPerSecond: null }, false, "nothing"],
  [{ cutAfterBytes: 10 }, true, "in the middle of a status line"],
  [{ protocol: "http10" }, true, "HTTP/1.0"],
  [{ protocol: "http3" }, false, "a protocol that is not played"],
] as const;

for (const [change, isTaken, why] of CASES) {
  Deno.test(`parseExperiments() ${isTaken ? "takes" : "refuses"} ${JSON.stringify(change)}: ${why}`, () => {
    const value = { ...NORMAL, ...change };
    assertEquals(parseExperiments(value) as unknown, isTaken ? value : null);
  });
}

Deno.test("parseExperiments() refuses what is no object, and leaves out what it does not know", () => {
  for (const value of [null, 1, "x", [], undefined]) assertEquals(parseExperiments(value), null);
  assertEquals(parseExperiments({ ...NORMAL, other: 1 }), NORMAL);
});

Deno.test("Turnstile lets one in at a time, in order, until it is thrown open", async () => {
  const turnstile = new Turnstile();
  const entered: number[] = [];
  const enter = (name: number) => turnstile.enter().then(() => entered.push(name));
  await enter(1);
  const others = [enter(2), enter(3), enter(4)];
  await Promise.resolve();
  assertEquals(entered, [1]);
  turnstile.leave();
  await others[0];
  assertEquals(entered, [1, 2]);
  turnstile.open();
  await Promise.all(others);
  assertEquals(entered, [1, 2, 3, 4]);
  for (let i = 0; i < 3; i++) turnstile.leave();
  await enter(5); // Nobody is left inside: the next one need not wait.
  assertEquals(entered.at(-1), 5);
});
