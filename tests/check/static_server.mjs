/** Node's `http` with the least that serves files: what a student writes who may use a library. */

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const [port, root] = process.argv.slice(2);
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
};

createServer((request, response) => {
  const fail = (status) => {
    const page = `<h1>${status}</h1>\n`;
    response.writeHead(status, { "Content-Type": "text/html", "Content-Length": page.length });
    response.end(page);
  };
  if (request.method !== "GET" && request.method !== "HEAD") return fail(405);
  try {
    const path = normalize(decodeURIComponent(request.url.split("?")[0]));
    const file = join(root, path.endsWith("/") ? path + "index.html" : path);
    const { size } = statSync(file);
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": size,
    });
    createReadStream(file).on("error", () => response.destroy()).pipe(response);
  } catch {
    fail(404);
  }
}).listen(Number(port), "127.0.0.1");
