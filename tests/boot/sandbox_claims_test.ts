/**
 * What Deno's sandbox stops and what it does not: each row is a line of code that a process with the permissions of
 * `deno task serve` runs. The guide (`static/guide/sandbox.html`) says no more than is shown here.
 */

import { assert, assertEquals } from "@std/assert";
import { CAN_LINK } from "../tools.ts";
import { withServer, writeFile } from "../wire/harness.ts";

const NO_LINKS = !CAN_LINK;

/** A folder to serve, with a link in it to a secret outside. */
function makeFolders(): { site: string; secret: string } & Disposable {
  const above = Deno.realPathSync(Deno.makeTempDirSync());
  const [site, secret] = [`${above}/site`, `${above}/secret.txt`];
  Deno.mkdirSync(site);
  Deno.writeTextFileSync(`${site}/a.txt`, "inside");
  Deno.writeTextFileSync(secret, "outside");
  if (!NO_LINKS) Deno.symlinkSync(secret, `${site}/link.txt`);
  return { site, secret, [Symbol.dispose]: () => Deno.removeSync(above, { recursive: true }) };
}

/** Runs code in the sandbox of the server. Gives what it prints: a result, or the name of the error. */
async function inSandbox(code: string, net = "--allow-net"): Promise<string> {
  using folders = makeFolders();
  const { site, secret } = folders;
  const inCode = (path: string) => path.replaceAll("\\", "/"); // In a string a backslash is none.
  const filled = code.replaceAll("SITE", inCode(site)).replaceAll("SECRET", inCode(secret));
  const program =
    `try { console.log(await (${filled})) } catch (error) { console.log(error.name) }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", `--allow-read=${site}`, net],
      `data:text/javascript,${encodeURIComponent(program)}`,
    ],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** One that is there: of one that is not, Windows says so before the sandbox does. */
const PROGRAM = Deno.build.os === "windows" ? "cmd" : "ls";

const CLAIMS: readonly (readonly [claim: string, code: string, outcome: string])[] = [
  ["files of the site can be read", 'Deno.readTextFile("SITE/a.txt")', "inside"],
  ["other files cannot", 'Deno.readTextFile("SECRET")', "NotCapable"],
  ["nor by two dots", 'Deno.readTextFile("SITE/../secret.txt")', "NotCapable"],
  ["nothing can be written", 'Deno.writeTextFile("SITE/a.txt", "")', "NotCapable"],
  ["nothing can be removed", 'Deno.remove("SITE/a.txt")', "NotCapable"],
  ["no program can be started", `new Deno.Command("${PROGRAM}").output()`, "NotCapable"],
  ["the environment cannot be read", 'Deno.env.get("HOME")', "NotCapable"],
  ["no library can be loaded", 'Deno.dlopen("SITE/a.txt", {})', "NotCapable"],
  ["the system cannot be looked at", "Deno.hostname()", "NotCapable"],
];

for (const [claim, code, outcome] of CLAIMS) {
  Deno.test(`the sandbox: ${claim}`, async () => assertEquals(await inSandbox(code), outcome));
}

Deno.test({
  name: "the sandbox does not stop: a link inside the folder leads out of it",
  ignore: NO_LINKS,
  fn: async () => assertEquals(await inSandbox('Deno.readTextFile("SITE/link.txt")'), "outside"),
});

Deno.test("the sandbox does not stop: --allow-net lets the process call others, too", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const code = `Deno.connect({ hostname: "127.0.0.1", port: ${port} }).then(() => "connected")`;
  const accepted = listener.accept();
  assertEquals(await inSandbox(code), "connected");
  (await accepted).close();
  assertEquals(
    await inSandbox(code, "--allow-net=0.0.0.0:3000"),
    "NotCapable",
    "unless it is scoped",
  );
});

Deno.test({
  name:
    "Vitrine stops what the sandbox does not: no link that leads outside is followed, or listed",
  ignore: NO_LINKS,
  async fn() {
    await withServer(
      { "a.txt": "inside", "dir/b.txt": "b" },
      async ({ connect, root, outside }) => {
        await writeFile(outside, "secret.txt", "outside");
        await Deno.symlink(`${outside}/secret.txt`, `${root}/link.txt`);
        await Deno.symlink("link.txt", `${root}/chain.txt`);
        await Deno.symlink(outside, `${root}/folder`);
        await Deno.symlink("../..", `${root}/dir/up`);
        await Deno.symlink("a.txt", `${root}/within.txt`);
        const client = await connect();
        const ask = async (target: string) => {
          await client.send(
            `GET ${target} HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n`,
          );
          return await client.readResponse();
        };
        for (
          const target of [
            "/link.txt",
            "/chain.txt",
            "/folder/",
            "/folder/secret.txt",
            "/dir/up/",
            "/dir/up/outside/secret.txt",
          ]
        ) {
          assertEquals((await ask(target)).statusCode, 404, target);
        }
        assertEquals((await ask("/within.txt")).content, "inside");
        const { entries } = JSON.parse((await ask("/")).content);
        assertEquals(entries.map(({ name }: { name: string }) => name), [
          "dir",
          "a.txt",
          "within.txt",
        ]);
      },
      { listing: true },
    );
  },
});

Deno.test({
  name:
    "Vitrine stops what the sandbox does not: a folder that is swapped for a link while it is read",
  ignore: NO_LINKS,
  async fn() {
    await withServer({ "dir/a.txt": "inside" }, async ({ connect, root, outside }) => {
      await writeFile(outside, "a.txt", "outside");
      await writeFile(outside, "secret.txt", "outside");
      await Deno.symlink(outside, `${root}/link`);
      let isDone = false;
      const swapping = (async () => {
        while (!isDone) {
          await Deno.rename(`${root}/dir`, `${root}/aside`);
          await Deno.rename(`${root}/link`, `${root}/dir`);
          await Deno.rename(`${root}/dir`, `${root}/link`);
          await Deno.rename(`${root}/aside`, `${root}/dir`);
        }
      })();
      try {
        const client = await connect();
        for (let i = 0; i < 200; i++) {
          for (const target of ["/dir/a.txt", "/dir/"]) {
            await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
            const { content } = await client.readResponse();
            assert(!/outside|secret/.test(content), content);
          }
        }
      } finally {
        isDone = true;
        await swapping;
      }
    }, { listing: true, keepAliveMax: 0, cacheSizeMiB: 0 });
  },
});
