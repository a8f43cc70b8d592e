/** The server as a process of ours: started by `--restart`, again after its end, and ended with the checker. */

/** Starts a command, ends what it started before. */
export class Restarter implements Disposable {
  readonly #command: readonly string[];
  #child: Deno.ChildProcess | null = null;

  /** @param command A program and its arguments; null if it will never be asked to start. */
  constructor(command: readonly string[] | null) {
    this.#command = command ?? [];
  }

  /** Starts the server; the one that was started before is ended first. Never rejects. */
  async start(): Promise<void> {
    await this.#stop();
    const [program, ...args] = this.#command;
    try {
      // What it says is not part of the report.
      this.#child = new Deno.Command(program, {
        args,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    } catch (error) {
      console.error(
        `check: Cannot start ${program}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this[Symbol.dispose]();
    await child?.status;
  }

  /** Ends the server, if it still runs: one that hangs hears no gentle signal. */
  [Symbol.dispose](): void {
    try {
      this.#child?.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    this.#child = null;
  }
}
