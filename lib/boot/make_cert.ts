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
const HERE_ALREADY = "cert.pem or key.pem is here already; delete both to make a new pair";

/**
 * Makes a pair for names and IP addresses; `localhost` is always among them.
 *
 * @throws {TypeError} For what {@linkcode altNameOf} does not take.
 */
export async function makePair(names: readonly string[], nowMs: number): Promise<Pair> {
  const all = new Set(["localhost", "127.0.0.1", "::1", ...names]);
  const altNames = [...all].map((name) => {
    const altName = altNameOf(name);
    if (altName === null) throw new TypeError(`Cannot certify ${name}`);
    return altName;
  });
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

/** A name or an address as a certificate has it (RFC 5280 §4.2.1.6), umlauts as A-labels; null if it is neither. */
export function altNameOf(name: string) {
  const isV6 = name.includes(":");
  const label = name.replace(/^\*\./, "");
  const host = hostOf(isV6 ? `[${name}]` : label);
  if (host === null || !isV6 && /[^\p{L}\p{M}\d._-]/u.test(label)) return null;
  const isV4 = /^[\d.]+$/.test(host);
  if (isV6 || isV4) return isV4 && host !== name ? null : { type: 7, ip: name } as const;
  return { type: 2, value: name.startsWith("*.") ? `*.${host}` : host } as const;
}

/** As URLs have it; null if they have no such host. */
function hostOf(text: string): string | null {
  return text.startsWith("-") ? null : URL.parse(`http://${text}/`)?.hostname ?? null;
}

if (import.meta.main) {
  const bad = Deno.args.find((name) => altNameOf(name) === null);
  if (bad !== undefined) {
    const example = "deno task cert 192.168.1.20 my-laptop.local";
    refuse(`${JSON.stringify(bad)} is no name or address; type for example: ${example}`, 2);
  }
  const { cert, key } = await makePair(Deno.args, Date.now());
  // Never over another file: that one may be in use.
  if (!isWritten("cert.pem", cert, 0o644)) refuse(HERE_ALREADY, 1);
  if (!isWritten("key.pem", key, 0o600)) {
    Deno.removeSync("cert.pem"); // It is of no use without its key.
    refuse(HERE_ALREADY, 1);
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

function refuse(why: string, code: number): never {
  console.error(why);
  Deno.exit(code);
}
