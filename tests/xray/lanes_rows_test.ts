/** Which lanes are shown: filters by client, status and path, and rows of clients. */

import { assertEquals } from "@std/assert";
import type { Lane } from "../../lib/xray/events.ts";
import type { Summary } from "../../lib/xray/detail.ts";
import { rowsOf, wholeChoice } from "../../lib/xray/page/lanes_rows.js";

function lane(number: number, client: number): Lane {
  const peer = `10.0.0.${client}:${4_000 + number}`;
  const rest = { openMs: 0, closeMs: 0, skipped: 0 };
  return { number, peer, client, clientName: `client ${client}`, ...rest };
}

function request(id: number, connection: number, change: Partial<Summary> = {}): Summary {
  return {
    ...{ id, connection, order: 1, method: "GET", requestTarget: "/", statusCode: 200 },
    ...{ startMs: id, endMs: id + 1, steps: [], now: 5, contentBytes: 0 },
    ...{ cached: false, complete: true },
    ...change,
  };
}

const KNOWN = {
  lanes: [lane(1, 1), lane(2, 2), lane(3, 1), lane(4, 2)],
  requests: [
    request(1, 1, { requestTarget: "/A.txt" }),
    request(2, 2, { statusCode: 404 }),
    request(3, 3, { statusCode: 304, requestTarget: "/a.txt?x" }),
    request(4, 3, { endMs: 0, statusCode: 0 }),
    request(5, 1, { statusCode: 0 }),
  ],
};

/** Rows in short: the client's name or the lane, and its requests. */
function shortOf(choice: Partial<ReturnType<typeof wholeChoice>>) {
  return rowsOf(KNOWN, { ...wholeChoice(), ...choice }).map(({ number, requests, group }) =>
    `${group === null ? `#${number}` : group.name}: ${requests.map(({ id }) => id).join()}`
  );
}

const CHOICES = [
  // choice, rows, why
  [{}, ["#4: ", "#3: 3,4", "#2: 2", "#1: 1,5"], "all, the newest lane first"],
  [{ client: 2 }, ["#4: ", "#2: 2"], "of one client, idle lanes as well"],
  [{ status: "4" }, ["#2: 2"], "by status: no lane without one"],
  [{ status: "3" }, ["#3: 3"], "304"],
  [{ status: "0" }, ["#1: 5"], "given up"],
  [{ status: "…" }, ["#3: 4"], "under way is not given up"],
  [{ path: "a.TXT" }, ["#3: 3", "#1: 1"], "by a part of the path, in any case"],
  [{ path: "a.txt", client: 2 }, [], "both"],
  [{ isGrouped: true }, [
    "client 1: ",
    "#3: 3,4",
    "#1: 1,5",
    "client 2: ",
    "#4: ",
    "#2: 2",
  ], "each client above its lanes"],
  [{ isGrouped: true, folded: new Set([1]) }, [
    "client 1: 3,4,1,5",
    "client 2: ",
    "#4: ",
    "#2: 2",
  ], "a folded client is one lane with all"],
] as const;

for (const [choice, rows, why] of CHOICES) {
  Deno.test(`rowsOf() shows ${why}`, () => {
    assertEquals(shortOf(choice), [...rows]);
  });
}

Deno.test("rowsOf() counts lanes and requests of each client", () => {
  const rows = rowsOf(KNOWN, { ...wholeChoice(), isGrouped: true });
  const groups = rows.map(({ group }) => group).filter((group) => group !== null);
  assertEquals(groups.map(({ laneCount, requestCount }) => [laneCount, requestCount]), [[2, 4], [
    2,
    1,
  ]]);
});

Deno.test("rowsOf() shows what came before there were clients", () => {
  const { client: _client, clientName: _name, ...old } = lane(7, 1);
  const rows = rowsOf({ lanes: [old as Lane], requests: [request(1, 7), request(2, 9)] }, {
    ...wholeChoice(),
    isGrouped: true,
  });
  assertEquals(rows.map(({ number, requests }) => [number, requests.length]), [[0, 0], [9, 1], [
    7,
    1,
  ]]);
});
