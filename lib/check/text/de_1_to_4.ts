/** German: each check of levels 1 to 4, what it looks at, why, and a hint. */

import type { CheckTexts } from "./texts.ts";

export const DE_1_TO_4: Readonly<Record<string, CheckTexts>> = {
  "get-file": [
    "GET liefert die Bytes einer Datei",
    "Dafür ist ein Webserver da: Der Inhalt einer Antwort 200 ist die Datei, vom ersten bis zum letzten Byte.",
    "Rufe denselben Pfad im Browser oder mit curl -v ab und vergleiche. Läuft der Server im richtigen Ordner?",
  ],
  "status-line": [
    "die erste Zeile ist HTTP-Version, Leerzeichen, Statuscode, Leerzeichen, Grund",
    "Ein Client liest die erste Zeile nach ihren Leerzeichen: Version, ein Leerzeichen, drei Ziffern, ein Leerzeichen und ein Grund, der leer sein darf.",
    "Gib die erste Zeile aus, mit sichtbaren Leerzeichen. Das zweite gehört auch ohne Grund dazu.",
  ],
  "line-ends": [
    "jede Zeile des Kopfes endet mit CRLF",
    "HTTP beendet Zeilen mit zwei Bytes, CR und LF (\\r\\n), auch die leere Zeile hinter den Feldern. Manche Clients verzeihen LF allein, andere nicht.",
    "Sieh dir jede Stelle an, an der du eine Zeile beendest; auch die leere Zeile.",
  ],
  "field-lines": [
    "jede Feldzeile ist Name, Doppelpunkt, Wert",
    "Ein Client teilt Feldzeilen am Doppelpunkt. Ein Name besteht aus Buchstaben, Ziffern und Bindestrichen, ohne Leerzeichen vor dem Doppelpunkt; nur die leere Zeile beendet den Kopf.",
    "Gib den Kopf so aus, wie du ihn sendest, und suche Zeilen ohne Doppelpunkt oder mit einem Leerzeichen davor.",
  ],
  "content-length": [
    "Content-Length ist da und sagt, wie viele Bytes kommen",
    "Wer eine Verbindung behält, weiß nur durch Content-Length (oder durch Chunks), wo der Inhalt endet. Es zählt Bytes, und ein Buchstabe außerhalb von ASCII hat mehr als eines.",
    "Zähle Bytes, nicht Zeichen: die Länge dessen, was du sendest, oder der Datei auf der Platte.",
  ],
  "content-type": [
    "Content-Type passt zur Datei",
    "Ein Browser entscheidet nach Content-Type, was er tut: Ein Stylesheet, das als text/html kommt, wird nicht benutzt.",
    "Eine kleine Tabelle von Endung zu Typ genügt: html, css, js, png, jpg, svg, json, txt.",
  ],
  "binary": [
    "eine Binärdatei kommt unverändert an",
    "Ein Bild hat Bytes, die kein Text sind. Als Text gelesen, ändern sie sich: Zeilenenden, Buchstaben außerhalb von ASCII, NUL.",
    "Öffne die Datei so, dass nichts übersetzt wird, und sende Bytes, keinen Text.",
  ],
  "large-file": [
    "eine große Datei kommt ganz an",
    "Schreiben in einen Socket nimmt vielleicht nur einen Teil an. Der Rest ist deine Sache.",
    "Sieh nach, was deine Art zu senden zurückgibt, oder ob sie verspricht, alles zu senden.",
  ],
  "empty-file": [
    "eine leere Datei ist 200 ohne Inhalt",
    "Eine leere Datei gibt es: Sie ist kein Fehler, und ihre Länge ist 0.",
    "Prüfst du, ob der Inhalt da ist, daran, dass er nicht leer ist?",
  ],
  "not-found": [
    "eine Datei, die es nicht gibt, ist 404",
    "404 Not Found sagt Menschen und Programmen, dass der Pfad falsch ist. 200 mit einer Fehlerseite halten Programme für die Datei.",
    "Was geschieht in deinem Programm, wenn eine Datei nicht zu öffnen ist?",
  ],
  "not-found-content": [
    "die 404 hat eine Seite und eine Länge, die dazu passt",
    "Menschen sollen etwas sehen. Eine Fehlerantwort braucht ihre Länge wie jede andere: Sonst wartet der Client auf ihr Ende.",
    "Sende Fehlerantworten durch dieselbe Funktion wie Dateien.",
  ],
  "in-a-row": [
    "200 Anfragen nacheinander, jede auf einer neuen Verbindung",
    "Ein Server, der mit jeder Anfrage einen Socket, einen Thread oder eine Datei verliert, bleibt irgendwann stehen.",
    "Wird jede Verbindung am Ende geschlossen, auch nach einem Fehler?",
  ],
  "slow-clients": [
    "acht Clients, die langsam fragen, halten einen neunten nicht auf",
    "Ein Client darf sich Zeit lassen. Die anderen sollen nicht auf ihn warten.",
    "Wo wartet dein Programm auf Bytes? Wer kann in dieser Zeit bedient werden?",
  ],
  "stuck-readers": [
    "acht Clients, die nicht lesen, halten einen neunten nicht auf",
    "Senden wartet, wenn der Client nicht liest. Das soll nur diesen Client aufhalten.",
    "Wird die Datei in dem Thread gesendet, der auch Verbindungen annimmt?",
  ],
  "together": [
    "zwanzig Anfragen zugleich bekommen zwanzig richtige Antworten",
    "Anfragen, die zugleich bedient werden, dürfen keine Variablen teilen.",
    "Welche Variablen deines Programms sind global? Mache sie zu Variablen einer Verbindung. Wie viele Verbindungen dürfen warten, bis du sie annimmst?",
  ],
  "leaves-silently": [
    "ein Client, der sich verbindet und wortlos geht, beendet nichts",
    "Browser öffnen Verbindungen im Voraus und benutzen sie vielleicht nie. Der Server liest das Ende des Stroms: keine Bytes.",
    "Was tut dein Programm, wenn der Empfang nichts liefert? Dann gibt es keine Anfrage, die man zerlegen kann.",
  ],
  "leaves-in-head": [
    "ein Client, der mitten in der Anfrage geht, beendet nichts",
    "Eine halbe Anfrage ist keine. Sie zu zerlegen darf das Programm nicht beenden.",
    "Was, wenn die erste Zeile zwei Wörter hat oder eines?",
  ],
  "leaves-in-response": [
    "ein Client, der mitten in der Antwort geht, beendet nichts",
    "Jemand drückt auf Stopp. Senden schlägt dann fehl, etwa mit broken pipe oder connection reset, und das beendet nur diese Verbindung.",
    "Fehler eines Sockets gehören zu einem Client: Behandle sie dort.",
  ],
  "pieces": [
    "ein Kopf, der in vier Stücken kommt, ist eine Anfrage",
    "TCP ist ein Strom: Was der Client einmal sendet, empfängt der Server vielleicht in mehreren Stücken. Ein Kopf endet mit der leeren Zeile, nicht mit einem Empfang.",
    "Empfange, bis die leere Zeile da ist.",
  ],
  "byte-by-byte": [
    "ein Kopf, der Byte für Byte kommt, ist eine Anfrage",
    "Dasselbe im Äußersten; so sendet, wer in telnet tippt.",
    "Hänge an, was du empfängst, und suche die leere Zeile in allem.",
  ],
  "cut-line-end": [
    "ein Kopf, der in seinen Zeilenenden zerteilt ist, ist eine Anfrage",
    "Die vier Bytes des letzten Zeilenendes können in zwei Stücken kommen.",
    "Suchst du die leere Zeile nur im letzten Stück oder in allem, was bisher kam?",
  ],
  "over-1024": [
    "ein Kopf mit mehr als 1024 Bytes ist eine Anfrage",
    "Die Zahl in recv(1024) ist das Meiste, was ein Empfang liefert, nicht die Länge einer Anfrage. Cookies machen Köpfe von mehreren kB.",
    "Empfange weiter, bis die leere Zeile da ist.",
  ],
  "over-1024-host-last": [
    "ein Feld hinter den ersten 1024 Bytes wird gesehen",
    "Felder dürfen in jeder Reihenfolge kommen, und das wichtige vielleicht zuletzt.",
    "Zerlege den Kopf erst, wenn er ganz da ist.",
  ],
  "two-in-one": [
    "zwei Anfragen, die zusammen ankommen, sind zwei Anfragen",
    "Ein Empfang kann mehr als eine Anfrage bringen. Was hinter der ersten leeren Zeile steht, gehört zur nächsten.",
    "Behalte die Bytes hinter dem ersten Kopf für die nächste Runde.",
  ],
  "version": [
    "die Antwort sagt HTTP/1.1",
    "Die Version sagt, was der Server kann. Auf dieser Stufe geht es um HTTP/1.1.",
    "Welche Version steht in deiner Statuszeile?",
  ],
  "keep-alive": [
    "eine zweite Anfrage auf derselben Verbindung wird beantwortet",
    "In HTTP/1.1 bleiben Verbindungen bestehen, bis jemand close sagt. Eine Seite mit dreißig Bildern braucht keine dreißig Verbindungen.",
    "Warte nach der Antwort auf die nächste Anfrage am selben Socket, statt ihn zu schließen.",
  ],
  "connection-said": [
    "was über die Verbindung gesagt wird, stimmt",
    "Wer schließt, sagt vorher Connection: close; wer es nicht sagt, bleibt. Sonst sendet der Client seine nächste Anfrage umsonst.",
    "Vergleiche das Feld Connection, das du sendest, mit dem, was dein Programm dann tut.",
  ],
  "connection-close": [
    "Connection: close des Clients schließt",
    "Der Client sagt, dass das seine letzte Anfrage ist; der Server schließt hinter der Antwort.",
    "Sieh dir das Feld Connection der Anfrage an.",
  ],
  "error-keeps": [
    "nach einer 404 bleibt die Verbindung, wie sie sagt",
    "Eine Fehlerantwort ist eine Antwort wie jede andere: Die Verbindung bleibt, oder sie sagt Connection: close.",
    "Schließt deine Art, Fehler zu senden, den Socket?",
  ],
  "host-required": [
    "HTTP/1.1 ohne Host ist 400",
    "Host sagt, welche Website gemeint ist. Ein Server MUSS eine Anfrage nach HTTP/1.1 ohne Host mit 400 Bad Request beantworten.",
    "Suche das Feld, bevor du die Datei suchst.",
  ],
  "head": [
    "HEAD hat die Felder von GET und keinen Inhalt",
    "HEAD fragt, was GET sagen würde, ohne den Inhalt. Content-Length ist das der Datei, doch kein Byte davon kommt.",
    "Mache denselben Kopf und lass das Senden des Inhalts weg.",
  ],
  "unknown-method": [
    "eine Methode, die niemand kennt, ist 501 oder 405",
    "Ein Server, der eine Methode nicht kennt, darf nicht tun, als wäre sie GET.",
    "Was tut dein Programm mit dem ersten Wort der Anfragezeile?",
  ],
  "case-of-names": [
    "Namen von Feldern, und close, gelten groß und klein, Leerzeichen um Werte zählen nicht",
    "Host, host und hOST sind derselbe Name, Close und close dieselbe Option; das Leerzeichen hinter dem Doppelpunkt gehört nicht zum Wert und darf fehlen.",
    "Schreibe Namen klein, bevor du sie vergleichst, und den Wert close auch; schneide Leerzeichen ab.",
  ],
  "http-1-0": [
    "ein Client mit HTTP/1.0 wird bedient und die Verbindung geschlossen",
    "Alte und kleine Clients kennen weder Host noch Chunks und halten das Ende der Verbindung für das Ende des Inhalts.",
    "Sieh dir die Version am Ende der Anfragezeile an.",
  ],
  "content-of-request": [
    "der Inhalt einer Anfrage wird nicht für die nächste gehalten",
    "Eine Anfrage kann Inhalt haben. Ihr Content-Length sagt, wie viele Bytes zu überspringen sind; als Anfrage gelesen, schmuggeln sie eine ein.",
    "Überspringe so viele Bytes, wie Content-Length sagt, oder sage Connection: close und schließe.",
  ],
  "date": [
    "Date sagt, wann die Antwort entstand",
    "Caches brauchen es; ein Server mit einer Uhr MUSS es senden, in der Form Sun, 06 Nov 1994 08:49:37 GMT.",
    "Die Zeit ist GMT, und die Namen sind englisch, was auch die Sprache des Rechners ist.",
  ],
};
