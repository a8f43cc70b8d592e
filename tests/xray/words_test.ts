/** What the page says: here, where the site is that it watches. */

import { assertEquals } from "@std/assert";
import { siteAddress } from "../../lib/xray/page/words.js";

const PORTS = { port: 3000, secure: false, xrayPort: 3001 };

const CASES: readonly (readonly [
  page: string,
  report: typeof PORTS,
  site: string | null,
  why: string,
])[] = [
  ["http://127.0.0.1:3001/", PORTS, "http://localhost:3000/", "this machine"],
  ["http://192.168.0.7:3001/", PORTS, "http://192.168.0.7:3000/", "another one of the network"],
  ["http://[::1]:3001/", PORTS, "http://[::1]:3000/", "IPv6"],
  ["http://localhost:3001/", { ...PORTS, secure: true }, "https://localhost:3000/", "--cert"],
  [
    "https://hub.example/user/ada/proxy/3001/",
    PORTS,
    "https://hub.example/user/ada/proxy/3000/",
    "JupyterHub",
  ],
  [
    "https://hub.example:8443/proxy/3001/",
    { ...PORTS, port: 8080, secure: true },
    "https://hub.example:8443/proxy/8080/",
    "code-server, on a port of its own",
  ],
  ["https://x-3001.app.github.dev/", PORTS, "https://x-3000.app.github.dev/", "Codespaces"],
  ["https://3001-x.ws-eu1.gitpod.io/", PORTS, "https://3000-x.ws-eu1.gitpod.io/", "Gitpod"],
  ["https://hub.example/xray/", PORTS, null, "a proxy that hides the port"],
  ["https://x13001.example/13001/30010/", PORTS, null, "digits of other numbers"],
];

for (const [page, report, site, why] of CASES) {
  Deno.test(`siteAddress() from ${page} is ${site}: ${why}`, () => {
    assertEquals(siteAddress(page, report), site);
  });
}
