/**
 * Vitrine on Windows, as far as Wine is Windows: some minutes' worth of the tests run in `deno.exe`, the others by
 * `deno task test:windows`.
 */

import { assert, assertEquals } from "@std/assert";
import { testWithTools } from "../tools.ts";
import { openWine, TOOLS, type Wine } from "./wine.ts";

/**
 * What must hold there: the pure rules, names, containment, freshness, the start and the end, live reload, TLS. In three
 * processes, as most of the time of the second and third goes by in waiting.
 */
const BATCHES: readonly Selection[] = [
  {
    files: [
      "tests/http",
      "tests/site",
      "tests/windows",
      "tests/files/absent_test.ts",
      "tests/files/disk_file_test.ts",
      "tests/files/in_place_test.ts",
      "tests/files/resolve_test.ts",
      "tests/files/spelling_test.ts",
      "tests/live",
      "tests/wire/smoke_test.ts",
    ],
    filter: "",
    least: 1_700,
  },
  {
    files: [
      "tests/boot/boot_test.ts",
      "tests/boot/boot_errors_test.ts",
      "tests/boot/free_port_test.ts",
      "tests/boot/sandbox_test.ts",
      "tests/boot/sandbox_claims_test.ts",
      "tests/net/listen_test.ts",
    ],
    // Without those that start a program for each of a dozen rows.
    filter:
      "/says what it serves|task serve starts|first signal|second signal|takes the next port|the whole disk|the sandbox:|explain|Port\\(|Taken\\(|listen\\(/",
    least: 40,
  },
  {
    files: [
      "tests/wire/live_events_test.ts",
      "tests/wire/live_pages_test.ts",
      "tests/wire/tls_test.ts",
    ],
    filter: "/^tls:|followers hear of changes, of|never late|script at the end, in every answer/",
    least: 6,
  },
];

/** Tests of one process. */
interface Selection {
  readonly files: readonly string[];
  /** Which of them; empty for all. */
  readonly filter: string;
  /** How many have to pass at least: fewer would mean that some were left out. */
  readonly least: number;
}

/** Runs tests in `deno.exe`. Gives how many passed. */
async function runBatch(wine: Wine, { files, filter }: Selection): Promise<number> {
  const args = [
    "test",
    "--config",
    "tests/deno.json",
    "--no-check",
    "--no-prompt",
    "--allow-all",
    `--filter=${filter}`,
    ...files,
  ];
  const { stdout, stderr } = await wine.start(args, "piped").output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const [, passed, failed] = /^(?:ok|FAILED) \| (\d+) passed.* \| (\d+) failed/m.exec(text) ?? [];
  assertEquals(failed, "0", text.slice(-10_000));
  return Number(passed);
}

testWithTools("Windows, by Wine: the tests of what differs there pass", TOOLS, async () => {
  await using wine = await openWine();
  const outcomes = await Promise.allSettled(BATCHES.map((batch) => runBatch(wine, batch)));
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === "rejected") throw outcome.reason;
    assert(outcome.value >= BATCHES[i].least, `only ${outcome.value} passed`);
  }
});
