/** The lessons: a list of them, the steps of one, each with its task, its hints, and what was to be seen. */

import { ask } from "./access.js";
import { byId, el } from "./dom.js";
import { handInView } from "./lessons_hand_in.js";
import { Progress } from "./lessons_progress.js";
import { filled, wordsIn } from "./lessons_words.js";
import { isStudent } from "./student.js";
import { siteAddress } from "./words.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./lessons_progress.js").StepState} StepState
 * @typedef {{ name: string, kind: "action" | "question" | "prediction", section: string, open?: string, curl?: string,
 *   compose?: string, task: string, hints: [string, string], seen: string }} Step
 * @typedef {{ number: number, minutes: number, title: string, goal: string, steps: Step[] }} Lesson
 * @typedef {{ language: string, languages: Record<string, string>, lessons: Lesson[],
 *   glossary: Record<string, { term: string, meaning: string }> }} Course
 */

/** The step that is to be done, or, where all are, what is said of that. */
const NEXT_STEP = ".lesson-step:is(.open, .wrong), .lesson-complete";

/** @param {Element | null} element */
function isInSight(element) {
  if (element === null) return false;
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > top && top < innerHeight && bottom > 0;
}

/** The panel. */
export class LessonsView {
  #store;
  #progress;
  /** @type {(id: number) => void} */
  #open;
  /** @type {Course | null} */
  #course = null;
  #panel = byId("panel-lessons", HTMLElement);
  #list = el("ol", { class: "lesson-list" });
  #nav = el("nav", {}, this.#list);
  #lesson = el("article", { class: "lesson", "aria-live": "polite" });
  #more = el("div", { class: "lesson-more" });
  #sheet = byId("sheet", HTMLElement);
  #shown = "";

  /** @param {Store} store @param {(id: number) => void} open */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    this.#progress = new Progress(store);
    this.#panel.append(this.#nav, this.#lesson, this.#more);
    byId("tab-lessons", HTMLElement).addEventListener("click", () => this.#begin());
    this.#progress.addEventListener("change", () => this.#show());
    store.addEventListener("change", () => {
      if (this.#course === null && store.state === "live") this.#load();
      else this.#show();
    });
    if (this.#progress.isUnderWay || isStudent) {
      byId("tab-lessons", HTMLElement).click();
    }
  }

  get #words() {
    return wordsIn(this.#progress.kept.language);
  }

  /** A lesson begins when it is looked at. */
  #begin() {
    if (this.#course === null || this.#panel.hidden) return;
    this.#progress.begin(this.#progress.kept.current);
  }

  async #load() {
    const { language } = this.#progress.kept;
    const response = await ask(`course?language=${encodeURIComponent(language)}`);
    if (!response.ok) return;
    this.#course = /** @type {Course} */ (await response.json());
    this.#showMore(this.#course);
    this.#begin();
    this.#show();
  }

