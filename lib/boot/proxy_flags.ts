/** The flags of a server behind proxies and balancers; rows of the table in `flags.ts`. */

import type { Flag } from "./flag.ts";
import { readSeconds, SECONDS, UsageError } from "./flag_values.ts";
import { parseNetwork } from "../http/ip_address.ts";
import { DEFAULT_OPTIONS } from "../options.ts";

/** In the order of the help. */
export const PROXY_FLAGS: readonly Flag[] = [
  {
    name: "trust-proxy",
    group: "Connections",
    help: "whose word on who asked is taken; repeatable",
    value: { name: "CIDR", example: "10.0.0.0/8" },
    repeats: true,
    read: (text, { trustProxy = [] }) => ({ trustProxy: [...trustProxy, readNetwork(text)] }),
  },
  {
    name: "proxy-protocol",
    group: "Connections",
    help: "take connections from those alone, by PROXY header",
    read: () => ({ proxyProtocol: true }),
  },
  {
    name: "drain",
    group: "Connections",
    help: "seconds of 503 to health checks, then stop",
    default: DEFAULT_OPTIONS.drainMs / 1000,
    value: SECONDS,
    read: (text) => ({ drainMs: readSeconds(text, 0) }),
  },
  {
    name: "metrics",
    group: "Output",
    help: "counts for Prometheus, on [ADDRESS:]PORT",
    value: { name: "PORT", example: "9464" },
    read: (text) => ({ metrics: readAddress(text) }),
  },
];

function readNetwork(text: string): string {
  if (parseNetwork(text) !== null) return text;
  throw new UsageError("takes an address such as 127.0.0.1 or a network such as 10.0.0.0/8");
}

/** A port on loopback, or an address and a port, IPv6 in brackets. */
function readAddress(text: string): { hostname: string; port: number } {
  const [, ipv6, host, digits] = /^(?:(?:\[([^\]]+)\]|([^:\[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === undefined ? Infinity : Number(digits);
  const hostname = ipv6 ?? host ?? "127.0.0.1";
  if (port <= 65_535 && parseNetwork(hostname) !== null && !hostname.includes("/")) {
    return { hostname, port };
  }
  throw new UsageError("takes a port, or an address and a port such as 10.0.0.5:9464");
}
