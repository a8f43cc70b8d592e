/** Names that no file has on Windows, though a peer can ask for them. */

/**
 * Characters that are part of no name there, or of more than one: `a.txt::$DATA` is a stream of `a.txt`, `*` a pattern.
 * Points and blanks at the end are dropped, so that `.env.` is `.env`. Devices are in every folder, with any extension.
 */
const NO_NAME =
  // deno-lint-ignore no-control-regex
  /[<>:"|?*\u0000-\u001f]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;

/**
 * Whether Windows takes a name for something else than a file of that very name.
 *
 * @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
export function isNoWindowsName(name: string): boolean {
  return NO_NAME.test(name);
}