  /** @param {number} number */
  #choose(number) {
    this.#progress.begin(number);
    this.#show();
    this.#lesson.querySelector("h2")?.focus();
  }

  #show() {
    const course = this.#course;
    if (course === null) return;
    const { current, language, lessons } = this.#progress.kept;
    const isElsewhere = this.#store.fileName !== null;
    const states = Object.entries(lessons).map(([number, { states, hints }]) => [
      number,
      states.map(({ state, values }) => [state, values]),
      hints,
    ]);
    const key = JSON.stringify([
      course.language,
      current,
      language,
      isElsewhere,
      states,
      this.#site,
    ]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#list.replaceChildren(...course.lessons.map((lesson) => this.#item(lesson)));
    const lesson = course.lessons.find(({ number }) => number === current) ?? course.lessons[0];
    this.#showLesson(lesson, isElsewhere);
    this.#sheet.replaceChildren(...this.#worksheet(lesson));
  }

  /** @param {Lesson} lesson */
  #item({ number, title, steps, minutes }) {
    const done = this.#doneIn(number);
    const isCurrent = number === this.#progress.kept.current;
    const isDone = done === steps.length;
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: `lesson-item${isDone ? " done" : ""}`,
          "aria-current": isCurrent ? "true" : null,
          onclick: () => this.#choose(number),
        },
        el("span", { class: "lesson-number" }, isDone ? "✓" : String(number)),
        el(
          "span",
          {},
          isDone ? `${number} · ${title}` : title,
          el("small", {}, `${done}/${steps.length} · ${minutes} ${this.#words.minutes}`),
        ),
      ),
    );
  }

  /** @param {number} number */
  #doneIn(number) {
    return this.#progress.of(number)?.states.filter(({ state }) => state === "done").length ?? 0;
  }

  /** @param {Lesson} lesson @param {boolean} isElsewhere */
  #showLesson(lesson, isElsewhere) {
    const words = this.#words;
    const states = this.#progress.of(lesson.number)?.states ?? [];
    // What is being typed stays, with the focus.
    const typed = this.#lesson.querySelector("input")?.value ?? "";
    const focused = this.#lesson.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-focus")
      : null;
    const wasSeen = isInSight(this.#lesson.querySelector(NEXT_STEP));
    const isDone = this.#doneIn(lesson.number) === lesson.steps.length;
    const next = this.#course?.lessons.find(({ number }) => number === lesson.number + 1);
    this.#lesson.replaceChildren(
      el("h2", { tabindex: -1 }, `${lesson.number} · ${lesson.title}`),
      el("p", { class: "lesson-goal" }, el("strong", {}, `${words.goal}: `), lesson.goal),
      el("p", { class: isElsewhere ? "bad" : "note" }, isElsewhere ? words.elsewhere : words.alone),
      el(
        "ol",
        { class: "lesson-steps" },
        ...lesson.steps.map((step, i) => this.#step(step, states[i])),
      ),
      isDone ? el("p", { class: "lesson-complete" }, `✓ ${words.complete}`) : "",
      el(
        "p",
        { class: "lesson-tools" },
        isDone && next !== undefined
          ? el("button", {
            type: "button",
            class: "main",
            onclick: () => this.#choose(next.number),
          }, words.next)
          : null,
        el("button", { type: "button", onclick: () => print() }, words.sheet),
        el(
          "button",
          { type: "button", onclick: () => this.#progress.startOver(lesson.number) },
          words.again,
        ),
      ),
    );
    const input = this.#lesson.querySelector("input");
    if (input !== null && typed !== "" && input.value === "" && focused === input.dataset.focus) {
      input.value = typed;
    }
    /** @type {HTMLElement | null} */ (this.#lesson.querySelector(`[data-focus="${focused}"]`))
      ?.focus();
    // Who comes back from another window finds the next step; who looks at something else is let be.
    if (wasSeen) this.#lesson.querySelector(NEXT_STEP)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Step} step @param {StepState | undefined} known */
  #step(step, known) {
    const words = this.#words;
    const state = known?.state ?? "locked";
    const item = el(
      "li",
      { class: `lesson-step ${state}`, "data-step": step.name },
      el(
        "p",
        { class: "lesson-task" },
        step.task,
        state === "done" ? el("span", { class: "unseen" }, ` ${words.done}`) : null,
      ),
    );
    if (state === "done" && known !== undefined) item.append(this.#seen(step, known));
    if (state === "open" || state === "wrong") {
      item.append(...this.#ways(step), ...this.#entry(step, state), this.#hints(step));
    }
    return item;
  }

  /** What was to be seen. @param {Step} step @param {StepState} state */
  #seen({ seen, section }, { values, evidence }) {
    const [, rfc, number] = /^RFC (\d+) §([\d.]+)$/.exec(section) ?? [];
    const href = `https://www.rfc-editor.org/rfc/rfc${rfc}#section-${number}`;
    const { report } = this.#store;
    const shown = evidence.find(({ run, id }) =>
      run === report?.run && this.#store.requests.has(id)
    );
    return el(
      "p",
      { class: "lesson-seen" },
      `${filled(seen, values)} `,
      el("a", { href, target: "_blank", rel: "noreferrer noopener" }, section),
      shown === undefined ? null : " · ",
      shown === undefined ? null : el("button", {
        type: "button",
        class: "link",
        onclick: () => this.#open(shown.id),
      }, this.#words.show),
    );
  }

  get #site() {
    const { report } = this.#store;
    return report === null ? null : siteAddress(location.href, report);
  }

  /** How an action can be done. @param {Step} step @returns {HTMLElement[]} */
  #ways({ open, curl, compose }) {
    const site = this.#site;
    const words = this.#words;
    const tools = el("p", { class: "lesson-tools" });
    if (open !== undefined && site !== null) {
      tools.append(
        el(
          "a",
          { class: "button", href: site + open, target: "_blank", rel: "noopener" },
          words.open,
        ),
      );
    }
    if (compose !== undefined && isStudent) {
      const bytes = el("pre", { class: "lesson-curl", tabindex: 0 }, compose);
      tools.append(el("details", {}, el("summary", {}, words.bytes), bytes));
    } else if (compose !== undefined) {
      const fill = () => {
        byId("raw", HTMLTextAreaElement).value = compose;
        byId("tab-composer", HTMLElement).click();
      };
      tools.append(
        el("button", { type: "button", "data-focus": "compose", onclick: fill }, words.compose),
      );
    }
    const ways = tools.childElementCount > 0 ? [tools] : [];
    if (curl === undefined || site === null) return ways;
    const command = curl.split("\n").map((line) => `curl ${filled(line, { site })}`).join("\n");
    return [...ways, el("pre", { class: "lesson-curl", tabindex: 0 }, command)];
  }

  /** Where an answer is typed; for an action, that it is waited for. @param {Step} step @param {string} state @returns {HTMLElement[]} */
  #entry({ name, kind }, state) {
    const words = this.#words;
    if (kind === "action") return [el("p", { class: "note lesson-waiting" }, words.waiting)];
    const given = this.#progress.of(this.#progress.kept.current)?.answers[name] ?? "";
    const input = el("input", {
      id: `answer-${name}`,
      "data-focus": name,
      autocomplete: "off",
      value: given,
    });
    const form = el(
      "form",
      { class: "lesson-answer" },
      el("label", { for: `answer-${name}` }, words.answer),
      input,
      el("button", { type: "submit", class: "main" }, words.check),
      state === "wrong"
        ? el(
          "span",
          { class: "bad", role: "alert" },
          kind === "question" ? words.wrong : words.wrongGuess,
        )
        : null,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#progress.answer(name, input.value);
    });
    return [form];
  }

  /** @param {Step} step */
  #hints({ name, hints }) {
    const count = this.#progress.of(this.#progress.kept.current)?.hints[name] ?? 0;
    const box = el("div", { class: "lesson-hints" });
    for (const hint of hints.slice(0, count)) box.append(el("p", {}, hint));
    if (count < hints.length) {
      const label = count === 0 ? this.#words.hint : this.#words.more;
      const more = () => this.#progress.hint(name);
      box.append(
        el(
          "button",
          { type: "button", class: "link", "data-focus": `hint-${name}`, onclick: more },
          label,
        ),
      );
    }
    return box;
  }

  /** Language, glossary, hand-in. @param {Course} course */
  #showMore({ languages, glossary }) {
    const words = this.#words;
    const { kept } = this.#progress;
    const select = el("select", { id: "lesson-language" });
    for (const [tag, name] of Object.entries(languages)) {
      select.append(el("option", { value: tag, lang: tag, selected: tag === kept.language }, name));
    }
    select.addEventListener("change", () => {
      kept.language = select.value;
      this.#progress.keep();
      this.#load();
    });
    this.#panel.lang = this.#sheet.lang = kept.language;
    this.#nav.setAttribute("aria-label", words.list);
    const terms = Object.values(glossary).sort((a, b) =>
      a.term.localeCompare(b.term, kept.language)
    );
    this.#more.replaceChildren(
      el("p", {}, el("label", { for: "lesson-language" }, words.language), select),
      el(
        "details",
        { class: "glossary" },
        el("summary", {}, words.glossary),
        el(
          "dl",
          {},
          ...terms.flatMap(({ term, meaning }) => [el("dt", {}, term), el("dd", {}, meaning)]),
        ),
      ),
      handInView(this.#progress, words),
    );
  }

  /** What is printed: the tasks, with room for answers. @param {Lesson} lesson @returns {HTMLElement[]} */
  #worksheet({ number, title, goal, minutes, steps }) {
    const words = this.#words;
    return [
      el(
        "p",
        { class: "sheet-name" },
        `${words.name}: ____________________________   ${words.date}: ______________`,
      ),
      el("h2", {}, `${number} · ${title}`),
      el("p", {}, `${goal} (${minutes} ${words.minutes})`),
      el(
        "ol",
        {},
        ...steps.map(({ task, section, kind, curl }) =>
          el(
            "li",
            {},
            el("p", {}, `☐ ${task} `, el("small", {}, section)),
            curl === undefined ? null : el(
              "pre",
              {},
              curl.split("\n").map((line) => `curl ${filled(line, { site: this.#site ?? "" })}`)
                .join("\n"),
            ),
            el("div", { class: kind === "action" ? "sheet-line" : "sheet-line answer" }),
          )
        ),
      ),
    ];
  }
}
