import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals } from "@std/assert";
import { RequestError } from "../lib/errors.ts";
import { parseRequest } from "../lib/3_parse.ts";
import { asciiBytes } from "../lib/http/grammar.ts";
import { HeadBuffer } from "../lib/http/head_buffer.ts";
import { HeadMemo } from "../lib/http/head_memo.ts";
import { parseTarget } from "../lib/http/target.ts";
import { textsOf } from "../lib/log/format.ts";
import { LIMITS } from "../lib/options.ts";
import { parseRemembered, TargetMemo, textsRemembered } from "../lib/request_memo.ts";
import { requestErrorOf } from "./http/testing.ts";

/** Receives the same text again and again, as from one browser. */
function receiver() {
  const buffer = new HeadBuffer(LIMITS, new HeadMemo());
  return (text: string) => {
    buffer.append(asciiBytes(text));
    return buffer.take()!;
  };
}

const TEXT = "GET /a HTTP/1.1\r\nHost: a\r\nUser-Agent: b\r\n\r\n";

Deno.test("parseRemembered() gives what parseRequest() gives, and the same object once a head is known", () => {
  const receive = receiver();
  const expected = parseRequest(receive(TEXT));
  let last = null;
  for (let i = 0; i < 4; i++) {
    const head = receive(TEXT);
    const request = parseRemembered(head);
    assertEquals({ ...request, fields: null }, { ...expected, fields: null });
    assertEquals(request.fields.get("host"), "a");
    if (i === 3) assert(request === last);
    last = request;
  }
});

Deno.test("parseRemembered() takes what it knows of field lines behind another request line", () => {
  const receive = receiver();
  for (let i = 0; i < 3; i++) parseRemembered(receive(TEXT));
  const head = receive(TEXT.replace("/a", "/other"));
  assert(head.section.remembered, "the section is known");
  const request = parseRemembered(head);
  assertEquals([request.path?.key, request.persistent], ["other", true]);
  const old = receive(TEXT.replace("1.1", "1.0"));
  assertEquals(parseRemembered(old).persistent, false, "the version counts");
});

Deno.test("textsRemembered() gives what textsOf() gives", () => {
  const receive = receiver();
  for (let i = 0; i < 4; i++) {
    const head = receive(TEXT);
    const request = parseRemembered(head);
    assertEquals(textsRemembered(head, request), textsOf(head, request.fields));
    assertEquals(textsRemembered(head, null).userAgent, null, "a head that was refused");
  }
});

Deno.test("TargetMemo gives what parseTarget() gives, the first time and again", () => {
  const memo = new TargetMemo(3); // It starts over many times.
  const targets = ["/", "/a", "/a/b?c", "/%41/", "/" + "a/".repeat(60), "/" + "a".repeat(200)];
  for (const target of [...targets, ...targets]) {
    assertEquals(memo.get(target), parseTarget(target, "GET"), target);
    assertEquals(memo.get(target), parseTarget(target, "GET"), target);
  }
  for (let i = 0; i < 2; i++) {
    for (const target of ["/..", "*"]) {
      assertEquals(requestErrorOf(() => memo.get(target)).statusCode, 400, target);
    }
  }
});

/** Gives the bytes of the heap that something takes once all garbage is gone. */
function heapOf(make: () => unknown): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = () => {
    collect();
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const made = make();
  const bytes = used() - before;
  assert(made !== null);
  return bytes;
}

const MIB = 1024 * 1024;
/** Measured: 5 to 10 MiB. What is remembered of a long target, or of many names, took 122 MB when it was not bounded. */
const MAX_MEMO_BYTES = 12 * MIB;
const FLOODS = [
  // Targets that no two are the same of, by their number, why
  [(i: number) => `/${i}`.padEnd(128, "a"), "as long as is remembered"],
  [(i: number) => `/${i}`.padEnd(129, "a"), "one longer"],
  [(i: number) => `/${i}`.padEnd(8_000, "a"), "as long as there are"],
  [(i: number) => `/${i}?`.padEnd(8_000, "a"), "a long query"],
  [(i: number) => `/${i}${"/b".repeat(7)}`, "as many names as are remembered"],
  [(i: number) => `/${i}${"/b".repeat(60)}`, "many names"],
  [(i: number) => `/${Array.from({ length: 8 }, () => `${i}%41%42`).join("/")}`, "decoded names"],
  [(i: number) => `/${i}${"%e5%98%8d".repeat(13)}`, "names of two bytes a character"],
  [(i: number) => `/${i}${"/".repeat(100)}`, "empty names"],
] as const;

for (const [targetOf, why] of FLOODS) {
  Deno.test(`TargetMemo stays below ${MAX_MEMO_BYTES / MIB} MiB whatever strangers ask for: ${why}`, () => {
    const bytes = heapOf(() => {
      const memo = new TargetMemo(LIMITS.rememberedTargets);
      for (let i = 0; i < LIMITS.rememberedTargets; i++) {
        try {
          memo.get(targetOf(i));
        } catch (error) {
          assert(error instanceof RequestError);
        }
      }
      return memo;
    });
    assert(bytes < MAX_MEMO_BYTES, `${(bytes / MIB).toFixed(1)} MiB`);
  });
}

Deno.test("parseRemembered() keeps nothing of a large head but its small target", () => {
  const receive = receiver();
  const rest = ` HTTP/1.1\r\nHost: a\r\nCookie: ${"c".repeat(4_000)}\r\n\r\n`;
  const bytes = heapOf(() => {
    for (let i = 0; i < LIMITS.rememberedTargets; i++) {
      parseRemembered(receive(`GET /of-a-large-head/${i}${rest}`));
    }
    return receive;
  });
  assert(bytes < MAX_MEMO_BYTES, `${(bytes / MIB).toFixed(1)} MiB`);
});
