import { assertEquals } from "@std/assert";
import { reasonPhrase } from "../../lib/http/status.ts";

const PHRASES = [
  // statusCode, expected, why
  [200, "OK", "RFC 9110 §15.3.1"],
  [206, "Partial Content", "§15.3.7"],
  [301, "Moved Permanently", "§15.4.2"],
  [304, "Not Modified", "§15.4.5"],
  [404, "Not Found", "§15.5.5"],
  [412, "Precondition Failed", "§15.5.13"],
  [413, "Content Too Large", "§15.5.14: no longer Payload Too Large"],
  [416, "Range Not Satisfiable", "§15.5.17"],
  [431, "Request Header Fields Too Large", "RFC 6585 §5"],
  [505, "HTTP Version Not Supported", "§15.6.6"],
  [499, "", "nobody listed it: no words rather than wrong ones"],
  [0, "", "no status at all"],
] as const;

for (const [statusCode, expected, why] of PHRASES) {
  Deno.test(`reasonPhrase() of ${statusCode}: ${why}`, () => {
    assertEquals(reasonPhrase(statusCode), expected);
  });
}
