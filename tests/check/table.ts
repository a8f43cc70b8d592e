/**
 * `deno task check:table`: all servers against all levels, as rows and items for the guide.
 */

import { makeDemo } from "../../lib/check/run/folder.ts";
import { type Row, rowOf } from "./rows.ts";
import { CONTESTANTS } from "./servers.ts";
import { findTool } from "../tools.ts";
import { LEVELS } from "../../lib/check/levels.ts";

const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_check_" }));
await Deno.chmod(folder, 0o755);
try {
  await makeDemo(folder);
  const rows: Row[] = [];
  const only = Deno.args;
  for (const contestant of CONTESTANTS) {
    if (only.length > 0 && !only.includes(contestant.name)) continue;
    if (findTool(contestant.tool) === null) {
      console.error(`${contestant.name}: not installed`);
      continue;
    }
    console.error(`${contestant.name} ...`);
    rows.push(await rowOf(contestant, folder));
  }
  console.log(rows.map(htmlOf).join("\n"));
  console.log(rows.map(missedOf).join("\n"));
} finally {
  await Deno.remove(folder, { recursive: true });
}

function htmlOf({ name, score }: Row): string {
  const cells = LEVELS.map((_, i) => {
    const level = score.levels.find(({ level }) => level === i + 1);
    const text = level === undefined ? "–" : level.passed ? "✓" : `${level.got}/${level.of}`;
    return `<td data-of="Level ${i + 1}">${text}</td>`;
  });
  return `<tr><th scope="row">${name}</th>${cells.join("")}</tr>`;
}

/** How a server was set up, and the checks that it missed, as an item of a list. */
function missedOf({ name, setup, failures }: Row): string {
  const missed = failures.length === 0 ? "none" : failures.join(", ");
  return `<li>${name}, ${setup}: ${missed}</li>`;
}
