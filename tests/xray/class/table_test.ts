/** `--class`: the teacher's table, names and masks, and thirty students at once. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { classText } from "../../../lib/boot/class_text.ts";
import { Clients } from "../../../lib/xray/clients.ts";
import { LESSONS } from "../../../lib/lessons/lessons.ts";
import { ownPost, visit } from "../testing.ts";
import { type Class, withClass } from "./testing.ts";

const FILES = { "plain.txt": "0123456789", "guide/index.html": "<p>guide" };
const ADA = "127.0.0.2";

/** A head as curl writes it. */
function head(target: string, { method = "GET", fieldLines = [] as string[] } = {}): string {
  return [`${method} ${target} HTTP/1.1`, "Host: a", ...fieldLines, "Connection: close", "", ""]
    .join("\r\n");
}

async function change({ xray }: Class, value: unknown) {
  const answer = await visit(xray, "POST /class", {
    fieldLines: ownPost(xray),
    content: JSON.stringify(value),
  });
  return { ...answer, table: answer.statusCode === 200 ? JSON.parse(answer.content) : null };
}

Deno.test("the table has what the server has seen of each address, and answers to its own questions", async () => {
  await withClass(FILES, async ({ at, table }) => {
    const [ada, bob] = [at(ADA), at("127.0.0.3")];
    await ada.progress(1);
    await bob.progress(1);
    const request = head("/plain.txt", { fieldLines: ["User-Agent: x"] });
    await ada.exchange(request);
    const first = await ada.progress(1, { headBytes: String(request.length), contentBytes: "10" });
    assertEquals(first.map(({ state }) => state).slice(0, 4), ["done", "done", "done", "open"]);
    // Ada's answers are hers: Bob has no request that they could be about.
    const bobs = await bob.progress(1, { headBytes: String(request.length) });
    assertEquals(bobs[0].state, "open");
    const { isOn, students, lessons } = await table();
    assert(isOn);
    assertEquals(lessons.length, LESSONS.length);
    assertEquals(
      students.map((each: { address: string; lessons: unknown }) => [each.address, each.lessons]),
      [
        [ADA, [{
          lesson: 1,
          done: ["get", "headBytes", "contentBytes"],
          stepCount: 6,
          isCurrent: true,
        }]],
        ["127.0.0.3", [{ lesson: 1, done: [], stepCount: 6, isCurrent: true }]],
      ],
    );
  });
});

Deno.test("a step that was done stays done in the table, however much comes after it", async () => {
  await withClass(FILES, async ({ at, table }) => {
    const ada = at(ADA);
    await ada.progress(2);
    await ada.exchange(head("/plain.txt"));
    await ada.progress(2);
    for (let i = 0; i < 5; i++) {
      await ada.exchange(
        "GET /nobody HTTP/1.1\r\nHost: a\r\n\r\n".repeat(40) + head("/nobody"),
      );
      await new Promise((resolve) => setTimeout(resolve, 110)); // Of more in 100 ms some are counted.
    }
    assert((await ada.traces())[0].id > 1, "what showed it is kept no more");
    const [{ lessons }] = (await table()).students;
    assertEquals(lessons[0].done, ["ok"]);
  }, { keepAliveMax: 0 });
});

Deno.test("what a browser claims makes no mark: evidence, runs, numbers, names of steps", async () => {
  await withClass(FILES, async ({ at, table }) => {
    const [ada, bob] = [at(ADA), at("127.0.0.3")];
    await bob.progress(1);
    await bob.exchange(head("/plain.txt"));
    const evidence = await bob.traces();
    await ada.progress(1, { get: "done", byHand: "1", constructor: "1" }, {
      evidence,
      states: [{ name: "get", state: "done" }],
      sinceRun: "00000000",
      sinceId: -5,
    });
    const rows = (await table()).students;
    assertEquals(rows.find((row: { address: string }) => row.address === ADA).lessons[0].done, []);
    for (const more of [{ lesson: 99 }, { lesson: "1" }, { sinceId: "1" }, { answers: null }]) {
      const wish = { lesson: 1, sinceRun: "", sinceId: 0, answers: {}, ...more };
      const { statusCode } = await ada.ask("/.vitrine/me/progress", {
        method: "POST",
        fieldLines: [`Vitrine-Progress: ${encodeURIComponent(JSON.stringify(wish))}`],
      });
      assertEquals(statusCode, 400, JSON.stringify(more));
    }
  });
});

