/**
 * Finds the site inside a binary of `deno task compile`. Its files are in a virtual file system, which Deno lets the
 * program read without any permission. Reading Deno's source (2.9): the paths are real to `realPath`, `lstat`, `stat` and
 * `open`; device and inode are 0, ctime is mtime, folders have no time. All that can change there is nothing, so
 * what tells two files apart elsewhere is not missed: see the test that serves files with such facts.
 */

import { join } from "@std/path/join";

/**
 * @param folder Where the main module is; inside the binary if there is one.
 * @param standalone Whether this is a compiled program.
 * @returns The folder that was embedded; null if none was, and in all programs that are not compiled.
 */
export function embeddedRoot(folder: string | undefined, standalone: boolean): string | null {
  if (!standalone || folder === undefined) return null;
  const path = join(folder, "static");
  try {
    return Deno.statSync(path).isDirectory ? path : null;
  } catch {
    return null; // Compiled without a site: it serves the folder beside it.
  }
}
