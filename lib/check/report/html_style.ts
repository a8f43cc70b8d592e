/** How the report looks. */

export const REPORT_STYLE = `
:root { --ink: #1d2126; --quiet: #5a6470; --page: #fbfaf7; --edge: #d5d2c9; --inside: #f2f0ea;
  --good: #1d6b3c; --bad: #a3271f; --wait: #7a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7e5df; --quiet: #a3abb5; --page: #16191d; --edge: #3a4048; --inside: #1f2429;
    --good: #7fd6a0; --bad: #ff9d93; --wait: #e5c05c; }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  margin: 0 auto; max-width: 62rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; }
h1 { font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; margin: 0 0 1.2rem; overflow-wrap: anywhere; }
h2 { border-bottom: 2px solid var(--edge); font-size: 1.25rem; margin: 2.2rem 0 0.4rem; padding-bottom: 0.3rem; }
h3 { font-size: 1rem; font-weight: 400; margin: 0; }
small { color: var(--quiet); font-size: 0.85rem; font-variant-numeric: tabular-nums; font-weight: 400; }
code, pre { font: 0.85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
h3 code { color: var(--quiet); }
h2 small, h3 small { float: right; }
.ladder { display: grid; gap: 0.4rem; grid-template-columns: repeat(auto-fit, minmax(6.3rem, 1fr));
  list-style: none; margin: 0; padding: 0; }
.ladder a { border: 1px solid var(--edge); border-top: 0.3rem solid var(--bad); color: inherit;
  display: block; height: 100%; padding: 0.35rem 0.5rem; text-decoration: none; }
.ladder .passed a { border-top-color: var(--good); }
.ladder b { font-size: 1.1rem; }
.ladder i { float: right; font-style: normal; font-weight: 700; }
.ladder .passed i { color: var(--good); }
.ladder .failed i { color: var(--bad); }
.ladder span, .ladder small { display: block; }
.summary { border-left: 0.3rem solid var(--bad); margin: 1.2rem 0 0; padding: 0.2rem 0 0.2rem 0.8rem; }
.summary.good { border-color: var(--good); }
article { border-bottom: 1px solid var(--edge); padding: 0.45rem 0 0.45rem 1.6rem; }
.mark { display: inline-block; font-weight: 700; margin-left: -1.6rem; width: 1.3rem; }
.passed .mark { color: var(--good); }
.failed .mark { color: var(--bad); }
.unreached .mark { color: var(--wait); }
.skipped, .skipped .mark { color: var(--quiet); }
.failed h3 { font-weight: 600; }
.sentence { color: var(--bad); margin: 0.2rem 0 0; overflow-wrap: anywhere; }
.skipped .sentence, .unreached .sentence { color: var(--quiet); }
.bytes { display: grid; gap: 0.6rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); margin: 0.6rem 0; }
figure { margin: 0; min-width: 0; }
figcaption, dt { color: var(--quiet); font-size: 0.85rem; }
pre { background: var(--inside); border: 1px solid var(--edge); margin: 0; overflow-wrap: anywhere;
  padding: 0.5rem 0.6rem; white-space: pre-wrap; }
dl { display: grid; gap: 0.1rem 0.8rem; grid-template-columns: max-content 1fr; margin: 0.4rem 0 0.3rem; }
dd { margin: 0; }
cite { color: var(--quiet); font-style: normal; white-space: nowrap; }
@page { margin: 16mm 15mm; }
@media print {
  :root { --ink: #000; --quiet: #444; --page: #fff; --edge: #bbb; --inside: #fff; --good: #000; --bad: #000; --wait: #000; }
  :root { font-size: 9pt; }
  body { max-width: none; padding: 0; }
  .ladder { grid-template-columns: repeat(8, 1fr); }
  .passed, .skipped, .unreached, figure, dl { break-inside: avoid; }
  h2, h3, .sentence { break-after: avoid; }
  .bytes { grid-template-columns: 1fr 1fr; }
  dl { break-before: avoid; }
}
@media (max-width: 36rem) {
  dl { grid-template-columns: 1fr; }
  cite { white-space: normal; }
}
`;
