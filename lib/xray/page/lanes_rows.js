/**
 * Which lanes are shown, and in which order: those that a filter lets through, by client if that is wanted, each client
 * under a row of its own, which may be folded into one lane. Pure: what is known goes in, rows come out.
 */

/**
 * @typedef {import("./store.js").Summary} Summary
 * @typedef {import("./store.js").Lane} Lane
 * @typedef {{ client: number | null, status: string, path: string, isGrouped: boolean, folded: Set<number> }} Choice
 *   What is chosen: null is any client, `""` any status and any path.
 * @typedef {{ number: number, requests: Summary[], group: Group | null }} Row `group` is there on the row of a client.
 * @typedef {{ client: number, name: string, laneCount: number, requestCount: number, isFolded: boolean,
 *   words: string }} Group
 */

/** What is chosen at first: all. @returns {Choice} */
export function wholeChoice() {
  return { client: null, status: "", path: "", isGrouped: false, folded: new Set() };
}

/** The kinds of status that can be asked for, in words. */
export const STATUSES = {
  "2": "2xx: success",
  "3": "3xx: look elsewhere",
  "4": "4xx: the client’s fault",
  "5": "5xx: the server’s fault",
  "0": "none: given up",
  "…": "under way",
};

/** Whether a request is let through. @param {Summary} request @param {Choice} choice @param {number | undefined} client Whose it is. */
export function fits({ statusCode, endMs, requestTarget }, choice, client) {
  if (choice.client !== null && choice.client !== client) return false;
  const kind = endMs === 0 ? "…" : String(Math.floor(statusCode / 100));
  if (choice.status !== "" && choice.status !== kind) return false;
  return choice.path === "" || requestTarget.toLowerCase().includes(choice.path.toLowerCase());
}

/**
 * The rows, the newest lane first.
 *
 * @param {{ lanes: Iterable<Lane>, requests: Iterable<Summary> }} known What is in the time that is looked at.
 * @param {Choice} choice
 * @returns {Row[]}
 */
export function rowsOf({ lanes, requests }, choice) {
  /** @type {Map<number, Lane>} */
  const known = new Map();
  /** @type {Map<number, Summary[]>} */
  const byLane = new Map();
  const asksForRequests = choice.status !== "" || choice.path !== "";
  for (const lane of lanes) {
    known.set(lane.number, lane);
    const isChosen = choice.client === null || choice.client === lane.client;
    // A lane without requests answers to no question about requests.
    if (isChosen && !asksForRequests) byLane.set(lane.number, []);
  }
  for (const request of requests) {
    if (!fits(request, choice, known.get(request.connection)?.client)) continue;
    const others = byLane.get(request.connection);
    if (others === undefined) byLane.set(request.connection, [request]);
    else others.push(request);
  }
  const rows = [...byLane].sort(([a], [b]) => b - a)
    .map(([number, requests]) => ({ number, requests, group: null }));
  return choice.isGrouped ? grouped(rows, known, choice.folded) : rows;
}

/** @param {Row[]} rows @param {Map<number, Lane>} known @param {Set<number>} folded @returns {Row[]} */
function grouped(rows, known, folded) {
  /** @type {Map<number, { name: string, rows: Row[] }>} */
  const clients = new Map();
  for (const row of rows) {
    const { client = 0, clientName = "" } = known.get(row.number) ?? {};
    const group = clients.get(client) ?? { name: clientName, rows: [] };
    group.rows.push(row);
    clients.set(client, group);
  }
  return [...clients].sort(([a], [b]) => a - b).flatMap(([client, { name, rows }]) => {
    const isFolded = folded.has(client);
    const all = rows.flatMap(({ requests }) => requests);
    const group = {
      ...{ client, name, isFolded },
      laneCount: rows.length,
      requestCount: all.length,
      words: `${counted(rows.length, "lane")}, ${counted(all.length, "request")}`,
    };
    const head = { number: 0, requests: isFolded ? all : [], group };
    return isFolded ? [head] : [head, ...rows];
  });
}

/** @param {number} number @param {string} what */
function counted(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
