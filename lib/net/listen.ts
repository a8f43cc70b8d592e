/**
 * Opens the listening socket, with TLS if there is a certificate. All that can be wrong with its two files is told in
 * words, as Deno's own are those of a library.
 *
 * Three limits are Deno's (measured, 2.9.6). Plain HTTP on a port with TLS is answered by an alert of Deno's own, before we
 * see a byte of it. TCP_NODELAY cannot be set with TLS, so what follows a small packet can wait for its acknowledgement.
 * `node:tls` has neither limit, but takes 1.2 to 1.6 times the processor's time for 1 KiB, and its listener never accepts
 * again once descriptors have run out. And with TLS, a descriptor is gone only when its peer has finished the handshake,
 * has taken what is being written, or has left, whatever we call: 1,000 peers that never begin, or stop within their
 * ClientHello, keep 1,000 descriptors, and 30 downloads that nobody reads keep 30. `tls_socket.ts` counts them; where they
 * come near to all that the system allows, nobody is accepted until some of them leave. For a classroom that is fine; on
 * the open Internet put a proxy in front, which is where most certificates live anyway.
 */

import { codeOf } from "../errors.ts";
import { readSmallText } from "../files/disk_file.ts";
import type { Options } from "../options.ts";

/** Longest file of a certificate with its chain, in bytes; most have 5,000. */
const MAX_PEM_BYTES = 1_000_000;

/**
 * Connections that wait to be accepted, at the most; the system may allow fewer (`somaxconn`, 4,096 on Linux). With
 * Deno's 511 a burst of 600 makes some of them ask again after a second.
 */
const BACKLOG = 4_096;

/** A listening socket, and one connection of it, with TLS or without. */
export type Listener = Deno.TcpListener | Deno.TlsListener;
export type Conn = Deno.TcpConn | Deno.TlsConn;

/** Something is wrong with the certificate or its key; the message says what, and what to do. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/**
 * Starts listening.
 *
 * @param os The system that we run on.
 * @throws {CertificateError} And the errors of `Deno.listen`, unchanged.
 */
export function listen(
  { hostname, port, cert, key }: Pick<Options, "hostname" | "port" | "cert" | "key">,
  reusePort = false,
  os: typeof Deno.build.os = Deno.build.os,
): Listener {
  if (!reusePort && port !== 0 && !REFUSES_SPECIFIC.includes(os)) probeLoopback(hostname, port);
  // Said only if it is wanted: without --unstable-net, naming the option is too much already.
  const address = { hostname, port, tcpBacklog: BACKLOG, ...(reusePort ? { reusePort } : {}) };
  if (cert === null && key === null) return Deno.listen(address);
  if (cert === null || key === null) {
    throw new CertificateError("a certificate and its key belong together; name both");
  }
  const pems = { cert: readPem(cert, "certificate"), key: readPem(key, "key") };
  try {
    // RFC 7301: who would like HTTP/2 as well is told that this is what we speak.
    return Deno.listenTls({ ...address, ...pems, alpnProtocols: ["http/1.1"] });
  } catch (error) {
    throw explain(error, cert, key);
  }
}

/** Whether several listeners can share a port: that needs --unstable-net, which brings this function, and no Windows. */
export function mayShare(): boolean {
  return typeof Deno.listenDatagram === "function" && Deno.build.os !== "windows";
}

/** The certificate and its chain in PEM, for who has to trust it. @throws {CertificateError} */
export function readCertificate(cert: string): string {
  return readPem(cert, "certificate");
}

/** Systems on which nobody listens on all addresses while another program has the port of one of them. */
const REFUSES_SPECIFIC: readonly string[] = ["linux", "android"];
const LOOPBACK: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0": ["127.0.0.1"],
  "::": ["127.0.0.1", "::1"],
};

/**
 * Windows and macOS let us have a port on all addresses beside another program that has it on 127.0.0.1 and gets every
 * request for `localhost`: our own address would show somebody else's site.
 *
 * @throws {Deno.errors.AddrInUse} If there is such a program.
 */
function probeLoopback(hostname: string, port: number): void {
  for (const loopback of LOOPBACK[hostname] ?? []) {
    const taken = takenError(loopback, port); // If it is not for us, all addresses will tell.
    if (taken !== null) throw taken;
  }
}

/** Tries whether another program has an address. Gives the error that says so; null if it is free, or there is none. */
export function takenError(hostname: string, port: number): Deno.errors.AddrInUse | null {
  try {
    Deno.listen({ hostname, port }).close();
    return null;
  } catch (error) {
    return error instanceof Deno.errors.AddrInUse ? error : null;
  }
}

function readPem(path: string, what: string): string {
  try {
    const pem = readSmallText(path, MAX_PEM_BYTES);
    if ("text" in pem) return pem.text;
    throw new CertificateError(`${JSON.stringify(path)} ${pem.refusal}; name a PEM file`);
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    if (codeOf(error) === "ENOENT") {
      throw new CertificateError(
        `there is no ${what} ${
          JSON.stringify(path)
        }; deno task cert makes cert.pem and key.pem here`,
      );
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new CertificateError(
        `the sandbox does not let Vitrine read the ${what} ${
          JSON.stringify(path)
        }; add it to --allow-read`,
      );
    }
    if (codeOf(error) === "EACCES") {
      throw new CertificateError(
        `the system does not let you read the ${what} ${JSON.stringify(path)}`,
      );
    }
    throw new CertificateError(
      `${JSON.stringify(path)} cannot be read as a ${what}; name a PEM file`,
    );
  }
}

/** By what Deno 2.9.6 says, all measured. */
function explain(error: unknown, cert: string, key: string): unknown {
  const message = error instanceof Error ? error.message : "";
  if (/No certificates found|certificate data/.test(message)) {
    return new CertificateError(
      `${JSON.stringify(cert)} holds no certificate; it starts with -----BEGIN CERTIFICATE-----`,
    );
  }
  if (/No keys found|key data/.test(message)) {
    return new CertificateError(
      `${JSON.stringify(key)} holds no private key; it starts with -----BEGIN PRIVATE KEY-----`,
    );
  }
  if (/KeyMismatch/.test(message)) {
    return new CertificateError(
      `the key ${JSON.stringify(key)} does not belong to the certificate ${
        JSON.stringify(cert)
      }; ` +
        "deno task cert makes a pair",
    );
  }
  if (
    error instanceof Deno.errors.InvalidData || /BadEncoding|UnsupportedCertVersion/.test(message)
  ) {
    return new CertificateError(
      `${JSON.stringify(cert)} or ${JSON.stringify(key)} is damaged: ${message}`,
    );
  }
  return error;
}
