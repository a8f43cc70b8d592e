/** The second half of the German table; see `german.ts`. */

import type { LessonText } from "./lesson.ts";

export const GERMAN_7_TO_12: Readonly<Record<number, LessonText>> = {
  7: {
    title: "Seriell gegen nebenläufig: vier Downloads",
    goal:
      "Du kannst vorhersagen, wie lange vier Downloads dauern, einer nach dem anderen und alle zugleich, und erklären, was du misst.",
    steps: {
      guessConcurrent: {
        task:
          "Sage zuerst voraus. vitrine.webp hat etwa 80 kB, und jede Verbindung bekommt 100 kB/s. Vier Leute holen es im selben Moment: Nach wie vielen Sekunden hat der letzte alles?",
        hints: [
          "Niemand sonst verbraucht die Rate einer Verbindung.",
          "Einer allein braucht 0,8 s. Macht es ihm etwas aus, dass es noch drei andere gibt?",
        ],
        seen: "Notiert. Nun miss.",
      },
      guessSerial: {
        task:
          "Und wenn der Server eine Anfrage nach der anderen beantwortet: Nach wie vielen Sekunden hat der letzte alles?",
        hints: ["Der zweite beginnt, wenn der erste fertig ist.", "Viermal nacheinander."],
        seen: "Auch notiert.",
      },
      concurrent: {
        task:
          "Stelle unter Experiments die Rate auf 100 kB/s und „Who is served“ auf concurrently. Dann hole /vitrine.webp viermal zugleich, jedes Mal über eine eigene Verbindung.",
        hints: [
          "Ein Browser fragt nach einer Adresse nur einmal: Nimm den Befehl, oder vier Adressen wie /vitrine.webp?1, ?2, ?3 und ?4 in vier Reitern.",
          "Die vier Blöcke müssen in den Bahnen untereinander liegen. Jeder muss länger als 0,1 s dauern: Ist die Rate gesetzt?",
        ],
        seen:
          "{seconds} s für alle vier; vorhergesagt hattest du {guess}. Während einer wartet, dass seine Verbindung mehr Bytes nimmt, machen die anderen weiter: Jeder ist eine eigene Aufgabe.",
      },
      concurrentTime: {
        task:
          "Wie viele Sekunden vergingen vom Anfang des ersten der vier bis zum Ende des letzten?",
        hints: [
          "Lies es aus den Bahnen ab: Die Achse darüber hat die Zeit.",
          "Es ist etwa so viel, wie einer davon dauerte: Das steht in der Liste.",
        ],
        seen:
          "So lange wie einer allein: Der Engpass ist hier die Rate einer Verbindung, nicht der Server.",
      },
      serial: {
        task:
          "Stelle nun „Who is served“ auf one at a time, lass die Rate, wie sie ist, und tu dasselbe noch einmal.",
        hints: [
          "Derselbe Befehl. Grau in den Bahnen ist Warten.",
          "Unter Experiments: one at a time. Vier Anfragen zugleich, wie vorhin.",
        ],
        seen:
          "{seconds} s; vorhergesagt hattest du {guess}. Jeder wartete auf den vor ihm. Das war die erste Stufe der Übung: ein Server ohne Threads. Stelle die Experimente zurück.",
      },
      serialTime: {
        task: "Wie viele Sekunden dauerte das, vom Anfang des ersten bis zum Ende des letzten?",
        hints: [
          "Wer zuletzt fertig war, wartete am längsten: Die Liste sagt, wie lange es im Ganzen war.",
          "Vergleiche mit viermal der Zeit von einem.",
        ],
        seen:
          "Die Summe aller vier. Die Arbeit war dieselbe, aber niemand konnte die Zeit nutzen, in der die Verbindung eines anderen voll war.",
      },
    },
  },
  8: {
    title: "Das bedingte GET, und 304",
    goal:
      "Du kannst sagen, wie ein Browser vermeidet zu holen, was er hat, und wann er doch holen muss.",
    steps: {
      first: {
        task: "Hole eine Datei ganz, zum ersten Mal: eine 200 mit einem ETag.",
        hints: [
          "Bekommt dein Browser 304, dann hatte er die Datei: lade neu mit Strg+F5.",
          "curl hat kein Gedächtnis: Es bekommt immer 200.",
        ],
        seen:
          "Die Antwort nennt diese Fassung von {target} beim Namen: ETag {etag}. Anderer Inhalt hätte einen anderen Namen.",
      },
      again: {
        task:
          "Frage noch einmal nach derselben Datei, aber nur, wenn sie eine andere Fassung ist: lade sie im Browser neu, oder sende ihren ETag in If-None-Match.",
        hints: [
          "Ein gewöhnliches Neuladen (F5) genügt, wenn der Browser sie geholt hat.",
          "Mit dem Composer: eine Zeile If-None-Match: und der ETag, mit seinen Anführungszeichen.",
        ],
        seen:
          "304 Not Modified: Der Name passte, also wurde nichts gesendet. Der Browser zeigt, was er hat.",
      },
      noContent: {
        task: "Wie viele Bytes Inhalt kamen mit der 304?",
        hints: ["Öffne sie: „What went out“ sagt es.", "Eine 304 hat nur einen Kopf."],
        seen: "Keine. Eine 304 hat nie Inhalt: Sie ist ein Kopf, der sagt „was du hast, stimmt“.",
      },
      saved: {
        task: "Wie viele Bytes Inhalt wurden gespart, verglichen mit dem ersten Mal?",
        hints: ["Was brachte die 200, was die 304?", "Es ist Content-Length der ersten Antwort."],
        seen:
          "Sie müssen nicht noch einmal durchs Netz, und eine Seite hat Dutzende solcher Dateien.",
      },
      other: {
        task:
          "Tu so, als hättest du eine alte Fassung: Sende If-None-Match mit einem ETag, der nicht der der Datei ist, und bekomme 200.",
        hints: ["Irgendein anderer Name in Anführungszeichen genügt.", 'If-None-Match: "old"'],
        seen:
          "Die Namen sind verschieden, also kommt die neue Fassung ganz, und gleich: Niemand muss ein zweites Mal fragen.",
      },
      byDate: {
        task:
          "Mach es mit dem Datum: Frage nach der Datei nur, wenn sie seit dem Datum in Last-Modified geändert wurde, mit If-Modified-Since und ohne ETag.",
        hints: [
          "Schreibe den Wert von Last-Modified aus der ersten Antwort ab.",
          "If-Modified-Since: und dieses Datum, genauso geschrieben. Ein Datum in der Zukunft gilt nicht.",
        ],
        seen:
          "Wieder 304: unverändert seit {date}. Ein Datum kennt nur ganze Sekunden, ein ETag den Inhalt; wo beide gesendet werden, entscheidet der ETag.",
      },
    },
  },
  9: {
    title: "Bereiche, und einen Download fortsetzen",
    goal: "Du kannst jeden Teil einer Datei holen und einen abgebrochenen Download vollenden.",
    steps: {
      part: {
        task: "Hole die ersten 64 Bytes von /plain.txt, und nicht mehr.",
        hints: [
          "Bytes werden ab 0 gezählt, und beide Enden gehören dazu.",
          "Range: bytes=0-63; curl -r 0-63.",
        ],
        seen: "206 Partial Content, mit {range}. Von 0 bis 63 sind es 64 Bytes.",
      },
      size: {
        task: "Wie lang ist die ganze Datei, sagt diese Antwort?",
        hints: [
          "Content-Length ist nur die des Teils.",
          "Es ist die Zahl hinter dem Schrägstrich in Content-Range.",
        ],
        seen: "So weiß ein Client nach dem ersten Teil, wie viele Bytes noch fehlen.",
      },
      end: {
        task: "Hole die letzten Bytes der Datei, ohne zu sagen, wie lang sie ist.",
        hints: [
          "Ein Bereich darf mit dem Minus beginnen.",
          "Range: bytes=-50 fragt nach den letzten 50.",
        ],
        seen:
          "{range}: Ein Suffix zählt vom Ende. Filmspieler und Leser von Zip-Dateien beginnen so, denn das Inhaltsverzeichnis steht am Ende.",
      },
      resume: {
        task: "Hole eine Datei in zwei Anfragen: zuerst ihren Anfang, dann genau das, was fehlt.",
        hints: [
          "Der zweite Bereich beginnt eins hinter dem letzten Byte des ersten und hat kein Ende.",
          "bytes=0-999, dann bytes=1000-. Mit curl: -r 0-999 -o half, dann -C - -o half.",
        ],
        seen:
          "Zuerst {firstBytes} Bytes, dann der Rest von {size}. So geht ein Download weiter, wenn der Zug aus dem Tunnel kommt.",
      },
      ifRange: {
        task:
          "Setze eine Datei fort, die sich inzwischen geändert hat: Sende Range, und If-Range mit einem ETag, der nicht der der Datei ist.",
        hints: [
          "Ohne If-Range würdest du zwei verschiedene Dateien aneinanderkleben.",
          'Range: bytes=1000- und If-Range: "old"; die Antwort ist keine 206.',
        ],
        seen:
          "200, die ganze Datei: eine andere Fassung, also ist deine Hälfte nichts wert. Hätte der ETag gepasst, wäre der Teil gekommen.",
      },
      several: {
        task: "Hole mehrere Teile mit einer Anfrage.",
        hints: ["Bereiche werden durch Kommas getrennt.", "Range: bytes=0-9, 20-29, -10"],
        seen:
          "Eine Antwort vom Typ {type}: jeder Teil mit einem kleinen Kopf, und dazwischen eine Zeile, die in keinem vorkommt.",
      },
    },
  },
  10: {
    title: "Kompression, und Aushandeln des Inhalts",
    goal: "Du kannst sagen, wer entscheidet, ob eine Datei komprimiert reist, und was das spart.",
    steps: {
      plain: {
        task: "Hole die Startseite, ohne zu sagen, dass du dekomprimieren kannst.",
        hints: [
          "Ein Browser sagt es immer. Nimm curl oder den Composer.",
          "Kein Feld Accept-Encoding, und sie kommt, wie sie ist.",
        ],
        seen: "{bytes} Bytes, und kein Content-Encoding: Der Server gibt, was jeder lesen kann.",
      },
      coded: {
        task: "Hole dasselbe noch einmal, und sage, dass du dekomprimieren kannst.",
        hints: [
          "Das Feld ist Accept-Encoding, sein Wert der Name eines Verfahrens wie gzip.",
          "curl --compressed sendet es; jeder Browser auch.",
        ],
        seen:
          "{bytes} Bytes mit Content-Encoding: {coding}. Der Client bat, der Server wählte: Das heißt Content Negotiation.",
      },
      percent: {
        task: "Wie viel Prozent der Bytes Inhalt wurden gespart?",
        hints: [
          "Teile das Kürzere durch das Längere.",
          "100 minus 100 mal die komprimierte Länge geteilt durch die andere.",
        ],
        seen:
          "Text wiederholt sich; darum lässt er sich mit weniger Bytes sagen und genau wiederherstellen.",
      },
      vary: {
        task: "Von welchem Feld der Anfrage, sagt die Antwort, hängt ihr Inhalt ab?",
        hints: ["Ein Cache zwischen dir und dem Server muss es wissen.", "Sieh das Feld Vary an."],
        seen: "Ohne Vary gäbe ein Cache die komprimierte Form jemandem, der sie nicht lesen kann.",
      },
      refused: {
        task: "Sende Accept-Encoding, aber so, dass nichts komprimiert wird.",
        hints: [
          "Jedes Verfahren darf ein Gewicht zwischen 0 und 1 haben.",
          "q=0 heißt: dieses nicht. identity heißt: wie es ist.",
        ],
        seen:
          "Wie es ist: q=0 verbietet ein Verfahren. Mit Gewichten sagt ein Client, was er am liebsten hat.",
      },
      picture: {
        task: "Hole ein Bild, und erlaube Kompression.",
        hints: ["Öffne es im Browser, mit Strg+F5.", "curl --compressed und /vitrine.webp."],
        seen:
          "{type}, und nicht komprimiert: Das hat sein Format schon getan. Ein zweites Mal würde Zeit kosten und nichts sparen.",
      },
    },
  },
  11: {
    title: "Kaputte und feindliche Anfragen",
    goal:
      "Du kannst sagen, warum ein Server manche Anfragen ablehnen muss, und beweisen, dass dieser es tut.",
    steps: {
      noHost: {
        task: "Sende eine Anfrage von HTTP/1.1 ohne Host.",
        hints: [
          "Kein Browser kann das: Nimm den Composer.",
          "Die Anfragezeile, und gleich danach die leere Zeile.",
        ],
        seen:
          "400 nach {rule}: Unter einer Adresse können viele Websites wohnen, und Host sagt, welche gemeint ist.",
      },
      escape: {
        task: "Versuche, aus dem Ordner hinauszukommen: Frage nach /../../etc/passwd.",
        hints: [
          "Browser und curl räumen den Pfad auf, bevor sie ihn senden: Composer, oder curl --path-as-is.",
          "GET /../../etc/passwd HTTP/1.1 und Host.",
        ],
        seen:
          "400 nach {rule}: Zwei Punkte meinen den Ordner darüber, und über der Wurzel gibt es nichts zu holen. Abgelehnt wurde, bevor irgendeine Datei gesucht wurde.",
      },
      hidden: {
        task: "Versuche es noch einmal verkleidet: Schreibe die zwei Punkte in Prozentkodierung.",
        hints: ["Ein Punkt ist das Byte 2e.", "/%2e%2e/secret"],
        seen:
          "400 nach {rule}: zuerst dekodiert, dann geurteilt. Ein Server, der es umgekehrt macht, lässt dies durch.",
      },
      blame: {
        task:
          "An welchem Byte dieser Anfrage beginnt, was die Regel brach? Bytes werden ab 0 gezählt.",
        hints: [
          "Die geöffnete Anfrage markiert es im Hex-Bild und nennt die Nummer.",
          "„Bytes … broke the rule“: die erste der beiden Zahlen.",
        ],
        seen:
          "Das genaue Byte hilft dem, der sich geirrt hat; der Gegenstelle wird es nicht gesagt, denn sie könnte ein Angreifer sein.",
      },
      twoLengths: {
        task:
          "Sende eine Anfrage, die ihre Länge auf zwei Arten nennt: mit Content-Length und mit Transfer-Encoding.",
        hints: [
          "Der Composer hat sie: „smuggling attempt“.",
          "Content-Length: 6 und Transfer-Encoding: chunked in einem Kopf.",
        ],
        seen:
          "400 nach {rule}, und die Verbindung wird geschlossen. Zwei Server hintereinander könnten zwei verschiedene Längen lesen; was der eine für Inhalt hält, ist für den anderen eine zweite Anfrage. Das heißt Smuggling.",
      },
      space: {
        task: "Sende ein Feld mit einem Leerzeichen zwischen Name und Doppelpunkt.",
        hints: ["Es sieht harmlos aus: Darum geht es.", "Host : localhost"],
        seen:
          "400 nach {rule}: Manche Programme hielten „Host “ für einen anderen Namen als „Host“. Wo zwei Lesarten möglich sind, nutzt jemand den Unterschied.",
      },
      alive: {
        task: "Zeige, dass der Server es gut überstanden hat: Hole eine Datei.",
        hints: ["Jede gute Anfrage ist recht.", "/plain.txt, ganz: mit Strg+F5 oder mit curl."],
        seen:
          "200. Ein Server muss überleben, was auch ankommt; jede dieser Anfragen kostete nur ihre eigene Verbindung.",
      },
    },
  },
  12: {
    title: "Langsame Gegenstellen, und Fristen",
    goal: "Du kannst sagen, warum ein Server geduldig sein muss, und warum nicht für immer.",
    steps: {
      pieces: {
        task:
          "Sende eine Anfrage in drei Stücken oder mehr, mehr als eine Sekunde vom ersten bis zum letzten.",
        hints: [
          "Der Composer kann warten: eine Zeile --- wait 600 ms ---",
          "Die Vorlage „slow headers“ tut es.",
        ],
        seen:
          "{count} Stücke in {ms} ms, und die Antwort kam trotzdem: TCP bringt Bytes, wie sie kommen, und der Server sammelt, bis die leere Zeile da ist.",
      },
      late: {
        task: "Beginne eine Anfrage und beende sie nie: keine leere Zeile. Warte und sieh.",
        hints: [
          "Der Composer sendet, was du tippst; lass die leere Zeile weg.",
          "Die Anfragezeile und Host, und dann nichts. Nach etwa zehn Sekunden hat der Server genug.",
        ],
        seen:
          "408 Request Timeout: Die Frist für einen Kopf war vorbei. Ohne sie würden ein paar hundert stumme Verbindungen alle anderen aussperren; dieser Angriff heißt Slowloris.",
      },
      patience: {
        task: "Wie viele Sekunden wartete der Server, vom ersten Byte bis zum Ende der 408?",
        hints: [
          "Die Liste sagt, wie lange jede Anfrage dauerte.",
          "Öffne die mit Status 408: die Uhr.",
        ],
        seen:
          "Eine Frist ist eine Wahl: lang genug für ein Telefon im Zug, kurz genug gegen einen Angreifer.",
      },
      meanwhile: {
        task:
          "Sende eine Anfrage, die mehr als eine Sekunde braucht, um anzukommen, und hole währenddessen etwas anderes, in einem anderen Reiter oder mit curl.",
        hints: [
          "Beginne die langsame im Composer mit einer Pause von 3000 ms, dann sei schnell.",
          "Halte den Befehl mit curl in einem Terminal bereit, bevor du Send drückst.",
        ],
        seen:
          "Die schnelle dauerte {ms} ms, mitten in der langsamen: Jede Verbindung hat ihre eigene Aufgabe, also bremst eine langsame Gegenstelle nur sich selbst.",
      },
      gaveUp: {
        task:
          "Sei nun ein ungeduldiger Client: Stelle unter Experiments die Rate auf 10 kB/s, beginne eine große Datei zu holen, und brich ab.",
        hints: [
          "curl -m 1 gibt nach einer Sekunde auf. Im Browser schließe den Reiter, während er lädt.",
          "Mit 10 kB/s dauert /vitrine.webp acht Sekunden: Zeit genug.",
        ],
        seen:
          "{sent} von {all} Bytes waren hinausgegangen, als die Gegenstelle ging. Der Server merkt es, wenn er weitersendet, schließt und vergisst sie. Stelle das Experiment zurück.",
      },
    },
  },
};
