/** The command line: what is read from it, what is said of a mistake, and what the start prints. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { authWarning, hostAndPort, parseCommandLine, startText } from "../../lib/boot/cli.ts";
import { FLAGS } from "../../lib/boot/flags.ts";
import { BAD } from "./bad_command_lines.ts";
import { GOOD, serving } from "./good_command_lines.ts";

const TOOL = { stdoutIsTerminal: false };
const PERSON = { stdoutIsTerminal: true };

Deno.test("parseCommandLine() reads every flag", () => {
  for (const [args, change, why] of GOOD) {
    assertEquals(parseCommandLine(args, TOOL), serving(change), `${args.join(" ")}: ${why}`);
  }
});

Deno.test("parseCommandLine() has a good and a bad row for every flag", () => {
  for (const { name, alias, value } of FLAGS) {
    if (name === "help" || name === "version") continue; // They print; tested below.
    const names = (arg: string) =>
      arg.split("=")[0] === `--${name}` || alias !== undefined && arg.startsWith(`-${alias}`);
    assert(GOOD.some(([args]) => args.some(names)), `good row for --${name}`);
    assert(BAD.some(([args]) => args.some(names)), `bad row for --${name}`);
    if (value === undefined || ["cert", "key", "https-redirect"].includes(name)) continue; // Those need each other.
    assert(parseCommandLine([`--${name}`, value.example], TOOL).kind === "serve");
  }
});

Deno.test("parseCommandLine() shows a person the pretty log", () => {
  assertEquals(parseCommandLine([], PERSON), serving({ logFormat: "pretty" }));
});

Deno.test("parseCommandLine() says what is wrong and what to type instead", () => {
  for (const [args, message, why] of BAD) {
    const command = parseCommandLine(args, TOOL);
    assertEquals(command, { kind: "usage", message }, `${args.join(" ")}: ${why}`);
  }
});

Deno.test("parseCommandLine() prints the version", () => {
  const text = `Vitrine ${config.version}`;
  assertEquals(parseCommandLine(["-V"], TOOL), { kind: "print", text });
  assertEquals(parseCommandLine(["--version", "site"], TOOL), { kind: "print", text });
});

Deno.test("parseCommandLine() prints help, whatever else is typed", () => {
  const help = parseCommandLine(["--help"], TOOL);
  assertEquals(help.kind, "print");
  assertEquals(parseCommandLine(["-h", "--port", "abc", "--nope", "a", "b"], TOOL), help);
});

Deno.test("parseCommandLine() makes help that names each flag once and fits a screen", () => {
  const help = parseCommandLine(["--help"], TOOL);
  assert(help.kind === "print");
  const lines = help.text.split("\n");
  for (const { name, alias, help: explanation } of FLAGS) {
    const rows = lines.filter((line) => new RegExp(`^ +(-\\w, )?--${name} `).test(line));
    assertEquals(rows.length, 1, name);
    assertStringIncludes(rows[0], explanation);
    if (alias !== undefined) assert(rows[0].startsWith(`  -${alias}, --${name} `));
  }
  assertEquals(lines.filter((line) => line.length > 80), []);
  assert(lines.length <= 64, `${lines.length} lines`);
});

Deno.test("parseCommandLine() makes help that gives the task no folder: its sandbox would refuse it", () => {
  const help = parseCommandLine(["--help"], TOOL);
  assert(help.kind === "print");
  const tasks = help.text.match(/deno task serve\S* \S+/g);
  assertEquals(tasks, ["deno task serve [FLAGS]", "deno task serve --port"]);
});

Deno.test("startText() names the folder, an address that opens, and how to stop", () => {
  const CASES = [
    ["0.0.0.0", "http://localhost:3000/", "all addresses are no address"],
    ["::", "http://localhost:3000/", "of both families"],
    ["127.0.0.1", "http://127.0.0.1:3000/", "one address"],
    ["::1", "http://[::1]:3000/", "RFC 3986 §3.2.2: IPv6 stands in brackets"],
  ] as const;
  for (const [hostname, url, why] of CASES) {
    const started = {
      root: "./static",
      folder: "/srv/static",
      hostname,
      port: 3000,
      secure: false,
    };
    const text = startText({ ...started, notes: ["Sandbox"] });
    assertEquals(
      text,
      `Vitrine ${config.version} serves ./static (/srv/static)\nOpen ${url}\nSandbox\n` +
        "Press Ctrl+C to stop",
      why,
    );
  }
});

Deno.test("authWarning() warns of what is true, and never shows the password", () => {
  assertEquals(authWarning({ auth: null }, false), null);
  const plain = authWarning({ auth: "ada:engine" }, false) ?? "";
  assertStringIncludes(plain, "without TLS");
  assertStringIncludes(plain, "list of processes");
  const encrypted = authWarning({ auth: "ada:engine" }, true) ?? "";
  assertEquals(encrypted.includes("TLS"), false);
  assertEquals((plain + encrypted).includes("engine"), false);
});

Deno.test("hostAndPort() leaves brackets that are there already", () => {
  assertEquals(hostAndPort("[::1]", 80), "[::1]:80");
});

Deno.test("--xray-origin takes nothing but the address of a page", () => {
  const slips = [
    "ftp://hub.example",
    "https://",
    "https:///a",
    "https://u:p@hub.example",
  ]
    .concat(
      "https://a?b",
      "https://a#b",
      "https://a\\b",
      "https://a/b\\c",
      "https://a b",
      "//a",
      "*",
    );
  for (const text of slips) {
    const command = parseCommandLine(["--xray-origin", text], TOOL);
    assertEquals(command.kind, "usage", text);
  }
});

Deno.test("--mount refuses what is no path with a folder behind it", () => {
  for (const value of ["docs=./a", "/=./a", "/docs", "/docs=", "/a?b=c", "/..=./a"]) {
    const command = parseCommandLine(["--mount", value], TOOL);
    const message = `--mount takes a path such as /docs, = and a folder, not "${value}"; ` +
      "type for example --mount /docs=./docs";
    assertEquals(command, { kind: "usage", message });
  }
});
