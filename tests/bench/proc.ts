/** What `/proc` tells of processes: who descends from whom, memory, processor time. */

/** Memory of a process and its children, in bytes. */
export interface Memory {
  /** Now. */
  readonly resident: number;
  /** At most so far; the sum of each process's own maximum. */
  readonly peak: number;
}

/** USER_HZ of `/proc`, the same on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** A process and all that descend from it, read off the parent ids in `/proc`. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statFields(Number(name));
    if (fields) parents.set(Number(name), Number(fields[1]));
  }
  const tree = [root];
  for (let i = 0; i < tree.length; i++) {
    for (const [pid, parent] of parents) if (parent === tree[i]) tree.push(pid);
  }
  return tree;
}

/** The fields of `/proc/PID/stat` from the third on: the second may hold spaces, in brackets. */
function statFields(pid: number): string[] | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Seconds of processor time that a server has used, in user and kernel mode, children included. */
function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, pid) => {
    const fields = statFields(pid);
    return sum + (fields ? Number(fields[11]) + Number(fields[12]) : 0) / TICKS_PER_SECOND;
  }, 0);
}

/** Processor seconds used so far on this machine, by whom. */
export interface CpuUse {
  readonly server: number;
  /** Children of ours that have ended; within a turn, that is wrk. */
  readonly ended: number;
  /** Everybody else but us: what disturbs a measurement. */
  readonly others: number;
}

/** Reads the clocks of the processor for one server; two readings make a difference. */
export function readCpuUse(pid: number): CpuUse {
  const server = cpuSeconds(pid);
  const [own, ended] = [[11, 12], [13, 14]].map(([user, kernel]) => {
    const fields = statFields(Deno.pid);
    return fields ? (Number(fields[user]) + Number(fields[kernel])) / TICKS_PER_SECOND : 0;
  });
  const line = Deno.readTextFileSync("/proc/stat").split("\n")[0];
  const [user, nice, kernel] = line.trim().split(/\s+/).slice(1).map(Number);
  const all = (user + nice + kernel) / TICKS_PER_SECOND;
  return { server, ended, others: all - server - ended - own };
}

/** Memory of a server, children included; pages that they share count once for each. */
export function memoryOf(pid: number): Memory {
  let [resident, peak] = [0, 0];
  for (const member of processTree(pid)) {
    let status = "";
    try {
      status = Deno.readTextFileSync(`/proc/${member}/status`);
    } catch {
      continue; // It ended in between.
    }
    resident += kibibytes(status, "VmRSS") * 1024;
    peak += kibibytes(status, "VmHWM") * 1024;
  }
  return { resident, peak };
}

function kibibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}
