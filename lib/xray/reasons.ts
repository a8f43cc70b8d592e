/**
 * Why a response has its status, in plain words, for every status that Vitrine can give and every way that leads to it.
 * Pure data and one look-up: the first row whose conditions all hold is the answer. The rows are in `reasons_given.ts`, of
 * what is given, and `reasons_refused.ts`, of what is not.
 */

import type { Conditions, Facts, Reason } from "./reason.ts";
import { GIVEN } from "./reasons_given.ts";
import { REFUSED } from "./reasons_refused.ts";

interface Row extends Reason, Conditions {
  readonly status: number;
}

/** One row per reason; the last of each status says what the status means at all. */
export const REASONS: readonly Row[] = [...GIVEN, ...REFUSED].map((
  [status, text, section, conditions],
) => ({ status, text, section, ...conditions }));

/** Gives the reason of a response. For a status that no row has, its class. */
export function reasonFor(facts: Facts): Reason {
  const { statusCode, rule, detail, method, way, asked, said } = facts;
  const found = REASONS.find((row) =>
    row.status === statusCode &&
    (row.rule === undefined || row.rule === rule) &&
    (row.detail === undefined || row.detail.test(detail ?? "")) &&
    (row.method === undefined || row.method === method) &&
    (row.field === undefined || asked.has(row.field)) &&
    (row.way === undefined || row.way === way) &&
    (row.contentType === undefined || said.get("content-type")?.startsWith(row.contentType)) &&
    (row.when === undefined || row.when(facts))
  );
  return found === undefined
    ? { text: "see what the class of this status means", section: "RFC 9110 §15" }
    : { text: found.text, section: found.section };
}
