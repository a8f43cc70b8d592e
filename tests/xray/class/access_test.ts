/** `--class`: who gets to the page of a class, and who does not: other sites, strangers to a password, nobody without it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NORMAL } from "../../../lib/xray/experiments.ts";
import { ask, withServer } from "../../wire/harness.ts";
import { withClass } from "./testing.ts";

const FILES = { "a.txt": "hello", "b.txt": "other", "404.html": "<p>gone" };
const ADA = "127.0.0.2";

const REFUSED = [
  // Host, field lines, why
  ["evil.example", [], "DNS rebinding"],
  ["evil.example.", [], "with a point"],
  ["127.0.0.1.evil.example", [], "an address in front"],
  ["", [], "none"],
  [null, ["Sec-Fetch-Site: cross-site"], "a script of another site"],
  [null, ["Sec-Fetch-Site: same-site"], "another port of the machine"],
  [null, ["Origin: http://evil.example"], "fetch() of another site"],
  [null, ["Origin: null"], "a sandboxed frame"],
] as const;

Deno.test("pages of other sites get nothing, even with --cors", async () => {
  await withClass(FILES, async ({ at, port }) => {
    const ada = at(ADA);
    await ada.ask("/a.txt");
    for (const [host, fieldLines, why] of REFUSED) {
      for (const name of ["traces", "events", "request?id=1", "course"]) {
        const asked = { host: host ?? `127.0.0.1:${port}`, fieldLines };
        const { statusCode, content, fields } = await ada.ask(`/.vitrine/me/${name}`, asked);
        assert(statusCode === 403 || statusCode === 400, `${why}: ${statusCode}`);
        assert(!content.includes("a.txt"), why);
        assertEquals(fields.get("access-control-allow-origin"), undefined, why);
      }
    }
    for (const host of ["localhost", "[::1]:80", "10.0.0.7", "lab-3", "lab-3.local:3000"]) {
      assertEquals((await ada.ask("/.vitrine/me/traces", { host })).statusCode, 200, host);
    }
    const same = { fieldLines: ["Sec-Fetch-Site: same-origin", "Origin: https://class.example"] };
    assertEquals((await ada.ask("/.vitrine/me/traces", same)).statusCode, 200, "a browser's word");
    const post = { method: "POST", fieldLines: [] };
    assertEquals((await ada.ask("/.vitrine/me/progress", post)).statusCode, 403, "no own field");
    const { head } = await ada.ask("/.vitrine/me/");
    assertStringIncludes(head, "frame-ancestors 'none'");
    assertStringIncludes(head, "Cross-Origin-Resource-Policy: same-origin");
  }, { cors: true });
});

Deno.test("hosts that --site names are known", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    const status = async (host: string) =>
      (await at(ADA).ask("/.vitrine/me/course", { host })).statusCode;
    assertEquals([await status("www.class.example"), await status("other.example")], [403, 403]);
    const place = recorder.place!;
    recorder.serving({ ...place, isNamedHost: (host) => host === "www.class.example" });
    assertEquals([await status("www.class.example"), await status("other.example")], [200, 403]);
  });
});

Deno.test("--auth asks at /.vitrine/me, too, by every method", async () => {
  await withClass(FILES, async ({ at }) => {
    const GOOD = `Authorization: Basic ${btoa("ada:engine")}`;
    const ada = at(ADA);
    for (const name of ["", "/", "/main.js", "/events", "/traces", "/request?id=1", "/course"]) {
      assertEquals((await ada.ask(`/.vitrine/me${name}`)).statusCode, 401, name);
    }
    const wish = encodeURIComponent('{"lesson":1,"sinceRun":"","sinceId":0,"answers":{}}');
    const fieldLines = [`Vitrine-Progress: ${wish}`];
    const target = "/.vitrine/me/progress";
    assertEquals((await ada.ask(target, { method: "POST", fieldLines })).statusCode, 401);
    const admitted = { method: "POST", fieldLines: [...fieldLines, GOOD] };
    assertEquals((await ada.ask(target, admitted)).statusCode, 200);
    assertEquals((await ada.ask("/.vitrine/me/traces", { fieldLines: [GOOD] })).statusCode, 200);
  }, { auth: "ada:engine" });
});

Deno.test("a lock of _headers on all paths locks the class as well, POST included", async () => {
  const files = { ...FILES, _headers: "/*\n  Basic-Auth: ada:engine\n" };
  await withClass(files, async ({ at }) => {
    const ada = at(ADA);
    assertEquals((await ada.ask("/.vitrine/me/traces")).statusCode, 401);
    const fieldLines = ["Vitrine-Progress: x"];
    const post = { method: "POST", fieldLines };
    assertEquals((await ada.ask("/.vitrine/me/progress", post)).statusCode, 401);
  });
});

Deno.test("without --class there is nothing at /.vitrine/me, with X-ray or not", async () => {
  await withServer(FILES, async (running) => {
    for (const target of ["/.vitrine/me", "/.vitrine/me/", "/.vitrine/me/events"]) {
      assertEquals((await ask(running, target)).statusCode, 404, target);
    }
  });
});

Deno.test("experiments of the teacher keep nobody from the page of the class", async () => {
  await withClass(FILES, async ({ at, recorder }) => {
    recorder.experiments = {
      ...{ stepMs: 5_000, serial: true, bytesPerSecond: 1, cutAfterBytes: 1 },
      protocol: "http10",
    };
    const ada = at(ADA);
    const watching = ada.reports(() => true);
    // The first read of a connection is accept's, which is slow already; so it is made while that is off.
    recorder.experiments = { ...recorder.experiments, stepMs: 0 };
    const page = await ada.ask("/.vitrine/me/main.js");
    assertStringIncludes(page.head, "HTTP/1.1 200 OK");
    const [{ experiments }] = await watching;
    assert(experiments.serial || experiments !== NORMAL, "and it says what is going on");
    recorder.experiments = NORMAL;
  });
});
