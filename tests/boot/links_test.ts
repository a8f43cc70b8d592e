/** Folders and files that are reached through links, in the sandbox, by the command that people type. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { makePair } from "../../lib/boot/make_cert.ts";
import { LineReader, testWithLinks, TYPED_DENO } from "../tools.ts";

const REPOSITORY = new URL("../..", import.meta.url);

/** A folder with two releases and a link to the first. */
async function makeReleases(): Promise<{ base: string } & AsyncDisposable> {
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  for (const name of ["one", "two"]) {
    await Deno.mkdir(`${base}/${name}`);
    await Deno.writeTextFile(`${base}/${name}/a.txt`, name);
  }
  await Deno.symlink("one", `${base}/current`);
  return {
    base,
    async [Symbol.asyncDispose]() {
      await Deno.remove(base, { recursive: true });
    },
  };
}

function vitrine(permissions: readonly string[], args: readonly string[], cwd: string | URL) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--unstable-net", ...permissions, "main.ts", ...args]
      .map((arg) => arg === "main.ts" ? new URL("main.ts", REPOSITORY).href : arg),
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Starts Vitrine, and gives what it says until it listens. */
async function start(permissions: readonly string[], args: readonly string[], cwd: string | URL) {
  const child = vitrine(permissions, ["--port", "0", "--log", "combined", ...args], cwd).spawn();
  const [stdout, stderr] = [new LineReader(child.stdout), new LineReader(child.stderr)];
  const banner: string[] = [];
  while (banner.at(-1) !== "Press Ctrl+C to stop") {
    const line = await stderr.next();
    if (line === null) throw new Error(`It ended before it listened: ${banner.join(" | ")}`);
    banner.push(line);
  }
  const text = banner.join("\n");
  return {
    banner: text,
    url: /https?:\/\/\S+/.exec(text)![0],
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await Promise.all([stdout.drain(), stderr.drain(), child.status]);
    },
  };
}

async function get(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: "close" } });
  return `${response.status} ${await response.text()}`;
}

testWithLinks(
  "a root that is a link needs --allow-read of the link alone, wherever it is turned to",
  async () => {
    await using releases = await makeReleases();
    const { base } = releases;
    for (const root of [`${base}/current`, "current", "./current/"]) {
      await using server = await start(
        [`--allow-read=${root}`, "--allow-net=0.0.0.0"],
        [root, "--strict-sandbox"],
        base,
      );
      assert(server.banner.includes(`serves ${root} (${base}/one)`), server.banner);
      assertMatch(server.banner, /The sandbox lets it read \S+ only and listen/);
      assertEquals(await get(`${server.url}a.txt`), "200 one");
      await turn(base, "two");
      assertEquals(await get(`${server.url}a.txt`), "200 two");
      assertEquals((await get(`${server.url}nothing`)).slice(0, 3), "404");
      await turn(base, "one");
      assertEquals(await get(`${server.url}a.txt`), "200 one");
    }
  },
);

testWithLinks("a turned root is followed by every worker", async () => {
  await using releases = await makeReleases();
  const { base } = releases;
  const lib = fromFileUrl(new URL("lib/", REPOSITORY));
  await using server = await start(
    [`--allow-read=current,${lib}`, "--allow-net"],
    ["current", "--workers", "2"],
    base,
  );
  for (const release of ["one", "two", "one"]) {
    await turn(base, release);
    // Connections are spread by a hash of their ports: both workers get some of so many.
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => get(`${server.url}a.txt`)),
    );
    assertEquals([...new Set(answers)], [`200 ${release}`]);
  }
});

testWithLinks(
  "a root that is a link: where the sandbox allows what it leads to alone, the message has the command that works",
  async () => {
    await using releases = await makeReleases();
    const { base } = releases;
    const { code, stderr } = await vitrine(
      ["--allow-read=one", "--allow-net"],
      ["current", "--port", "0"],
      base,
    ).output();
    assertEquals(code, 2);
    const message = new TextDecoder().decode(stderr);
    const command = `type: ${TYPED_DENO} run --no-prompt --allow-read=current --allow-net `;
    assertStringIncludes(message, command);
    assertMatch(message.slice(message.indexOf(command) + command.length), /^\S*main\.ts /);
  },
);

