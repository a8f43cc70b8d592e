/**
 * The looks of a listing, in one place: light and dark, and on a narrow screen the size and the time go below the name.
 */

const FOLDER = icon(
  "M2 5.5A1.5 1.5 0 0 1 3.5 4h4.2c.4 0 .8.16 1.06.44L10.3 6h6.2A1.5 1.5 0 0 1 18 7.5v7a1.5 1.5 0 0 1-1.5 1.5" +
    "h-13A1.5 1.5 0 0 1 2 14.5z",
);
const FILE = icon(
  "M5.5 2h6L16 6.5v10a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 16.5v-13A1.5 1.5 0 0 1 5.5 2zm5.5 1.5V7h3.5z",
);
const UP = icon("M10 3 4 9h4v8h4V9h4z");

/** A shape to cut out of a colour, so that one drawing serves light and dark. */
function icon(path: string): string {
  return `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E` +
    `%3Cpath d='${path}'/%3E%3C/svg%3E")`;
}

/** The content of the page's style element. */
export const LISTING_STYLE = `
:root{color-scheme:light dark;--paper:#f6f5f1;--card:#fff;--ink:#22262b;--soft:#5f656c;--line:#e4e1d9;
--hover:#f3efe6;--accent:#9a3412;--strong:#c2410c}
@media(prefers-color-scheme:dark){:root{--paper:#16181b;--card:#1e2124;--ink:#e8e6e1;--soft:#a3a8ae;
--line:#31353a;--hover:#272b2f;--accent:#fdba74;--strong:#fb923c}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{margin:0;font-size:1.6rem;line-height:1.3;font-weight:650;overflow-wrap:anywhere}
h1 a{color:var(--accent);text-decoration:none}
h1 a:hover{text-decoration:underline}
.slash{color:var(--strong);padding:0 .35em;font-weight:400}
p{margin:.3rem 0 1.5rem;color:var(--soft)}
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--card);
border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
th{text-align:left;font-size:.8125rem;font-weight:600;border-bottom:1px solid var(--line);padding:0}
th a{display:block;padding:.6rem 1rem;color:var(--soft);text-decoration:none;white-space:nowrap}
th a:hover{color:var(--ink);background:var(--hover)}
th[aria-sort] a{color:var(--ink)}
th[aria-sort] a::after{content:" \\2191";color:var(--strong)}
th[aria-sort=descending] a::after{content:" \\2193"}
td{padding:0 1rem;border-top:1px solid var(--line);vertical-align:middle}
tbody tr:first-child td{border-top:0}
tbody tr:hover td{background:var(--hover)}
td a{display:flex;align-items:center;gap:.7rem;padding:.55rem 0;color:var(--ink);text-decoration:none;
overflow-wrap:anywhere}
td a:hover bdi,.up a:hover{text-decoration:underline;text-decoration-color:var(--strong);text-underline-offset:.2em}
td a::before{content:"";flex:none;width:1.125rem;height:1.125rem;background:var(--soft);opacity:.65;
-webkit-mask:${FILE} center/contain no-repeat;mask:${FILE} center/contain no-repeat}
.folder a::before{background:var(--strong);opacity:1;-webkit-mask-image:${FOLDER};mask-image:${FOLDER}}
.folder a{font-weight:600}
.up a{color:var(--soft)}
.up a::before{-webkit-mask-image:${UP};mask-image:${UP}}
td a:focus-visible,th a:focus-visible,h1 a:focus-visible{outline:2px solid var(--strong);outline-offset:-2px}
.size,.time{width:1%;white-space:nowrap;font-variant-numeric:tabular-nums}
td.size,td.time{color:var(--soft);font-size:.9375rem}
.size,th.size a{text-align:right}
@media(max-width:36rem){main{padding:1.25rem .75rem 3rem}h1{font-size:1.3rem;padding:0 .25rem}
p{padding:0 .25rem;margin-bottom:1rem}
thead tr,tbody tr{display:flex;flex-wrap:wrap;align-items:baseline}
thead th{width:auto;flex:1;border:0}th a{padding:.6rem .5rem;text-align:center!important}
thead tr{border-bottom:1px solid var(--line)}
tbody td{border:0;padding:0 .9rem}tbody td:first-child{flex:1 0 100%}
tbody tr{border-top:1px solid var(--line);padding-bottom:.45rem}tbody tr:first-child{border-top:0}
tbody tr:hover{background:var(--hover)}td a{padding:.5rem 0 .1rem}
tbody td.size{padding:0 .75rem 0 2.75rem}tbody td.size:empty{padding-right:0}tbody td.time{padding:0}
td.size,td.time{width:auto;font-size:.8125rem}.up{padding-bottom:.3rem}}
`;
