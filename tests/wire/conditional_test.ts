import { assert, assertEquals } from "@std/assert";
import { parseResponse, requestOf, withServer } from "./harness.ts";

// {tag}, {date}: the file's validators; {before}, {after}: a second earlier and later, in three formats.
const CONDITIONS:
  readonly (readonly [lines: readonly string[], statusCode: number, why: string])[] = [
    [[], 200, "no condition"],
    [["If-Match: {tag}"], 200, "§13.1.1 the current tag"],
    [['If-Match: "x", {tag}'], 200, "one of a list"],
    [['If-Match: "x"', "If-Match: {tag}"], 200, "two lines make a list"],
    [["If-Match: *"], 200, "any state"],
    [['If-Match: "x"'], 412, "another state"],
    [["If-Match: W/{tag}"], 412, "compared strongly"],
    [["If-Match: {bare}"], 412, "malformed: quotes are part of a tag"],
    [["If-Unmodified-Since: {date}"], 200, "§13.1.4 the very date"],
    [["If-Unmodified-Since: {after}"], 200, "later"],
    [["If-Unmodified-Since: {before}"], 412, "earlier"],
    [["If-Unmodified-Since: yesterday"], 200, "not a date, ignored"],
    [["If-Match: {tag}", "If-Unmodified-Since: {before}"], 200, "§13.2.2 (1) goes before (2)"],
    [["If-None-Match: {tag}"], 304, "§13.1.2 the current tag"],
    [["If-None-Match: W/{tag}"], 304, "compared weakly"],
    [['If-None-Match: "x", , W/"y", {tag}'], 304, "one of a list"],
    [['If-None-Match: "x"', "If-None-Match: {tag}"], 304, "two lines make a list"],
    [["If-None-Match: *"], 304, "any state"],
    [['If-None-Match: "x"'], 200, "another state"],
    [["If-None-Match: {bare}"], 200, "malformed, so it names nothing"],
    [["If-Modified-Since: {date}"], 304, "§13.1.3 the very date"],
    [["If-Modified-Since: {date850}"], 304, "in the format of RFC 850"],
    [["If-Modified-Since: {dateC}"], 304, "in the format of asctime()"],
    [["If-Modified-Since: {after}"], 304, "later"],
    [["If-Modified-Since: {before}"], 200, "earlier"],
    [["If-Modified-Since: {date}; length=5"], 200, "not a date, ignored"],
    [["If-Modified-Since: {date}", "If-Modified-Since: {date}"], 200, "two dates are none"],
    [['If-None-Match: "x"', "If-Modified-Since: {date}"], 200, "§13.2.2 (3) goes before (4)"],
    [["If-None-Match: {tag}", "If-Modified-Since: {before}"], 304, "the same, other way round"],
    [["If-None-Match: {tag}", 'If-Match: "x"'], 412, "§13.2.2 (1) goes before (3)"],
    [["If-None-Match: {tag}", "If-Unmodified-Since: {before}"], 412, "(2) goes before (3)"],
    [["If-None-Match: {tag}", "If-Match: {tag}"], 304, "(1) holds, then (3)"],
    [["Range: bytes=0-0", "If-None-Match: {tag}"], 304, "(3) goes before (5)"],
    [["Range: bytes=99-", "If-None-Match: {tag}"], 304, "even where the range is no good"],
    [["Range: bytes=99-", 'If-Match: "x"'], 412, "(1) goes before (5)"],
    [["Range: bytes=0-0", "If-Modified-Since: {date}"], 304, "(4) goes before (5)"],
    [["Range: bytes=0-0", 'If-None-Match: "x"'], 206, "(3) holds, then the range"],
    [["Range: bytes=0-0", "If-Match: {tag}"], 206, "as downloads are resumed with"],
    [["Range: bytes=0-0", "If-Range: {tag}"], 206, "§13.1.5 the current tag"],
    [["Range: bytes=0-0", "If-Range: W/{tag}"], 200, "compared strongly"],
    [["Range: bytes=0-0", 'If-Range: "x"'], 200, "another state: all of the file"],
    [["Range: bytes=99-", 'If-Range: "x"'], 200, "another state, so no 416 either"],
    [["Range: bytes=99-", "If-Range: {tag}"], 416, "the current one"],
    [["Range: bytes=0-0", "If-Range: {bare}"], 200, "malformed"],
    [["Range: bytes=0-0", "If-Range: *"], 200, "no tag and no date"],
    [["Range: bytes=0-0", "If-Range: {after}"], 200, "a date has to be the very one"],
    [["If-Range: {tag}"], 200, "without Range it says nothing"],
  ];

