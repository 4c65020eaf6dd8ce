import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nthAfter, nthNewest } from "../../src/core/nth.js";
import { nextAfter } from "../../src/core/schedule.js";
import type { Trigger } from "../../src/core/trigger.js";
import { cron } from "./cron/walk.js";
import { at } from "./job-builder.js";

const trigger = fc.oneof(
  fc.integer({ min: 1, max: 1e9 }).map((everyMs): Trigger => ({ type: "interval", everyMs, anchor: at(0) })),
  fc.constantFrom(
    cron("* * * * * *"),
    cron("*/15 * * * *", "America/New_York"),
    cron("30 2 * * *", "Australia/Lord_Howe"),
    cron("0 0 31 * *", "Africa/Casablanca"),
  ),
);

describe("an occurrence by its number", () => {
  it("is the one that a walk comes to, from either end", () => {
    fc.assert(
      fc.property(trigger, fc.nat(1e8), fc.integer({ min: 1, max: 200 }), fc.nat(3_000), (one, from, steps, more) => {
        const after = at(from);
        const walked: Date[] = [];
        for (let next = nextAfter(one, after); next && walked.length < steps; next = nextAfter(one, next))
          walked.push(next);
        const last = walked.at(-1);
        if (!last) return;
        // Up to the last one, and to any instant before the one after it.
        const next = nextAfter(one, last) ?? last;
        const upTo = new Date(Math.min(last.getTime() + more, Math.max(next.getTime() - 1, last.getTime())));
        const n = 1 + (from % walked.length);
        assert.deepEqual(nthAfter(one, after, upTo, n), walked[n - 1]);
        assert.deepEqual(nthNewest(one, after, upTo, n), walked.at(-n));
      }),
      { numRuns: 300 },
    );
  });
});
