/** The first half of the German table; see `german.ts`. */

import type { LessonText } from "./lesson.ts";

export const GERMAN_1_TO_6: Readonly<Record<number, LessonText>> = {
  1: {
    title: "Eine Anfrage und ihre Antwort, Byte für Byte",
    goal:
      "Du kannst sagen, wo eine Anfrage endet und wo eine Antwort beginnt, und beide von Hand schreiben.",
    steps: {
      get: {
        task:
          "Hole eine Datei der Website, mit dem Browser oder mit curl: zum Beispiel /plain.txt.",
        hints: [
          "Die Adresse der Website ist die, die Vitrine zuerst genannt hat; diese Seite hat einen anderen Port.",
          "Drücke den Link neben diesem Schritt. Kommt nichts, dann hatte dein Browser die Datei schon: lade neu mit Strg+F5.",
        ],
        seen:
          "Eine Anfrage nach {target}, eine Antwort: {status}. Eine Nachricht ist eine Startzeile, Feldzeilen, eine leere Zeile und dann vielleicht Inhalt. Öffne die Anfrage in der Liste, um ihre Bytes zu sehen.",
      },
      headBytes: {
        task: "Wie viele Bytes hatte deine Anfrage, mit der leeren Zeile am Ende?",
        hints: [
          "Öffne die Anfrage: „What came in“ sagt es, und jedes Zeilenende zählt zwei Bytes, CR und LF.",
          "Es ist die Zahl nach „a head of“. Nur du hast diese Zahl: Sie hängt von deinem Programm ab.",
        ],
        seen:
          "Ein GET hat keinen Inhalt, also ist der Kopf die ganze Anfrage. Der Server liest, bis er eine leere Zeile gesehen hat: CR LF CR LF.",
      },
      contentBytes: {
        task: "Wie viele Bytes Inhalt kamen zurück?",
        hints: [
          "Inhalt ist, was auf die leere Zeile der Antwort folgt: nicht ihr Kopf.",
          "Die Antwort sagt es selbst, im Feld Content-Length.",
        ],
        seen:
          "Content-Length kündigt ihn an, damit der Empfänger weiß, wo die Antwort endet, ohne ein Zeichen im Inhalt. War es weniger als die Datei? Dann kam sie komprimiert: Lektion 10.",
      },
      byHand: {
        task:
          "Schreibe eine Anfrage von Hand, so kurz, wie HTTP/1.1 es erlaubt: eine Anfragezeile und ein Feld, Host. Lass den Composer sie senden.",
        hints: [
          "Drei Zeilen, die letzte leer. Jede endet mit CR LF; der Composer fügt sie an.",
          "GET /plain.txt HTTP/1.1, dann Host: localhost, dann eine leere Zeile.",
        ],
        seen:
          "{bytes} Bytes genügten. Alles andere, was ein Browser sendet, ist höflich, aber nicht nötig; nur das Feld Host verlangt HTTP/1.1.",
      },
      head: {
        task: "Frage nur nach dem Kopf: dieselbe Anfrage mit der Methode HEAD.",
        hints: [
          "Die Methode ist das erste Wort der Anfrage.",
          "curl -I sendet HEAD; die Vorlage HEAD des Composers auch.",
        ],
        seen:
          "Es kam kein Inhalt, aber der Kopf ist der, den GET bekommt: Content-Length sagt {length}, so viel hätte GET gebracht.",
      },
      headLength: {
        task: "Welche Zahl stand in Content-Length dieser Antwort auf HEAD?",
        hints: [
          "Öffne die Anfrage und sieh nach, was hinausging.",
          "Es ist die Größe dessen, was GET gesendet hätte, nicht dessen, was gesendet wurde.",
        ],
        seen: "Mit HEAD erfährt ein Programm, wie lang ein Download wird, bevor er beginnt.",
      },
    },
  },
  2: {
    title: "Statuscodes: 200, 301, 404, 405, 416",
    goal: "Du kannst fünf Statuscodes absichtlich herbeiführen und sagen, wer nun handeln muss.",
    steps: {
      ok: {
        task: "Bekomme 200: Hole eine Datei, die es gibt.",
        hints: [
          "Jede Seite der Website ist recht.",
          "304 ist nicht 200: lade neu mit Strg+F5, oder nimm curl.",
        ],
        seen:
          "200 OK: {method} {target} wurde verstanden, und hier ist, was verlangt war. Alles, was mit 2 beginnt, ist ein Erfolg.",
      },
      moved: {
        task: "Bekomme 301: Frage nach einem Ordner ohne den Schrägstrich am Ende, etwa /guide.",
        hints: [
          "Ein Browser, der die 301 kennt, merkt sie sich und fragt nicht noch einmal. Dann nimm curl.",
          "curl -i und die Adresse, ohne Schrägstrich am Ende.",
        ],
        seen:
          "301: Was du willst, hat eine andere Adresse, und das Feld Location nennt sie. Der Browser geht von selbst dorthin; darum kam seine nächste Anfrage gleich danach. 3 heißt: Du musst noch etwas tun.",
      },
      location: {
        task: "Welchen Wert hatte das Feld Location?",
        hints: [
          "Öffne die Anfrage mit Status 301 und sieh nach, was hinausging.",
          "Er gilt von dort aus, wo gefragt wurde, und endet mit einem Schrägstrich.",
        ],
        seen:
          "Ein Verweis darf relativ sein: Der Client ergänzt ihn mit der Adresse, nach der er gefragt hat.",
      },
      notFound: {
        task: "Bekomme 404: Frage nach etwas, das es nicht gibt.",
        hints: [
          "Erfinde einen Pfad.",
          "Zum Beispiel /nobody. Keinen mit zwei Punkten: Das ist eine andere Lektion.",
        ],
        seen:
          "404: Dem Server geht es gut, und {target} gibt es nicht. 4 heißt: Der Fehler liegt in der Anfrage. Eine Seite kam trotzdem, für Menschen.",
      },
      notAllowed: {
        task:
          "Bekomme 405: Frage mit einer Methode, die bekannt, aber hier nicht erlaubt ist, etwa DELETE.",
        hints: [
          "Ein Link im Browser sendet immer GET. Nimm den Composer oder curl -X.",
          "DELETE kennt HTTP. Ein Wort, das du erfindest, wird mit 501 beantwortet, nicht mit 405.",
        ],
        seen:
          "405: {method} ist eine Methode, aber nicht für diese Ressource. Gelöscht wurde nichts.",
      },
      allow: {
        task: "Welche Methoden sind erlaubt, sagt die Antwort? Schreibe den Wert des Feldes ab.",
        hints: ["Eine 405 muss sie nennen.", "Das Feld heißt Allow."],
        seen:
          "Der Server muss sagen, was richtig gewesen wäre: So kann es ein Client beim nächsten Mal besser machen.",
      },
      unsatisfiable: {
        task: "Bekomme 416: Frage nach einem Teil einer Datei, der hinter ihrem Ende liegt.",
        hints: [
          "Das Feld heißt Range, und sein Wert beginnt mit bytes=",
          "Range: bytes=99999999- fragt nach allem ab Byte 99999999.",
        ],
        seen:
          "416: Solche Bytes gibt es nicht. Content-Range sagt {range}: So lang ist sie wirklich.",
      },
    },
  },
  3: {
    title: "Kopffelder: Was der Browser über sich sagt",
    goal:
      "Du kannst die Feldzeilen einer Anfrage lesen und solche senden, die etwas anderes sagen.",
    steps: {
      browser: {
        task: "Öffne die Website in deinem Browser.",
        hints: [
          "Nicht mit curl: In diesem Schritt geht es darum, was ein Browser sagt.",
          "Drücke den Link neben diesem Schritt, oder lade die Seite neu.",
        ],
        seen:
          "Dein Browser sendete {count} Feldzeilen mit seiner Anfrage nach {target}. Jede ist ein Name, ein Doppelpunkt und ein Wert, bis zum Ende der Zeile.",
      },
      language: {
        task:
          "Welche Sprache möchte dein Browser am liebsten, so wie er sie schreibt? Antworte „none“, wenn er keine nennt.",
        hints: [
          "Öffne die Anfrage: Eines der Felder ist für Sprachen.",
          "Es ist das erste Wort von Accept-Language, bis zum Komma oder Strichpunkt.",
        ],
        seen:
          "Ein Server könnte danach unter Übersetzungen wählen. Es verrät auch etwas über dich, jeder Website, ungefragt.",
      },
      fieldCount: {
        task: "Wie viele Feldzeilen hatte diese Anfrage deines Browsers?",
        hints: [
          "Die Anfragezeile zählt nicht, die leere Zeile auch nicht.",
          "Zähle die Feldnamen in der Liste der Teile der geöffneten Anfrage.",
        ],
        seen:
          "Eine Anfrage von curl hat drei oder vier. Die anderen sind für Caches, Sicherheit, Sprachen und Formate.",
      },
      ownName: {
        task:
          "Sei jemand anderes: Sende eine Anfrage mit einem eigenen User-Agent, etwa deinem Vornamen.",
        hints: [
          "User-Agent ist ein gewöhnliches Feld: Jeder kann dort alles schreiben.",
          "curl -A setzt ihn; im Composer füge eine Zeile User-Agent: und einen Namen an.",
        ],
        seen:
          "Der Server nahm „{agent}“, wie es war. Also beweist User-Agent nichts; wer ihm traut, dem kann man alles erzählen.",
      },
      anyCase: {
        task:
          "Schreibe den Namen Host groß und klein, wie du magst, etwa hOsT, und bekomme trotzdem 200.",
        hints: [
          "Der Composer sendet die Buchstaben, wie du sie tippst.",
          "hOsT: localhost, und vor dem Doppelpunkt nichts als der Name.",
        ],
        seen:
          "{name} ist Host: Namen von Feldern unterscheiden Groß und Klein nicht. Eine Methode schon: get ist nicht GET.",
      },
      password: {
        task: "Sende einen Namen und ein Passwort, erfundene, nach dem Verfahren Basic.",
        hints: [
          "Das Feld heißt Authorization. Sein Wert ist Basic, ein Leerzeichen und name:passwort in Base64.",
          "curl -u ada:secret tut es. YWRhOnNlY3JldA== ist ada:secret in Base64.",
        ],
        seen:
          "Base64 ist eine Schreibweise, kein Schloss: Wer die Bytes sieht, sieht das Passwort. Nur TLS verbirgt sie. Auch diese Seite zeigt Sterne, bis du klickst, denn jemand könnte hinter dir stehen.",
      },
    },
  },
  4: {
    title: "Die sechs Schritte eines Webservers",
    goal: "Du kannst einer Anfrage durch accept, receive, parse, locate, compose und send folgen.",
    steps: {
      slow: {
        task:
          "Schalte unter Experiments die Zeitlupe ein (Slow motion), 0.1 s oder mehr, und hole eine Datei. Sieh zu, wie ihr Block in den Bahnen wächst.",
        hints: [
          "Experiments ist ein Reiter dieser Seite. Ein gelber Balken sagt, dass etwas verändert ist.",
          "Wähle unter „Slow motion“ 0.1 s und öffne dann /plain.txt. Eine Datei, die der Browser schon hat, holt er mit Strg+F5 neu.",
        ],
        seen:
          "In {ms} ms ging die Anfrage durch receive, parse, locate, compose und send, eins nach dem anderen. Jedes ist eine Datei des Servers: lib/2_receive.ts und so weiter. Stelle das Experiment mit dem Knopf im gelben Balken zurück.",
      },
      fast: {
        task: "Stelle alles zurück, und hole die Datei noch einmal.",
        hints: [
          "Der Knopf ist im gelben Balken.",
          "Drücke „Back to normal“, dann hole /plain.txt mit curl oder mit Strg+F5.",
        ],
        seen:
          "Jetzt dauerte dasselbe {ms} ms. So schnell geht es, dass nur eine Uhr für Mikrosekunden die Schritte trennen kann.",
      },
      longest: {
        task:
          "Welcher Schritt dauerte bei dieser schnellen Anfrage am längsten? Antworte mit seinem Namen.",
        hints: [
          "Öffne die Anfrage: Ihre Uhr steht oben.",
          "Die Namen sind accept, receive, parse, locate, compose und send.",
        ],
        seen:
          "Wohin die Zeit geht, wird gemessen, nicht geraten: Bei deinem Nachbarn kann es ein anderer Schritt sein, denn es hängt von Platte, Cache und Zufall ab.",
      },
      atParse: {
        task:
          "Sende eine Anfrage, die nicht weiter kommt als bis Schritt (iii): eine, die man nicht zerlegen kann.",
        hints: [
          "Lass etwas weg, das jede Anfragezeile haben muss.",
          "GET /plain.txt allein, ohne HTTP/1.1, ist keine Anfragezeile.",
        ],
        seen:
          "{status}: Der Parser lehnte sie ab, also wurde keine Datei gesucht. Die X-ray markiert das Byte, das die Regel brach.",
      },
      atLocate: {
        task: "Sende eine, die gut zerlegt wird und an Schritt (iv) scheitert.",
        hints: ["Schritt (iv) sucht die Datei.", "Frage nach einer Datei, die es nicht gibt."],
        seen:
          "404: {target} ließ sich zerlegen, also sah der Server nach und fand nichts. Dieselben Schritte (v) und (vi) senden diese Antwort wie jede andere.",
      },
      cached: {
        task:
          "Hole dieselbe Datei, bis sie aus dem Speicher des Servers kommt und nicht von der Platte.",
        hints: [
          "Das zweite Mal genügt, wenn die Datei nicht groß ist und nicht eben geändert wurde.",
          "curl mit zweimal derselben Adresse. Im Browser Strg+F5.",
        ],
        seen:
          "Der Server hatte {target} behalten und sah nur nach, ob es sich geändert hat: Schritt (iv) dauerte {us} µs.",
      },
    },
  },
  5: {
    title: "Viele Dateien, eine Seite: eingebettete Objekte",
    goal:
      "Du kannst sagen, was ein Browser tut, um eine Seite zu zeigen, und warum das nicht eine Anfrage ist.",
    steps: {
      page: {
        task:
          "Lade die Startseite der Website im Browser, alles von ihr neu: mit Strg+F5, auf einem Mac Cmd+Umschalt+R.",
        hints: [
          "Eine Seite, die der Browser hat, fragt nach weniger. Strg+F5 fragt nach allem.",
          "Drücke den Link neben diesem Schritt; in der Seite, die sich öffnet, Strg+F5. Es muss eine Seite mit Bildern oder Stylesheets sein.",
        ],
        seen:
          "Nach {target} fragte dein Browser nach dem, was darin steht. Jede dieser Anfragen sagt in Referer, für welche Seite sie war.",
      },
      count: {
        task: "Wie viele GET-Anfragen sendete dein Browser für diese Seite, mit der Seite selbst?",
        hints: [
          "Zähle in der Liste, was in diesem Moment kam: Seite, Stylesheets, Skripte, Bilder.",
          "Nicht das HEAD, das ein Skript der Seite sendet, und nichts von einem früheren Laden.",
        ],
        seen:
          "HTML nennt seine Bilder nur. Also muss der Browser die Seite lesen, bevor er weiß, was er noch holen muss.",
      },
      connections: {
        task: "Über wie viele Verbindungen gingen diese GET-Anfragen?",
        hints: [
          "Jede Bahn ist eine Verbindung, und die Liste nennt zu jeder Anfrage die Bahn.",
          "Zähle die verschiedenen Nummern der Bahnen unter diesen Anfragen.",
        ],
        seen:
          "Browser öffnen bis zu sechs zu einem Server, damit Bilder nebeneinander kommen. Dein Nachbar hat vielleicht anders gezählt: Es hängt davon ab, was zuerst ankommt.",
      },
      largest: {
        task: "Welche davon hatte die meisten Bytes Inhalt? Antworte mit ihrem Pfad.",
        hints: [
          "Öffne die, die in Frage kommen, und vergleiche, wie viele Bytes Inhalt hinausgingen.",
          "Auf den meisten Seiten ist es ein Bild: Sein Name endet auf .webp, .png oder .jpg.",
        ],
        seen: "Eine Seite ist so schwer wie ihre Bilder. Darum komprimiert man die am besten.",
      },
      alone: {
        task:
          "Hole dieselbe Seite mit curl oder dem Composer, und sieh zu, wonach danach gefragt wird.",
        hints: [
          "Nur die Seite, nichts von dem, was darin steht.",
          "curl und die Adresse der Website.",
        ],
        seen:
          "Eine Anfrage, und keine danach: curl liest kein HTML. Das Einbetten macht der Client, der Server weiß nichts davon.",
      },
    },
  },
  6: {
    title: "Keep-Alive, nicht persistent, Pipelining",
    goal: "Du kannst sagen, wann eine Verbindung noch einmal benutzt wird und was das spart.",
    steps: {
      keepAlive: {
        task:
          "Sende zwei Anfragen über dieselbe Verbindung, die zweite nach der Antwort auf die erste.",
        hints: [
          "Suche eine Bahn mit zwei Blöcken.",
          "curl mit zwei Adressen in einem Befehl benutzt seine Verbindung noch einmal.",
        ],
        seen:
          "Beide gingen über Bahn {lane}. In HTTP/1.1 bleibt eine Verbindung offen, wenn niemand etwas anderes sagt: Die zweite Anfrage brauchte keinen neuen Handschlag von TCP.",
      },
      lane: {
        task: "Welche Nummer hat die Bahn, über die beide gingen?",
        hints: [
          "Die Liste der Anfragen nennt zu jeder die Bahn.",
          "Zwei Anfragen deines Befehls stehen übereinander, mit derselben Nummer nach #.",
        ],
        seen:
          "Der Server zählt seine Verbindungen; auch jede Anfrage auf einer hat dort ihren Platz: erste, zweite und so weiter.",
      },
      close: {
        task: "Frage nach einer Datei, und nach dem Ende der Verbindung danach.",
        hints: ["Ein Feld der Anfrage sagt es.", "Connection: close"],
        seen:
          "Auch die Antwort sagt „Connection: close“, und die Bahn endet. Das ist eine nicht persistente Verbindung: Jede Datei bräuchte ihre eigene.",
      },
      old: {
        task: "Frage wie ein Programm von 1996: mit HTTP/1.0 und ohne Connection: keep-alive.",
        hints: [
          "Die Version ist das dritte Wort der Anfragezeile.",
          "curl -0 tut es; im Composer schreibe HTTP/1.0.",
        ],
        seen:
          "HTTP/1.0 schließt, wenn man nicht um Keep-Alive bittet; HTTP/1.1 hat das umgedreht. Die Antwort sagt trotzdem HTTP/1.1: Eine Version sagt, was ihr Absender kann.",
      },
      pipelined: {
        task:
          "Sende zwei Anfragen auf einmal, ohne auf die erste Antwort zu warten: Das ist Pipelining.",
        hints: [
          "Der Composer sendet alles in einem Zug.",
          "Schreibe zwei Anfragen untereinander, jede mit ihrer leeren Zeile. Die Vorlage „two pipelined“ hat sie.",
        ],
        seen:
          "Beide kamen zusammen über Bahn {lane} an; die Antworten gingen nacheinander hinaus, in der Reihenfolge der Fragen. Kein Browser tut das mehr, denn eine langsame Antwort hält alle hinter ihr auf.",
      },
    },
  },
};
