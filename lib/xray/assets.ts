/**
 * Everything that the page is made of, and the sources that it shows, as text. Imports of text are a part of the
 * program: they need no permission to read, and nothing is fetched from anywhere.
 */

import uplotScript from "uplot/script" with { type: "text" };
import uplotStyle from "uplot/style" with { type: "text" };
import acceptSource from "../1_accept.ts" with { type: "text" };
import receiveSource from "../2_receive.ts" with { type: "text" };
import parseSource from "../3_parse.ts" with { type: "text" };
import locateSource from "../4_locate.ts" with { type: "text" };
import composeSource from "../5_compose.ts" with { type: "text" };
import sendSource from "../6_send.ts" with { type: "text" };
import page from "./page/index.html" with { type: "text" };
import bytesStyle from "./page/bytes.css" with { type: "text" };
import classStyle from "./page/class.css" with { type: "text" };
import glassStyle from "./page/glass.css" with { type: "text" };
import lanesStyle from "./page/lanes.css" with { type: "text" };
import lessonsStyle from "./page/lessons.css" with { type: "text" };
import panelsStyle from "./page/panels.css" with { type: "text" };
import printStyle from "./page/print.css" with { type: "text" };
import requestStyle from "./page/request.css" with { type: "text" };
import style from "./page/style.css" with { type: "text" };
import accessScript from "./page/access.js" with { type: "text" };
import bytesScript from "./page/bytes.js" with { type: "text" };
import classScript from "./page/class.js" with { type: "text" };
import composerScript from "./page/composer.js" with { type: "text" };
import contentScript from "./page/content.js" with { type: "text" };
import copyScript from "./page/copy.js" with { type: "text" };
import domScript from "./page/dom.js" with { type: "text" };
import eventsScript from "./page/events.js" with { type: "text" };
import experimentsScript from "./page/experiments.js" with { type: "text" };
import exportScript from "./page/export.js" with { type: "text" };
import fieldsScript from "./page/fields.js" with { type: "text" };
import handoutScript from "./page/handout.js" with { type: "text" };
import lanesScript from "./page/lanes.js" with { type: "text" };
import lanesChoiceScript from "./page/lanes_choice.js" with { type: "text" };
import lanesRowsScript from "./page/lanes_rows.js" with { type: "text" };
import lanesDrawScript from "./page/lanes_draw.js" with { type: "text" };
import lanesMarksScript from "./page/lanes_marks.js" with { type: "text" };
import legendScript from "./page/legend.js" with { type: "text" };
import lessonsScript from "./page/lessons.js" with { type: "text" };
import lessonsHandInScript from "./page/lessons_hand_in.js" with { type: "text" };
import lessonsProgressScript from "./page/lessons_progress.js" with { type: "text" };
import lessonsWordsScript from "./page/lessons_words.js" with { type: "text" };
import mainScript from "./page/main.js" with { type: "text" };
import plotsScript from "./page/plots.js" with { type: "text" };
import recentScript from "./page/recent.js" with { type: "text" };
import requestScript from "./page/request.js" with { type: "text" };
import requestPartsScript from "./page/request_parts.js" with { type: "text" };
import saveScript from "./page/save.js" with { type: "text" };
import sourceScript from "./page/source.js" with { type: "text" };
import storeScript from "./page/store.js" with { type: "text" };
import studentScript from "./page/student.js" with { type: "text" };
import timeWindowScript from "./page/time_window.js" with { type: "text" };
import traceFileScript from "./page/trace_file.js" with { type: "text" };
import trafficScript from "./page/traffic.js" with { type: "text" };
import transferTableScript from "./page/transfer_table.js" with { type: "text" };
import wordsScript from "./page/words.js" with { type: "text" };

/** A file of the page. */
export interface Asset {
  readonly mediaType: string;
  readonly text: string;
}

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const JS = "text/javascript; charset=utf-8";
const TEXT = "text/plain; charset=utf-8";

