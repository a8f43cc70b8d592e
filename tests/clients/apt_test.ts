/** apt on a flat repository: what a package's own maker puts on any web server. */

import { assert, assertEquals } from "@std/assert";
import { digestOf, noise, runIn, sha256, type Site, targetsOf } from "./beside_nginx.ts";
import { testBesideNginx } from "./beside_nginx.ts";

const NAME = "vitrine-hello";
// Debian's versions have characters that a URL would write otherwise.
const VERSIONS = ["1.0+b~1", "2.0"] as const;
const fileOf = (version: string) => `${NAME}_${version}_all.deb`;

/** Where a repository lies below the root, as the line of `sources.list` says it; apt puts it before each name. */
const PATHS = ["./", "repo/"] as const;

/** Makes a package of a file of noise; gives its stanza of the index. */
async function makePackage(
  { spare, root, dpkgDeb }: { spare: string; root: string; dpkgDeb: string },
  path: string,
  version: string,
): Promise<string> {
  const tree = `${spare}/${path}${version}`;
  await Deno.mkdir(`${tree}/DEBIAN`, { recursive: true });
  const control = [
    `Package: ${NAME}`,
    `Version: ${version}`,
    "Architecture: all",
    "Maintainer: Ada <ada@example.org>",
    "Description: a file of noise",
  ].join("\n");
  await Deno.writeTextFile(`${tree}/DEBIAN/control`, `${control}\n`);
  await Deno.writeFile(`${tree}/noise`, noise(500_000));
  const target = `${root}/${path}${fileOf(version)}`;
  await runIn(spare, [dpkgDeb, "--build", "--root-owner-group", "-Znone", tree, target]);
  // A time of this very second would be no proof that a part is of the same file: RFC 9110 §8.8.2.2.
  await setHoursAgo(target, 2);
  const { size } = await Deno.stat(target);
  const digest = await digestOf(target);
  return `${control}\nFilename: ${path}${fileOf(version)}\nSize: ${size}\nSHA256: ${digest}\n`;
}

/** Writes the index of a repository, plainly and as gzip, and the file that vouches for both, as of some hours ago. */
async function writeIndex(folder: string, stanzas: readonly string[], hours: number) {
  const packages = new TextEncoder().encode(stanzas.join("\n"));
  const stream = new Blob([packages]).stream().pipeThrough(new CompressionStream("gzip"));
  const zipped = await new Response(stream).bytes();
  const lines = ["Origin: Ada", `Date: ${new Date().toUTCString()}`, "SHA256:"];
  for (const [name, bytes] of [["Packages", packages], ["Packages.gz", zipped]] as const) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await setHoursAgo(`${folder}/${name}`, hours);
    lines.push(` ${await sha256(bytes)} ${bytes.length} ${name}`);
  }
  await Deno.writeTextFile(`${folder}/Release`, lines.join("\n") + "\n");
  await setHoursAgo(`${folder}/Release`, hours);
}

async function setHoursAgo(path: string, hours: number): Promise<void> {
  const time = new Date(Date.now() - hours * 3_600_000);
  await Deno.utime(path, time, time);
}

/** apt with all that it keeps in a folder of its own: the machine's packages and settings are not looked at. */
async function aptIn({ out, url }: Site, aptGet: string, path: string) {
  for (const dir of ["etc", "lists/partial", "cache/archives/partial"]) {
    await Deno.mkdir(`${out}/${dir}`, { recursive: true });
  }
  await Deno.writeTextFile(`${out}/etc/sources.list`, `deb [trusted=yes] ${url} ${path}\n`);
  await Deno.writeTextFile(`${out}/status`, "");
  const settings = {
    "Dir::Etc": `${out}/etc`,
    "Dir::State": out,
    "Dir::State::status": `${out}/status`,
    "Dir::Cache": `${out}/cache`,
    "Dir::Log": `${out}/log`,
    "Debug::NoLocking": "true",
    "APT::Sandbox::User": "root", // Its own user may not look into our folder.
    "APT::Update::Error-Mode": "any", // A refusal is an error, not a warning beside an old index.
    "Acquire::Languages": "none",
    "Acquire::http::Proxy": "DIRECT",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  await Deno.writeTextFile(`${out}/apt.conf`, lines.join(""));
  return (...args: string[]) => runIn(out, [aptGet, ...args], { APT_CONFIG: `${out}/apt.conf` });
}

/** What apt says that it did with each file, for example `"Hit Release"`. */
function doneIn(output: string): string[] {
  const lines = output.matchAll(/^(Get|Hit|Ign|Err):\d+ \S+ \S+ (.*)$/gm);
  return [...lines].map(([, did, what]) => `${did} ${what}`);
}

for (const path of PATHS) {
  testBesideNginx(`serve() is a flat repository for apt: deb URL ${path}`, {
    tools: ["apt-get", "dpkg-deb"],
    async make(root, paths, spare) {
      await Deno.mkdir(`${root}/${path}`, { recursive: true });
      const place = { root, spare, dpkgDeb: paths["dpkg-deb"] };
      const stanzas = [];
      for (const version of VERSIONS) stanzas.push(await makePackage(place, path, version));
      await writeIndex(`${root}/${path}`, stanzas, 2);
    },
    async work(site, paths) {
      const apt = await aptIn(site, paths["apt-get"], path);
      const first = doneIn(await apt("update"));
      assertEquals(first.filter((line) => line.startsWith("Get ")).length, 2, `${first}`);
      const second = doneIn(await apt("update"));
      assert(second.includes("Hit Release"), `${second}`);
      await download(site, apt, path);
      return { first, second, third: await withdraw(site, apt, path) };
    },
  });
}

type Apt = Awaited<ReturnType<typeof aptIn>>;

/** Downloads both packages, one of them from where it was broken off. */
async function download(site: Site, apt: Apt, path: string): Promise<void> {
  const archives = `${site.out}/cache/archives`;
  const [old, latest] = VERSIONS.map(fileOf);
  await apt("install", "--download-only", "--yes", `${NAME}=${VERSIONS[0]}`);
  const whole = `${site.root}/${path}${latest}`;
  const partial = `${archives}/partial/${latest}`;
  await Deno.writeFile(partial, (await Deno.readFile(whole)).subarray(0, 300_000));
  // apt gives a part the time of the whole, and asks with it whether that is still so.
  const seconds = Math.floor((await Deno.stat(whole)).mtime!.getTime() / 1000);
  await Deno.utime(partial, seconds, seconds);
  await apt("install", "--download-only", "--yes", NAME);
  if (site.vitrine !== null) assertEquals(targetsOf(site, 206), [`/${path}${latest}`]);
  for (const name of [old, latest]) {
    const expected = await digestOf(`${site.root}/${path}${name}`);
    assertEquals(await digestOf(`${archives}/${name}`), expected, name);
  }
}

/** Withdraws the latest version, and puts it back for the next server. */
async function withdraw({ root }: Site, apt: Apt, path: string): Promise<string[]> {
  const stanzas = (await Deno.readTextFile(`${root}/${path}Packages`)).split(/(?<=\n)\n/);
  assertEquals(stanzas.length, 2);
  await writeIndex(`${root}/${path}`, stanzas.slice(0, 1), 1);
  const done = doneIn(await apt("update"));
  const plan = await apt("install", "--simulate", NAME);
  assert(plan.includes(`Inst ${NAME} (${VERSIONS[0]} `), plan);
  await writeIndex(`${root}/${path}`, stanzas, 2);
  return done;
}
