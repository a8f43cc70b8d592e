#!/usr/bin/env node
/**
 * `npx vitrine DIR`: the program of the npm package. It runs in Node, and starts Deno in the smallest sandbox that does
 * what the arguments ask for: to read that folder, and to listen. All else is `main.ts`, which lies beside it as a bundle.
 *
 * Node is imported in this file alone; nothing that serves imports it.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseCommandLine, quoted } from "../cli.ts";
import type { Invocation } from "../invocation.ts";
import type { ToLauncher } from "../launcher_link.ts";
import { denoFlags, LauncherSources, pathWithComma } from "./deno_flags.ts";

/** How often to look whether npx is still there, in ms. */
const LOOK_MS = 500;
const IN_NPX = process.env.npm_command === "exec";

if ("Deno" in globalThis) {
  // `deno run npm:vitrine`: the sandbox is that of Deno's flags.
  await import(beside("vitrine.js").href);
} else {
  launch();
}

function launch(): void {
  const args = process.argv.slice(2);
  const name = IN_NPX ? "npx vitrine" : "vitrine";
  const invocation: Invocation = {
    kind: "launched",
    name,
    hasSite: false,
    isWindows: process.platform === "win32",
  };
  const sources = new LauncherSources((path) => readFileSync(path, "utf8"));
  const command = parseCommandLine(args, { stdoutIsTerminal: true, invocation, sources });
  const withComma = pathWithComma(command, sources.read);
  if (withComma !== null) {
    refuse(
      `Deno cannot be told of ${
        quoted(withComma)
      }, for its comma; rename it, or go there and serve .`,
    );
  }
  const worker = fileURLToPath(beside("worker.js"));
  const flags = denoFlags(command, { worker, read: sources.read });
  const main = fileURLToPath(beside("vitrine.js"));
  const child = spawn(denoPath(), ["run", ...flags, main, `--launched-as=${name}`, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  });
  passOn(child);
  child.on("message", ({ open }: ToLauncher) => openBrowser(open));
}

function beside(name: string): URL {
  return new URL(`./${name}`, import.meta.url);
}

/** Deno's program, of the package that this one depends on. */
function denoPath(): string {
  try {
    return createRequire(import.meta.url)("deno/install_api.cjs").runInstall();
  } catch (error) {
    refuse(`cannot find Deno: ${error instanceof Error ? error.message : error}`);
  }
}

/** Signals go to the server, and its end is ours. */
function passOn(child: ChildProcess): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => refuse(error.message));
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal ?? "SIGTERM"]));
  });
  if (!IN_NPX) return; // Whoever starts us in the background may leave.
  // npx passes no signal on: when it is gone, so is what it was typed for.
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || child.kill("SIGTERM"), LOOK_MS).unref();
}

function openBrowser(url: string): void {
  const [program, ...args] = process.env.BROWSER !== undefined
    ? [process.env.BROWSER, url]
    : process.platform === "darwin"
    ? ["open", url]
    : process.platform === "win32"
    ? ["rundll32", "url.dll,FileProtocolHandler", url] // No shell that could read more into it.
    : ["xdg-open", url];
  const browser = spawn(program, args, { stdio: "ignore", detached: true });
  browser.on("error", () => console.error(`vitrine: cannot start a browser; open ${url}`));
  browser.unref();
}

function refuse(message: string): never {
  console.error(`vitrine: ${message}`);
  process.exit(2);
}
