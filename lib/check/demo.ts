/**
 * The demo folder that `--make` writes. The checker knows its bytes by heart, so it needs no permission to read it.
 * What is to be served is its folder `site/`; beside that lie files that must not come out.
 */

import { type FolderFile, PASSWD, type Site, siteOfFolder } from "./site.ts";

const encoder = new TextEncoder();

/** A text that stands in the files outside alone. */
export const SECRET = "vitrine-check: this must not be served";

function page(title: string, text: string): Uint8Array {
  return encoder.encode(
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n<p>${text}</p>\n</html>\n`,
  );
}

/** Lines of plain ASCII, each with its number, so that a wrong place shows. */
function lines(count: number): Uint8Array {
  let text = "";
  for (let i = 1; i <= count; i++) text += `Line ${String(i).padStart(5, "0")} of the demo text.\n`;
  return encoder.encode(text);
}

/** A PNG's first bytes, then every byte value, then line ends of each kind: what text mode breaks. */
function binary(): Uint8Array {
  const start = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const every = Array.from({ length: 256 }, (_, byte) => byte);
  return Uint8Array.from([...start, ...every, 0x0d, 0x0a, 0x0a, 0x0d, 0x0d, 0x0a, 0, ...every]);
}

/** Files of `site/`. */
export const DEMO_FILES: readonly FolderFile[] = [
  { names: ["index.html"], content: page("The demo", "Plain letters, and a page for the root.") },
  { names: ["text.txt"], content: lines(64) },
  { names: ["letters.html"], content: page("Letters", "Grüße, naïve Ελλάδα, 日本 ☕ ".repeat(9)) },
  { names: ["style.css"], content: encoder.encode("body { color: black; }\n") },
  { names: ["script.js"], content: encoder.encode("console.log(1);\n") },
  { names: ["data.json"], content: encoder.encode('{ "a": 1 }\n') },
  {
    names: ["drawing.svg"],
    content: encoder.encode(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>\n',
    ),
  },
  { names: ["bytes.png"], content: binary() },
  { names: ["photo.jpg"], content: Uint8Array.from([0xff, 0xd8, 0xff, 0xd9]) },
  { names: ["empty.txt"], content: new Uint8Array(0) },
  { names: ["large.txt"], content: lines(225_000) },
  { names: ["two words.txt"], content: encoder.encode("The name has a space.\n") },
  { names: ["grüße.txt"], content: encoder.encode("The name has letters beyond ASCII.\n") },
  { names: ["100%25.txt"], content: encoder.encode("The name has a percent sign and digits.\n") },
  { names: ["a+b.txt"], content: encoder.encode("The name has a plus sign.\n") },
  { names: ["folder", "index.html"], content: page("A folder", "The page of the folder.") },
  { names: ["folder", "inner.txt"], content: encoder.encode("A file in a folder.\n") },
  { names: ["link.txt"], content: new Uint8Array(0), leadsOutside: true },
];

/** Where the link of the demo leads, from its own folder. */
export const DEMO_LINK = "../secret.txt";

/** Files beside `site/`, by their names from the folder that `--make` was given. */
export const DEMO_SECRETS: readonly FolderFile[] = [
  { names: ["secret.txt"], content: encoder.encode(`${SECRET}\n`) },
  { names: ["site-secret", "secret.txt"], content: encoder.encode(`${SECRET}, nor this\n`) },
];

/** The demo as a site. */
export function demoSite(host: string): Site {
  return siteOfFolder(DEMO_FILES, {
    host,
    secrets: [PASSWD, { text: SECRET }],
    secretName: "secret.txt",
    siblingName: "site-secret",
  });
}
