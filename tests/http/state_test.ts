import { assert, assertEquals } from "@std/assert";
import { isPersistent, NEXT, stateAfter } from "../../lib/http/state.ts";
import { fieldsOf } from "./testing.ts";

const CONNECTIONS = [
  // Connection lines, in 1.0, in 1.1, why
  [[], false, true, "§9.3 persistence is the default from 1.1 on"],
  [["close"], false, false, "§9.3 close, said by the peer"],
  [["keep-alive"], true, true, "§9.3 keep-alive, which 1.0 has to ask for"],
  [["Close"], false, false, "9110 §7.6.1 options are case-insensitive"],
  [["Keep-Alive"], true, true, "as curl -0 writes it"],
  [["keep-alive, close"], false, false, "§9.3 close counts first"],
  [["close, keep-alive"], false, false, "in either order"],
  [["keep-alive", "close"], false, false, "two lines are one list"],
  [["te ,\tclose"], false, false, "close among others"],
  [["TE, Keep-Alive"], true, true, "keep-alive among others"],
  [["upgrade"], false, true, "an option that says nothing about it"],
  [[""], false, true, "a list of nothing"],
  [["closed"], false, true, "twin of close: another word"],
  [["x-close"], false, true, "twin of close: another word"],
  [["keepalive"], false, true, "twin of keep-alive: another word"],
] as const;

for (const [values, in10, in11, why] of CONNECTIONS) {
  Deno.test(`isPersistent() reads Connection ${JSON.stringify(values)}: ${why}`, () => {
    const fields = fieldsOf(...values.map((value) => `Connection: ${value}`));
    const persistent = [0, 1, 7].map((minorVersion) => isPersistent(fields, minorVersion));
    assertEquals(persistent, [in10, in11, in11], "in 1.0, 1.1 and the unknown 1.7");
  });
}

Deno.test("isPersistent() does not heed Proxy-Connection", () => {
  // RFC 9112 §C.2.2: a field that was a mistake from the start.
  assertEquals(isPersistent(fieldsOf("Proxy-Connection: keep-alive"), 0), false);
  assertEquals(isPersistent(fieldsOf("Proxy-Connection: close"), 1), true);
});

const STATES = Object.keys(NEXT) as (keyof typeof NEXT)[];

function statesAfter(state: keyof typeof NEXT): string[] {
  return Object.values(NEXT[state]);
}

Deno.test("NEXT leads only to states that it has", () => {
  for (const state of STATES) {
    for (const next of statesAfter(state)) assert(STATES.some((known) => known === next), next);
  }
});

Deno.test("NEXT reaches every state from idle, and closed from every state", () => {
  const reachable = (from: keyof typeof NEXT) => {
    const seen = new Set<string>([from]);
    for (const state of seen) statesAfter(state as keyof typeof NEXT).forEach((s) => seen.add(s));
    return seen;
  };
  assertEquals([...reachable("idle")].sort(), [...STATES].sort());
  for (const state of STATES) assert(reachable(state).has("closed"), state);
});

Deno.test("NEXT never leaves closed, and never responds again once it is closing", () => {
  assertEquals(statesAfter("closed"), ["closed"]);
  assertEquals(statesAfter("closing"), ["closed"]); // RFC 9112 §9.6.
  assertEquals(statesAfter("ending"), ["closed"]);
});

Deno.test("stateAfter() keeps a connection, lingers, or ends it at once if the peer has said that nothing follows", () => {
  assertEquals(stateAfter(true, true, false), "idle");
  assertEquals(stateAfter(true, false, false), "closing");
  assertEquals(stateAfter(true, false, true), "ending");
});

Deno.test("stateAfter() closes after a response that is not whole, whatever was said", () => {
  // RFC 9112 §8: so the peer sees that something is missing.
  for (const isPersistent of [true, false]) {
    for (const isPeerDone of [true, false]) {
      assertEquals(stateAfter(false, isPersistent, isPeerDone), "closed");
    }
  }
});
