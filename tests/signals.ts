/**
 * Signals to a program that a test has started, on Windows as well. There no process sends another one a signal, and Deno's
 * `kill` ends it: it is the console that tells of Ctrl+C, Ctrl+Break and its own end, by starting a thread at `CtrlRoutine` of
 * `kernelbase.dll` in each of its processes, with the number of the event. That is what is done here, without the console: Wine 8
 * has one in a terminal alone, and that one tells of nothing but Ctrl+C (`GenerateConsoleCtrlEvent(1, 0)` fails, measured).
 *
 * @see https://learn.microsoft.com/windows/console/handlerroutine
 */

const IS_WINDOWS = Deno.build.os === "windows";

/** What Vitrine stops gently on here, with its exit code when it comes a second time: 128 and the signal's number. */
export const STOPS: Readonly<Partial<Record<Deno.Signal, number>>> = IS_WINDOWS
  ? { SIGINT: 130, SIGBREAK: 149, SIGHUP: 129 }
  : { SIGINT: 130, SIGTERM: 143 };

/** The console's numbers: CTRL_C_EVENT, CTRL_BREAK_EVENT, CTRL_CLOSE_EVENT. */
const EVENTS: Readonly<Partial<Record<Deno.Signal, number>>> = {
  SIGINT: 0,
  SIGBREAK: 1,
  SIGHUP: 2,
};

/** Sends a signal; on Windows to the processes that this one has started as well, as the console does. */
export function sendSignal({ pid }: Deno.ChildProcess, signal: Deno.Signal): void {
  if (!IS_WINDOWS) return Deno.kill(pid, signal);
  const event = EVENTS[signal];
  if (event === undefined) throw new Error(`Windows has no ${signal}`);
  using kernel = openKernel();
  for (const id of kernel.withChildren(pid)) kernel.tell(id, event);
}

/** Tells a program to stop gently, as the system's own keys do. */
export function stopGently(child: Deno.ChildProcess): void {
  sendSignal(child, IS_WINDOWS ? "SIGINT" : "SIGTERM");
}

const PROCESS_ALL_ACCESS = 0x1f_ffff;
const SNAPSHOT_OF_PROCESSES = 2;
/** `PROCESSENTRY32W`: its length, and where the process's number and its parent's are. */
const ENTRY = { bytes: 568, processId: 8, parentId: 32 };

function openKernel() {
  const library = Deno.dlopen("kernel32.dll", {
    GetModuleHandleW: { parameters: ["buffer"], result: "pointer" },
    GetProcAddress: { parameters: ["pointer", "buffer"], result: "pointer" },
    OpenProcess: { parameters: ["u32", "i32", "u32"], result: "pointer" },
    CreateRemoteThread: {
      parameters: ["pointer", "pointer", "usize", "pointer", "usize", "u32", "pointer"],
      result: "pointer",
    },
    CreateToolhelp32Snapshot: { parameters: ["u32", "u32"], result: "pointer" },
    Process32FirstW: { parameters: ["pointer", "buffer"], result: "i32" },
    Process32NextW: { parameters: ["pointer", "buffer"], result: "i32" },
    CloseHandle: { parameters: ["pointer"], result: "i32" },
  });
  const { symbols } = library;
  const base = symbols.GetModuleHandleW(text("kernelbase.dll", Uint16Array));
  const routine = symbols.GetProcAddress(base, text("CtrlRoutine", Uint8Array));
  if (routine === null) throw new Error("kernelbase.dll has no CtrlRoutine");
  return {
    /** The process, and those that it has started, and theirs. */
    withChildren(pid: number): Set<number> {
      const parents = new Map<number, number>();
      const snapshot = symbols.CreateToolhelp32Snapshot(SNAPSHOT_OF_PROCESSES, 0);
      const entry = new DataView(new ArrayBuffer(ENTRY.bytes));
      entry.setUint32(0, ENTRY.bytes, true);
      const bytes = new Uint8Array(entry.buffer);
      let more = symbols.Process32FirstW(snapshot, bytes);
      for (; more !== 0; more = symbols.Process32NextW(snapshot, bytes)) {
        parents.set(entry.getUint32(ENTRY.processId, true), entry.getUint32(ENTRY.parentId, true));
      }
      symbols.CloseHandle(snapshot);
      const found = new Set([pid]);
      // A set gives what is added while it is gone through.
      for (const id of found) {
        for (const [child, parent] of parents) if (parent === id) found.add(child);
      }
      return found;
    },
    tell(pid: number, event: number): void {
      const handle = symbols.OpenProcess(PROCESS_ALL_ACCESS, 0, pid);
      if (handle === null) return; // It has ended by itself.
      const thread = symbols.CreateRemoteThread(
        handle,
        null,
        0n,
        routine,
        BigInt(event),
        0,
        null,
      );
      for (const opened of [thread, handle]) symbols.CloseHandle(opened);
    },
    [Symbol.dispose]: () => library.close(),
  };
}

/** A text as the system takes it: units of 8 or 16 bits, with a zero at the end. */
function text(
  value: string,
  Units: typeof Uint8Array | typeof Uint16Array,
): Uint8Array<ArrayBuffer> {
  const units = new Units([...value].map((c) => c.charCodeAt(0)).concat(0));
  return new Uint8Array(units.buffer);
}
