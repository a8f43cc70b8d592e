import { assertEquals } from "@std/assert";
import { listen } from "../../lib/net/listen.ts";

type Address = Pick<Deno.NetAddr, "hostname" | "port">;

/** What {@linkcode listen} asks the system for, on one where other programs have some addresses; and what comes of it. */
function listenOn(
  { os, hostname, port }: { os: typeof Deno.build.os; hostname: string; port: number },
  answers: Readonly<Record<string, Error>> = {},
): { asked: string[]; outcome: string } {
  const { listen: real } = Deno;
  const asked: string[] = [];
  Deno.listen = ((address: Address) => {
    asked.push(address.hostname);
    if (address.hostname in answers) throw answers[address.hostname];
    return { close() {} };
  }) as unknown as typeof Deno.listen;
  try {
    listen({ hostname, port, cert: null, key: null }, false, os);
    return { asked, outcome: "listening" };
  } catch (error) {
    return { asked, outcome: (error as Error).name };
  } finally {
    Deno.listen = real;
  }
}

const TAKEN = new Deno.errors.AddrInUse("taken");
const CASES = [
  // system, host, answers, what is asked for, outcome, why
  ["windows", "0.0.0.0", {}, ["127.0.0.1", "0.0.0.0"], "listening", "nobody is there"],
  ["windows", "0.0.0.0", { "127.0.0.1": TAKEN }, ["127.0.0.1"], "AddrInUse", "somebody is"],
  ["darwin", "0.0.0.0", { "127.0.0.1": TAKEN }, ["127.0.0.1"], "AddrInUse", "on macOS as well"],
  ["darwin", "::", { "::1": TAKEN }, ["127.0.0.1", "::1"], "AddrInUse", "on IPv6"],
  [
    "darwin",
    "::",
    { "::1": new Deno.errors.AddrNotAvailable("") },
    ["127.0.0.1", "::1", "::"],
    "listening",
    "a machine without IPv6",
  ],
  [
    "windows",
    "0.0.0.0",
    { "127.0.0.1": new Deno.errors.NotCapable("") },
    ["127.0.0.1", "0.0.0.0"],
    "listening",
    "a sandbox that names one address",
  ],
  ["windows", "127.0.0.1", {}, ["127.0.0.1"], "listening", "one address needs no probe"],
  ["linux", "0.0.0.0", {}, ["0.0.0.0"], "listening", "Linux refuses by itself"],
] as const;

for (const [os, hostname, answers, asked, outcome, why] of CASES) {
  Deno.test(`listen() on ${hostname} of ${os} asks for ${asked.join(", ")}: ${why}`, () => {
    assertEquals(listenOn({ os, hostname, port: 3000 }, answers), { asked: [...asked], outcome });
  });
}

Deno.test("listen() does not probe where any port will do", () => {
  assertEquals(listenOn({ os: "windows", hostname: "0.0.0.0", port: 0 }).asked, ["0.0.0.0"]);
});

Deno.test({
  name: "listen() finds 127.0.0.1 taken before it takes all addresses",
  fn() {
    const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = other.addr;
    let name = "";
    try {
      listen({ hostname: "0.0.0.0", port, cert: null, key: null }).close();
    } catch (error) {
      name = (error as Error).name;
    }
    other.close();
    assertEquals(name, "AddrInUse");
  },
});