Deno.test("a lesson that is started over counts what comes from then on", async () => {
  await withClass(FILES, async ({ at }) => {
    const ada = at(ADA);
    await ada.exchange(head("/plain.txt"));
    assertEquals((await ada.progress(2))[0].state, "done");
    const [{ run }] = await ada.reports(() => true);
    const anew = { sinceRun: run, sinceId: 1 };
    assertEquals((await ada.progress(2, {}, anew))[0].state, "open");
    await ada.exchange(head("/plain.txt"));
    assertEquals((await ada.progress(2, {}, anew))[0].state, "done");
  });
});

Deno.test("clients have names, which no student sees; masked, no address is told", async () => {
  await withClass(FILES, async (room) => {
    const { at, xray, table } = room;
    const [ada, bob] = [at(ADA), at("127.0.0.3")];
    await ada.exchange(head("/plain.txt"));
    await bob.exchange(head("/plain.txt"));
    const [{ client }, { client: second }] = (await table()).students;
    const named = await change(room, { client, name: "  Ada\n Lovelace " });
    assertEquals(named.table.students[0].name, "Ada Lovelace");
    assertEquals(named.table.students[1].name, "127.0.0.3");
    const masked = await change(room, { isMasked: true });
    assert(masked.table.isMasked);
    assert(!masked.content.includes("127.0.0."), "in the table");
    assertEquals(masked.table.students[1].name, `Client ${second}`);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: xray.port });
    await conn.write(
      new TextEncoder().encode(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${xray.port}\r\n\r\n`),
    );
    let text = "";
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(65_536);
    while (!text.includes('"lanes":[{')) {
      text += decoder.decode(bytes.subarray(0, (await conn.read(bytes))!), { stream: true });
    }
    conn.close();
    assertStringIncludes(text, '"clientName":"Ada Lovelace"');
    assert(!text.includes("127.0.0.2") && !text.includes("127.0.0.3"), "in the lanes");
    for (const value of [{}, null, { client: "1", name: "x" }, { client: 1 }, { isMasked: 1 }]) {
      assertEquals((await change(room, value)).statusCode, 400);
    }
    const own = JSON.stringify(await ada.reports(() => true));
    assert(!own.includes("Lovelace"));
  });
});

Deno.test("the table is for the teacher's token alone", async () => {
  await withClass(FILES, async ({ xray }) => {
    assertEquals((await visit(xray, "GET /class")).statusCode, 200);
    assertEquals((await visit(xray, "POST /class", { content: "{}" })).statusCode, 403);
    const fieldLines = ["Origin: http://evil.example", "Content-Type: application/json"];
    assertEquals((await visit(xray, "POST /class", { fieldLines, content: "{}" })).statusCode, 403);
  });
});

Deno.test("Clients forgets the first without a name", () => {
  const clients = new Clients();
  const number = clients.numberOf("10.0.0.1");
  clients.rename(number, "Ada");
  for (let i = 0; i < 2_000; i++) clients.numberOf(`10.1.${i >> 8}.${i & 255}`);
  assertEquals([clients.numberOf("10.0.0.1"), clients.labelOf("10.0.0.1")], [number, "Ada"]);
  assert(clients.numberOf("10.1.0.0") > 2_000, "it came anew");
  assertEquals(clients.rename(99_999, "x"), null);
  clients.isMasked = true;
  assertEquals(clients.shownPeer("127.0.0.1:4000"), "127.0.0.1:4000", "the machine itself");
  assert(!clients.shownPeer("[2001:db8::7]:4000").includes("db8"));
});

Deno.test("the start says what is shown to whom, and the address to open", () => {
  const all = classText({ hostname: "0.0.0.0", port: 3000 }, false);
  assertStringIncludes(all, "http://ADDRESS-OF-THIS-MACHINE:3000/.vitrine/me");
  assertStringIncludes(all, "each client address sees its own requests");
  assertStringIncludes(
    classText({ hostname: "10.0.0.7", port: 443 }, true),
    "https://10.0.0.7:443/.vitrine/me",
  );
});

/** What one of thirty does: its place decides which lesson, and how far it comes. */
const PLANS = [
  { lesson: 1, heads: [head("/plain.txt"), head("/plain.txt", { method: "HEAD" })], done: ["get"] },
  { lesson: 2, heads: [head("/plain.txt"), head("/guide")], done: ["ok", "moved"] },
  {
    lesson: 9,
    heads: [head("/plain.txt", { fieldLines: ["Range: bytes=0-3"] })],
    done: [],
  },
  { lesson: 11, heads: ["GET / HTTP/1.1\r\n\r\n"], done: ["noHost"] },
  { lesson: 6, heads: [head("/plain.txt")], done: [] },
] as const;

Deno.test("thirty students at once: each sees its own alone, and the table is right", async () => {
  await withClass(FILES, async ({ at, table, recorder }) => {
    const students = Array.from({ length: 30 }, (_, i) => ({
      student: at(`127.0.0.${i + 2}`),
      plan: PLANS[i % PLANS.length],
      mark: `student-${i + 2}-`,
      i,
    }));
    const watching = students.map(({ student, plan: { heads }, i }) =>
      student.reports(({ seenCount }) => seenCount === heads.length + i % 4 + 1)
    );
    await Promise.all(students.map(async ({ student, plan, mark, i }) => {
      const [{ run }] = await student.reports(() => true);
      await student.progress(plan.lesson, {}, { sinceRun: run });
      for (const request of plan.heads) await student.exchange(request);
      for (let n = 0; n <= i % 4; n++) await student.exchange(head(`/plain.txt?${mark}${n}`));
      await student.progress(plan.lesson, {}, { sinceRun: run });
    }));
    for (const [i, reports] of (await Promise.all(watching)).entries()) {
      const { student, plan, mark } = students[i];
      const text = JSON.stringify(reports) + JSON.stringify(await student.traces());
      const marks = new Set([...text.matchAll(/student-\d+-/g)].map(([found]) => found));
      assertEquals([...marks], [mark], student.address);
      const addresses = new Set([...text.matchAll(/127\.0\.0\.\d+(?=:)/g)].map(([found]) => found));
      assertEquals([...addresses], [student.address]);
      const ids = (await student.traces()).map(({ id }) => id);
      assertEquals(ids, ids.toSorted((a, b) => a - b));
      // Requests for the page itself take a number for a moment; those of thirty others never do.
      assert(ids.at(-1)! <= ids.length + 4, `${ids}`);
      assertEquals(ids.length, plan.heads.length + i % 4 + 1);
    }
    const rows = (await table()).students;
    assertEquals(rows.length, 30);
    for (const { student, plan, i } of students) {
      const row = rows.find(({ address }: { address: string }) => address === student.address);
      assertEquals(row.requests, plan.heads.length + i % 4 + 1);
      assertEquals(row.lessons.length, 1);
      assertEquals([row.lessons[0].lesson, row.lessons[0].done], [plan.lesson, [...plan.done]]);
    }
    assertEquals(
      recorder.seenCount,
      rows.reduce((sum: number, { requests }: { requests: number }) => sum + requests, 0),
    );
  });
});
