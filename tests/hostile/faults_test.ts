/**
 * A disk that fails, through a file system of our own (FUSE) whose files fail as their names say: each request gets an
 * answer or an end, the log a line, and everybody else what they ask for.
 */

import { assert, assertEquals } from "@std/assert";
import { testWithTools } from "../tools.ts";
import { askMeanwhile } from "./asker.ts";
import { FAULTS, mountFaulty, TOOLS } from "./faulty_fs.ts";
import { tell } from "./figures.ts";
import { ask, exchange, responsesIn } from "./raw.ts";
import { startVitrine, type Vitrine } from "./vitrine.ts";

/** Refused, not there, or our fault; but never a success, and never silence. */
const FAILURES = [403, 404, 500, 503];

/** Served from memory, or from a disk that works. */
async function assertGoesOn({ port }: Vitrine): Promise<void> {
  assertEquals((await ask(port, "/good.txt")).content, "hello");
}

/** Asks for what fails; gives the status codes of the responses, and those in the log. */
async function askAndLog(targets: readonly string[]) {
  await using mounted = await mountFaulty();
  await using vitrine = await startVitrine({ root: mounted.folder, flags: ["--listing"] });
  const answers: Record<string, { statusCode: number; isWhole: boolean; standing: string }> = {};
  for (const target of targets) {
    const request = `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
    // Twice, as the second may be answered by what was kept of the first.
    for (const _ of [1, 2]) {
      const { received, standing } = await exchange(
        vitrine.port,
        request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
      );
      const statusCode = Number(received.slice(9, 12));
      const isWhole = responsesIn(received, ["GET"]).length === 1;
      answers[target] = { statusCode, isWhole, standing };
    }
    await assertGoesOn(vitrine);
  }
  await vitrine[Symbol.asyncDispose](); // So that its log is whole.
  const logged = (target: string) =>
    vitrine.log.filter(({ requestLine }) => requestLine === `GET ${target} HTTP/1.1`)
      .map(({ statusCode }) => statusCode);
  return { answers, logged, said: vitrine.errorLines };
}

for (const call of ["stat", "open", "read", "list"]) {
  testWithTools(`hostile: a disk that fails to ${call} is answered and logged`, TOOLS, async () => {
    // ETIMEDOUT among them, which Deno calls as it calls what befalls a socket.
    // A folder that says of itself that it is not there, while it is listed, is taken for an empty one.
    const faults = FAULTS.filter((fault) => call !== "list" || fault !== "enoent");
    const targets = faults.map((fault) =>
      call === "list" ? `/${fault}-list/` : `/${fault}-${call}.txt`
    );
    const { answers, logged } = await askAndLog(targets);
    for (const target of targets) {
      const { statusCode, isWhole } = answers[target];
      assert(FAILURES.includes(statusCode) && isWhole, `${target}: ${statusCode}`);
      // The second time the rights of its folder are known, and what cannot be looked at is not there: 404.
      for (const status of logged(target)) {
        assert(FAILURES.includes(status), `${target}: ${status}`);
      }
      assertEquals(logged(target).length, 2, target);
    }
  });
}

testWithTools(
  "hostile: a disk that fails midway ends the response short, or is met before it",
  TOOLS,
  async () => {
    const targets = [...FAULTS.map((fault) => `/${fault}-late.txt`), "/short.bin"];
    const { answers, logged } = await askAndLog(targets);
    for (const target of targets) {
      const { statusCode } = answers[target];
      // Or it is met before the head is written, by who takes samples of a large file for its entity tag.
      assert(statusCode === 200 || FAILURES.includes(statusCode), `${target}: ${statusCode}`);
      const isWhole = statusCode !== 200;
      assertEquals(answers[target], { statusCode, isWhole, standing: "closed" }, target);
      assertEquals(logged(target), [statusCode, statusCode], target);
    }
  },
);

testWithTools("hostile: a disk that is slow to read holds up nobody else", TOOLS, async () => {
  await using mounted = await mountFaulty();
  await using vitrine = await startVitrine({ root: mounted.folder });
  const { port } = vitrine;
  const { result, waits } = await askMeanwhile(
    { port, target: "/good.txt", content: "hello" },
    () => Promise.all([0, 1, 2, 3].map((i) => ask(port, `/${i}-slow.txt`))),
  );
  tell("a slow disk", waits);
  assertEquals(result.map(({ content }) => content), Array(4).fill("hello"));
  assertEquals(waits.failed, 0);
  // Each of them waited for a second.
  assert(waits.asked > 20 && waits.p50 < 20 && waits.max < 500, JSON.stringify(waits));
});
