/** Where nothing can be printed, as a disk is full: the site is served all the same. */

import { freePort } from "../tools.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";

/** Linux alone has a disk that is always full. */
const ignore = Deno.build.os !== "linux";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const STATIC = new URL("../../static", import.meta.url).pathname;

function start(args: string): Deno.Command {
  const deno = `"$DENO" run --quiet --no-prompt --allow-read="$ROOT" --allow-net "$MAIN"`;
  return new Deno.Command("sh", {
    args: ["-c", `exec ${deno} ${args}`],
    env: { DENO: Deno.execPath(), MAIN, ROOT: STATIC },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

for (const log of ["--log none >/dev/full", "--log combined 2>/dev/full"]) {
  Deno.test({ name: `main.ts serves with ${log}`, ignore }, async () => {
    const port = freePort();
    const child = start(`"$ROOT" --host 127.0.0.1 --port ${port} ${log}`).spawn();
    try {
      let statusCode = 0;
      for (const endMs = Date.now() + 20_000; statusCode === 0 && Date.now() < endMs;) {
        const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
        statusCode = response?.status ?? 0;
        await response?.body?.cancel();
        if (response === null) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assertEquals(statusCode, 200);
    } finally {
      child.kill("SIGTERM");
      await child.output();
    }
  });
}

Deno.test(
  { name: "--help ends without a stack trace where nobody can read it", ignore },
  async () => {
    const { code, stderr } = await start("--help >/dev/full").output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
);

Deno.test({ name: "metrics on a taken port are told by their own flag", ignore }, async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const args = `"$ROOT" --host 127.0.0.1 --port 0 --metrics ${port}`;
  const { code, stderr } = await start(args).output();
  assertEquals(code, 2);
  const text = new TextDecoder().decode(stderr);
  assertStringIncludes(
    text,
    `metrics: port ${port} is taken by another program; take another one: --metrics`,
  );
});
