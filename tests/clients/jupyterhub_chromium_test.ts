/**
 * Vitrine on a JupyterHub, in a real browser. Its outer proxy is JupyterHub's own, `configurable-http-proxy`, started and given
 * its routes as the hub does; behind it is nginx in the place of jupyter-server-proxy, which takes the prefix away and sends
 * the fields that that sends.
 */

import { assertEquals } from "@std/assert";
import { freePort, run, testWithTools } from "../tools.ts";
import { makePair } from "../hostile/servers.ts";
import { SHAPES, withNginx } from "../nginx_proxy.ts";
import { until } from "../xray/testing.ts";
import { useBehind } from "./behind_prefix.ts";

const PACKAGE = "configurable-http-proxy";
const VERSION = "5.3.0";
const TOKEN = "of-the-hub";

/**
 * Gives its program, installed by npm and kept for the next time. Node runs it, as on every hub: under Deno 2.9.6 an answer
 * sometimes never comes (in 3 of 7 runs).
 */
async function installProxy(npm: string): Promise<string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${cache}/vitrine-${PACKAGE}-${VERSION}`;
  const program = `${folder}/node_modules/${PACKAGE}/bin/${PACKAGE}`;
  if (await Deno.stat(program).then(() => false, () => true)) {
    const flags = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts"];
    const args = ["install", ...flags, "--prefix", folder, `${PACKAGE}@${VERSION}`];
    await Deno.mkdir(folder, { recursive: true });
    const { code, stderr } = await run(npm, args);
    assertEquals(code, 0, stderr);
  }
  return program;
}

/** Runs the outer proxy with TLS, and with one user, whose server is on `port`. */
async function withHub(
  { command, userPort }: { command: readonly string[]; userPort: number },
  test: (origin: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_hub_" });
  const { cert, key } = await makePair();
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  const [port, apiPort] = [freePort(), freePort()];
  const [node, ...args] = command;
  const child = new Deno.Command(node, {
    args: [
      ...args,
      ...["--ip", "127.0.0.1", "--port", `${port}`],
      ...["--api-ip", "127.0.0.1", "--api-port", `${apiPort}`],
      ...["--ssl-cert", `${folder}/cert.pem`, "--ssl-key", `${folder}/key.pem`],
      ...["--log-level", "warn"],
    ],
    env: { CONFIGPROXY_AUTH_TOKEN: TOKEN },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    const routes = `http://127.0.0.1:${apiPort}/api/routes/user/ada`;
    const init = {
      method: "POST",
      headers: { Authorization: `token ${TOKEN}` },
      body: JSON.stringify({ target: `http://127.0.0.1:${userPort}`, user: "ada" }),
    };
    await until(() =>
      fetch(routes, init).then(async ({ status, body }) => {
        await body?.cancel();
        return status === 201;
      }, () => false), 60_000);
    await test(`https://hub.test:${port}`);
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

testWithTools(
  "JupyterHub: redirects, listings, error pages, --live and the X-ray work behind its proxy, Host kept or written anew",
  ["chromium", "nginx", "node", "npm"],
  async ({ node, npm }) => {
    const command = [node, await installProxy(npm)];
    await useBehind("jupyterhub", async ({ site, xray }, use) => {
      const prefixOf = (port: number) => `/user/ada/proxy/${port}/`;
      const routes = { [prefixOf(site)]: site, [prefixOf(xray)]: xray };
      const forwarding = () => ({ routes, directives: SHAPES.jupyter, isPlain: true });
      await withNginx(
        forwarding,
        ({ port: userPort }) =>
          withHub(
            { command, userPort },
            (origin) =>
              withHub({ command: [...command, "--change-origin"], userPort }, (otherOrigin) =>
                use({ origin, otherOrigin, prefixOf, leadsBack: false })),
          ),
      );
    });
  },
);
