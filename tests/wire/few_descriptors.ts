/**
 * A server in a process of its own, for `accept_test.ts`, which starts it with few file descriptors. Prints the
 * port, then `accept failed` when it is told; ends when its standard input ends.
 */

import { serve } from "../../lib/serve.ts";

const server = serve({
  root: Deno.args[0],
  hostname: "127.0.0.1",
  port: 0,
  graceMs: 0,
  compression: false,
  cacheSizeMiB: 0, // A file in memory needs no descriptor.
  onError: () => console.log("accept failed"),
});
console.log(server.address.port);
for await (const _ of Deno.stdin.readable);
await server.shutdown();
