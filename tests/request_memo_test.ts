import { assert, assertEquals } from "@std/assert";
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
