/**
 * The npm package, used as people do. What the launcher gives to Deno is shown by a probe in place of the server, which
 * tries what a server that was taken over would.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { BIN, command, start, testInstalled, textOf } from "./installed.ts";

testInstalled(
  "the npm package depends on deno alone, and holds what it says",
  async (folder) => {
    const at = `${folder}/node_modules/vitrine`;
    const names = [...Deno.readDirSync(at)].map(({ name }) => name).sort();
    assertEquals(names, [
      "LICENSE",
      "README.md",
      "bin.js",
      "package.json",
      "vitrine.js",
      "worker.js",
    ]);
    const { version, dependencies, bin } = JSON.parse(
      await Deno.readTextFile(`${at}/package.json`),
    );
    assertEquals([version, bin], [config.version, { vitrine: "bin.js" }]);
    const readme = await Deno.readTextFile(`${at}/README.md`);
    assertEquals(Object.keys(dependencies), ["deno"]);
    assertStringIncludes(
      readme,
      `deno@${dependencies.deno} `,
      "the version that README names",
    );
    const { packages } = JSON.parse(
      await Deno.readTextFile(`${folder}/package-lock.json`),
    );
    const direct = Object.keys(packages).filter((path) => /^node_modules\/[^@]/.test(path));
    assertEquals(direct.sort(), ["node_modules/deno", "node_modules/vitrine"]);
  },
);

testInstalled(
  "npx vitrine DIR serves it, calls itself that, and ends with npx",
  async (folder, site) => {
    const server = await start("npx", ["--offline", "vitrine", site], {
      cwd: folder,
    });
    assertEquals(
      server.banner[0],
      `Vitrine ${config.version} serves ${site} (${site})`,
    );
    assertEquals(
      server.banner.filter((line) => line.startsWith("Warning")),
      [],
    );
    assertEquals(await textOf(server.url), "<p>here");
    // npx passes no signal on; its end is seen.
    server.child.kill("SIGTERM");
    await server.end();
    const inNpx = { cwd: folder, env: { npm_command: "exec" } };
    const { stdout } = await command(BIN(folder), ["--help"], inNpx).output();
    assertMatch(
      new TextDecoder().decode(stdout),
      /\n {2}npx vitrine \[DIR\] \[FLAGS\] {2}serves DIR, or /,
    );
  },
);

testInstalled(
  "vitrine without a folder serves the one that one is in",
  async (folder, site) => {
    const server = await start(BIN(folder), [], { cwd: site });
    assertEquals(
      server.banner[0],
      `Vitrine ${config.version} serves . (${site})`,
    );
    assertEquals(await textOf(server.url), "<p>here");
    server.child.kill("SIGTERM");
    assertEquals(
      await server.end(),
      0,
      "a signal goes on to the server, which ends gently",
    );
  },
);

/** What a server that was taken over would try; SECRET stands for a file in somebody's home. */
const PROBE = `
const { args } = Deno;
const attempts = {
  home: () => Deno.readTextFile("SECRET"),
  above: () => Deno.readDir("SITE/..")[Symbol.asyncIterator]().next(),
  itself: () => Deno.readTextFile(new URL("bin.js", import.meta.url)),
  write: () => Deno.writeTextFile("SITE/new.txt", ""),
  run: () => new Deno.Command("true").output(),
  env: () => Deno.env.get("HOME"),
  sys: () => Deno.hostname(),
  ffi: () => Deno.dlopen("SITE/index.html", {}),
  import: () => import("https://jsr.io/@std/path/" + "meta.json"),
  npm: () => import("npm:" + "uqr"),
  site: () => Deno.readTextFile("SITE/index.html"),
  listen: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  key: () => Deno.readTextFile("SITE.key"),
};
const outcomes = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    outcomes[name] = "done";
  } catch (error) {
    outcomes[name] = error.name;
  }
}
console.log(JSON.stringify({ args, outcomes }));
`;

