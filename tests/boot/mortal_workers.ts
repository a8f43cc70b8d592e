/**
 * `main.ts` with workers that can be told to die, for the tests of workers: each line on standard input goes to the
 * worker that started last. Nothing of this is in the product: it stands in front of `Worker`, and runs
 * `mortal_worker.ts` where `worker.ts` is asked for.
 */

let last: Worker | undefined;

globalThis.Worker = class extends Worker {
  constructor(_specifier: string | URL, options?: WorkerOptions) {
    super(new URL("./mortal_worker.ts", import.meta.url), options);
    this.addEventListener("message", ({ data }) => {
      if (data.kind === "rights") console.error(JSON.stringify(data.rights));
    });
    last = this;
  }
};

await import("../../main.ts");
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  last?.postMessage({ kind: "mortal", order: line.trim() });
}