/** By path. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["/", { mediaType: HTML, text: page }],
  ["/bytes.css", { mediaType: CSS, text: bytesStyle }],
  ["/class.css", { mediaType: CSS, text: classStyle }],
  ["/glass.css", { mediaType: CSS, text: glassStyle }],
  ["/lanes.css", { mediaType: CSS, text: lanesStyle }],
  ["/lessons.css", { mediaType: CSS, text: lessonsStyle }],
  ["/panels.css", { mediaType: CSS, text: panelsStyle }],
  ["/print.css", { mediaType: CSS, text: printStyle }],
  ["/request.css", { mediaType: CSS, text: requestStyle }],
  ["/style.css", { mediaType: CSS, text: style }],
  ["/uplot.css", { mediaType: CSS, text: uplotStyle }],
  ["/uplot.js", { mediaType: JS, text: uplotScript }],
  ["/access.js", { mediaType: JS, text: accessScript }],
  ["/bytes.js", { mediaType: JS, text: bytesScript }],
  ["/class.js", { mediaType: JS, text: classScript }],
  ["/composer.js", { mediaType: JS, text: composerScript }],
  ["/content.js", { mediaType: JS, text: contentScript }],
  ["/copy.js", { mediaType: JS, text: copyScript }],
  ["/dom.js", { mediaType: JS, text: domScript }],
  ["/events.js", { mediaType: JS, text: eventsScript }],
  ["/experiments.js", { mediaType: JS, text: experimentsScript }],
  ["/export.js", { mediaType: JS, text: exportScript }],
  ["/fields.js", { mediaType: JS, text: fieldsScript }],
  ["/handout.js", { mediaType: JS, text: handoutScript }],
  ["/lanes.js", { mediaType: JS, text: lanesScript }],
  ["/lanes_choice.js", { mediaType: JS, text: lanesChoiceScript }],
  ["/lanes_rows.js", { mediaType: JS, text: lanesRowsScript }],
  ["/lanes_draw.js", { mediaType: JS, text: lanesDrawScript }],
  ["/lanes_marks.js", { mediaType: JS, text: lanesMarksScript }],
  ["/legend.js", { mediaType: JS, text: legendScript }],
  ["/lessons.js", { mediaType: JS, text: lessonsScript }],
  ["/lessons_hand_in.js", { mediaType: JS, text: lessonsHandInScript }],
  ["/lessons_progress.js", { mediaType: JS, text: lessonsProgressScript }],
  ["/lessons_words.js", { mediaType: JS, text: lessonsWordsScript }],
  ["/main.js", { mediaType: JS, text: mainScript }],
  ["/plots.js", { mediaType: JS, text: plotsScript }],
  ["/recent.js", { mediaType: JS, text: recentScript }],
  ["/request.js", { mediaType: JS, text: requestScript }],
  ["/request_parts.js", { mediaType: JS, text: requestPartsScript }],
  ["/save.js", { mediaType: JS, text: saveScript }],
  ["/source.js", { mediaType: JS, text: sourceScript }],
  ["/store.js", { mediaType: JS, text: storeScript }],
  ["/student.js", { mediaType: JS, text: studentScript }],
  ["/time_window.js", { mediaType: JS, text: timeWindowScript }],
  ["/trace_file.js", { mediaType: JS, text: traceFileScript }],
  ["/traffic.js", { mediaType: JS, text: trafficScript }],
  ["/transfer_table.js", { mediaType: JS, text: transferTableScript }],
  ["/words.js", { mediaType: JS, text: wordsScript }],
  ["/source/1_accept.ts", { mediaType: TEXT, text: acceptSource }],
  ["/source/2_receive.ts", { mediaType: TEXT, text: receiveSource }],
  ["/source/3_parse.ts", { mediaType: TEXT, text: parseSource }],
  ["/source/4_locate.ts", { mediaType: TEXT, text: locateSource }],
  ["/source/5_compose.ts", { mediaType: TEXT, text: composeSource }],
  ["/source/6_send.ts", { mediaType: TEXT, text: sendSource }],
]);
