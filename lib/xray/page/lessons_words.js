/** The words of the lessons' tab, one table per language; those of the lessons themselves come from the server. */

/** @typedef {typeof EN} Words */

const EN = {
  list: "Lessons",
  minutes: "min",
  goal: "Goal",
  hint: "Hint",
  more: "One more hint",
  open: "Open in the browser",
  compose: "Put into the composer",
  bytes: "The bytes to send, with nc or a program of yours",
  answer: "Your answer",
  check: "Check",
  wrong: "Not yet: look once more.",
  wrongGuess: "A number is needed.",
  waiting: "Waiting for it to be seen…",
  done: "done",
  show: "Show request",
  complete: "This lesson is done.",
  next: "Next lesson",
  again: "Start this lesson over",
  sheet: "Print worksheet",
  glossary: "Glossary",
  language: "Language",
  yourName: "Your name",
  handIn: "Hand in",
  checkFiles: "Check what was handed in",
  student: "Student",
  verdict: "What the traces say",
  honest: "agrees with its trace",
  unfounded: "claims that its trace does not show: lesson",
  contradictions: "changed by hand:",
  copied: "the same requests as",
  noHandIn: "is no hand-in of Vitrine",
  alone: "Steps are ticked by the requests that arrive at this server: nothing else ticks them.",
  elsewhere: "A saved trace is open: go back to the live server to go on.",
  name: "Name",
  date: "Date",
};

/** @type {Words} */
const DE = {
  list: "Lektionen",
  minutes: "min",
  goal: "Ziel",
  hint: "Hinweis",
  more: "Noch ein Hinweis",
  open: "Im Browser öffnen",
  compose: "In den Composer",
  bytes: "Die Bytes, zu senden mit nc oder einem eigenen Programm",
  answer: "Deine Antwort",
  check: "Prüfen",
  wrong: "Noch nicht: Sieh noch einmal hin.",
  wrongGuess: "Hier wird eine Zahl gebraucht.",
  waiting: "Noch nicht gesehen…",
  done: "erledigt",
  show: "Anfrage zeigen",
  complete: "Diese Lektion ist geschafft.",
  next: "Nächste Lektion",
  again: "Diese Lektion neu beginnen",
  sheet: "Arbeitsblatt drucken",
  glossary: "Glossar",
  language: "Sprache",
  yourName: "Dein Name",
  handIn: "Abgeben",
  checkFiles: "Abgaben prüfen",
  student: "Name",
  verdict: "Was die Spuren sagen",
  honest: "stimmt mit der Spur überein",
  unfounded: "behauptet, was die Spur nicht zeigt: Lektion",
  contradictions: "von Hand geändert:",
  copied: "dieselben Anfragen wie",
  noHandIn: "ist keine Abgabe von Vitrine",
  alone: "Abgehakt wird, was bei diesem Server ankommt: sonst nichts.",
  elsewhere: "Eine gespeicherte Spur ist offen: Geh zurück zum Server, um weiterzumachen.",
  name: "Name",
  date: "Datum",
};

/** @param {string} language @returns {Words} */
export function wordsIn(language) {
  return language === "de" ? DE : EN;
}

/** Fills `{name}` in. @param {string} text @param {Record<string, string | number>} values */
export function filled(text, values) {
  return text.replace(
    /\{(\w+)\}/g,
    (all, name) => Object.hasOwn(values, name) ? String(values[name]) : all,
  );
}
