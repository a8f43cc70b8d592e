/** The plot of a soak: descriptors, memory and latency over time, one under the other, as SVG. Pure. */

import type { Sample, SoakRecord } from "./verdict.ts";

const WIDTH = 960;
const PANEL_HEIGHT = 210;
const GAP = 72;
const TOP = 70;
const LEFT = 84;
const RIGHT = 24;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const HEIGHT = TOP + 3 * (PANEL_HEIGHT + GAP) + 10;

/** Told apart by lightness as well as by hue. */
const BLUE = "#1f5fa8";
const ORANGE = "#d9730d";
const RED = "#a3123f";
const SHADE = "#f3c6cf";

/** One line of a panel. */
interface Curve {
  readonly name: string;
  readonly color: string;
  readonly of: (sample: Sample) => number | null;
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly curves: readonly Curve[];
  /** Whether each step up is ten times as much. */
  readonly isLogarithmic: boolean;
  /** Seconds that are shaded, and what that means. */
  readonly shade?: { readonly name: string; readonly of: (sample: Sample) => boolean };
}

const PANELS: readonly Panel[] = [
  {
    title: "Open descriptors of the server",
    unit: "descriptors",
    isLogarithmic: false,
    curves: [{ name: "", color: BLUE, of: ({ descriptors }) => descriptors }],
  },
  {
    title: "Memory of the server (resident)",
    unit: "MB",
    isLogarithmic: false,
    curves: [{ name: "", color: BLUE, of: ({ residentBytes }) => residentBytes / 1e6 }],
  },
  {
    title: "Latency of the client that asks every 10 ms",
    unit: "ms, logarithmic",
    isLogarithmic: true,
    shade: { name: "some failed", of: ({ failures }) => failures > 0 },
    curves: [
      { name: "maximum of a second", color: RED, of: ({ maxMs }) => maxMs },
      { name: "p99 of the last 10 s", color: ORANGE, of: ({ p99Ms }) => p99Ms },
      { name: "p50 of a second", color: BLUE, of: ({ p50Ms }) => p50Ms },
    ],
  },
];

