/**
 * The boot list of the server: read the arguments, check the sandbox, start, say so, and stop on a signal.
 * Whatever goes wrong on the way is one line on the error stream and exit code 2.
 */

import { openAccessLog } from "./lib/log/access_log.ts";
import { explainBootError, explainMissing } from "./lib/boot/boot_errors.ts";
import { authWarning, hostAndPort, parseCommandLine, siteUrl, startText } from "./lib/boot/cli.ts";
import { classText } from "./lib/boot/class_text.ts";
import { DebuggerPort, isListenerThere } from "./lib/boot/debugger_port.ts";
import { findDescriptors, limitText } from "./lib/boot/descriptors.ts";
import { embeddedRoot } from "./lib/boot/embedded.ts";
import { isLocalhostTaken, startOnFreePort } from "./lib/boot/free_port.ts";
import { serveRedirect, together } from "./lib/boot/https_redirect.ts";
import { invocationOf, usualRoot } from "./lib/boot/invocation.ts";
import { askToOpen, onLauncherGone } from "./lib/boot/launcher_link.ts";
import { visitorText } from "./lib/boot/qr.ts";
import {
  explainExcess,
  inspectSandbox,
  missingPermissions,
  sandboxText,
} from "./lib/boot/sandbox.ts";
import { showsSecret, SYSTEM } from "./lib/boot/sources.ts";
import { serve, type ServeInit, type Server } from "./lib/serve.ts";
import { countWorkers, serveWithWorkers } from "./lib/boot/workers.ts";
import type { Recorder } from "./lib/xray/recorder.ts";
import type { Xray } from "./lib/xray/server.ts";

// What is wanted?
const stdoutIsTerminal = Deno.stdout.isTerminal();
const isWindows = Deno.build.os === "windows";
const { invocation, args } = invocationOf({
  args: Deno.args,
  execPath: Deno.execPath(),
  main: Deno.mainModule,
  cwd: Deno.cwd(),
  standalone: Deno.build.standalone,
  isWindows,
});
const root = embeddedRoot(import.meta.dirname, Deno.build.standalone) ?? usualRoot(invocation);
const command = parseCommandLine(args, { stdoutIsTerminal, invocation, root, sources: SYSTEM });
if (command.kind === "print") {
  print(command.text, "log");
  Deno.exit(0);
}
if (command.kind === "usage") refuse(command.message);
const { options, quiet, strictSandbox, portGiven, xrayPortGiven, open } = command;
// When tools read the log, standard output is theirs alone.
const toolsReadLog = options.logFormat === "combined" || options.logFormat === "json";
const debuggerPort = new DebuggerPort();
const isPortOurs = isListenerThere(options);
if (!isWindows && !isPortOurs) debuggerPort.keep();

// May we do it, and does it start?
const accessLog = openAccessLog(options.logFormat, stdoutIsTerminal);
const xray = options.xray ? await import("./lib/xray/server.ts") : null;
const metrics = options.metrics === null ? null : await import("./lib/metrics/server.ts");
const { server, plain, folder, sandbox, limits, shown, told } = await start();

// Stop on a signal, at once on a second one. Shells expect 128 and the signal's number.
let stop = stopGently;
Deno.addSignalListener("SIGINT", () => stop(130));
if (isWindows) {
  Deno.addSignalListener("SIGBREAK", () => stop(149)); // Ctrl+Break.
  Deno.addSignalListener("SIGHUP", () => stop(129)); // The window was closed: Windows gives us 5 s.
} else {
  Deno.addSignalListener("SIGTERM", () => stop(143));
  // Who rotates logs or closes a terminal sends these, and a process that takes none is ended by them.
  Deno.addSignalListener("SIGHUP", async () => {
    tell(`SIGHUP: ${await server.reload()}; serving on`);
  });
  Deno.addSignalListener("SIGUSR2", () => tell("SIGUSR2: it has no meaning here; serving on"));
  Deno.addSignalListener("SIGUSR1", () => {
    const meaning = isPortOurs || debuggerPort.hold()
      ? "it has no meaning here, and Deno's debugger stays shut"
      : "if no other program has port 9229, Deno has opened V8's debugger there for all who may log in " +
        "here; start anew to close it";
    tell(`SIGUSR1: ${meaning}; serving on`);
  });
}

// Say where it is.
const secure = options.cert !== null;
const isLaunched = invocation.kind === "launched";
if (isLaunched) onLauncherGone(() => stop(143));
const isOpened = open && isLaunched && askToOpen(siteUrl(server.address, secure));
const notes = [
  ...options.sites.map(([host, root]) => `Site ${host}: ${root}`),
  options.defaultSite ? null : "Other hosts get 421",
  plain === null ? null : `${siteUrl(plain.address, false)} leads there`,
  sandboxText(sandbox, options),
  limits === null ? null : `Warning: ${limits}`,
  authWarning(options, secure, showsSecret(args)),
  shown === null ? null : xrayText(shown),
  options.classMode ? classText(server.address, secure) : null,
  told === null ? null : `Metrics: http://${hostAndPort(told.hostname, told.port)}/metrics`,
  open && !isOpened
    ? "The sandbox lets it start no browser: click the address above, on many terminals with Ctrl"
    : null,
].filter((note) => note !== null);
// Nobody can guess a token: so this is said to whoever wants to hear of nothing else, too.
if (shown !== null && quiet) print(xrayText(shown), "log");
if (options.classMode && quiet) print(classText(server.address, secure), "log");
say(startText({ ...server.address, root: options.root, folder, secure, notes }));

