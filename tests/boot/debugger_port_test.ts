import { assertEquals } from "@std/assert";
import { testOnUnix } from "../tools.ts";
import { DebuggerPort } from "../../lib/boot/debugger_port.ts";

const hostname = "127.0.0.1";

/** An address that nobody has, most likely: the debugger's own may be any other server's on this machine. */
function freeAddress() {
  using listener = Deno.listen({ hostname, port: 0 });
  return { hostname, port: listener.addr.port };
}

testOnUnix(
  "DebuggerPort has its port once nobody else has it, and lets nobody wait there",
  async () => {
    // In a process of its own, as it is held until that ends.
    const { port } = freeAddress();
    const program = `
    import { DebuggerPort } from ${
      JSON.stringify(import.meta.resolve("../../lib/boot/debugger_port.ts"))
    };
    const listen = () => Deno.listen({ hostname: "${hostname}", port: ${port} });
    const other = listen();
    const kept = new DebuggerPort({ hostname: "${hostname}", port: ${port} });
    kept.keep();
    other.close();
    for (let isTaken = false; !isTaken;) {
      await new Promise((go) => setTimeout(go, 50));
      try {
        listen().close();
      } catch (error) {
        isTaken = error instanceof Deno.errors.AddrInUse;
      }
    }
    console.log(kept.hold(), kept.hold());
    using conn = await Deno.connect({ hostname: "${hostname}", port: ${port} });
    console.log(await conn.read(new Uint8Array(1)));`;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", program],
    }).output();
    assertEquals(new TextDecoder().decode(stdout).split("\n"), [
      "true true",
      "null",
      "",
    ]);
    assertEquals(code, 0, "it keeps no program alive");
  },
);

Deno.test("DebuggerPort has none that another program has", () => {
  using taken = Deno.listen({ hostname, port: 0 });
  assertEquals(new DebuggerPort({ hostname, port: taken.addr.port }).hold(), false);
});

Deno.test({
  name: "DebuggerPort asks nobody for a permission that is not given",
  permissions: { net: [`${hostname}:1`] },
  fn() {
    const port = new DebuggerPort({ hostname, port: 2 });
    port.keep(); // No timer either: a test that leaves one fails.
    assertEquals(port.hold(), false);
  },
});
