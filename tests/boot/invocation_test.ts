import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import { explainBootError, explainMissing } from "../../lib/boot/boot_errors.ts";
import { parseCommandLine } from "../../lib/boot/cli.ts";
import {
  commandFor,
  IN_CHECKOUT,
  type Invocation,
  invocationOf,
  type Process,
  shellWord,
  usualRoot,
} from "../../lib/boot/invocation.ts";
import { systemPath } from "../tools.ts";

/** As the system of the tests spells a path. */
const HOME = Deno.build.os === "windows" ? "C:\\home\\ada" : "/home/ada";

const PROCESS: Process = {
  args: ["site", "--port", "80"],
  execPath: "/usr/bin/deno",
  main: pathToFileURL(systemPath(`${HOME}/vitrine/main.ts`)).href,
  cwd: systemPath(`${HOME}/vitrine`),
  standalone: false,
  isWindows: false,
};
const POSIX = { isWindows: false };
const LAUNCHED: Invocation = {
  ...{ kind: "launched", name: "npx vitrine", hasSite: false },
  ...POSIX,
};
const PACKED: Invocation = {
  kind: "launched",
  name: "./vitrine",
  hasSite: true,
  ...POSIX,
};
const INSTALLED: Invocation = { kind: "installed", name: "vitrine", ...POSIX };
const COMPILED: Invocation = {
  kind: "compiled",
  name: "/opt/my tools/vitrine",
  ...POSIX,
};

const CASES: readonly (readonly [
  Partial<Process>,
  Invocation,
  args: string[],
  why: string,
])[] = [
  [{}, IN_CHECKOUT, ["site", "--port", "80"], "in the checkout"],
  [
    { cwd: HOME },
    {
      kind: "deno",
      deno: "deno",
      main: systemPath(`${HOME}/vitrine/main.ts`),
      ...POSIX,
    },
    ["site", "--port", "80"],
    "in another directory",
  ],
  [
    { execPath: "/home/ada/.npm/_npx/7a40/node_modules/deno/deno" },
    { kind: "deno", deno: "npx -y deno@2.9.6", main: "main.ts", ...POSIX },
    ["site", "--port", "80"],
    "where Deno is not installed, npx has it",
  ],
  [
    { main: "https://jsr.io/@vitrine/vitrine/0.1.0/main.ts" },
    {
      ...{
        kind: "deno",
        deno: "deno",
        main: "https://jsr.io/@vitrine/vitrine/0.1.0/main.ts",
      },
      ...POSIX,
    },
    ["site", "--port", "80"],
    "from a registry",
  ],
  [
    { args: ["--launched-as=npx vitrine", "site"] },
    LAUNCHED,
    ["site"],
    "by its launcher",
  ],
  [
    { args: ["--packed-as=./vitrine"] },
    PACKED,
    [],
    "by that of a single file",
  ],
  [
    { args: ["--installed-as=vitrine", "-q"] },
    INSTALLED,
    ["-q"],
    "by deno install",
  ],
  [
    { standalone: true, execPath: "/opt/my tools/vitrine", args: [] },
    COMPILED,
    [],
    "as a binary",
  ],
  [
    { args: ["site", "--launched-as=x"] },
    IN_CHECKOUT,
    ["site", "--launched-as=x"],
    "a launcher says it first; later it is an unknown flag",
  ],
];

Deno.test("invocationOf() tells how the process was started, and what people typed", () => {
  for (const [process, invocation, args, why] of CASES) {
    assertEquals(
      invocationOf({ ...PROCESS, ...process }),
      { invocation, args },
      why,
    );
  }
});

Deno.test("shellWord() quotes for the system's shell what that would read otherwise", () => {
  const WORDS = [
    ["site", "site", "site", "nothing to quote"],
    ["my site", "'my site'", '"my site"', "a space"],
    ["it's", `'it'\\''s'`, `"it's"`, "an apostrophe"],
    [
      "C:\\sites\\a",
      `'C:\\sites\\a'`,
      "C:\\sites\\a",
      "a backslash is a name on Windows alone",
    ],
    [
      "100%",
      "100%",
      '"100%"',
      "cmd.exe reads what stands between two of these",
    ],
    ["a&b", "'a&b'", '"a&b"', "another command"],
    ["$HOME", "'$HOME'", '"$HOME"', "a variable"],
    ["", "''", '""', "nothing"],
  ] as const;
  for (const [word, posix, windows, why] of WORDS) {
    assertEquals(shellWord(word, { isWindows: false }), posix, why);
    assertEquals(shellWord(word, { isWindows: true }), windows, why);
  }
});

