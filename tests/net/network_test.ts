/** Whom an address belongs to. */

import { assertEquals } from "@std/assert";
import { networkOf } from "../../lib/net/network.ts";

const CASES = [
  // address, network, why
  ["192.0.2.7", "192.0.2.7", "IPv4: the address itself"],
  ["::ffff:192.0.2.7", "192.0.2.7", "RFC 4291 §2.5.5.2: IPv4 over a socket of both families"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2", "64 bits, nothing left out"],
  ["2001:db8:1:2:ffff::1", "2001:db8:1:2", "zeros left out behind the network"],
  ["2001:db8::1", "2001:db8:0:0", "zeros left out across its end"],
  ["2001::2:3:4:5:6", "2001:0:0:2", "zeros left out in front of its end"],
  ["::1", "0:0:0:0", "loopback"],
  ["1::", "1:0:0:0", "zeros left out to the end"],
] as const;

for (const [address, network, why] of CASES) {
  Deno.test(`networkOf() of ${address} is ${network}: ${why}`, () => {
    assertEquals(networkOf(address), network);
  });
}
