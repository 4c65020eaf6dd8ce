import { describe, it } from "node:test";
import { agree } from "./agree.js";
import { around, changes } from "./oracle.js";
import { utc } from "./walk.js";

describe("every change of two years in every zone, against a walk minute by minute", () => {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const found = changes(zone, utc("2024-01-01"), utc("2026-01-01")).map(({ at }) => around(zone, at));
    if (found.length > 0) it(zone, (t) => agree(t, found, 300));
  }
});
