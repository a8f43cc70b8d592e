/** Requests that are dear to answer: work that grows faster than their bytes. */

import { askOn, type Attack, Counts, endOf, type Figures, type Target } from "../attack.ts";
import { Peer, requestOf } from "../peer.ts";

const SECONDS = { test: 1, table: 8 };
const BLANKS = " ".repeat(60_000);

/** Asks on several connections without a pause. */
async function flood(
  target: Target,
  seconds: number,
  { connections, request }: { connections: number; request: () => Uint8Array },
): Promise<Figures> {
  const counts = new Counts();
  const until = endOf(seconds);
  const open = (conn: Deno.Conn) => new Peer(conn);
  await Promise.all(Array.from(
    { length: connections },
    () => askOn(target, counts, { until, request, open }),
  ));
  return counts.figures;
}

export const deepTargets: Attack = {
  name: "deep",
  title: "8 connections ask for paths of 4,000 folders",
  seconds: SECONDS,
  run(target, seconds) {
    const request = requestOf("/a".repeat(4000));
    return flood(target, seconds, { connections: 8, request: () => request });
  },
};

/** A field value of two words with 60,000 blanks between, which some regular expressions try in all ways. */
function blanks(fieldName: string): Attack {
  return {
    name: `blanks-${fieldName.toLowerCase()}`,
    title: `\`${fieldName}\` with 60,000 blanks, one connection`,
    seconds: { test: 0.5, table: 8 },
    run(target, seconds) {
      const request = requestOf("/a.txt", `${fieldName}: a${BLANKS}b`);
      return flood(target, seconds, { connections: 1, request: () => request });
    },
  };
}

export const blanksConnection = blanks("Connection");
export const blanksAcceptEncoding = blanks("Accept-Encoding");
export const blanksTransferEncoding = blanks("Transfer-Encoding");

export const missing: Attack = {
  name: "missing",
  title: "16 connections ask for names that are not there",
  seconds: SECONDS,
  run(target, seconds) {
    let count = 0;
    const request = () => requestOf(`/wp-${count++}/login.php`);
    return flood(target, seconds, { connections: 16, request });
  },
};

/** What {@linkcode missing} is compared with: no attack, but a busy day. */
export const hits: Attack = {
  name: "hits",
  title: "16 connections ask for a file that is there",
  seconds: SECONDS,
  run(target, seconds) {
    const request = requestOf("/a.txt");
    return flood(target, seconds, { connections: 16, request: () => request });
  },
};

export const longReferer: Attack = {
  name: "referer",
  title: "`Referer` of 60,000 bytes above 0x7f, 4 connections, log read",
  setup: { log: "reader" },
  seconds: SECONDS,
  run(target, seconds) {
    const request = requestOf("/a.txt", `Referer: ${"\xff".repeat(60_000)}`);
    return flood(target, seconds, { connections: 4, request: () => request });
  },
};
