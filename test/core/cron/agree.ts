import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { countBetween, newestUpTo, nextAfter } from "../../../src/core/schedule.js";
import { chosenSeed } from "../../cluster/random.js";
import { type Told, told } from "./arbitrary.js";
import { Walk, type Window } from "./oracle.js";
import { cron } from "./walk.js";

/**
 * The engine and the oracle say the same of `runs` random expressions, each in one of the windows. The seed is printed, and
 * TICKWIRE_TEST_SEED repeats one.
 */
export function agree(t: TestContext, windows: readonly Window[], runs: number): void {
  const seed = chosenSeed();
  t.diagnostic(`TICKWIRE_TEST_SEED=${seed}`);
  const walks = new Map<Window, Walk>();
  const walkOf = (window: Window): Walk => {
    const walk = walks.get(window) ?? new Walk(window);
    walks.set(window, walk);
    return walk;
  };
  const expression = fc.oneof({ weight: 3, arbitrary: told(false) }, told(true));
  fc.assert(
    fc.property(fc.constantFrom(...windows), expression, fc.nat(5 * 24 * 3_600 - 1), (window, one, seconds) => {
      const walk = walkOf(window);
      compare(window, walk, one);
      compareAt(window, walk, one, new Date(window.from.getTime() + seconds * 1_000));
    }),
    { numRuns: runs, seed },
  );
}

function compare({ zone, from, to }: Window, walk: Walk, one: Told): void {
  const trigger = cron(one.expression, zone);
  const expected = walk.occurrences(one);
  const [before, end] = [new Date(from.getTime() - 1), new Date(to.getTime() - 1)];

  const forward: Date[] = [];
  for (let at = nextAfter(trigger, before); at && at <= end; at = nextAfter(trigger, at)) forward.push(at);
  assert.deepEqual(forward, expected, "forward");

  const backward: Date[] = [];
  for (let at = newestUpTo(trigger, before, end); at; at = newestUpTo(trigger, before, new Date(at.getTime() - 1))) {
    backward.unshift(at);
  }
  assert.deepEqual(backward, expected, "backward");

  assert.deepEqual(countBetween(trigger, before, end), { count: expected.length, exact: true }, "count");
}

/** From any instant, in an overlap's second pass too: not only from one occurrence to the next. */
function compareAt({ zone, from, to }: Window, walk: Walk, one: Told, at: Date): void {
  const trigger = cron(one.expression, zone);
  const expected = walk.occurrences(one);
  const [before, end] = [new Date(from.getTime() - 1), new Date(to.getTime() - 1)];
  const later = expected.filter((time) => time > at);
  const next = nextAfter(trigger, at);
  assert.deepEqual(next && next <= end ? next : undefined, later[0], `next after ${at.toISOString()}`);
  const newest = expected.filter((time) => time <= at).at(-1);
  assert.deepEqual(newestUpTo(trigger, before, at), newest, `newest up to ${at.toISOString()}`);
  assert.equal(
    countBetween(trigger, before, at).count,
    expected.length - later.length,
    `count up to ${at.toISOString()}`,
  );
  assert.equal(countBetween(trigger, at, end).count, later.length, `count from ${at.toISOString()}`);
}
