/** Several workers on one port: who serves what, with which permissions, and under one version of `--live`. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { countWorkers } from "../../lib/boot/workers.ts";
import { TYPED_DENO } from "../tools.ts";
import {
  countAnswers,
  deno,
  IGNORE,
  makeSite,
  mayServe,
  MORTAL,
  request,
  started,
  startServer,
  workerOf,
} from "./workers.ts";

Deno.test("countWorkers() takes the number that is wanted, or one per core", () => {
  const CASES = [
    // wanted, system, cores, workers, why
    [1, "linux", 8, 1, "the default"],
    [3, "linux", 8, 3, "fewer than cores"],
    [16, "linux", 8, 16, "more than cores: asked for is asked for"],
    ["auto", "linux", 8, 8, "one per core"],
    ["auto", "linux", 1, 1, "one core: one thread, and no further permission"],
    ["auto", "windows", 8, 1, "what Windows can"],
    [1, "windows", 8, 1, "nothing to share"],
  ] as const;
  for (const [wanted, os, cores, workers, why] of CASES) {
    assertEquals(countWorkers(wanted, os, cores), workers, why);
  }
  let refusal: unknown = null;
  try {
    countWorkers(2, "windows", 8);
  } catch (error) {
    refusal = error;
  }
  assert(refusal instanceof Deno.errors.NotSupported);
});

Deno.test({
  name: "--workers 2 spreads connections over two workers that write one log",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const server = await startServer(folder.site);
    for (let round = 0; round < 10; round++) {
      assertEquals(await countAnswers(server.port, 30), 30);
    }
    server.kill("SIGINT");
    const { code, lines, errors } = await server.end();
    assertEquals([code, errors], [0, []]);
    const entries = lines.map((line) => JSON.parse(line)); // Each is whole, or this throws.
    assertEquals(entries.length, 300, "one line per response, the last ones included");
    assertEquals(entries.filter((entry) => entry.statusCode === 200 && entry.complete).length, 300);
    assertEquals(new Set(entries.map(({ connection }) => connection)).size, 300, "no number twice");
    for (const worker of [0, 1]) {
      // By chance, one worker gets less than a fifth of 300 connections once in 10^27 runs.
      const had = lines.filter((line) => workerOf(line) === worker).length;
      assert(had > 60, `worker ${worker + 1} had ${had} connections of 300`);
    }
  },
});

Deno.test({
  name: "--workers 2 splits the connection cap",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const flags = ["--workers", "2", "--max-connections", "2", "--grace", "0"];
    const server = await startServer(folder.site, { flags });
    const conns = await Promise.all(
      Array.from({ length: 8 }, () => request(server.port, "/big.bin")),
    );
    const statuses = await Promise.all(conns.map(async (conn) => {
      const bytes = new Uint8Array(12);
      await conn.read(bytes);
      return new TextDecoder().decode(bytes).slice(9);
    }));
    const served = statuses.filter((status) => status === "200").length;
    assert(served >= 1 && served <= 2, `${served} of 8 were served`);
    assertEquals(statuses.filter((status) => status === "503").length, 8 - served);
    for (const conn of conns) conn.close();
    server.kill("SIGTERM");
    assertEquals((await server.end()).code, 0);
  },
});

Deno.test({
  name: "--workers 2 says in one line which permission is missing",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const { site } = folder;
    const run = ["run", "--no-prompt"];
    const read = `--allow-read=${site}`;
    const CASES: readonly (readonly [sandbox: string[], wants: string, why: string])[] = [
      [
        ["--unstable-net", read, "--allow-net"],
        "read its own modules in ./lib for its workers",
        "the workers' modules",
      ],
      [
        ["--unstable-net", `${read},./lib/boot/worker.ts`, "--allow-net"],
        "read its own modules in ./lib for its workers",
        "worker.ts alone will not do: what it imports is read, too",
      ],
      [[`${read},./lib`, "--allow-net"], "share a port among its workers", "--unstable-net"],
      [
        [],
        `read the folder "${site}" or listen on 0.0.0.0:0 or ` +
        "read its own modules in ./lib for its workers or share a port among its workers",
        "everything",
      ],
    ];
    for (const [sandbox, wants, why] of CASES) {
      const args = ["main.ts", site, "--port", "0", "--workers", "2"];
      const { code, stdout, stderr } = await deno([...run, ...sandbox, ...args], "null").output();
      assertEquals(
        new TextDecoder().decode(stderr),
        `vitrine: the sandbox does not let Vitrine ${wants}; type: ${TYPED_DENO} run --no-prompt ` +
          `--unstable-net --allow-read=${site},./lib --allow-net ${args.join(" ")}\n`,
        why,
      );
      assertEquals([code, stdout.length], [2, 0], why);
    }
  },
});

Deno.test({
  name: "--workers 2 does not join the port of another Vitrine",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const server = await startServer(folder.site);
    for (const workers of ["1", "2"]) {
      const args = ["--port", `${server.port}`, "--workers", workers];
      const command = deno([...mayServe(folder.site), "main.ts", folder.site, ...args], "null");
      const { code, stderr } = await command.output();
      const message = new TextDecoder().decode(stderr);
      assertMatch(message, /^vitrine: port \d+ is taken by another program; [^\n]+\n$/, workers);
      assertEquals(code, 2);
    }
    server.kill("SIGTERM");
    assertEquals((await server.end()).code, 0);
  },
});

Deno.test({
  name: "a worker may do what the main thread may, and no more",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const { site } = folder;
    const server = await startServer(site, { script: MORTAL });
    server.tell("rights");
    assertEquals(await server.stderr.next(), '["read ./lib","net"]');
    server.kill("SIGTERM");
    assertEquals((await server.end()).code, 0);
  },
});

Deno.test({
  name: "deno task serve:workers starts the demo site on all cores, in its sandbox",
  ignore: IGNORE,
  async fn() {
    const args = ["task", "--quiet", "serve:workers", "--port", "0", "--host", "127.0.0.1"];
    const child = deno([...args, "--log", "json"]).spawn();
    const server = await started(child);
    const answer = await fetch(`http://127.0.0.1:${server.port}/`);
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    server.kill("SIGTERM"); // The task passes it on.
    assertEquals((await server.end()).code, 0);
  },
});

Deno.test({
  name: "workers: --live has one version for all, so that no page reloads by itself",
  ignore: IGNORE,
  async fn() {
    using made = makeSite();
    const flags = ["--workers", "4", "--live"];
    const server = await startServer(made.site, { flags });
    const hellos = async () => {
      const versions = new Set<string>();
      // Each connection falls to any worker: that all of 64 fall to one has a chance of 4^-63.
      for (let i = 0; i < 64; i++) {
        const response = await fetch(`http://127.0.0.1:${server.port}/.vitrine/live`);
        const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
        const { value } = await reader.read();
        versions.add(/data:\s*(\S+)/.exec(value!)![1]);
        await reader.cancel();
      }
      return [...versions];
    };
    const before = await hellos();
    assertEquals(before.length, 1, before.join());
    // All of those that follow hear of a change, whichever worker they are with, by the same version.
    const followers = await Promise.all(Array.from({ length: 32 }, async () => {
      const response = await fetch(`http://127.0.0.1:${server.port}/.vitrine/live`);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      await reader.read();
      return reader;
    }));
    await Deno.writeTextFile(`${made.site}/a.txt`, "changed");
    const heard = new Set<string>();
    for (const reader of followers) {
      const { value } = await reader.read();
      heard.add(/event:\s*reload\ndata:\s*(\S+)/.exec(value!)![1]);
      await reader.cancel();
    }
    assertEquals([...heard], [before[0].replace(/-0$/, "-1")]);
    assertEquals(await hellos(), [...heard]);
    server.kill("SIGTERM");
    const { code, errors } = await server.end();
    assertEquals([code, errors], [0, []]);
  },
});
