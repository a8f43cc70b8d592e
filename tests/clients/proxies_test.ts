/** Behind real proxies: who asked reaches the log as HAProxy and nginx tell it, and what a client forges does not. */

import { assertEquals } from "@std/assert";
import { startVitrine } from "../hostile/vitrine.ts";
import { freePort, run, testWithTools } from "../tools.ts";

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

testWithTools("HAProxy leaves a server that drains before it stops, and no request fails", [
  "haproxy",
], async (tools) => {
  const init = { files: { "a.txt": "a" }, flags: ["--drain", "4"] };
  await using first = await startVitrine(init);
  await using second = await startVitrine(init);
  const port = freePort();
  const server = (name: string, at: number) =>
    `server ${name} 127.0.0.1:${at} check inter 100ms fall 1`;
  await Deno.writeTextFile(
    `${first.outside}/config`,
    `defaults
  mode http
  timeout connect 2s
  timeout client 9s
  timeout server 9s
  timeout check 2s
listen front
  bind 127.0.0.1:${port}
  retries 0
  balance roundrobin
  option httpchk GET /.vitrine/health
  http-check expect status 200
  ${server("first", first.port)}
  ${server("second", second.port)}
`,
  );
  const args = ["-db", "-q", "-f", `${first.outside}/config`];
  await using _proxy = await startProxy(tools.haproxy, args, port);
  let statuses = "";
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/a.txt`, {
      headers: { connection: "close" },
    });
    statuses += response.status === 200 && await response.text() === "a" ? "." : "x";
  };
  const bySite = (log: typeof first.log) =>
    log.filter(({ requestLine }) => requestLine?.includes("/a.txt")).length;
  for (let i = 0; i < 20; i++) await ask();
  await until(() => bySite(first.log) + bySite(second.log) >= 20);
  assertEquals([bySite(first.log), bySite(second.log)], [10, 10], "both are asked in turn");
  Deno.kill(first.pid, "SIGTERM");
  while (!first.hasEnded()) await ask();
  for (let i = 0; i < 20; i++) await ask();
  assertEquals(statuses.replaceAll(".", ""), "", `of ${statuses.length} requests`);
  assertEquals(first.log.some(({ statusCode }) => statusCode === 503), true, "HAProxy was told");
});

/** Waits for a line of the log, which is written up to 20 ms behind its response. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
