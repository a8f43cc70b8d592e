/**
 * Vitrine behind code-server itself, whose `/proxy/PORT/` many classrooms have, in a real browser. Ignored where it is not
 * installed, also by CI, as its install takes half a minute. It needs no more of code-server than its own part:
 *
 *     npm install --ignore-scripts code-server
 *     npm rebuild argon2
 *     PATH=$PWD/node_modules/.bin:$PATH
 */

import { makePair } from "../hostile/servers.ts";
import { findTool, freePort } from "../tools.ts";
import { until } from "../xray/testing.ts";
import { useBehind } from "./behind_prefix.ts";

const TOOL = findTool("code-server");
const STARTED_MS = 60_000;

/** Runs code-server with TLS, by another name, while `test` runs. */
async function withCodeServer(test: (origin: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_code_server_" });
  const { cert, key } = await makePair();
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  const port = freePort();
  const child = new Deno.Command(TOOL!, {
    args: [
      ...["--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry"],
      ...["--disable-update-check", "--cert", `${folder}/cert.pem`],
      ...["--cert-key", `${folder}/key.pem`, "--user-data-dir", folder],
      ...["--config", `${folder}/config.yaml`],
    ],
    env: { HOME: folder },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until(
      () =>
        Deno.connect({ hostname: "127.0.0.1", port }).then((conn) => {
          conn.close();
          return true;
        }, () => false),
      STARTED_MS,
    );
    await test(`https://hub.test:${port}`);
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "code-server: redirects, listings, error pages, --live and the X-ray work behind it",
  ignore: TOOL === null || findTool("chromium") === null,
  fn: () =>
    useBehind("code-server", (_ports, use) =>
      withCodeServer((origin) => {
        const prefixOf = (port: number) => `/proxy/${port}/`;
        return use({ origin, prefixOf, leadsBack: true });
      })),
});
