/** pip, from a folder of wheels (`--find-links`) and from an index of the simple kind (`--index-url`). */

import { assert, assertEquals } from "@std/assert";
import { csv, digestOf, runIn, sha256, targetsOf, treeOf } from "./beside_nginx.ts";
import { testBesideNginx } from "./beside_nginx.ts";

/** A local version has a plus, which a URL may write otherwise. */
const VERSIONS = ["1.0", "1.1+local.2"];
const wheelOf = (version: string) => `vitrine_demo-${version}-py3-none-any.whl`;

/** Packs a wheel: a ZIP file of a module, a table, and what pip wants to know of them. */
const PACK = `
import json, sys, zipfile
path, files = sys.argv[1], json.load(open(sys.argv[2]))
with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
    for name, text in files.items():
        wheel.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
`;

async function makeWheel(root: string, spare: string, python: string, version: string) {
  const info = `vitrine_demo-${version}.dist-info`;
  const files = {
    "vitrine_demo/__init__.py": `VERSION = "${version}"\n`,
    "vitrine_demo/table.csv": csv(400_000),
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: vitrine-demo\nVersion: ${version}\n`,
    [`${info}/WHEEL`]:
      "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  };
  const record = await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      const bytes = new TextEncoder().encode(text);
      const digest = Uint8Array.fromHex(await sha256(bytes))
        .toBase64({ alphabet: "base64url", omitPadding: true });
      return `${name},sha256=${digest},${bytes.length}\n`;
    }),
  );
  const all = { ...files, [`${info}/RECORD`]: `${record.join("")}${info}/RECORD,,\n` };
  await Deno.writeTextFile(`${spare}/files.json`, JSON.stringify(all));
  const path = `${root}/wheels/${wheelOf(version)}`;
  await runIn(spare, [python, "-c", PACK, path, `${spare}/files.json`]);
  return `<a href="../../wheels/${encodeURIComponent(wheelOf(version))}#sha256=${await digestOf(
    path,
  )}">` +
    `${wheelOf(version)}</a><br>\n`;
}

testBesideNginx("serve() has wheels for pip: --find-links and --index-url", {
  tools: ["pip3", "python3"],
  init: { listing: true },
  nginx: "autoindex on;",
  async make(root, paths, spare) {
    await Deno.mkdir(`${root}/wheels`);
    await Deno.mkdir(`${root}/simple/vitrine-demo`, { recursive: true });
    const links = [];
    for (const version of VERSIONS) {
      links.push(await makeWheel(root, spare, paths.python3, version));
    }
    const page = (body: string) => `<!DOCTYPE html><html><body>\n${body}</body></html>\n`;
    await Deno.writeTextFile(
      `${root}/simple/index.html`,
      page('<a href="vitrine-demo/">vitrine-demo</a>'),
    );
    await Deno.writeTextFile(`${root}/simple/vitrine-demo/index.html`, page(links.join("")));
  },
  async work(site, { pip3, python3 }) {
    const { url, out } = site;
    const env = { PIP_CONFIG_FILE: "/dev/null", PIP_DISABLE_PIP_VERSION_CHECK: "1" };
    const pip = (...args: string[]) =>
      runIn(out, [pip3, ...args, "--quiet", "--no-cache-dir", "--no-input"], env);
    const download = async (folder: string, version: string, ...from: string[]) => {
      await pip("download", "--dest", `${out}/${folder}`, `vitrine-demo<=${version}`, ...from);
    };
    const links = ["--no-index", "--find-links", `${url}wheels/`];
    const index = ["--index-url", `${url}simple/`];
    await download("wheels", VERSIONS[0], ...links);
    // What the package needs is read from the end of the wheel, by ranges, before it is downloaded.
    await download("wheels", VERSIONS[1], ...index, "--use-feature=fast-deps");
    if (site.vitrine !== null) assert(targetsOf(site, 206).length > 0, "pip asked for ranges");

    const target = `${out}/installed`;
    const install = ["install", "--target", target, "--no-compile", "--root-user-action=ignore"];
    await pip(...install, "vitrine-demo", ...links);
    const show = "import vitrine_demo; print(vitrine_demo.VERSION)";
    const said = await runIn(out, [python3, "-c", show], { PYTHONPATH: target });
    assertEquals(said, `${VERSIONS[1]}\n`);
    const wheels = await treeOf(`${out}/wheels`);
    assertEquals(wheels, await treeOf(`${site.root}/wheels`));
    return wheels;
  },
});
