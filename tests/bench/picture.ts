/** The picture of a run: for each case how many times as fast as each peer Vitrine was. SVG, plain markup. Pure. */

import { LOG_SUFFIX, medianRatio, ownOf, problemsOf } from "./report.ts";
import type { CaseResult, Results } from "./report.ts";

/** Whom the bars compare with; the other peers are marks. */
const BAR_PEER = "nginx";

/** Marks, drawn around 0 0 within 6 units, so that they can be told apart without their colours, too. */
const MARKS: Readonly<Record<string, string>> = {
  lighttpd: `<path class="mark" d="M0-6.5 6.5 0 0 6.5-6.5 0Z"/>`,
  caddy: `<rect class="mark" x="-5" y="-5" width="10" height="10"/>`,
  bun: `<path class="mark" d="M0-6.5 6.2 5H-6.2Z"/>`,
  floor: `<circle class="ring" r="5"/>`,
};

/** What the legend calls them. */
const NAMES: Readonly<Record<string, string>> = {
  caddy: "Caddy",
  bun: "Bun",
  floor: "bare Deno loop",
};

const WIDTH = 480;
const SIDE = 28;
const TOP = 166;
const ROW = 46;
/** The axis runs from 2⁻³ to 2³; what lies beyond is an arrow at its end. */
const OCTAVES = 3;
const STEPS = [[-3, "⅛"], [-2, "¼"], [-1, "½"], [0, "1"], [1, "2"], [2, "4"], [3, "8"]] as const;

const STYLE = `
    text { fill: #15211d; font: 16px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; }
    .paper { fill: #f7faf8; }
    .title { font-size: 20px; font-weight: 600; }
    .quiet { fill: #4b5a54; font-size: 14px; }
    .label { paint-order: stroke; stroke: #f7faf8; stroke-width: 6px; }
    .ratio { font-weight: 600; text-anchor: end; }
    .tick { fill: #4b5a54; font-size: 13px; text-anchor: middle; }
    .grid { stroke: #d7e2dd; }
    .one { stroke: #15211d; stroke-width: 1.6; }
    .more { fill: #3f917c; }
    .less { fill: #c08a2c; }
    .mark { fill: #15211d; stroke: #f7faf8; stroke-width: 1.6; }
    .ring { fill: #f7faf8; stroke: #15211d; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e3ebe7; }
      .paper { fill: #101a18; }
      .quiet, .tick { fill: #9aaba3; }
      .grid { stroke: #24332e; }
      .one { stroke: #e3ebe7; }
      .more { fill: #4f9a85; }
      .less { fill: #a8853f; }
      .label { stroke: #101a18; }
      .mark { fill: #e3ebe7; stroke: #101a18; }
      .ring { fill: #101a18; stroke: #e3ebe7; }
    }
`;

/** Draws a run, legible on light and dark paper, which is its own. */
export function renderPicture(results: Results): string {
  const { cases, rounds, seconds } = results;
  const height = TOP + cases.length * ROW + 44;
  const rows = cases.map((one, i) => drawRow(one, TOP + i * ROW));
  const turns = rounds === 1 ? "One turn" : `Medians of ${rounds} turns`;
  const about = `${turns} of ${seconds} s each, all servers in one run.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>Vitrine beside ${Object.keys(MARKS).join(", ")} and ${BAR_PEER}</title>
  <desc>${escapeXml(describe(cases))}</desc>
  <style>${STYLE}  </style>
  <rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>
  <text class="title" x="${SIDE}" y="38">How many times as fast is Vitrine?</text>
  <text class="quiet" x="${SIDE}" y="62">Right of the line it is faster than its peer.</text>
  <text class="quiet" x="${SIDE}" y="82">${about}</text>
${drawLegend(cases)}
${drawAxis(height)}
${rows.join("\n")}
</svg>
`;
}

/** Where a ratio stands, from the left; ends are kept within the axis. */
function xOf(ratio: number): number {
  const octaves = Math.min(OCTAVES, Math.max(-OCTAVES, Math.log2(ratio)));
  const x = WIDTH / 2 + octaves * (WIDTH / 2 - SIDE) / OCTAVES;
  return Math.round(x * 10) / 10;
}