/** Replaces the names in braces by a file's validators. */
function fillIn(line: string, entityTag: string, lastModified: string): string {
  const moved = (ms: number) => new Date(Date.parse(lastModified) + ms).toUTCString();
  const date = new Date(lastModified);
  const [shortDay, day, month, year, time] = lastModified.replace(",", "").split(" ");
  const longDay = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(date);
  const values: Record<string, string> = {
    tag: entityTag,
    bare: entityTag.replaceAll('"', ""),
    date: lastModified,
    before: moved(-1_000),
    after: moved(1_000),
    date850: `${longDay}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    dateC: `${shortDay} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
  };
  return line.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

Deno.test("evaluatePreconditions() goes by the order of RFC 9110 §13.2.2 on the wire", async () => {
  await withServer({ "a.txt": "hello" }, async ({ exchange }) => {
    const plain = parseResponse(await exchange(requestOf("/a.txt")));
    const entityTag = plain.fields.get("etag") ?? "";
    const lastModified = plain.fields.get("last-modified") ?? "";
    for (const [templates, statusCode, why] of CONDITIONS) {
      const lines = templates.map((line) => fillIn(line, entityTag, lastModified));
      const shown = `${lines.join(", ")}: ${why}`;
      const get = parseResponse(await exchange(requestOf("/a.txt", lines)));
      assertEquals(get.statusCode, statusCode, shown);
      // RFC 9110 §14.2: HEAD has no ranges. All else is the same for both, line by line.
      const conditions = lines.filter((line) => !/^(If-)?Range:/.test(line));
      const whole = parseResponse(await exchange(requestOf("/a.txt", conditions)));
      const head = parseResponse(await exchange(requestOf("/a.txt", lines, "HEAD")));
      const withoutDate = (text: string) => text.replace(/^Date: .*$/m, "");
      assertEquals(withoutDate(head.head), withoutDate(whole.head), shown);
      assertEquals(head.content, "", shown);
      if (statusCode === 200) assertEquals(get.content, "hello", shown);
      if (statusCode === 206) assertEquals(get.content, "h", shown);
      if (statusCode === 304) {
        assertEquals(get.content, "", shown);
        assertEquals([...get.fields.keys()].sort(), [
          "cache-control",
          "connection",
          "date",
          "etag",
        ]);
        assertEquals(get.fields.get("etag"), entityTag);
      }
      if (statusCode === 412) assert(get.content.includes("Error: 412 Precondition Failed"));
    }
  });
});

Deno.test("rangeApplies() takes a date for a validator only once its second is over", async () => {
  await withServer({ "old.txt": "hello", "new.txt": "hello" }, async ({ exchange, root }) => {
    const old = new Date("2020-02-02T02:02:02.222Z");
    await Deno.utime(`${root}/old.txt`, old, old);
    const future = new Date(Date.now() + 86_400_000);
    await Deno.utime(`${root}/new.txt`, future, future);
    const rows = [
      ["/old.txt", old.toUTCString(), 206, "the very date"],
      ["/old.txt", "Sunday, 02-Feb-20 02:02:02 GMT", 206, "in another format"],
      ["/old.txt", new Date(old.getTime() + 1_000).toUTCString(), 200, "a second later"],
      ["/old.txt", new Date(old.getTime() - 1_000).toUTCString(), 200, "a second earlier"],
      ["/new.txt", future.toUTCString(), 200, "not over yet, and never sent"],
      [
        "/new.txt",
        new Date().toUTCString(),
        200,
        "RFC 9110 §8.8.2.2: weak, as it may change again",
      ],
    ] as const;
    for (const [target, date, statusCode, why] of rows) {
      const request = requestOf(target, ["Range: bytes=0-0", `If-Range: ${date}`]);
      assertEquals(parseResponse(await exchange(request)).statusCode, statusCode, why);
    }
  });
});
