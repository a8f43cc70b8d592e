/** `deno task npm`: writes the `package.json` of the npm package beside what the task has bundled. Nothing is published. */

import config from "../../../deno.json" with { type: "json" };
import { DENO_VERSION } from "../invocation.ts";

const FOLDER = ".package";

const manifest = {
  name: "vitrine",
  version: config.version,
  description: "A static web server you can see through, in a sandbox that lets it read one folder",
  keywords: ["static", "server", "http", "sandbox", "deno"],
  license: config.license,
  type: "module",
  bin: { vitrine: "bin.js" },
  files: ["bin.js", "vitrine.js", "worker.js"],
  engines: { node: ">=18" },
  dependencies: { deno: DENO_VERSION },
};

await Deno.writeTextFile(`${FOLDER}/package.json`, JSON.stringify(manifest, null, 2) + "\n");
for (const name of ["README.md", "LICENSE"]) {
  await Deno.writeTextFile(`${FOLDER}/${name}`, await Deno.readTextFile(name));
}