testInstalled(
  "npx vitrine gives Deno the folder and the network, and nothing else: not your home",
  async (folder, site) => {
    const home = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "vitrine_" }),
    );
    const copy = `${folder}/node_modules/probe`;
    try {
      await Deno.writeTextFile(`${home}/.secret`, "mine");
      await Deno.writeTextFile(`${site}.key`, "a key");
      await Deno.mkdir(copy);
      for (const name of ["bin.js", "package.json"]) {
        await Deno.copyFile(
          `${folder}/node_modules/vitrine/${name}`,
          `${copy}/${name}`,
        );
      }
      const probe = PROBE.replace("SECRET", `${home}/.secret`).replaceAll(
        "SITE",
        site,
      );
      await Deno.writeTextFile(`${copy}/vitrine.js`, probe);
      const outcomesOf = async (args: string[]) => {
        const how = { cwd: folder, env: { HOME: home } };
        const { stdout, stderr } = await command("node", [
          `${copy}/bin.js`,
          ...args,
        ], how).output();
        const text = new TextDecoder().decode(stdout);
        assert(text !== "", new TextDecoder().decode(stderr));
        const { args: passed, outcomes } = JSON.parse(text);
        assertEquals(
          passed,
          ["--launched-as=vitrine", ...args],
          "arguments arrive as they were typed",
        );
        return outcomes;
      };
      const refused = [
        "home",
        "above",
        "itself",
        "write",
        "run",
        "env",
        "sys",
        "ffi",
      ];
      const expected = {
        ...Object.fromEntries(refused.map((name) => [name, "NotCapable"])),
        ...{ import: "TypeError", npm: "TypeError" }, // There is no way to them at all: --no-remote, --no-npm.
        ...{ site: "done", listen: "done", key: "NotCapable" },
      };
      const withKey = [
        "--cert",
        `${site}.key`,
        "--key",
        `${site}.key`,
        "--",
        site,
      ];
      const [plain, flag, joined, certificate, none] = await Promise.all([
        outcomesOf([site]),
        outcomesOf(["--root", site, "-q"]),
        outcomesOf([`--root=${site}`, "--port", "81"]),
        outcomesOf(withKey),
        outcomesOf(["--help", site]),
      ]);
      assertEquals(plain, expected);
      assertEquals([flag, joined], [expected, expected], "however it is named");
      assertEquals(
        certificate,
        { ...expected, key: "done" },
        "and certificate files",
      );
      assertEquals(
        [none.site, none.listen],
        ["NotCapable", "NotCapable"],
        "the help needs nothing",
      );
    } finally {
      await Deno.remove(home, { recursive: true });
      await Deno.remove(copy, { recursive: true });
      await Deno.remove(`${site}.key`);
    }
  },
);

testInstalled(
  "vitrine: a mistake is one line and exit code 2, with a command that works here",
  async (folder, site) => {
    const CASES = [
      [
        ["--prot"],
        /^vitrine: there is no flag "--prot"; did you mean [^\n]*\n$/,
        "unknown flag",
      ],
      [
        [`${site}/no pe`],
        /^vitrine: there is no folder ".*"; .*: vitrine DIR\n$/,
        "no folder",
      ],
      [
        [`${site}/index.html`],
        /^vitrine: .* is a file, .*: vitrine \S+\/\n$/,
        "a file",
      ],
      [
        ["a,b"],
        /^vitrine: Deno cannot be told of "a,b", for its comma; [^\n]*\n$/,
        "a comma",
      ],
      [
        [site, "--cert", "no.pem", "--key", "no.pem"],
        /^vitrine: there is no certificate "no\.pem"\n$/,
        "no advice that only the checkout could follow",
      ],
    ] as const;
    for (const [args, pattern, why] of CASES) {
      const { code, stdout, stderr } = await command(BIN(folder), args, {
        cwd: site,
      }).output();
      assertMatch(new TextDecoder().decode(stderr), pattern, why);
      assertEquals([code, stdout.length], [2, 0], why);
    }
  },
);

testInstalled(
  "vitrine --workers and --xray work from the bundle",
  async (folder, site) => {
    const several = await start(BIN(folder), [site, "--workers", "2"], {
      cwd: folder,
    });
    assertEquals(several.banner.filter((line) => /^Warning/.test(line)), []);
    for (let i = 0; i < 8; i++) {
      assertEquals(
        await textOf(several.url),
        "<p>here",
      );
    }
    several.child.kill("SIGINT");
    assertEquals(await several.end(), 0);
    const xray = await start(
      BIN(folder),
      [site, "--xray", "--xray-port", "0"],
      { cwd: folder },
    );
    const page = xray.banner.flatMap((line) => /^X-ray: open (\S+)/.exec(line)?.[1] ?? []);
    assertEquals(page.length, 1);
    assertStringIncludes(await textOf(page[0]), "<title>");
    xray.child.kill("SIGINT");
    assertEquals(await xray.end(), 0);
  },
);

testInstalled(
  "vitrine --open has the launcher start a browser with the address",
  async (folder, site) => {
    const browser = `${site}/browser`;
    await Deno.writeTextFile(
      browser,
      `#!/bin/sh\nprintf '%s' "$1" > "$0.part" && mv "$0.part" "$0.txt"\n`,
    );
    await Deno.chmod(browser, 0o755);
    const server = await start(BIN(folder), [site, "--open"], {
      cwd: folder,
      env: { BROWSER: browser },
    });
    assertEquals(
      server.banner.filter((line) => line.includes("click")),
      [],
      "nothing to click",
    );
    let opened: string | null = null;
    while (opened === null) {
      opened = await Deno.readTextFile(`${browser}.txt`).catch(() => null);
    }
    assertEquals(opened, server.url);
    server.child.kill("SIGINT");
    assertEquals(await server.end(), 0);
    const env = { BROWSER: `${site}/nope` };
    const without = await start(BIN(folder), [site, "--open"], {
      cwd: folder,
      env,
    });
    assertEquals(
      await without.stderr.next(),
      `vitrine: cannot start a browser; open ${without.url}`,
    );
    without.child.kill("SIGINT");
    assertEquals(await without.end(), 0);
  },
);

testInstalled(
  "the server ends when its launcher is killed outright",
  async (folder, site) => {
    const server = await start(BIN(folder), [site], { cwd: folder });
    server.child.kill("SIGKILL");
    await server.end(); // The streams end with the server.
    const refused = await fetch(server.url).then(() => false, () => true);
    assert(refused, "nobody listens");
  },
);
