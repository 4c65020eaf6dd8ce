import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DAYS } from "../../../src/core/cron/calendar.js";
import { zoneOf } from "../../../src/core/cron/zone.js";
import { Clock } from "./oracle.js";

// What the reading of a zone rests on: no two changes so close that a step of CHANGES_APART misses both.
describe("every zone's spans show what its clock shows, each six hours from 1970 to 2199", () => {
  for (const name of Intl.supportedValuesOf("timeZone")) {
    it(name, () => {
      const [zone, clock] = [zoneOf(name), new Clock(name)];
      for (let at = 0; at < DAYS * 86_400; at += 6 * 3_600) {
        if (zone.spanAt(at).offset * 1_000 !== clock.offset(at * 1_000)) assert.fail(`${name} at ${at}`);
      }
    });
  }
});
