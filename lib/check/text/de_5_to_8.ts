/** German: each check of levels 5 to 8, what it looks at, why, and a hint. */

import type { CheckTexts } from "./texts.ts";

export const DE_5_TO_8: Readonly<Record<string, CheckTexts>> = {
  "space": [
    "nach einem Namen mit Leerzeichen wird mit %20 gefragt",
    "Ein Leerzeichen kann nicht in der Anfragezeile stehen, denn es beendet das Ziel. Clients senden %20.",
    "Dekodiere die Prozentzeichen eines Pfades, bevor du die Datei suchst.",
  ],
  "unicode": [
    "ein Name mit Buchstaben außerhalb von ASCII wird gefunden",
    "Clients senden die Bytes von UTF-8, jedes als % und zwei Ziffern.",
    "Dekodiere erst zu Bytes und lies diese dann als UTF-8.",
  ],
  "encoded-letter": [
    "ein kodierter Buchstabe ist dieser Buchstabe",
    "Jedes Zeichen darf kodiert sein: %61 ist a.",
    "Dekodierst du jedes % mit zwei Ziffern oder nur %20?",
  ],
  "decoded-once": [
    "ein Prozentzeichen im Namen: einmal dekodiert, nicht zweimal",
    "Nach dem Namen 100%25.txt wird mit /100%2525.txt gefragt. Wer zweimal dekodiert, sucht eine andere Datei und öffnet einen Weg um Prüfungen herum.",
    "Gibt es nur eine Stelle, an der Pfade dekodiert werden?",
  ],
  "plus": [
    "ein Plus im Pfad ist ein Plus",
    "Nur in Formularen bedeutet ein Plus ein Leerzeichen, in Pfaden nicht.",
    "Nimm die Funktion, die Pfade dekodiert, nicht die für Formulare.",
  ],
  "query": [
    "was hinter ? steht, gehört nicht zum Namen",
    "Eine Query ist für Programme; ein Server von Dateien findet die Datei ohne sie.",
    "Schneide das Ziel am ersten ? ab, bevor du dekodierst.",
  ],
  "root": [
    "/ liefert index.html",
    "Niemand tippt index.html.",
    "Was macht dein Programm aus einem Pfad, der mit einem Schrägstrich endet?",
  ],
  "folder": [
    "/folder/ liefert dessen index.html",
    "Dasselbe in Ordnern unterhalb.",
    "Was geschieht, wenn ein Ordner als Datei geöffnet wird?",
  ],
  "folder-redirect": [
    "/folder wird zu /folder/ weitergeschickt",
    "Links der Seite gelten von ihrem Pfad aus: Ohne den Schrägstrich verfehlen sie alle ihren Ordner. Deshalb muss der Client mit ihm wiederkommen.",
    "Antworte 301 mit Location: derselbe Pfad und ein Schrägstrich.",
  ],
  "file-with-slash": [
    "eine Datei ist kein Ordner",
    "/text.txt/ benennt etwas in einem Ordner text.txt, den es nicht gibt.",
    "Wirft dein Programm den Schrägstrich am Ende eines Pfades weg?",
  ],
  "dot-dot": [
    ".. führt nicht aus dem Ordner",
    "Wer ../secret.txt nennen kann, kann jede Datei des Rechners lesen. Browser entfernen .. selbst, Angreifer nicht.",
    "Bestimme den ganzen Pfad der Datei, und frage dann, ob er in dem Ordner liegt, den du anbietest.",
  ],
  "dot-dot-encoded": [
    "auch %2e%2e führt nicht hinaus",
    "Eine Prüfung vor dem Dekodieren sieht keine Punkte.",
    "Erst dekodieren, dann prüfen, dann öffnen: in dieser Reihenfolge.",
  ],
  "dot-dot-double": [
    "%252e wird nicht zweimal dekodiert",
    "Zweimal dekodiert ist %252e ein Punkt, den keine Prüfung gesehen hat.",
    "Gibt es nur eine Stelle, an der Pfade dekodiert werden?",
  ],
  "dot-dot-removed": [
    "was übrig bleibt, wenn ../ entfernt wird, führt nicht hinaus",
    "Wer ../ aus ....// entfernt, behält ../",
    "Repariere schlechte Pfade nicht: Weise sie ab.",
  ],
  "backslash": [
    "ein Backslash führt nicht hinaus",
    "Unter Windows ist ein Backslash ein Schrägstrich. Ein Server soll nicht davon abhängen, wo er läuft.",
    "Welche Pfade führen auf deinem System nach oben?",
  ],
  "query-dot-dot": [
    ".. neben einer Query führt nicht hinaus",
    "Eine Prüfung von allem, was kam, oder nur seines Endes lässt sich durch eine Query täuschen.",
    "Prüfe den Pfad, den du öffnen wirst, nicht den Text, der kam.",
  ],
  "absolute": [
    "ein zweiter Schrägstrich macht keinen absoluten Pfad",
    "Ohne den ersten Schrägstrich ist //etc/passwd der Pfad /etc/passwd: eine Datei des Systems.",
    "Was wird aus dem Ordner, wenn du ihn mit einem Pfad verbindest, der mit einem Schrägstrich beginnt?",
  ],
  "no-slash": [
    "ein Ziel ohne Schrägstrich führt nicht hinaus",
    "Ein Ziel, das nicht mit einem Schrägstrich beginnt, ist falsch. Wer das erste Zeichen abschneidet, schneidet ein anderes ab.",
    "Sieh dir das erste Zeichen an, bevor du es abschneidest.",
  ],
  "nul": [
    "ein NUL im Namen wird abgewiesen",
    "Kein Name einer Datei hat ein NUL. Manche Aufrufe beenden den Namen dort, andere werfen einen Fehler: text.txt%00.png darf weder eine Datei noch ein Absturz sein.",
    "Antworte 400, wenn der dekodierte Pfad ein Zeichen mit dem Code 0 hat.",
  ],
  "prefix-sibling": [
    "ein Ordner, dessen Name wie deiner beginnt, ist nicht deiner",
    "/srv/site-secret beginnt mit /srv/site und ist ein anderer Ordner.",
    "Wenn du fragst, ob ein Pfad mit dem Ordner beginnt: Was steht dahinter?",
  ],
  "symbolic-link": [
    "ein symbolischer Link führt nicht hinaus",
    "Ein Link im Ordner kann überallhin zeigen. Ein Server kann Links folgen, die innen bleiben, und andere abweisen.",
    "Löse Links auf, bevor du fragst, ob der Pfad innen liegt. Viele Server folgen Links mit Absicht; dann fehlt dieser Punkt.",
  ],
  "injected-line": [
    "%0d%0a im Pfad macht keine Feldzeile",
    "Ein dekodiertes Zeilenende in Location beendet die Zeile: Was folgt, ist ein Feld oder eine Seite des Angreifers.",
    "Kodiere den Pfad wieder, bevor du ihn in ein Feld schreibst.",
  ],
  "markup": [
    "eine Fehlerseite wiederholt kein Markup",
    "Ein Link auf /<script>… ließe ein Skript des Angreifers im Namen deiner Website laufen.",
    "Maskiere, was du in einer Seite wiederholst, oder wiederhole es nicht.",
  ],
  "bad-request-line": [
    "eine Anfragezeile, die keine ist, wird abgewiesen",
    "Ein Wort, zwei Wörter, vier, ein anderes Protokoll: 400 Bad Request, und der nächste Client wird bedient.",
    "Wie viele Wörter hat eine Anfragezeile? Und wenn es andere sind?",
  ],
  "bad-field-line": [
    "eine Feldzeile, die keine ist, ist 400",
    "Kein Doppelpunkt, ein Leerzeichen davor, kein Name: Ein Proxy davor liest sie vielleicht anders als du, und das nutzen Angreifer.",
    "Weise ab, was du nicht lesen kannst, statt es wegzulassen.",
  ],
  "bad-host": [
    "zwei Zeilen Host sind 400",
    "Bei zweien nimmt ein Proxy vielleicht die eine und du die andere.",
    "Zähle sie.",
  ],
  "two-lengths": [
    "ein zweifelhaftes Content-Length ist 400",
    "Zwei Längen, oder eine, die keine Zahl ist: Niemand weiß, wo die Anfrage endet, und der Rest könnte als weitere Anfrage gelten.",
    "Lies die Länge streng: Ziffern, und einmal.",
  ],
  "not-http": [
    "Bytes, die kein HTTP sind, richten nichts an",
    "Ein Browser, dem man https: sagte, sendet solche Bytes. Sie sind kein Text, vielleicht nicht einmal UTF-8.",
    "Was tut das Dekodieren mit Bytes, die kein Text sind?",
  ],
  "long-head": [
    "ein Feld von 1 MiB wird abgewiesen",
    "Wer alles behält, was kommt, lässt sich füllen. 431 Request Header Fields Too Large oder 400.",
    "Begrenze, was du behältst, während du auf die leere Zeile wartest.",
  ],
  "many-lines": [
    "20.000 Feldzeilen werden abgewiesen",
    "Dasselbe mit vielen kurzen Zeilen.",
    "Begrenze die Bytes eines Kopfes, nicht nur eine Zeile.",
  ],
  "long-target": [
    "ein zu langes Ziel wird abgewiesen",
    "Keine Datei hat einen Namen von 5000 Bytes, und das System wirft bei solchen Namen einen eigenen Fehler. 414 URI Too Long; bei 5000 Bytes genügt auch 404.",
    "Welche Fehler kann das Öffnen einer Datei werfen außer nicht gefunden?",
  ],
  "half-close": [
    "ein Client, der zu Ende gesendet hat, bekommt seine Antwort",
    "Ein Client darf gleich nach seiner Anfrage sagen, dass er nichts mehr sendet, und weiter lesen (shutdown einer Richtung).",
    "Das Ende des Stroms sagt, dass nichts mehr kommt, nicht, dass niemand zuhört.",
  ],
  "half-head": [
    "ein halber Kopf und das Ende des Stroms: geschlossen",
    "Der Rest wird nicht kommen. Darauf zu warten hält eine Verbindung für immer.",
    "Was tut deine Schleife, wenn der Empfang nichts liefert?",
  ],
  "idle-connections": [
    "100 untätige Verbindungen halten den nächsten Client nicht auf",
    "Browser halten mehrere Verbindungen offen.",
    "Was kostet dich eine untätige Verbindung? Ist die Zahl der Threads fest?",
  ],
  "endless-content": [
    "Inhalt ohne Ende wird beantwortet oder abgebrochen",
    "Eine Anfrage kündigt ein TiB an. Der Server antwortet, 405 oder 413, oder schließt; er wartet nicht auf das Ende.",
    "Du brauchst kein Byte des Inhalts, um die Antwort zu kennen.",
  ],
  "slow-head": [
    "ein Kopf ohne Ende wird innerhalb von 15 s aufgegeben",
    "Ein Client, der mittendrin aufhört, hält eine Verbindung, einen Thread, Speicher. 408 Request Timeout, oder geschlossen. Echte Server warten bis zu 60 s.",
    "Gib dem Empfang eine Frist.",
  ],
  "still-there": [
    "nach alldem wird eine Datei geliefert wie am Anfang",
    "Nichts davon darf eine Spur hinterlassen haben.",
    "Unter welcher Prüfung davor hat der Server gelitten?",
  ],
  "validators": [
    "Last-Modified oder ETag nennt den Zustand einer Datei",
    "Damit kann ein Client fragen, ob seine Kopie noch gut ist.",
    "Die Zeit der letzten Änderung steht bei der Datei; achte auf die Form.",
  ],
  "not-modified": [
    "eine Kopie, die noch gut ist, ist 304",
    "If-None-Match und If-Modified-Since senden zurück, was du gesendet hast. Hat sich nichts geändert, spart 304 Not Modified den Inhalt.",
    "Vergleiche, was zurückkommt, mit dem, was du jetzt senden würdest. Eine Liste kann mehrere Tags haben.",
  ],
  "modified": [
    "eine alte Kopie ist 200 mit der Datei",
    "Ein anderes Tag, ein altes Datum: Sende die Datei. Ein Datum, das keines ist oder neben If-None-Match steht, wird nicht beachtet.",
    "In welcher Reihenfolge siehst du dir die beiden Felder an?",
  ],
  "304-fields": [
    "304 hat ETag, Date und Cache-Control wie 200, und keinen Inhalt",
    "Der Client erneuert damit seine Kopie.",
    "Mache die Felder, bevor du dich für den Status entscheidest.",
  ],
  "range": [
    "ein Teil einer Datei ist 206 mit diesen Bytes",
    "Downloads gehen weiter, wo sie aufhörten, Videos springen. Positionen zählen ab 0, und beide Enden gehören dazu.",
    "bytes=10-109 sind 100 Bytes. Content-Range: bytes 10-109/GRÖSSE",
  ],
  "range-open": [
    "ein Bereich ohne Ende geht bis zum Ende",
    "bytes=100- ist alles außer den ersten 100 Bytes.",
    "Welcher Teil des Bereichs darf fehlen?",
  ],
  "range-suffix": [
    "ein Bereich ohne Anfang sind die letzten Bytes",
    "bytes=-50 sind die letzten 50 Bytes, nicht die ersten.",
    "Was ist die erste Position der letzten 50 Bytes?",
  ],
  "range-clamped": [
    "ein Bereich, der hinter dem Ende endet, wird dort abgeschnitten",
    "Der Client kennt die Größe vielleicht nicht. Content-Range sagt, was er bekommt.",
    "Nimm die kleinere der beiden Positionen.",
  ],
  "range-unsatisfiable": [
    "ein Bereich hinter dem Ende ist 416 mit der Größe",
    "416 Range Not Satisfiable, und Content-Range: bytes */GRÖSSE sagt dem Client, wie viel es gibt.",
    "Vergleiche die erste Position mit der Größe.",
  ],
  "range-ignored": [
    "ein Bereich in einer unbekannten Einheit wird nicht beachtet",
    "Bekannt ist nur bytes; wer nach Zeilen fragt, bekommt alles.",
    "Was steht vor dem Gleichheitszeichen?",
  ],
  "if-range": [
    "If-Range eines anderen Zustands: alles",
    "Eine halbe alte und eine halbe neue Datei ergeben keine. Ist das Tag ein anderes, sende alles.",
    "Sieh dir If-Range an, bevor du dir Range ansiehst.",
  ],
  "not-allowed": [
    "POST und PATCH einer Datei sind 405 mit Allow, oder 501",
    "405 Method Not Allowed MUSS in Allow sagen, welche Methoden es gibt; 501 Not Implemented sagt, dass keine deiner Dateien diese hat.",
    "Allow: GET, HEAD",
  ],
  "absolute-form": [
    "ein Ziel mit http:// und Host wird verstanden",
    "Ein Server MUSS die absolute Form annehmen, wie Proxys sie bekommen.",
    "Schneide Schema und Host ab, wenn sie da sind.",
  ],
  "pipelining": [
    "acht Anfragen auf einmal werden in ihrer Reihenfolge beantwortet",
    "Ein Client muss nicht auf eine Antwort warten, bevor er die nächste Anfrage sendet.",
    "Behalte, was hinter einem Kopf steht, und antworte nacheinander.",
  ],
};
