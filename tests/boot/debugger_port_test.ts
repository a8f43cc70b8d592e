import { assertEquals } from "@std/assert";
import { freePort, testOnUnix } from "../tools.ts";
import { DebuggerPort, isListenerThere } from "../../lib/boot/debugger_port.ts";
import { DEFAULT_OPTIONS, type Options } from "../../lib/options.ts";

const hostname = "127.0.0.1";

testOnUnix(
  "DebuggerPort has its port once nobody else has it, and lets nobody wait there",
  async () => {
    // In a process of its own, as it is held until that ends.
    const port = freePort(); // The debugger's own may be any other server's on this machine.
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

const LISTENERS: readonly (readonly [Partial<Options>, boolean, string])[] = [
  // options, whether one has the address, why
  [{}, false, "the usual ports"],
  [{ hostname: "0.0.0.0", port: 9229 }, true, "all addresses"],
  [{ hostname: "127.0.0.1", port: 9229 }, true, "that one"],
  [{ hostname: "192.0.2.1", port: 9229 }, false, "another address"],
  [{ hostname: "0.0.0.0", httpsRedirect: 9229 }, true, "the redirect to HTTPS"],
  [{ metrics: { hostname: "127.0.0.1", port: 9229 } }, true, "the metrics"],
  [{ xray: true, xrayPort: 9229 }, true, "the X-ray"],
  [{ xray: false, xrayPort: 9229 }, false, "no X-ray"],
];

for (const [options, expected, why] of LISTENERS) {
  Deno.test(`isListenerThere() is ${expected}: ${why}`, () => {
    assertEquals(isListenerThere({ ...DEFAULT_OPTIONS, ...options }), expected);
  });
}
