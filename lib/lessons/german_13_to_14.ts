/** Lessons 13 and 14 in German. */

import type { LessonText } from "./lesson.ts";

export const GERMAN_13_TO_14: Readonly<Record<number, LessonText>> = {
  13: {
    title: "Passwörter: 401 und Basic-Authentifizierung",
    goal:
      "Du kannst sagen, wie ein Server nach einem Passwort fragt, wie die Antwort reist, und warum das HTTPS braucht.",
    steps: {
      challenge: {
        task: "Frage nach /locked/ ohne Passwort. Der Ordner ist verschlossen: Erhalte eine 401.",
        hints: [
          "curl und der Composer zeigen die Antwort, wie sie ist; ein Browser zeigt ein Fenster für Name und Passwort.",
          "curl -i und die Adresse von /locked/. Im Browser drücke Abbrechen.",
        ],
        seen:
          "401 Unauthorized, mit WWW-Authenticate: {challenge}. Dieses Feld ist die Frage; aus ihm macht der Browser sein Fenster.",
      },
      scheme: {
        task: "Nach welchem Schema fragt der Server? Es ist das erste Wort von WWW-Authenticate.",
        hints: [
          "Öffne die Anfrage und sieh, was hinausging.",
          "Es ist das Wort vor realm.",
        ],
        seen:
          "Ein Schema sagt, wie der Beweis aussehen soll. Basic sendet Name und Passwort selbst; andere senden etwas, das beweist, dass man sie kennt.",
      },
      wrong: {
        task: "Versuche es mit einem falschen Passwort.",
        hints: [
          "curl -u nimmt Name und Passwort, mit einem Doppelpunkt dazwischen.",
          "Jedes ist recht, außer dem richtigen. Im Browser tippe es in das Fenster.",
        ],
        seen:
          "Wieder 401, genau wie zuvor: Der Server sagt nicht, ob der Name oder das Passwort falsch war, damit niemand erfährt, welche Namen es gibt.",
      },
      admitted: {
        task: "Nun das richtige: Der Name ist student, das Passwort lesson13.",
        hints: [
          "Im Browser das Fenster; mit curl -u student:lesson13",
          "Oder von Hand: Authorization: Basic, und student:lesson13 in Base64, das btoa() in der Konsole des Browsers macht.",
        ],
        seen:
          "200. Das Feld Authorization trug Name und Passwort in {count} Zeichen Base64, und das ist eine Schreibweise und kein Geheimnis: atob() in der Konsole gibt sie zurück. Das X-ray maskiert sie, und unterwegs verbirgt sie nur HTTPS.",
      },
      length: {
        task: "Wie viele Zeichen folgen im Feld Authorization dieser Anfrage auf „Basic “?",
        hints: [
          "Das X-ray zeigt ein Sternchen für jedes.",
          'Oder zähle, was btoa("student:lesson13") ergibt: Aus drei Bytes werden vier Zeichen.',
        ],
        seen:
          "Name, Doppelpunkt und Passwort sind 16 Bytes; aus je drei Bytes werden vier Zeichen, und = füllt die letzten vier auf.",
      },
      again: {
        task: "Eben wurdest du eingelassen. Frage noch einmal, ohne das Passwort.",
        hints: [
          "curl ohne -u. Ein Browser merkt es sich und sendet es von selbst.",
          "Im Browser hat ein privates Fenster es vergessen.",
        ],
        seen:
          "401: HTTP hat kein Gedächtnis. Jede Anfrage steht für sich, also sendet der Browser das Passwort mit jeder, auch für jedes Bild. Was sich wie „angemeldet sein“ anfühlt, ist ein Browser, der sich wiederholt.",
      },
    },
  },
  14: {
    title: "Schreibe deinen eigenen",
    goal:
      "Du kannst einen Webserver in sechs Schritten schreiben, in jeder Sprache mit Sockets, und ihn prüfen lassen.",
    steps: {
      accept: {
        task:
          "(i) accept: Öffne einen TCP-Socket, lausche an einem Port über 1023, und nimm eine Verbindung nach der anderen an; jede bekommt einen eigenen Thread. Welchen Port hast du gewählt?",
        hints: [
          'In Python: socket.create_server(("127.0.0.1", 6789)), dann accept() in einer Schleife.',
          "6789, wie in der Übung, oder irgendeine Zahl bis 65535, die niemand hat. Der Thread kommt zuletzt: Erst soll es für einen gehen.",
        ],
        seen:
          "accept() gibt für jeden Client einen neuen Socket; der lauschende bleibt für den nächsten.",
      },
      receive: {
        task:
          "(ii) receive: Lies vom Socket, bis der Kopf vollständig ist, und nicht nur einmal. Welche vier Bytes beenden ihn? Schreibe sie hexadezimal.",
        hints: [
          "Lektion 1, oder die geöffnete Anfrage mit ihren Bytes als Hex.",
          "CR ist 0d, LF ist 0a, und die leere Zeile macht es zweimal.",
        ],
        seen:
          "recv() gibt, was da ist: einen halben Kopf, oder zwei. Also hänge es an einen Puffer, suche 0d 0a 0d 0a darin, und lies weiter, bis es gefunden oder die Gegenstelle gegangen ist.",
      },
      parse: {
        task:
          "(iii) parse: Zerlege die erste Zeile an ihren zwei Leerzeichen: Methode, Ziel, Version. Welcher Dateiname wird bei GET /a%20b.txt?c=1 HTTP/1.1 gesucht?",
        hints: [
          "Die Query gehört nicht zum Namen, und % mit zwei Ziffern ist ein Byte.",
          "Schneide am Fragezeichen ab, lass den ersten Schrägstrich weg, und lies %20 als Leerzeichen.",
        ],
        seen:
          "Dekodiere nach dem Zerlegen, einmal, und nie wieder: Wer zweimal dekodiert, lässt %252e%252e durch.",
      },
      locate: {
        task:
          "(iv) locate: Hänge den Namen an deinen Ordner, und öffne die Datei binär. Mit welchem Status antwortest du auf GET /../secret.txt?",
        hints: [
          "Nicht mit 200, und nicht, indem du wortlos schließt.",
          "Es ist der Fehler des Clients, und was außerhalb deines Ordners liegt, gibt es nicht: Lektion 11.",
        ],
        seen:
          "400, 403 und 404 sind alle recht, solange kein Byte davon hinausgeht. Vergleiche wirkliche Pfade, mit dem Trennzeichen am Ende: Auch /srv/site-old beginnt mit /srv/site.",
      },
      compose: {
        task:
          "(v) compose: Statuszeile, Content-Type, Content-Length, eine leere Zeile; jede Zeile endet mit CR LF. Welche Content-Length hat eine Datei mit dem Wort „hällo“ in UTF-8?",
        hints: [
          "Sie zählt Bytes, nicht Buchstaben.",
          "ä braucht in UTF-8 zwei Bytes.",
        ],
        seen:
          "Sechs. Nimm die Länge der Bytes, die du sendest, nie die eines Textes, und auch bei der Seite für 404.",
      },
      checker: {
        task:
          "(vi) send: Kopf, dann Inhalt, alles davon, dann schließen. Nun sieh, wie dein Server geprüft wird: Richte den Prüfer auf Vitrine, mit deno task check und der Adresse dieser Site.",
        hints: [
          "Im Ordner von Vitrine, in einem anderen Terminal: deno task check http://localhost:3000",
          "Stufe 1 genügt: --level 1 dahinter. Jede Prüfung ist hier eine Spur, mit ihrem Namen in User-Agent.",
        ],
        seen:
          "Jede Prüfung kam über eine eigene Verbindung und sagte ihren Namen: {names}. Öffne eine, und du siehst Byte für Byte, was von dir verlangt wird, und eine Antwort, die besteht.",
      },
      lanes: {
        task: "Über wie viele Verbindungen kamen die ersten acht Prüfungen?",
        hints: [
          "Die Spuren: Jede ist eine Verbindung.",
          "Keine Prüfung darf die nächste verderben.",
        ],
        seen:
          "Also besteht ein Server, der nach jeder Antwort schließt, die ersten Stufen; Keep-alive kommt mit Stufe 4.",
      },
      points: {
        task:
          "Richte ihn auf deinen eigenen: deno task check http://127.0.0.1:6789, mit deinem Port. Wie viele Punkte hast du bekommen?",
        hints: [
          "deno task check --make demo schreibt einen Ordner mit Dateien zum Ausliefern; mit --root demo kennt der Prüfer ihre Bytes.",
          "Lies nur den ersten Fehler: was gesendet wurde, was kam, warum es falsch ist. Behebe ihn, und prüfe noch einmal.",
        ],
        seen:
          "Schreibe sie mit dem Datum auf. Jeder Fehler ist ein Satz des RFC, den dein Server noch nicht kennt; es gibt acht Stufen.",
      },
    },
  },
};