/** A vertical axis: where a value is, counted from the top of the panel, and its marks. */
interface Scale {
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Draws a soak. */
export function drawSoak(record: SoakRecord, title: string): string {
  const endS = Math.max(1, record.samples.at(-1)?.seconds ?? 1);
  const panels = PANELS.map((panel, i) =>
    drawPanel(panel, record, { top: TOP + i * (PANEL_HEIGHT + GAP), endS })
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="30" font-size="18" font-weight="600">${escape(title)}</text>
${panels.join("\n")}
</svg>
`;
}

function drawPanel(
  panel: Panel,
  record: SoakRecord,
  { top, endS }: { top: number; endS: number },
): string {
  const values = record.samples.flatMap((sample) => panel.curves.map(({ of }) => of(sample)))
    .filter((value) => value !== null);
  const scale = panel.isLogarithmic ? logScale(values) : linearScale(values);
  const x = (seconds: number) => LEFT + PLOT_WIDTH * seconds / endS;
  const warmUp =
    `<rect x="${LEFT}" y="${top}" width="${
      (x(Math.min(record.warmUpSeconds, endS)) - LEFT).toFixed(1)
    }" height="${PANEL_HEIGHT}" fill="#f0efe9"/>` +
    `<text x="${LEFT + 6}" y="${
      top + PANEL_HEIGHT - 8
    }" fill="#77736a" font-size="12">warm-up</text>`;
  return [
    `<g>`,
    warmUp,
    ...drawShade(panel, record.samples, { x, top }),
    `<text x="${LEFT}" y="${top - 10}" font-weight="600">${escape(panel.title)}</text>`,
    ...drawRows(panel, scale, top),
    ...drawTimes(x, top, endS),
    `<rect x="${LEFT}" y="${top}" width="${PLOT_WIDTH}" height="${PANEL_HEIGHT}" fill="none" stroke="#8a857a"/>`,
    ...panel.curves.map((curve) => drawCurve(curve, record.samples, { x, scale, top })),
    ...drawLegend(panel, top),
    `</g>`,
  ].join("\n");
}

/** The horizontal lines, their numbers, and the unit. */
function drawRows({ unit }: Panel, { y, ticks }: Scale, top: number): string[] {
  const middle = top + PANEL_HEIGHT / 2;
  return [
    `<text transform="translate(22 ${middle}) rotate(-90)" text-anchor="middle" fill="#444">${unit}</text>`,
    ...ticks.flatMap((tick) => {
      const at = (top + y(tick)).toFixed(1);
      return [
        `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${at}" y2="${at}" stroke="#dcd9d0"/>`,
        `<text x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end" fill="#444">${
          formatNumber(tick)
        }</text>`,
      ];
    }),
  ];
}

/** The marks of time under a panel. */
function drawTimes(x: (seconds: number) => number, top: number, endS: number): string[] {
  const isLong = endS > 240;
  const unitS = isLong ? 60 : 1;
  const step = niceStep(endS / unitS / 10);
  const bottom = top + PANEL_HEIGHT;
  const marks: string[] = [];
  for (let at = 0; at <= endS / unitS; at += step) {
    const place = x(at * unitS).toFixed(1);
    marks.push(
      `<line x1="${place}" x2="${place}" y1="${bottom}" y2="${bottom + 5}" stroke="#8a857a"/>`,
      `<text x="${place}" y="${bottom + 19}" text-anchor="middle" fill="#444">${
        formatNumber(at)
      }</text>`,
    );
  }
  const label = isLong ? "minutes" : "seconds";
  const end = LEFT + PLOT_WIDTH;
  return [
    ...marks,
    `<text x="${end}" y="${bottom + 36}" text-anchor="end" fill="#444">${label}</text>`,
  ];
}

/** A line; where there is no value it has a gap. */
function drawCurve(
  { color, of }: Curve,
  samples: readonly Sample[],
  { x, scale, top }: { x: (seconds: number) => number; scale: Scale; top: number },
): string {
  let path = "";
  let isDrawing = false;
  for (const sample of samples) {
    const value = of(sample);
    if (value !== null) {
      const point = `${x(sample.seconds).toFixed(1)} ${(top + scale.y(value)).toFixed(1)}`;
      path += `${isDrawing ? "L" : "M"}${point}`;
    }
    isDrawing = value !== null;
  }
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5" stroke-linejoin="round"/>`;
}

/** The seconds that are shaded, each up to its sample; those side by side as one. */
function drawShade(
  { shade }: Panel,
  samples: readonly Sample[],
  { x, top }: { x: (seconds: number) => number; top: number },
): string[] {
  if (shade === undefined) return [];
  const spans: { from: number; to: number }[] = [];
  for (const [i, sample] of samples.entries()) {
    if (!shade.of(sample)) continue;
    const from = samples[i - 1]?.seconds ?? 0;
    const before = spans.at(-1);
    if (before?.to === from) before.to = sample.seconds;
    else spans.push({ from, to: sample.seconds });
  }
  return spans.map(({ from, to }) =>
    `<rect x="${x(from).toFixed(1)}" y="${top}" width="${
      (x(to) - x(from)).toFixed(1)
    }" height="${PANEL_HEIGHT}" fill="${SHADE}"/>`
  );
}

/** The names of curves, under the panel, in the order in which they lie. */
function drawLegend({ curves, shade }: Panel, top: number): string[] {
  if (curves.length < 2) return [];
  const entries = shade === undefined ? curves : [...curves, { name: shade.name, color: SHADE }];
  const y = top + PANEL_HEIGHT + 36;
  let at = LEFT;
  return entries.flatMap(({ name, color }) => {
    const start = at;
    at += 48 + 7.2 * name.length;
    return [
      `<line x1="${start}" x2="${start + 18}" y1="${y - 4}" y2="${y - 4}" ` +
      `stroke="${color}" stroke-width="4"/>`,
      `<text x="${start + 24}" y="${y}" fill="#222">${name}</text>`,
    ];
  });
}

/** From 0 up, so that a small change looks small. */
function linearScale(values: readonly number[]): Scale {
  const step = niceStep(Math.max(1, ...values) * 1.08 / 4);
  const most = step * Math.ceil(Math.max(1, ...values) * 1.05 / step);
  const ticks = Array.from({ length: Math.round(most / step) + 1 }, (_, i) => i * step);
  return { ticks, y: (value) => PANEL_HEIGHT * (1 - value / most) };
}

function logScale(values: readonly number[]): Scale {
  const positive = values.map((value) => Math.max(value, 0.01));
  const least = Math.floor(Math.log10(Math.min(1, ...positive)));
  const most = Math.ceil(Math.log10(Math.max(10, ...positive)));
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i));
  const part = (value: number) => (Math.log10(Math.max(value, 0.01)) - least) / (most - least);
  return { ticks, y: (value) => PANEL_HEIGHT * (1 - part(value)) };
}

/** The next larger of 1, 2, 5, 10, 20 … */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least * 0.999) ?? 10 * power;
}

function formatNumber(number: number): string {
  return Number(number.toPrecision(6)).toLocaleString("en");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
