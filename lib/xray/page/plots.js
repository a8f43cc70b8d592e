/** The whole server over the last minutes: numbers of the last second, and plots of all of them. */

import { byId, count, cssVariable, duration, el, size, STEPS } from "./dom.js";

/**
 * @typedef {import("./store.js").Second} Second
 * @typedef {import("./store.js").Store} Store
 * @typedef {{ label: string, color: string, dash?: number[], of: (second: Second) => number | null }} Line
 * @typedef {{ title: string, lines: Line[], log?: boolean, show: (value: number) => string }} Chart
 * @typedef {{ cursor: { idx?: number | null }, data: (number | null)[][] }} Pointed What uPlot tells of the pointer.
 * @typedef {{ setData(data: (number | null)[][]): void, setSize(size: { width: number, height: number }): void,
 *   destroy(): void }} Plot
 */

const HEIGHT = 210;
const CLASSES = ["2", "3", "4", "5"];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 4], [12, 3]];

/** @param {Second} second @param {string} digit */
function ofClass({ statuses }, digit) {
  let sum = 0;
  for (const [status, times] of Object.entries(statuses)) {
    if (status.startsWith(digit)) sum += times;
  }
  return sum;
}

/** @param {"p50" | "p99"} share @returns {Line[]} */
function stepLines(share) {
  return STEPS.slice(0, 6).map(({ name, numeral }, i) => ({
    label: `(${numeral}) ${name}`,
    color: `--step-${name}`,
    dash: DASHES[i],
    of: (second) => second[share][i],
  }));
}

/** @type {Chart[]} */
const CHARTS = [
  {
    title: "Responses per second, by class of status",
    show: count,
    lines: CLASSES.map((digit, i) => ({
      label: `${digit}xx`,
      color: `--class-${digit}`,
      dash: DASHES[i],
      of: (second) => ofClass(second, digit),
    })),
  },
  {
    title: "Connections open",
    show: count,
    lines: [{ label: "open", color: "--step-send", of: (second) => second.openConnections }],
  },
  {
    title: "Bytes per second",
    show: size,
    lines: [
      { label: "sent", color: "--step-send", of: (second) => second.writtenBytes },
      {
        label: "received",
        color: "--step-receive",
        dash: [7, 4],
        of: (second) => second.readBytes,
      },
    ],
  },
  {
    title: "Cache, questions per second",
    show: count,
    lines: [
      { label: "hits", color: "--step-locate", of: (second) => second.cacheHits },
      { label: "misses", color: "--bad", dash: [7, 4], of: (second) => second.cacheMisses },
    ],
  },
  {
    title: "Time per step, half are quicker (p50)",
    show: duration,
    log: true,
    lines: stepLines("p50"),
  },
  {
    title: "Time per step, 99 of 100 are quicker (p99)",
    show: duration,
    log: true,
    lines: stepLines("p99"),
  },
];

/** The plots on the page. They are drawn only while they can be seen. */
export class Plots {
  #store;
  #root = byId("plots", HTMLDivElement);
  #tiles = byId("tiles", HTMLElement);
  /** @type {Plot[]} */
  #plots = [];
  #lastMs = -1;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    store.addEventListener("change", () => this.#update());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#build());
    new ResizeObserver(() => this.#resize()).observe(this.#root);
  }

  /** Called when the panel comes into view. */
  show() {
    if (this.#plots.length === 0) this.#build();
    this.#lastMs = -1;
    this.#update();
  }

  get #isVisible() {
    return this.#root.clientWidth > 0;
  }