/** Vitrine's rate by that of a peer; with a log, both have one. NaN as well if one of them had a problem. */
function ratioTo({ samples }: CaseResult, peer: string): number {
  const suffix = samples.some(({ server }) => server === `vitrine${LOG_SUFFIX}`) ? LOG_SUFFIX : "";
  const [own, other] = ["vitrine", peer].map((name) => ({ samples, server: name + suffix }));
  const isSound = problemsOf([...ownOf(own), ...ownOf(other)]) === "none";
  return isSound ? medianRatio("rate", own, other) : NaN;
}

function drawRow(result: CaseResult, top: number): string {
  const ratio = ratioTo(result, BAR_PEER);
  const y = top + 30;
  const label = `  <text class="label" x="${SIDE}" y="${top + 14}">${
    escapeXml(result.short)
  }</text>`;
  const marks = Object.entries(MARKS).flatMap(([peer, mark]) => {
    const at = ratioTo(result, peer);
    return Number.isFinite(at) ? [drawMark(mark, at, y)] : [];
  });
  if (!Number.isFinite(ratio)) return [label, ...marks].join("\n");
  const [from, to] = [Math.min(xOf(1), xOf(ratio)), Math.max(xOf(1), xOf(ratio))];
  const kind = ratio >= 1 ? "more" : "less";
  const width = Math.round((to - from) * 10) / 10;
  return [
    label,
    `  <text class="label ratio" x="${WIDTH - SIDE}" y="${top + 14}">${ratioText(ratio)}</text>`,
    `  <rect class="${kind}" x="${from}" y="${y - 6}" width="${width}" height="12"/>`,
    ...isBeyond(ratio) ? [drawArrow(kind, ratio, y)] : [],
    ...marks,
  ].join("\n");
}

/** As many digits as mean something: 0.84, 1.4, 23. */
function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 2 ? 2 : ratio < 10 ? 1 : 0);
}

function isBeyond(ratio: number): boolean {
  return Math.abs(Math.log2(ratio)) > OCTAVES;
}

function drawMark(mark: string, ratio: number, y: number): string {
  const drawn = `  <g transform="translate(${xOf(ratio)} ${y})">${mark}</g>`;
  return isBeyond(ratio) ? `${drawArrow("mark", ratio, y)}\n${drawn}` : drawn;
}

function drawArrow(kind: string, ratio: number, y: number): string {
  const [x, to] = [xOf(ratio), ratio > 1 ? 14 : -14];
  return `  <path class="${kind}" d="M${x} ${y - 10} ${x + to} ${y} ${x} ${y + 10}Z"/>`;
}

function drawAxis(height: number): string {
  const bottom = height - 34;
  return STEPS.map(([octave, text]) => {
    const x = xOf(2 ** octave);
    const kind = octave === 0 ? "one" : "grid";
    return `  <path class="${kind}" d="M${x} ${TOP - 8}V${bottom}"/>` +
      `<text class="tick" x="${x}" y="${bottom + 19}">${text}</text>`;
  }).join("\n");
}

function drawLegend(cases: readonly CaseResult[]): string {
  const y = 109;
  const parts = [
    `  <rect class="more" x="${SIDE}" y="${y - 6}" width="22" height="12"/>` +
    `<text x="${SIDE + 30}" y="${y + 5}">beside ${BAR_PEER}, with its figure</text>`,
  ];
  let x = SIDE + 7;
  for (const [peer, mark] of Object.entries(MARKS)) {
    if (!cases.some((one) => Number.isFinite(ratioTo(one, peer)))) continue;
    const name = NAMES[peer] ?? peer;
    parts.push(
      `  <g transform="translate(${x} ${y + 27})">${mark}</g>` +
        `<text x="${x + 13}" y="${y + 32}">${name}</text>`,
    );
    x += 44 + name.length * 7.2;
  }
  return parts.join("\n");
}

/** The bars in words, for who cannot see them. */
function describe(cases: readonly CaseResult[]): string {
  return cases.flatMap((one) => {
    const ratio = ratioTo(one, BAR_PEER);
    return Number.isFinite(ratio) ? [`${one.short}: ${ratioText(ratio)} × ${BAR_PEER}.`] : [];
  }).join(" ");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
