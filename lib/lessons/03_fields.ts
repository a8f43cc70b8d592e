/** Lesson 3: header fields, and what the browser says about itself. */

import { evidenceOf, type Lesson, one } from "./lesson.ts";

/** Programs that say their own name unless they are told another. */
const WELL_KNOWN = /^(?:Mozilla|curl|Wget|Deno|node|python|Go-http-client|PostmanRuntime)\b/i;
/** Basic, as it is sent; the X-ray shows a star for each byte of a secret to who only watches, and in a saved trace. */
const BASIC = /^(?:Basic [A-Za-z0-9+/]+=*|\*{8,})$/i;

export const LESSON_3: Lesson = {
  number: 3,
  minutes: 15,
  title: "Header fields: what the browser says about itself",
  goal: "You can read the field lines of a request, and send such that say something else.",
  steps: [
    {
      kind: "action",
      name: "browser",
      section: "RFC 9110 §5.1",
      open: "",
      text: {
        task: "Open the site in your browser.",
        hints: [
          "Not with curl: this step is about what a browser says.",
          "Press the link beside this step, or reload the page.",
        ],
        seen:
          "Your browser sent {count} field lines with its request for {target}. Each is a name, a colon and a value, up to the end of the line.",
      },
      find(seen) {
        const found = seen.find((each) =>
          each.isOfBrowser && each.method === "GET" && each.statusCode > 0 && each.traced.endMs > 0
        );
        return one(found, { count: found?.fieldLines.length ?? 0, target: found?.target ?? "" });
      },
    },
    {
      kind: "question",
      name: "language",
      section: "RFC 9110 §12.5.4",
      text: {
        task:
          "Which language does your browser want first, as it writes it? Answer “none” if it does not say.",
        hints: [
          "Open the request: one of the fields is for languages.",
          "It is the first word of Accept-Language, up to the comma or semicolon.",
        ],
        seen:
          "A server could choose among translations by it. It also tells about you, to each site, unasked.",
      },
      answers: (before) =>
        evidenceOf(before, "browser").map((each) =>
          /^[^,;]+/.exec(each.asked("accept-language") ?? "none")?.[0].trim() ?? "none"
        ),
    },
    {
      kind: "question",
      name: "fieldCount",
      section: "RFC 9112 §5",
      text: {
        task: "How many field lines had that request of your browser?",
        hints: [
          "The request line is none, and the empty line is none.",
          "Count the field names in the list of parts of the opened request.",
        ],
        seen:
          "A request of curl has three or four. The others are for caching, security, languages and formats.",
      },
      answers: (before) => evidenceOf(before, "browser").map((each) => each.fieldLines.length),
    },
    {
      kind: "action",
      name: "ownName",
      section: "RFC 9110 §10.1.5",
      curl: '-A "Ada/1.0" {site}plain.txt',
      compose: "GET /plain.txt HTTP/1.1\nHost: localhost\nUser-Agent: Ada/1.0\n\n",
      text: {
        task:
          "Be somebody else: send a request with a User-Agent of your own, such as your first name.",
        hints: [
          "User-Agent is an ordinary field: anybody can write anything there.",
          "curl -A sets it; in the composer, add a line User-Agent: and a name.",
        ],
        seen:
          "The server took “{agent}” as it was. So User-Agent proves nothing; who trusts it can be told anything.",
      },
      find(seen) {
        const found = seen.find((each) => {
          const agent = each.asked("user-agent") ?? "";
          return agent !== "" && !WELL_KNOWN.test(agent) && each.isGet(200);
        });
        return one(found, { agent: found?.asked("user-agent") ?? "" });
      },
    },
    {
      kind: "action",
      name: "anyCase",
      section: "RFC 9110 §5.1",
      compose: "GET /plain.txt HTTP/1.1\nhOsT: localhost\n\n",
      text: {
        task:
          "Write the name Host in capitals and small letters as you like, such as hOsT, and get a 200 all the same.",
        hints: [
          "The composer sends letters as you typed them.",
          "hOsT: localhost, and nothing before the colon but the name.",
        ],
        seen:
          "{name} is Host: names of fields do not distinguish capitals. A method does: get is not GET.",
      },
      find(seen) {
        const isOdd = (name: string) =>
          name.toLowerCase() === "host" && name !== "Host" && name !== "host";
        const found = seen.find((each) =>
          each.isGet(200) && each.fieldLines.some(({ name }) => isOdd(name))
        );
        return one(found, { name: found?.fieldLines.find(({ name }) => isOdd(name))?.name ?? "" });
      },
    },
    {
      kind: "action",
      name: "password",
      section: "RFC 7617 §2",
      curl: "-u ada:secret {site}plain.txt",
      compose:
        "GET /plain.txt HTTP/1.1\nHost: localhost\nAuthorization: Basic YWRhOnNlY3JldA==\n\n",
      text: {
        task: "Send a name and a password, invented ones, by the scheme Basic.",
        hints: [
          "The field is Authorization. Its value is Basic, a space, and name:password in base64.",
          "curl -u ada:secret does it. YWRhOnNlY3JldA== is ada:secret in base64.",
        ],
        seen:
          "Base64 is a spelling, no lock: whoever sees the bytes sees the password. Only TLS hides them. This page, too, shows stars until you click, as somebody may stand behind you.",
      },
      find(seen) {
        return one(seen.find((each) => BASIC.test(each.asked("authorization") ?? "")));
      },
    },
  ],
  teacher: {
    mistakes:
      "The request line is counted as a field. A space before the colon (400). Real passwords are typed: ask for invented ones before this step.",
    project:
      "The request of a browser beside one of curl: the same file, twelve lines against three. Then the value of Authorization, decoded by hand with atob() in the console.",
  },
};