  #build() {
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    this.#root.replaceChildren();
    if (!this.#isVisible) return;
    for (const chart of CHARTS) {
      const box = el("div", { class: "plot" });
      const legend = el("ul", { class: "legend" });
      const values = chart.lines.map(() => el("output", { class: "value" }));
      const when = el("li", { class: "when" });
      for (const [i, { label, color, dash = [] }] of chart.lines.entries()) {
        const key = el("span", { class: dash.length > 0 ? "key dashed" : "key" });
        key.style.borderTopColor = cssVariable(color);
        legend.append(el("li", {}, key, label, values[i]));
      }
      legend.append(when);
      /** What stands under the pointer; nothing where there is none. @param {Pointed} plot */
      const point = ({ cursor, data }) => {
        const at = cursor.idx ?? null;
        const second = at === null ? null : data[0][at];
        when.textContent = second === null ? "" : second === 0 ? "now" : `${-second} s ago`;
        values.forEach((output, i) => {
          const value = at === null ? null : data[i + 1][at];
          output.textContent = at === null ? "" : value === null ? "–" : chart.show(value);
        });
      };
      const figure = el("figure", {}, el("figcaption", {}, chart.title), legend, box);
      this.#root.append(figure);
      this.#plots.push(this.#plot(chart, box, point));
    }
    this.#lastMs = -1;
    this.#update();
  }

  /** @param {Chart} chart @param {HTMLElement} box @param {(plot: Pointed) => void} point @returns {Plot} */
  #plot({ lines, log = false, show }, box, point) {
    const ink = cssVariable("--faint");
    const line = cssVariable("--line");
    const font = `13px ${cssVariable("--serif")}`;
    const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    const uPlot = /** @type {any} */ (globalThis).uPlot;
    /** @param {unknown} _plot @param {number} _min @param {number} max */
    const fromZero = (_plot, _min, max) => [0, Math.max(1, max * 1.1)];
    /** @param {unknown} _plot @param {(number | null)[]} ticks */
    const seconds = (_plot, ticks) => ticks.map((tick) => (tick === 0 ? "now" : `${tick} s`));
    /** @param {unknown} _plot @param {(number | null)[]} ticks */
    const values = (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : show(tick)));
    return new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { points: { size: 6 } },
        hooks: { setCursor: [point] },
        scales: {
          x: { time: false },
          y: log ? { distr: 3 } : { range: fromZero },
        },
        axes: [
          { ...axis, values: seconds },
          {
            ...axis,
            size: 74,
            values,
          },
        ],
        series: [
          {},
          ...lines.map(({ label, color, dash = [] }) => ({
            label,
            stroke: cssVariable(color),
            width: 2.5,
            dash,
            spanGaps: false,
            points: { show: log, size: 4, fill: cssVariable(color) },
          })),
        ],
      },
      this.#data(lines),
      box,
    );
  }

  /** @param {Line[]} lines @returns {(number | null)[][]} */
  #data(lines) {
    const { seconds } = this.#store;
    const last = seconds.at(-1)?.atMs ?? 0;
    const x = seconds.map((second) => Math.round((second.atMs - last) / 1000));
    return [x, ...lines.map((line) => seconds.map((second) => line.of(second)))];
  }

  #resize() {
    if (!this.#isVisible) return;
    if (this.#plots.length === 0) return this.#build();
    const boxes = this.#root.querySelectorAll(".plot");
    this.#plots.forEach((plot, i) => plot.setSize({ width: boxes[i].clientWidth, height: HEIGHT }));
  }

  #update() {
    const last = this.#store.seconds.at(-1);
    if (!this.#isVisible || last === undefined || last.atMs === this.#lastMs) return;
    this.#lastMs = last.atMs;
    this.#plots.forEach((plot, i) => plot.setData(this.#data(CHARTS[i].lines)));
    this.#updateTiles(last);
  }

  /** @param {Second} last */
  #updateTiles(last) {
    const asked = last.cacheHits + last.cacheMisses;
    const slowest = last.p99.reduce((/** @type {number} */ most, ms) => Math.max(most, ms ?? 0), 0);
    const tiles = [
      ["connections open", count(last.openConnections)],
      ["requests in the last second", count(last.requests)],
      ["sent in it", size(last.writtenBytes)],
      ["cache hits", asked === 0 ? "–" : `${Math.round((100 * last.cacheHits) / asked)} %`],
      ["slowest step, p99", slowest === 0 ? "–" : duration(slowest)],
      [
        "requests since the start",
        count(this.#store.report?.seenCount ?? this.#store.requests.size),
      ],
    ];
    this.#tiles.replaceChildren(
      ...tiles.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    );
  }
}
