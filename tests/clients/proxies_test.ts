/** Behind real proxies: who asked reaches the log as HAProxy and nginx tell it, and what a client forges does not. */

import { assertEquals } from "@std/assert";
import { startVitrine } from "../hostile/vitrine.ts";
import { run, testWithTools } from "../tools.ts";

/** Starts a proxy whose configuration listens at `port`, and waits until it does. */
async function startProxy(path: string, args: readonly string[], port: number) {
  const child = new Deno.Command(path, { args: [...args], stdout: "null", stderr: "null" }).spawn();
  let hasEnded = false;
  const status = child.status.finally(() => hasEnded = true);
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      break;
    } catch (error) {
      if (hasEnded) throw error;
    }
  }
  return {
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGTERM");
      await status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

const FORGED = ["-H", "X-Forwarded-For: 9.9.9.9", "-H", "Forwarded: for=9.9.9.9"];
/** A client that is not on 127.0.0.1, where the proxies are. */
const CLIENT = "127.0.0.77";

/** What HAProxy is told, the flags for Vitrine, why. */
const HAPROXY = [
  ["option forwardfor\n  http-request del-header Forwarded", "", [], "X-Forwarded-For"],
  ["option forwardfor", " send-proxy", ["--proxy-protocol"], "PROXY protocol, version 1"],
  ["", " send-proxy-v2", ["--proxy-protocol"], "version 2"],
  ["", " send-proxy-v2 proxy-v2-options crc32c", ["--proxy-protocol"], "with its checksum"],
] as const;

for (const [option, send, flags, why] of HAPROXY) {
  testWithTools(`HAProxy tells who asked: ${why}`, ["haproxy", "curl"], async (tools) => {
    await using vitrine = await startVitrine({
      files: { "a.txt": "a" },
      flags: ["--trust-proxy", "127.0.0.1", ...flags],
    });
    const port = freePort();
    await Deno.writeTextFile(
      `${vitrine.outside}/config`,
      `defaults
  mode http
  timeout connect 2s
  timeout client 9s
  timeout server 9s
listen front
  bind 127.0.0.1:${port}
  ${option}
  server vitrine 127.0.0.1:${vitrine.port}${send}
`,
    );
    await using _proxy = await startProxy(
      tools.haproxy,
      ["-db", "-q", "-f", `${vitrine.outside}/config`],
      port,
    );
    const args = ["-s", "--interface", CLIENT, ...FORGED, `http://127.0.0.1:${port}/a.txt`];
    assertEquals(new TextDecoder().decode((await run(tools.curl, args)).stdout), "a");
    await until(() => vitrine.log.length > 0);
    assertEquals(vitrine.log.map(({ peer }) => peer), [CLIENT]);
  });
}

testWithTools("nginx tells who asked, and a forged Forwarded hides only the client", [
  "nginx",
  "curl",
], async (tools) => {
  await using vitrine = await startVitrine({
    files: { "a.txt": "a" },
    flags: ["--trust-proxy", "127.0.0.1"],
  });
  const port = freePort();
  const { outside } = vitrine;
  await Deno.writeTextFile(
    `${outside}/config`,
    `daemon off; master_process off; pid ${outside}/pid; error_log /dev/null;
    events { worker_connections 64; }
    http {
      access_log off;
      client_body_temp_path ${outside}; proxy_temp_path ${outside}; fastcgi_temp_path ${outside};
      uwsgi_temp_path ${outside}; scgi_temp_path ${outside};
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://127.0.0.1:${vitrine.port};
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
      }
    }`,
  );
  await using _proxy = await startProxy(
    tools.nginx,
    ["-p", outside, "-e", "stderr", "-c", `${outside}/config`],
    port,
  );
  const ask = (fields: readonly string[]) =>
    run(tools.curl, ["-s", "--interface", CLIENT, ...fields, `http://127.0.0.1:${port}/a.txt`]);
  await ask([]);
  await ask(FORGED.slice(0, 2));
  await ask(FORGED); // nginx lets Forwarded through as it came.
  await until(() => vitrine.log.length >= 3);
  assertEquals(vitrine.log.map(({ peer }) => peer), [CLIENT, CLIENT, "127.0.0.1"]);
});

/** Waits for a line of the log, which is written up to 20 ms behind its response. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
