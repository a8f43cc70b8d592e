/**
 * `deno task pack`: makes one executable for Unix of this Deno, the bundle and the site, where `deno task compile` cannot
 * fetch its runtime. It is a shell script with a compressed archive behind it: it unpacks once, into the user's cache, and
 * then starts Deno in the sandbox that the arguments ask for.
 *
 * Arguments: the file to make, and the folder of the site.
 */

const BUNDLE = ".package";
const PARTS = ["vitrine.js", "worker.js", "print_command.js"];

/** What to do where the user's cache is none. */
const HINT = "set XDG_CACHE_HOME to a folder that you may write to";

/** What stands before the archive. @param id Names what is unpacked, so that another version gets a folder of its own. */
function header(id: string): string {
  const lines = [
    "#!/bin/sh",
    "# Vitrine in one file: this script, then an archive of Deno, the server and its site. See lib/boot/package/single_file.ts.",
    // Not by `${HOME:?…}`, with which bash, the `sh` of macOS and Fedora, ends with 1.
    `[ -n "$XDG_CACHE_HOME$HOME" ] || { echo "vitrine: HOME is not set; ${HINT}" >&2; exit 2; }`,
    `d=\${XDG_CACHE_HOME:-$HOME/.cache}/vitrine/${id}`,
    'if [ ! -x "$d/deno" ]; then',
    "  umask 077",
    '  mkdir -p "${d%/*}" 2>/dev/null && t=$(mktemp -d "$d.XXXXXX" 2>/dev/null) || {',
    `    echo "vitrine: cannot write to \${d%/*}; ${HINT}" >&2; exit 2`,
    "  }",
    `  if tail -n +LINES "$0" | gzip -dc | tar -xf - -C "$t"; then`,
    // Two first starts at once: one folder stays, the other one has been moved into it.
    '    mv "$t" "$d" && rm -rf "$d/${t##*/}"',
    "  else",
    '    rm -rf "$t"; echo "vitrine: cannot unpack into $d" >&2; exit 2',
    "  fi",
    "fi",
    'export DENO_DIR="$d/cache" DENO_NO_UPDATE_CHECK=1',
    "closed='--no-prompt --no-config --no-lock --no-remote --no-npm'",
    'words=$("$d/deno" run $closed --allow-read "$d/print_command.js" "$d" "$0" "$@") || exit 2',
    'eval "exec \\"\\$d/deno\\" $words"',
    "",
  ];
  return lines.join("\n").replace("LINES", String(lines.length));
}

const [out, site] = Deno.args;
const folder = await Deno.makeTempDir({ prefix: "vitrine_pack_" });
try {
  await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
  await Deno.chmod(`${folder}/deno`, 0o755);
  for (const name of PARTS) await Deno.copyFile(`${BUNDLE}/${name}`, `${folder}/${name}`);
  await copyFolder(site, `${folder}/static`);
  const tar = new Deno.Command("tar", {
    args: ["-C", folder, "-cf", "-", "deno", ...PARTS, "static"],
    stdout: "piped",
  }).spawn();
  const packed = tar.stdout.pipeThrough(new CompressionStream("gzip"));
  const archive = await new Response(packed).bytes();
  if (!(await tar.status).success) throw new Error("Cannot make the archive");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", archive));
  const file = await Deno.open(out, { write: true, create: true, truncate: true, mode: 0o755 });
  await new Blob([header(digest.toHex().slice(0, 16)), archive]).stream().pipeTo(file.writable);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
