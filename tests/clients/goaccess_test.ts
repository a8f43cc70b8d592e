/** GoAccess reads every line of the access log in the combined format, with the client that a proxy told of. */

import { assertEquals } from "@std/assert";
import { serve } from "../../lib/serve.ts";
import { formatEntry } from "../../lib/log/format.ts";
import { run, testWithTools } from "../tools.ts";

testWithTools("GoAccess takes every line of the log, and counts clients behind a proxy", [
  "goaccess",
], async ({ goaccess }) => {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(`${root}/a.txt`, "a");
  const lines: string[] = [];
  const init = { root, hostname: "127.0.0.1", port: 0, graceMs: 0, trustProxy: ["127.0.0.1"] };
  const server = serve({
    ...init,
    log: (entry) => lines.push(formatEntry(entry, "combined", false)),
  });
  const ask = async (path: string, client: string) => {
    const headers = { "x-forwarded-for": client, connection: "close", "user-agent": 'a "b" \\ c' };
    await (await fetch(`http://127.0.0.1:${server.address.port}${path}`, { headers })).text();
  };
  for (const client of ["192.0.2.1", "192.0.2.2", "2001:db8::1"]) {
    for (const path of ["/a.txt", "/none", "/a%22b", "/%zz"]) await ask(path, client);
  }
  await server.shutdown();
  await Deno.writeTextFile(`${root}/log`, lines.join("\n") + "\n");
  const args = ["--log-format=COMBINED", "--no-global-config", "-o", `${root}/report.json`];
  await run(goaccess, [`${root}/log`, ...args]);
  const { general, hosts } = JSON.parse(await Deno.readTextFile(`${root}/report.json`));
  await Deno.remove(root, { recursive: true });
  assertEquals([general.total_requests, general.valid_requests, general.failed_requests], [
    12,
    12,
    0,
  ]);
  const clients = hosts.data.map(({ data }: { data: string }) => data).sort();
  assertEquals(clients, ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
});
