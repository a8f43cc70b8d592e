/** What the wire tests of `_redirects` share: a site that has some, and what comes of an address. */

import { type Ask, askTwice } from "./site.ts";

/** Status and content, or where the address leads. */
export async function outcome(ask: Ask, target: string): Promise<string> {
  const { statusCode, content, fields } = await askTwice(ask, target);
  const location = fields.get("location");
  return location === undefined ? `${statusCode} ${content}` : `${statusCode} ${location}`;
}

const REDIRECTS = `# comment
/old            /new?x=1        301
/blog/*         /news/:splat    308
/kept           /elsewhere      302
/hidden         /elsewhere      302!
/go/*           https://b.example/:splat
/alias          /page           200
/gone/*         /gone.html      404
/lost           /nowhere        200
/img            /folder         200
/app/*          /app/index.html 200
`;
export const SITE = {
  "index.html": "home",
  "kept": "kept file",
  "hidden": "hidden file",
  "page.html": "page",
  "gone.html": "gone page",
  "folder/index.html": "folder page",
  "app/index.html": "app",
  "app/main.js": "script",
  "_redirects": REDIRECTS,
};