Deno.test({
  name: "shellWord() gives a POSIX shell the word back, whatever is in it",
  ignore: Deno.build.os === "windows",
  async fn() {
    const ascii = Array.from(
      { length: 95 },
      (_, i) => String.fromCharCode(32 + i),
    );
    const words = [
      ...ascii,
      ...ascii.map((char) => `a${char}b`),
      "a\nb",
      "ü",
      "'''",
    ];
    const line = words.map((word) => shellWord(word, { isWindows: false }))
      .join(" ");
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf '%s\\0' ${line}`],
    }).output();
    assertEquals(
      new TextDecoder().decode(stdout).split("\0").slice(0, -1),
      words,
    );
  },
});

Deno.test("commandFor() is what has to be typed, without a password", () => {
  const asked = {
    readable: "my site",
    args: ["my site", "--auth", "ada:engine"],
  };
  const ROWS = [
    [
      IN_CHECKOUT,
      "deno run --no-prompt '--allow-read=my site' --allow-net main.ts ",
    ],
    [LAUNCHED, "npx vitrine "],
    [INSTALLED, "vitrine "],
    [COMPILED, "'/opt/my tools/vitrine' "],
  ] as const;
  for (const [invocation, start] of ROWS) {
    assertEquals(
      commandFor(asked, invocation),
      `${start}'my site' --auth USER:PASSWORD`,
    );
  }
});

Deno.test("messages suggest what works for whoever has started Vitrine in this way", () => {
  const options = { root: "site", hostname: "0.0.0.0", port: 3000 };
  const boot = (invocation: Invocation) => ({
    options,
    args: ["site"],
    invocation,
  });
  assertMatch(
    explainMissing(["read"], boot(INSTALLED)),
    /; go to "site" and type: vitrine$/,
  );
  assertMatch(
    explainMissing(["read"], boot(COMPILED)),
    /; its permissions were compiled into /,
  );
  const notFound = new Deno.errors.NotFound("");
  assertMatch(
    explainBootError(notFound, boot(LAUNCHED)),
    / another: npx vitrine DIR$/,
  );
  const elsewhere = invocationOf({ ...PROCESS, cwd: "/" }).invocation;
  assertMatch(
    explainMissing(["read"], boot(elsewhere)),
    /type: deno run .* --allow-net '?\S*ada[/\\]vitrine[/\\]main\.ts'? site$/,
  );
});

Deno.test("the help begins with the command that was used, and its folder", () => {
  for (
    const [invocation, usage, root] of [
      [
        LAUNCHED,
        "npx vitrine [DIR] [FLAGS]  serves DIR, or the folder you are in",
        ".",
      ],
      [
        PACKED,
        "./vitrine [DIR] [FLAGS]  serves DIR, or the site inside it",
        "./static",
      ],
      [
        INSTALLED,
        "vitrine [DIR] [FLAGS]  serves the folder you are in, or DIR in it",
        ".",
      ],
      [COMPILED, "'/opt/my tools/vitrine' [FLAGS]", "./static"],
    ] as const
  ) {
    const help = parseCommandLine(["--help"], {
      stdoutIsTerminal: false,
      invocation,
    });
    assertEquals(help.kind, "print");
    const { text } = help as { text: string };
    assertStringIncludes(text, `\n  ${usage}\n`);
    assertStringIncludes(text, `the folder, as a flag (${root})`);
    assertEquals(text.split("\n").filter((line) => line.length > 80), []);
    assertEquals(/deno (task|run)/.test(text), false, text);
    const bare = parseCommandLine([], { stdoutIsTerminal: false, invocation });
    assertEquals(bare.kind === "serve" && bare.options.root, root);
    assertEquals(usualRoot(invocation) ?? "./static", root);
  }
});
