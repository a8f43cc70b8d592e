/** `deno task hostile`: every attack on every server, each beside the well-behaved client, as a table in Markdown. */

import { fromFileUrl } from "@std/path";

import { parseArgs } from "@std/cli/parse-args";
import type { Attack } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { sumOf } from "./attacks/ends.ts";
import { attackServer, type Outcome } from "./harness.ts";
import { bare, nginx, type Start, vitrine } from "./servers.ts";

const HELP = `deno task hostile [options]

Attacks Vitrine, each time beside a client that asks every 10 ms, and prints Markdown.

  --only A,B           only these: ${ATTACKS.map(({ name }) => name).join(", ")}
  --peers nginx,bare   attack nginx as well, and a bare loop on Deno's sockets
  --vitrine-root DIR   attack the Vitrine of that checkout first
  --seconds N          seconds of each attack, in place of its own
  --help               print this`;

const HERE = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");
const MIB = 1024 * 1024;

interface Row {
  readonly name: string;
  readonly start: Start;
}

const flags = parseArgs(Deno.args, {
  string: ["only", "peers", "vitrine-root", "seconds"],
  boolean: ["help"],
  unknown: (text: string) => refuse(`Unknown argument "${text}"`),
});
if (flags.help) {
  console.log(HELP);
  Deno.exit(0);
}
const text = (name: string) => String(flags[name] ?? "");
const only = text("only").split(",").filter((name) => name !== "");
const strange = only.find((name) => !ATTACKS.some((attack) => attack.name === name));
if (strange !== undefined) refuse(`No attack "${strange}"`);
const PEERS = { nginx, bare };
const peers = text("peers").split(",").filter((name) => name !== "");
const stranger = peers.find((name) => !Object.hasOwn(PEERS, name));
if (stranger !== undefined) refuse(`No peer "${stranger}"`);

const servers: Row[] = [
  ...(text("vitrine-root")
    ? [{ name: "Vitrine before", start: vitrine(text("vitrine-root")) }]
    : []),
  { name: "Vitrine", start: vitrine(HERE) },
  ...peers.map((name) => ({ name, start: PEERS[name as keyof typeof PEERS] })),
];

console.log(line(
  ...["attack", "server", "p50", "p99", "max, ms", "asked", "failed"],
  ...["memory before, peak, after, MiB", "descriptors", "ended by SIGTERM in", "counted"],
));
console.log(line(...Array.from({ length: 11 }, (_, i) => i < 2 || i === 10 ? "---" : "--:")));
for (const attack of ATTACKS.filter(({ name }) => only.length === 0 || only.includes(name))) {
  for (const { name, start } of servers) {
    console.log(line(attack.title, name, ...await cells(attack, start)));
  }
}

async function cells(attack: Attack, start: Start): Promise<string[]> {
  try {
    const seconds = text("seconds") ? Number(text("seconds")) : attack.seconds.table;
    const all: Outcome[] = [];
    for (let i = 0; i < (attack.repeats?.table ?? 1); i++) {
      all.push(await attackServer(attack, start, seconds));
    }
    return describe({ ...all[0], figures: sumOf(all.map(({ figures }) => figures)) });
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function describe({ during, afterwards, ...outcome }: Outcome): string[] {
  const waits = during
    ? [during.p50, during.p99, during.max].map((ms) => ms.toFixed(ms < 10 ? 1 : 0))
    : ["", "", ""];
  const { before, peak, after, ending, errorLines, honestLines } = outcome;
  const figures = {
    ...outcome.figures,
    ...(afterwards?.failed ? { "failed afterwards": afterwards.failed } : {}),
    ...(errorLines.length ? { "lines of errors": errorLines.length } : {}),
    ...(honestLines ? { "lines of the log": honestLines } : {}),
  };
  const usages = [before, peak, after];
  return [
    ...waits,
    ...(during ? [String(during.asked), String(during.failed)] : ["", ""]),
    usages.map(({ memory }) => (memory / MIB).toFixed(0)).join(" → "),
    usages.map(({ descriptors }) => descriptors).join(" → "),
    ending.early ? "gone before" : `${ending.ms.toFixed(0)} ms${ending.killed ? ", killed" : ""}`,
    Object.entries(figures).map(([name, count]) => `${name} ${count}`).join(", "),
  ];
}

function line(...cells: string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function refuse(message: string): never {
  console.error(`${message}: try --help`);
  Deno.exit(2);
}
