import { assertEquals } from "@std/assert";
import { SEPARATOR } from "@std/path";
import { type BootRequest, explainBootError, explainMissing } from "../../lib/boot/boot_errors.ts";
import { testWithoutRights } from "../tools.ts";

type Asked =
  & Partial<BootRequest["options"]>
  & Partial<Pick<BootRequest, "sitePort" | "listener">>
  & { args?: string[] };

function boot({ args = [], sitePort, listener, ...options }: Asked): BootRequest {
  const defaults = { root: "./static", hostname: "0.0.0.0", port: 3000, workers: 1 };
  const started = listener ?? (sitePort === undefined ? "site" : "xray");
  return { options: { ...defaults, ...options }, args, sitePort, listener: started };
}

const HOST_HINT = "type --host 127.0.0.1 for this machine alone, or --host 0.0.0.0 for its network";
const RUN = "deno run --no-prompt";

class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** An error as Deno makes it of the system's. */
function withCode(error: Error, code: string): Error {
  return Object.assign(error, { code });
}

const CASES: readonly (readonly [error: unknown, asked: Asked, message: string, why: string])[] = [
  [
    new Deno.errors.NotFound("No such file or directory (os error 2): realpath 'x'"),
    { root: "x" },
    'there is no folder "x"; create it or name another: ' +
    `${RUN} --allow-read=DIR --allow-net main.ts DIR`,
    "missing folder",
  ],
  [
    new Deno.errors.FilesystemLoop("Too many levels of symbolic links (os error 40): realpath 'x'"),
    { root: "x" },
    'the links of "x" lead in a circle; mend them, or name another: ' +
    `${RUN} --allow-read=DIR --allow-net main.ts DIR`,
    "a link to itself",
  ],
  [
    new Deno.errors.NotADirectory("Not a directory"),
    { root: "my site/a.txt" },
    '"my site/a.txt" is a file, and Vitrine serves folders; name the one it is in: ' +
    `${RUN} '--allow-read=my site${SEPARATOR}' --allow-net main.ts 'my site${SEPARATOR}'`,
    "a file, in a folder whose name has a space",
  ],
  [
    new Deno.errors.NotADirectory("Not a directory"),
    { root: "a.txt/" },
    '"a.txt/" is a file, and Vitrine serves folders; name the one it is in: ' +
    `${RUN} --allow-read=. --allow-net main.ts .`,
    "a file in the working folder",
  ],
  [
    new Deno.errors.NotCapable('Requires read access to "x", run again with the --allow-read flag'),
    { root: "it's", args: ["it's", "--port", "80"] },
    'the sandbox does not let Vitrine read the folder "it\'s"; type: ' +
    `${RUN} '--allow-read=it'\\''s' --allow-net main.ts 'it'\\''s' --port 80`,
    "read permission; the shell's quotes; the arguments again",
  ],
  [
    new Deno.errors.NotCapable('Requires read access to "a,b", run again'),
    { root: "a,b", args: ["a,b"] },
    'the sandbox does not let Vitrine read the folder "a,b"; ' +
    "no path with a comma can be given to --allow-read; rename it, or serve the folder it is in",
    "a folder that Deno cannot be told of",
  ],
  [
    new Deno.errors.NotCapable(
      'Requires net access to "[::]:80", run again with the --allow-net flag',
    ),
    { hostname: "::", port: 80 },
    "the sandbox does not let Vitrine listen on [::]:80; type: " +
    `${RUN} --allow-read=./static --allow-net main.ts`,
    "net permission",
  ],
  [
    new Deno.errors.NotSupported("SO_REUSEPORT"),
    { workers: 2 },
    "Windows cannot share a port among workers (it has no SO_REUSEPORT); type --workers 1",
    "workers on Windows",
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13): realpath './static'"),
    {},
    'the system does not let you read the folder "./static"; ' +
    "name another, or change who may read it",
    "the system's refusal, not the sandbox's",
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    { port: 80 },
    "the system does not let you listen on port 80, as ports below 1024 are privileged; " +
    "type --port 8080",
    "privileged port",
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    { port: 5000 },
    "the system does not let you listen on port 5000; type --port 8080",
    "Windows reserves ranges of high ports",
  ],
  [
    new CertificateError('there is no key "k.pem"; deno task cert makes one'),
    { cert: "c.pem", key: "k.pem" },
    'there is no key "k.pem"; deno task cert makes one',
    "net/listen.ts has said it all",
  ],
  [
    new Deno.errors.AddrInUse("Address already in use (os error 98)"),
    {},
    "port 3000 is taken by another program; take another one: --port 3001, " +
    "or --port 0 for any that is free",
    "port taken",
  ],
  [
    new Deno.errors.AddrInUse("Address already in use (os error 98)"),
    { port: 65_535 },
    "port 65535 is taken by another program; take another one: --port 8080, " +
    "or --port 0 for any that is free",
    "no port comes after the last",
  ],
  [
    new Deno.errors.AddrNotAvailable("Cannot assign requested address (os error 99)"),
    { hostname: "192.0.2.1" },
    `"192.0.2.1" is not an address of this machine; ${HOST_HINT}`,
    "an address of another machine",
  ],
  [
    new URIError("invalid host 'http://localhost': invalid char found in FQDN"),
    { hostname: "http://localhost" },
    `"http://localhost" is not a host; ${HOST_HINT}`,
    "a URL",
  ],
  [
    withCode(
      new TypeError("Invalid argument (os error 22)"),
      "EINVAL",
    ),
    { hostname: "fe80::1" },
    `the system cannot listen on "fe80::1"; ${HOST_HINT}`,
    "link-local without its interface",
  ],
  [
    new Error("failed to lookup address information: Name or service not known"),
    { hostname: "nope.invalid" },
    `there is no host named "nope.invalid"; ${HOST_HINT}`,
    "a name that does not resolve",
  ],
  [
    withCode(
      new Error("Der angegebene Host ist unbekannt. (os error 11001)"),
      "ENOENT",
    ),
    { hostname: "nope.invalid" },
    `there is no host named "nope.invalid"; ${HOST_HINT}`,
    "the same on Windows, in German",
  ],
  [
    new Error("Host non trovato. (os error 11002)"),
    { hostname: "nope.invalid" },
    `there is no host named "nope.invalid"; ${HOST_HINT}`,
    "its name server does not answer",
  ],
  [
    withCode(new TypeError("Ungültiges Argument (os error 10022)"), "EINVAL"),
    { hostname: "fe80::1" },
    `the system cannot listen on "fe80::1"; ${HOST_HINT}`,
    "link-local on Windows",
  ],
  [
    new Deno.errors.PermissionDenied(
      "Der Zugriff auf einen Socket war unzulässig. (os error 10013)",
    ),
    { port: 5000 },
    "the system does not let you listen on port 5000; type --port 8080",
    "a reserved port, in German",
  ],
  [
    new Deno.errors.PermissionDenied(
      "Zugriff verweigert (os error 5): realpath 'C:\\site'",
    ),
    { root: "C:\\site" },
    'the system does not let you read the folder "C:\\\\site"; ' +
    "name another, or change who may read it",
    "a folder, in German",
  ],
  [
    new Deno.errors.NotCapable('Requires net access to "127.0.0.1:8081", run again'),
    {
      hostname: "127.0.0.1",
      port: 8081,
      sitePort: 8080,
      args: ["--port", "8080", "--xray", "--xray-port", "8081", "--host", "0.0.0.0"],
    },
    "the sandbox does not let Vitrine listen on 127.0.0.1:8081; type: " +
    `${RUN} --allow-read=./static --allow-net main.ts ` +
    "--port 8080 --xray --xray-port 8081 --host 0.0.0.0",
    "the X-ray: the flags of the site stay as they were typed",
  ],
  [
    new Deno.errors.AddrInUse("Address already in use"),
    { hostname: "127.0.0.1", port: 8081, sitePort: 8082 },
    "port 8081 is taken by another program; take another one: --xray-port 8083, " +
    "or --xray-port 0 for any that is free",
    "the X-ray: not the port that the site has",
  ],
  [
    new Deno.errors.AddrInUse("Address already in use"),
    { hostname: "127.0.0.1", port: 65_535, sitePort: 8080 },
    "port 65535 is taken by another program; take another one: --xray-port 8081, " +
    "or --xray-port 0 for any that is free",
    "the same past the last port",
  ],
  [
    new Deno.errors.AddrInUse("Address already in use"),
    { hostname: "127.0.0.1", port: 8080, sitePort: 8080 },
    "port 8080 is taken by the site; take another one: --xray-port 8081, " +
    "or --xray-port 0 for any that is free",
    "the X-ray: both were given one port",
  ],
  [
    new Deno.errors.AddrInUse("Address already in use"),
    { hostname: "127.0.0.1", port: 8080, sitePort: 8080, listener: "metrics" },
    "port 8080 is taken by the site; take another one: --metrics 8081, " +
    "or --metrics 0 for any that is free",
    "metrics: the port of the site stays where it is",
  ],
  [
    new Deno.errors.AddrNotAvailable("x"),
    { hostname: "192.0.2.1", port: 9464, sitePort: 8080, listener: "metrics" },
    '"192.0.2.1" is not an address of this machine; type --metrics 127.0.0.1:9464 for this ' +
    "machine alone, or --metrics 0.0.0.0:9464 for its network",
    "metrics: the flag takes an address with its port",
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    { hostname: "127.0.0.1", port: 81, sitePort: 8080 },
    "the system does not let you listen on port 81, as ports below 1024 are privileged; " +
    "type --xray-port 8081",
    "the X-ray: a privileged port",
  ],
  [
    new Deno.errors.AddrNotAvailable("Cannot assign requested address"),
    { hostname: "192.0.2.1", port: 3001, sitePort: 3000 },
    '"192.0.2.1" is not an address of this machine; type --xray-host 127.0.0.1 for this machine ' +
    "alone, or --xray-host 0.0.0.0 for its network",
    "the X-ray: another host",
  ],
  [
    new Deno.errors.AddrNotAvailable("Cannot assign requested address"),
    { hostname: "--host", port: 3001, sitePort: 3000 },
    '"--host" is not an address of this machine; type --xray-host 127.0.0.1 for this machine ' +
    "alone, or --xray-host 0.0.0.0 for its network",
    "the X-ray: what was typed is repeated as it was",
  ],
  [new TypeError("x is not a function"), {}, "cannot start: x is not a function", "a bug of ours"],
  [new Error("Too many\n  open files"), {}, "cannot start: Too many open files", "one line"],
  ["thrown", {}, "cannot start: thrown", "not even an error"],
];

