import { describe, it } from "node:test";
import { agree } from "./agree.js";
import { around, changes, type Window } from "./oracle.js";
import { utc } from "./walk.js";

/** One zone for each way in which clocks changed in these years: the long test takes every zone. */
function everyKindOfChange(): Window[] {
  const windows = new Map<string, Window>();
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    for (const { at, before, after } of changes(zone, utc("2024-01-01"), utc("2026-01-01"))) {
      windows.set(`${at.toISOString()} ${before} ${after}`, around(zone, at));
    }
  }
  return [...windows.values()];
}

/** Rarer changes: a lost day, a zone that moved by half an hour, by 15 minutes, and gaps and overlaps at midnight. */
const RARE: readonly Window[] = [
  around("Pacific/Apia", utc("2011-12-30T10:00")),
  around("Pacific/Kwajalein", utc("1993-08-21T12:00")),
  around("Asia/Pyongyang", utc("2015-08-14T15:00")),
  around("Asia/Pyongyang", utc("2018-05-04T15:00")),
  around("Asia/Kathmandu", utc("1985-12-31T18:30")),
  around("America/Caracas", utc("2016-05-01T07:00")),
  around("America/Sao_Paulo", utc("2018-11-04T03:00")),
  around("America/Sao_Paulo", utc("2019-02-17T02:00")),
  around("America/Recife", utc("2000-10-12T00:00")),
  around("Asia/Gaza", utc("2040-10-23T00:00")),
];

describe("against a walk, minute by minute", () => {
  it("around every kind of clock change of two years", (t) => agree(t, everyKindOfChange(), 600));
  it("around rarer ones", (t) => agree(t, RARE, 200));
  it("where clocks never change", (t) =>
    agree(t, [{ zone: "UTC", from: utc("2024-02-27"), to: utc("2024-03-03") }], 100));
});
