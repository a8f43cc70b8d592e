/**
 * The line to a launcher, if one has started us: the sandbox lets us open no browser, the launcher may. It is the channel
 * that Node gives to a child, which Deno 2.9.6 has as well, without any permission.
 */

/** What the launcher is told. */
export interface ToLauncher {
  /** An address to open in the browser. */
  readonly open: string;
}

/** The part of Node's `process` that is used; `send` is there if there is a launcher. */
interface NodeProcess {
  readonly send?: (message: ToLauncher) => boolean;
  on(event: "disconnect", listener: () => void): void;
}

function nodeProcess(): NodeProcess {
  return (globalThis as unknown as { process: NodeProcess }).process;
}

/** Asks the launcher to open an address. False if there is none. */
export function askToOpen(url: string): boolean {
  const { send } = nodeProcess();
  return send?.({ open: url }) ?? false;
}

/** Calls back when the launcher has ended, however it ended. */
export function onLauncherGone(listener: () => void): void {
  const process = nodeProcess();
  if (process.send !== undefined) process.on("disconnect", listener);
}