testWithLinks(
  "a certificate and its key that are links need --allow-read of the links alone",
  async () => {
    await using releases = await makeReleases();
    const { base } = releases;
    const pair = await makePair(["localhost"], Date.now());
    for (const name of ["cert", "key"] as const) {
      await Deno.writeTextFile(`${base}/two/${name}.pem`, pair[name]);
      await Deno.symlink(`two/${name}.pem`, `${base}/${name}.pem`);
    }
    await using server = await start(
      ["--allow-read=current,cert.pem,key.pem", "--allow-net"],
      ["current", "--cert", "cert.pem", "--key", "key.pem", "--strict-sandbox"],
      base,
    );
    assertMatch(server.url, /^https:/);
  },
);

testWithLinks(
  "--follow: links may lead into the folders that are named, and nowhere else",
  async () => {
    await using releases = await makeReleases();
    const { base } = releases;
    for (const name of ["shared", "private"]) {
      await Deno.mkdir(`${base}/${name}/sub`, { recursive: true });
      await Deno.writeTextFile(`${base}/${name}/f.txt`, name);
      await Deno.symlink(`../${name}`, `${base}/one/${name}`);
      await Deno.symlink(`../${name}/f.txt`, `${base}/one/${name}.txt`);
    }
    // From a folder that may be followed no link leads out of it, but back into the root.
    await Deno.symlink("../private/f.txt", `${base}/shared/out.txt`);
    await Deno.symlink("../one/a.txt", `${base}/shared/back.txt`);
    await using server = await start(
      ["--allow-read=current,shared", "--allow-net"],
      ["current", "--follow", "shared", "--listing", "--strict-sandbox"],
      base,
    );
    assert(server.banner.includes("lets it read current, shared only"), server.banner);
    for (let time = 0; time < 2; time++) {
      assertEquals(await get(`${server.url}shared/f.txt`), "200 shared");
      assertEquals(await get(`${server.url}shared.txt`), "200 shared");
      assertEquals(await get(`${server.url}shared/back.txt`), "200 one");
      for (const path of ["private/f.txt", "private.txt", "private/", "shared/out.txt"]) {
        assertEquals((await get(server.url + path)).slice(0, 3), "404", path);
      }
      const [root, sub] = [await get(server.url), await get(`${server.url}shared/`)];
      assert(root.includes("shared.txt") && !root.includes("private"), root);
      assert(sub.includes("back.txt") && !sub.includes("out.txt"), sub);
    }
  },
);

testWithLinks(
  "--follow: a folder that is none, or that the sandbox does not allow, is told in one line",
  async () => {
    await using releases = await makeReleases();
    const { base } = releases;
    const message = async (permission: string, folder: string) => {
      const { code, stderr } = await vitrine(
        [permission, "--allow-net"],
        ["one", "--port", "0", "--follow", folder],
        base,
      ).output();
      assertEquals(code, 2);
      return new TextDecoder().decode(stderr);
    };
    assertMatch(await message("--allow-read", "nope"), /there is no folder "nope" for links/);
    assertMatch(await message("--allow-read", "one/a.txt"), /"one\/a\.txt" is a file/);
    assertStringIncludes(
      await message("--allow-read=one", "two"),
      'does not let Vitrine follow links into "two"; ' +
        `type: ${TYPED_DENO} run --no-prompt --allow-read=one,two `,
    );
  },
);

testWithLinks("a folder whose links lead in a circle is told in one line", async () => {
  await using releases = await makeReleases();
  const { base } = releases;
  await Deno.symlink("circle", `${base}/circle`);
  const CASES = [
    [["circle"], / in a circle; mend them, or name another: \S.* DIR$/],
    [["circle/sub"], /^vitrine: the links of "circle\/sub" lead in a circle; /],
    [
      ["one", "--mount", "/docs=circle"],
      /"circle" for \/docs .*; mend them, or leave out --mount$/,
    ],
    [["one", "--site", "a.example=circle"], /"circle" for a\.example .*, or leave out --site$/],
    [["one", "--follow", "circle"], /"circle" for links .*; mend them, or leave out --follow$/],
  ] as const;
  for (const [args, pattern] of CASES) {
    const command = vitrine(["--allow-read=.", "--allow-net"], ["--port", "0", ...args], base);
    const { code, stderr } = await command.output();
    const message = new TextDecoder().decode(stderr);
    assertMatch(message, /^vitrine: the links of "[^\n]+ lead in a circle; [^\n]+\n$/);
    assertMatch(message.trimEnd(), pattern);
    assertEquals(code, 2);
  }
});

async function turn(base: string, release: string): Promise<void> {
  await Deno.symlink(release, `${base}/next`);
  await Deno.rename(`${base}/next`, `${base}/current`);
}
