/** git clone and fetch over "dumb" HTTP: nothing but the files of a bare repository, one by one. */

import { assert, assertEquals } from "@std/assert";
import { csv, noise, runIn, type Site, testBesideNginx } from "./beside_nginx.ts";

/** A git that heeds no settings but these. */
function gitIn(folder: string, git: string) {
  const env = {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  };
  const settings = ["user.name=Ada", "user.email=ada@example.org", "init.defaultBranch=main"]
    .flatMap((setting) => ["-c", setting]);
  return (...args: string[]) => runIn(folder, [git, ...settings, ...args], env);
}

type Git = ReturnType<typeof gitIn>;

async function commit(git: Git, folder: string, files: Record<string, string | Uint8Array>) {
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeFile(
      `${folder}/${name}`,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  await git("add", "--all");
  await git("commit", "--quiet", "--message", Object.keys(files).join());
}

testBesideNginx("serve() is a repository for git clone and git fetch", {
  tools: ["git"],
  /** The first commits are in a pack, the last one and its files are not, and a tag is in `packed-refs`. */
  async make(root, paths, spare) {
    await Deno.mkdir(`${spare}/work`);
    const git = gitIn(`${spare}/work`, paths.git);
    await git("init", "--quiet");
    await commit(git, `${spare}/work`, {
      "noise.bin": noise(1_500_000),
      "table.csv": csv(300_000),
    });
    await commit(git, `${spare}/work`, { "hello.txt": "hello" });
    await git("tag", "--annotate", "--message", "first", "v1.0");
    await git("clone", "--quiet", "--bare", ".", `${root}/repo.git`);
    const bare = gitIn(`${root}/repo.git`, paths.git);
    await bare("gc", "--quiet");
    await commit(git, `${spare}/work`, {
      "loose.csv": csv(100_000),
      "loose.bin": noise(100_000, 2),
    });
    await git("push", "--quiet", `${root}/repo.git`, "main");
    await bare("update-server-info");
  },
  async work(site, paths) {
    const { out, root, url } = site;
    await gitIn(out, paths.git)("clone", "--quiet", `${url}repo.git`, "clone");
    const clone = gitIn(`${out}/clone`, paths.git);
    const state = async (git: Git, branch: string) => ({
      head: await git("rev-parse", branch),
      objects: (await git("rev-list", "--objects", "--all")).split("\n").sort(),
      tags: await git("tag", "--list"),
    });
    const bare = gitIn(`${root}/repo.git`, paths.git);
    const expected = await state(bare, "main");
    assertEquals(await state(clone, "HEAD"), expected);
    assertEquals(await clone("fsck", "--full", "--strict"), "");
    assertEquals(await clone("status", "--porcelain"), "");

    const fetched = await fetchChange(site, paths.git, clone);
    assert(fetched !== expected.head);
    return { ...expected, fetched };
  },
});

/** A commit more, and then one less, so that both servers have the same. */
async function fetchChange({ root }: Site, path: string, clone: Git): Promise<string> {
  const bare = gitIn(`${root}/repo.git`, path);
  const tree = (await bare("rev-parse", "v1.0^{tree}")).trim();
  const before = (await bare("rev-parse", "main")).trim();
  const made = await bare("commit-tree", "-p", before, "-m", "back to the first", tree);
  await bare("update-ref", "refs/heads/main", made.trim());
  await bare("update-server-info");
  await clone("pull", "--quiet", "--ff-only");
  const fetched = await clone("rev-parse", "HEAD");
  assertEquals(fetched, made);
  await bare("update-ref", "refs/heads/main", before);
  await bare("update-server-info");
  return fetched;
}
