/** Ten restarts of a server on one port, each joined by the next one before it drains, lose no request. */

import { assert, assertEquals } from "@std/assert";
import { testHostile } from "./bounds.ts";
import { untilItHolds } from "../tools.ts";
import { canBeApart, restartOnOnePort, restartsApart } from "./restarts.ts";

/** What comes in the last moment of a listener is reset, unless Linux hands it on, which not every machine lets us ask for. */
const MOST_FAILED_HERE = 1;

testHostile("ten restarts with --share-port lose nothing", [], async () => {
  const isApart = await canBeApart();
  await untilItHolds(async () => {
    const figures = await (isApart ? restartsApart : restartOnOnePort)({ server: "shared" });
    console.log(isApart ? "migrated" : "as it is", figures);
    assert(figures.answered > 1_000, `${figures.answered} requests are load enough`);
    if (isApart) assertEquals(figures.failed, 0);
    else assert(figures.failed <= MOST_FAILED_HERE, `${figures.failed} requests failed`);
  });
});
