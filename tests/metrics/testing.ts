/** What the tests of metrics share. */

/** Asks for one thing on a connection of its own. */
export async function ask(port: number, path: string, method = "GET") {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { connection: "close" },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Values by their names with labels. Throws at a line that is none. */
export function parseSamples(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("# ")) continue;
    const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (name === undefined || samples.has(name)) throw new Error(`Cannot read ${line}`);
    samples.set(name, Number(value));
  }
  return samples;
}
