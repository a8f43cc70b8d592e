/** Where nothing can be printed, as a disk is full: the site is served all the same. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { testWithTools } from "../tools.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const STATIC = new URL("../../static", import.meta.url).pathname;

function start(sh: string, args: string): Deno.Command {
  const deno = `"$DENO" run --quiet --no-prompt --allow-read="$ROOT" --allow-net "$MAIN"`;
  return new Deno.Command(sh, {
    args: ["-c", `exec ${deno} ${args}`],
    env: { DENO: Deno.execPath(), MAIN, ROOT: STATIC },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

for (const log of ["--log none >/dev/full", "--log combined 2>/dev/full"]) {
  testWithTools(`main.ts serves with ${log}`, ["sh"], async ({ sh }) => {
    using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = free.addr;
    free.close();
    const child = start(sh, `"$ROOT" --host 127.0.0.1 --port ${port} ${log}`).spawn();
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

testWithTools(
  "--help ends without a stack trace where nobody can read it",
  ["sh"],
  async ({ sh }) => {
    const { code, stderr } = await start(sh, "--help >/dev/full").output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
);

testWithTools("metrics on the site's own port are told so", ["sh"], async ({ sh }) => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const args = `"$ROOT" --host 127.0.0.1 --port 0 --metrics ${port}`;
  const { code, stderr } = await start(sh, args).output();
  assertEquals(code, 2);
  const text = new TextDecoder().decode(stderr);
  assertStringIncludes(
    text,
    `metrics: port ${port} is taken by another program; take another one: --metrics`,
  );
});
