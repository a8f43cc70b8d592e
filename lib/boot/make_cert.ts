/**
 * `deno task cert`: makes a certificate that signs itself, for the classroom: `cert.pem` and `key.pem`, good for a year
 * and for this machine's names. Browsers warn once; `curl --cacert cert.pem` does not. Further names and addresses
 * are arguments: `deno task cert 192.168.1.20 my-laptop.local`.
 *
 * The server imports nothing from here.
 */

import { generate } from "selfsigned";

/** A pair in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** Makes a pair for names and IP addresses; `localhost` is always among them. */
export async function makePair(names: readonly string[], nowMs: number): Promise<Pair> {
  const all = new Set(["localhost", "127.0.0.1", "::1", ...names]);
  const altNames = [...all].map((name) =>
    isAddress(name) ? { type: 7, ip: name } as const : { type: 2, value: name } as const
  );
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(nowMs - DAY_MS), // Clocks in a classroom differ.
    notAfterDate: new Date(nowMs + 365 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames },
    ],
  });
  return { cert, key };
}

function isAddress(name: string): boolean {
  return /^[0-9.]+$/.test(name) || name.includes(":");
}

if (import.meta.main) {
  const { cert, key } = await makePair(Deno.args, Date.now());
  // Never over another file: that one may be in use.
  if (!isWritten("cert.pem", cert, 0o644)) refuse();
  if (!isWritten("key.pem", key, 0o600)) {
    Deno.removeSync("cert.pem"); // It is of no use without its key.
    refuse();
  }
  console.log("cert.pem and key.pem are made; deno task serve:tls serves with them");
}

function isWritten(path: string, pem: string, mode: number): boolean {
  try {
    Deno.writeTextFileSync(path, pem, { createNew: true, mode });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function refuse(): never {
  console.error("cert.pem or key.pem is here already; delete both to make a new pair");
  Deno.exit(1);
}