Deno.test("explainBootError() says what to type instead", () => {
  for (const [error, asked, message, why] of CASES) {
    assertEquals(explainBootError(error, boot(asked)), message, why);
  }
});

Deno.test("explainMissing() names all that is missing at once", () => {
  assertEquals(
    explainMissing(["read", "net"], boot({ root: "./static", args: ["-q"] })),
    'the sandbox does not let Vitrine read the folder "./static" or listen on 0.0.0.0:3000; type: ' +
      `${RUN} --allow-read=./static --allow-net main.ts -q`,
  );
});

Deno.test("explainMissing() repeats the arguments without the password", () => {
  for (const args of [["--auth", "ada:engine", "site"], ["--auth=ada:engine", "site"]]) {
    const message = explainMissing(["read"], boot({ root: "site", args }));
    assertEquals(message.includes("engine"), false, message);
    assertEquals(/--auth[ =]USER:PASSWORD site$/.test(message), true, message);
  }
});

testWithoutRights("main.ts refuses a folder that it may not enter", async (wrapper) => {
  const cwd = await Deno.makeTempDir({ prefix: "vitrine_" });
  await Deno.mkdir(`${cwd}/open`);
  await Deno.mkdir(`${cwd}/shut`, { mode: 0o000 });
  const main = new URL("../../main.ts", import.meta.url).href;
  const [program, ...args] = [
    ...[...wrapper, Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-read=."],
    ...["--allow-net", main, "--host", "192.0.2.1"], // Where it could not listen.
  ];
  const may = 'the system does not let you read the folder "shut"';
  const CASES = [
    ["shut", `${may}; name another, or change who may read it`],
    [
      "open --mount /docs=shut",
      `${may} for /docs; change who may read it, or leave out --mount`,
    ],
    [
      "open --follow shut",
      `${may} for links to lead into; change who may read it, or leave out --follow`,
    ],
  ] as const;
  try {
    for (const [typed, message] of CASES) {
      const command = new Deno.Command(program, { args: [...args, ...typed.split(" ")], cwd });
      const { code, stderr } = await command.output();
      assertEquals([code, new TextDecoder().decode(stderr)], [2, `vitrine: ${message}\n`]);
    }
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
