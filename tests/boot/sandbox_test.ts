/** Looks at the sandbox from inside of it: each row is a process of its own, with the flags of its row. */

import { assertEquals, assertMatch } from "@std/assert";
import { explainExcess, sandboxText } from "../../lib/boot/sandbox.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** A folder with a folder to serve in it. */
function makeFolders(): { above: string; site: string } & Disposable {
  const above = Deno.realPathSync(Deno.makeTempDirSync());
  Deno.mkdirSync(`${above}/site`);
  return {
    above,
    site: `${above}/site`,
    [Symbol.dispose]: () => Deno.removeSync(above, { recursive: true }),
  };
}

/** Starts `main.ts` strictly, on an address that no machine has, so that it always ends by itself. */
async function startStrictly(
  flags: readonly string[],
  ...sites: readonly string[]
): Promise<string> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      ...flags,
      "main.ts",
      ...sites,
      "--strict-sandbox",
      "--host",
      "192.0.2.1",
    ],
    cwd: REPOSITORY,
  }).output();
  assertEquals(code, 2);
  return new TextDecoder().decode(stderr);
}

const PASSED = /^vitrine: "192\.0\.2\.1" is not an address of this machine/;

const CASES: readonly (readonly [flags: string[], stderr: RegExp, why: string])[] = [
  [["--allow-read=SITE"], PASSED, "exactly what is needed"],
  [["--allow-read=SITE", "--allow-env=HOME"], PASSED, "scoped elsewhere, which Deno does not show"],
  [["--allow-read=ABOVE"], /refuses to start with --allow-read; drop it/, "a folder too high"],
  [["--allow-read"], /refuses to start with --allow-read; drop it/, "no path"],
  [["--allow-read=SITE", "--allow-write"], /with --allow-write; drop it/, "write"],
  [["--allow-read=SITE", "--allow-write=SITE"], /with --allow-write; drop it/, "write to the site"],
  [["--allow-read=SITE", "--allow-run"], /with --allow-run; drop it/, "run"],
  [
    ["--allow-read=SITE", "--allow-env", "--allow-sys"],
    /with --allow-env, --allow-sys; drop/,
    "two",
  ],
  [["--allow-read=SITE", "--allow-ffi"], /with --allow-ffi; drop it/, "ffi"],
  [["--allow-read=SITE", "--allow-import"], /with --allow-import; drop it/, "import"],
  [
    ["--allow-read=SITE", "--cached-only"],
    PASSED,
    "which Deno says to grant import, and nobody typed",
  ],
  [
    ["--allow-read=SITE", "--cached-only", "--deny-import"],
    PASSED,
    "as in a unit of systemd",
  ],
  [
    ["--allow-read=SITE", "--cached-only", "--allow-run"],
    /^vitrine: --strict-sandbox refuses to start with --allow-run; drop it/,
    "another excess stays one",
  ],
  [["-A"], /^vitrine: --strict-sandbox refuses to start with -A; drop it: [^\n]+\n$/, "everything"],
];

for (const [flags, pattern, why] of CASES) {
  Deno.test(`--strict-sandbox judges ${flags.join(" ")}: ${why}`, async () => {
    using folders = makeFolders();
    const { above, site } = folders;
    const real = flags.map((flag) => flag.replace("SITE", site).replace("ABOVE", above));
    assertMatch(
      await startStrictly(flags[0] === "-A" ? real : [...real, "--allow-net"], site),
      pattern,
    );
  });
}

const SEVERAL = [
  // folders that may be read, what is said, why
  [["www", "docs"], PASSED, "exactly those that are served"],
  [["www"], /^vitrine: [^\n]*--allow-read=[^\n]*docs/, "one of them is missing"],
  [["www", "docs", "."], /refuses to start with --allow-read; drop it/, "the folder above as well"],
] as const;

for (const kind of ["--site docs.example=", "--mount /docs="]) {
  for (const [readable, pattern, why] of SEVERAL) {
    Deno.test(`--strict-sandbox judges ${readable} beside ${kind}: ${why}`, async () => {
      using folders = makeFolders();
      const { above } = folders;
      for (const name of ["www", "docs"]) Deno.mkdirSync(`${above}/${name}`);
      const read = readable.map((name) => name === "." ? above : `${above}/${name}`).join();
      const [flag, value] = kind.split(" ");
      const sites = [`${above}/www`, flag, `${value}${above}/docs`];
      assertMatch(
        await startStrictly([`--allow-read=${read}`, "--allow-net"], ...sites),
        pattern,
      );
    });
  }
}

Deno.test("inspectSandbox() counts import as refused when --cached-only lets nothing be fetched", async () => {
  const code = `import { inspectSandbox } from "${REPOSITORY.href}lib/boot/sandbox.ts";
console.log(JSON.stringify(await inspectSandbox("/nowhere")));`;
  const refused = ["write", "run", "env", "ffi", "sys"];
  for (
    const [flag, expected] of [
      ["--cached-only", { refused: [...refused, "import"], flags: [] }],
      ["--deny-import", { refused: [...refused, "import"], flags: [] }],
      ["--allow-import", { refused, flags: ["--allow-import"] }],
    ] as const
  ) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", flag, "-"],
      cwd: REPOSITORY,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
    const { stdout } = await child.output();
    const { excess, ...found } = JSON.parse(new TextDecoder().decode(stdout));
    const flags = excess.map(({ flag }: { flag: string }) => flag);
    assertEquals({ ...found, flags }, expected, flag);
  }
});

Deno.test({
  name: "--strict-sandbox judges --allow-read=C:\\: the whole disk is too much for a folder of it",
  ignore: Deno.build.os !== "windows", // Elsewhere a folder right under the root of the disk is not ours to make.
  async fn() {
    const site = Deno.makeTempDirSync({ dir: "C:\\" });
    try {
      const flags = ["--allow-read=C:\\", "--allow-net"];
      assertMatch(
        await startStrictly(flags, site),
        /refuses to start with --allow-read; drop it/,
      );
    } finally {
      Deno.removeSync(site, { recursive: true });
    }
  },
});

Deno.test("--strict-sandbox takes the whole disk where that is what is served", async () => {
  const top = Deno.build.os === "windows" ? "C:\\" : "/";
  assertMatch(
    await startStrictly([`--allow-read=${top}`, "--allow-net"], top),
    PASSED,
  );
});

Deno.test("sandboxText() is one calm line when nothing is too much", () => {
  const refused = ["write", "run"];
  assertEquals(
    sandboxText({ refused, excess: [] }, { root: "./static", follow: [] }),
    "The sandbox lets it read ./static only and listen; it refuses write, run",
  );
});

Deno.test("sandboxText() warns of each flag, and says no more than is true", () => {
  const excess = [
    { flag: "--allow-write", lets: "write files", instead: "" },
    { flag: "--allow-read", lets: "read it all", instead: "--allow-read=FOLDER" },
  ];
  assertEquals(sandboxText({ refused: [], excess }, { root: "site", follow: [] }).split("\n"), [
    "The sandbox lets it read site and listen",
    "Warning: --allow-write lets Vitrine write files, which it never needs: drop it",
    "Warning: --allow-read lets Vitrine read it all, which it never needs: drop it; " +
    "--allow-read=FOLDER is enough",
  ]);
});

Deno.test("explainExcess() is one line for one and for several", () => {
  const one = { flag: "--allow-run", lets: "", instead: "" };
  assertMatch(explainExcess([one], "site"), /^[^\n]*start with --allow-run; drop it: [^\n]*$/);
  assertMatch(explainExcess([one, one], "site"), /--allow-run, --allow-run; drop them: /);
});