async function start() {
  try {
    const count = countWorkers(options.workers, Deno.build.os, navigator.hardwareConcurrency);
    const missing = missingPermissions(options, count);
    if (missing.length > 0) refuse(explainMissing(missing, { options, args, invocation }));
    const folder = Deno.realPathSync(options.root);
    const sandbox = await inspectSandbox(folder);
    if (strictSandbox && sandbox.excess.length > 0) {
      refuse(explainExcess(sandbox.excess, options.root));
    }
    const { write: log, writeError: onError, relay, faultsOnly } = accessLog;
    const observer = xray?.openRecorder(options.classMode);
    const descriptors = findDescriptors(options, { threads: count, say: onError });
    const limits = limitText(descriptors, options.maxConnections, count);
    const counts = metrics?.openCounts(count);
    const init = { ...options, log, onError, faultsOnly, onVisitor, observer, descriptors, counts };
    const { server, port, refusal } = startOnFreePort(
      {
        ...{ port: options.port, portGiven, avoid: options.xray ? options.xrayPort : null },
        isTaken: (port) => isLocalhostTaken({ ...options, port }),
      },
      (port) =>
        count === 1
          ? serve({ ...init, port })
          : serveWithWorkers({ ...init, port }, { count, relay, colors: stdoutIsTerminal }),
    );
    if (refusal !== null) say(`Port ${options.port} is ${refusal}, so this is ${port}`);
    const told = counts === undefined ? null : startMetrics(counts, port);
    const { port: securePort } = (await server).address;
    const plain = options.httpsRedirect === null ? null : startRedirect(init, securePort);
    // The last of all, as it may move: to no port that another listener of ours was to have.
    const owners = new Map([
      [told?.port, "the metrics"],
      [plain?.address.port, "the HTTPS redirect"],
      [port, "the site"],
    ]);
    const shown = observer === undefined ? null : startXray(observer, port, owners);
    return { folder, sandbox, limits, server: together(await server, plain), plain, shown, told };
  } catch (error) {
    refuse(explainBootError(error, { options, args, invocation }));
  }
}

/** @param owners What else of ours has a port. */
function startXray(
  recorder: Recorder,
  sitePort: number,
  owners: ReadonlyMap<number | undefined, string>,
): Xray | null {
  const { xrayHostname: hostname, xrayPort: port, xrayOrigins: origins } = options;
  try {
    if (xray === null) return null;
    const { writeError: onError } = accessLog;
    const { server, refusal } = startOnFreePort(
      {
        ...{ port, portGiven: xrayPortGiven, avoid: sitePort },
        isTaken: (port) => isLocalhostTaken({ hostname, port }),
      },
      (port) => xray.serveXray(recorder, { hostname, port, origins, onError }),
    );
    const owner = owners.get(port);
    const why = owner === undefined ? refusal : `taken by ${owner}`;
    if (refusal !== null) say(`Port ${port} is ${why}, so the X-ray is on ${server.port}`);
    return server;
  } catch (error) {
    const asked = { options: { ...options, hostname, port }, args, sitePort, invocation };
    refuse("X-ray: " + explainBootError(error, { ...asked, listener: "xray" }));
  }
}

function startRedirect(init: ServeInit, securePort: number): Server {
  try {
    return serveRedirect({ ...options, ...init }, securePort);
  } catch (error) {
    const ofRedirect = { ...options, port: options.httpsRedirect ?? 0 };
    const asked = { options: ofRedirect, args, sitePort: securePort, invocation };
    refuse("HTTPS redirect: " + explainBootError(error, { ...asked, listener: "redirect" }));
  }
}

function startMetrics(counts: readonly Float64Array[], sitePort: number): Deno.NetAddr | null {
  const { hostname, port } = options.metrics ?? { hostname: "", port: 0 };
  try {
    const { writeError: onError } = accessLog;
    return metrics?.serveMetrics(counts, { hostname, port, onError }).address ?? null;
  } catch (error) {
    const asked = { options: { ...options, hostname, port }, args, sitePort, invocation };
    refuse("metrics: " + explainBootError(error, { ...asked, listener: "metrics" }));
  }
}

function xrayText({ url, watchUrl }: Xray): string {
  const toTeach = `X-ray: open ${url}`;
  return watchUrl === null ? toTeach : `${toTeach}\nX-ray, to watch alone: open ${watchUrl}`;
}

function stopGently(_exitCode: number): void {
  stop = () => {};
  server.shutdown().then(accessLog.flush).finally(() => Deno.exit(0));
  // `deno task` passes Ctrl+C on to a process that the terminal has told already: measured, the same
  // press comes twice within 1 ms. So only what comes later is a second one.
  setTimeout(() => {
    stop = Deno.exit;
    const { drainMs, graceMs } = options;
    const draining = drainMs === 0 ? "" : `Draining for ${drainMs / 1000} s, then `;
    const finishing = `inishing responses for up to ${graceMs / 1000} s; Ctrl+C again stops now`;
    tell(draining + (draining === "" ? "F" : "f") + finishing);
  }, 50);
}

function onVisitor(url: string): void {
  const stream = toolsReadLog ? Deno.stderr : Deno.stdout;
  tell(visitorText(url, stream.isTerminal()));
}

/** Says something once the server runs: in the log's queue, as a reader that has stopped must not block us. */
function tell(text: string): void {
  if (!quiet) accessLog.say(toolsReadLog ? "faults" : "lines", text);
}

/** Says something while the server starts. */
function say(text: string): void {
  if (!quiet) print(text, toolsReadLog ? "error" : "log");
}

/** A disk that is full, behind `>log`, keeps no site from being served. */
function print(text: string, stream: "log" | "error"): void {
  try {
    console[stream](text);
  } catch {
    // There is nobody left to tell.
  }
}

function refuse(message: string): never {
  print(`vitrine: ${message}`, "error");
  Deno.exit(2);
}
