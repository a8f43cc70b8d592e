/** The folders of the checker: reading the one of `--root`, writing the demo of `--make`. Nothing else touches files. */

import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { DEMO_FILES, DEMO_LINK, DEMO_SECRETS } from "../demo.ts";
import { type FolderFile, PASSWD, type Site, siteOfFolder } from "../site.ts";

/** Enough to find a file for each role; a folder with more is not read further. */
const MAX_FILES = 2000;
const MAX_BYTES = 1 << 23;
const MAX_DEPTH = 6;

/** Reads a folder as a site. Names that start with a dot are left out, as servers hide those. */
export async function readSite(root: string, host: string): Promise<Site> {
  const files: FolderFile[] = [];
  await readFolder({ root, names: [] }, files);
  files.sort((a, b) =>
    a.names.length - b.names.length || (a.names.join() < b.names.join() ? -1 : 1)
  );
  const name = (await Deno.realPath(root)).split(/[/\\]/).at(-1)!;
  return siteOfFolder(files, {
    host,
    secrets: [PASSWD, ...secretsOf()],
    secretName: "secret.txt",
    siblingName: `${name}-secret`,
  });
}

/** What `--make` puts beside a folder: it may be the demo that is read. */
function secretsOf() {
  return DEMO_SECRETS.map(({ content }) => ({ text: new TextDecoder().decode(content).trim() }));
}

async function readFolder(
  { root, names }: { readonly root: string; readonly names: readonly string[] },
  files: FolderFile[],
): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(join(root, ...names)));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    if (entry.name.startsWith(".") || files.length >= MAX_FILES) continue;
    const inner = [...names, entry.name];
    const path = join(root, ...inner);
    if (entry.isSymlink) {
      if (await leadsOutside(root, inner)) {
        files.push({ names: inner, content: new Uint8Array(0), leadsOutside: true });
      }
    } else if (entry.isDirectory) {
      if (inner.length < MAX_DEPTH) await readFolder({ root, names: inner }, files);
    } else if (entry.isFile && (await Deno.stat(path)).size <= MAX_BYTES) {
      files.push({ names: inner, content: await Deno.readFile(path) });
    }
  }
}

/** By its text alone: what a link leads to, outside, is not ours to read. */
async function leadsOutside(root: string, names: readonly string[]): Promise<boolean> {
  const target = await Deno.readLink(join(root, ...names));
  if (/^(?:[/\\]|[a-z]:)/i.test(target)) return true;
  let depth = names.length - 1;
  for (const name of target.split(/[/\\]/)) {
    depth += name === ".." ? -1 : name === "." || name === "" ? 0 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Writes the demo: `site/` to be served, and beside it what must not come out. Files that are there are replaced. */
export async function makeDemo(folder: string): Promise<void> {
  const write = async (base: string, { names, content, leadsOutside }: FolderFile) => {
    const path = join(base, ...names);
    await Deno.mkdir(dirname(path), { recursive: true });
    if (leadsOutside) await makeLink(path);
    else await Deno.writeFile(path, content);
  };
  for (const file of DEMO_FILES) await write(join(folder, "site"), file);
  for (const file of DEMO_SECRETS) await write(folder, file);
}

/**
 * Deno makes links only for who may write everywhere, as a link can lead anywhere; `ln` needs permission for one
 * program. Where there is none, as on Windows, the check of links finds no file, and the others do not need it.
 */
async function makeLink(path: string): Promise<void> {
  try {
    await new Deno.Command("ln", { args: ["-sfn", DEMO_LINK, path], stdin: "null" }).output();
  } catch {
    // No such program.
  }
}
