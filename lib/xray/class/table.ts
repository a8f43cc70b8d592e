/** The teacher's side of a class: the table student × lesson, names, and whether addresses are masked. */

import { LESSONS } from "../../lessons/lessons.ts";
import type { ClassSide } from "../attending.ts";
import type { Clients } from "../clients.ts";

/** What the teacher changes: the name of a client, or whether addresses are shown. */
export type Naming =
  | { readonly client: number; readonly name: string }
  | { readonly isMasked: boolean };

/** Of the recorder, what is needed here. */
interface Seen {
  readonly clients: Clients;
  readonly classSide: ClassSide | null;
  renamed(address: string | null): void;
}

/** What the page is told, after a change if there is one. Names and masks are there without `--class` as well. */
export function classIn(recorder: Seen, naming: Naming | null = null): unknown {
  const { clients, classSide } = recorder;
  if (naming !== null && "isMasked" in naming) {
    clients.isMasked = naming.isMasked;
    recorder.renamed(null);
  } else if (naming !== null) {
    const address = clients.rename(naming.client, naming.name);
    if (address !== null) recorder.renamed(address);
  }
  const students = classSide?.students((address) => clients.numberOf(address)) ?? [];
  return {
    isOn: classSide !== null,
    isMasked: clients.isMasked,
    lessons: LESSONS.map(({ number, title }) => ({ number, title })),
    students: students.map(({ address, ...student }) => ({
      ...student,
      name: clients.labelOf(address),
      address: clients.addressOf(student.client),
    })),
  };
}

/** Reads what the page sent; null for anything else. */
export function parseNaming(value: unknown): Naming | null {
  if (typeof value !== "object" || value === null) return null;
  const { client, name, isMasked } = value as Record<string, unknown>;
  if (typeof isMasked === "boolean") return { isMasked };
  return typeof client === "number" && typeof name === "string" ? { client, name } : null;
}
