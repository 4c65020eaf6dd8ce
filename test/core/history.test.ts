import { it } from "node:test";
import fc from "fast-check";
import type { Outcome } from "../../src/core/outcome.js";
import type { PolicyInput } from "../../src/core/policy.js";
import type { TriggerBounds, TriggerInput } from "../../src/core/trigger.js";
import { type EditStep, History, type RunStep, type Step } from "./history.js";
import { at } from "./job-builder.js";

const SPANS = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 200_000 }));

const bounds: fc.Arbitrary<TriggerBounds> = fc.record(
  {
    startTime: fc.integer({ min: -50, max: 50 }).map(at),
    // Later than any now: what is stored must have an occurrence left.
    endTime: fc.integer({ min: 1e8, max: 1e9 }).map(at),
    maxOccurrences: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 })),
    jitterMs: fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 100_000 })),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const schedule: fc.Arbitrary<TriggerInput> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }).map((n) => interval(n * 500)) },
  { weight: 1, arbitrary: fc.integer({ min: 300, max: 20_000 }).map(interval) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("*/5 * * * * *", "0 * * * * *", "1,2,30 * * * * *")
      .map((expression): TriggerInput => ({ type: "cron", expression, timeZone: "America/New_York", dialect: "unix" })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 9_000 }).map((everyMs): TriggerInput => ({ type: "fixed_delay", everyMs })),
  },
  { weight: 1, arbitrary: fc.constant<TriggerInput>({ type: "once" }) },
  { weight: 1, arbitrary: fc.nat(2 ** 40).map((ms): TriggerInput => ({ type: "once", time: new Date(ms) })) },
);
const trigger = fc
  .tuple(schedule, fc.oneof(fc.constant<TriggerBounds>({}), bounds))
  .map(([one, within]): TriggerInput => {
    // Its time is before any start.
    if (one.type === "once") delete (within as { startTime?: Date }).startTime;
    return { ...one, ...within };
  });

function interval(everyMs: number): TriggerInput {
  return { type: "interval", everyMs, anchor: at(0.25) };
}

const policy: fc.Arbitrary<PolicyInput> = fc.record(
  {
    misfire: fc.constantFrom("fire_once" as const, "skip" as const, "replay" as const),
    misfireGraceMs: fc.constantFrom(0, 400, 5_000, 60_000),
    maxReplays: fc.constantFrom(1, 3, 100),
    jobRetentionMs: fc.constantFrom(0, 1_000),
    retry: fc.record(
      {
        maxAttempts: fc.constantFrom(0, 1, 2),
        onExhausted: fc.constantFrom("next_occurrence" as const, "dead" as const),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const success = { type: "success", result: new Uint8Array() } as const;
const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Outcome>(success) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -100, max: 1_000 }).map((n): Outcome => ({ ...success, nextTime: at(n) })),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Outcome>(
      { type: "failure", error: "" },
      { type: "failure", error: "", permanent: true },
      { type: "failure", error: "", retryAfterMs: 0 },
      { type: "lost", error: "" },
      { type: "timed_out", error: "" },
      { type: "released" },
      { type: "snoozed", delayMs: 1_000 },
      { type: "handed_back", error: "" },
      { type: "cancelled" },
    ),
  },
);

const edit: fc.Arbitrary<EditStep> = fc.record({
  type: fc.constant("edit" as const),
  name: fc.constantFrom(
    "pause",
    "resume",
    "resume",
    "runJob",
    "cancel",
    "requeue",
    "requeue",
    "trigger",
    "policy",
    "move",
  ),
  trigger,
  policy,
  delayMs: SPANS,
}) as fc.Arbitrary<EditStep>;
const few = fc.oneof(
  { weight: 6, arbitrary: fc.constant<EditStep[]>([]) },
  { weight: 1, arbitrary: fc.array(edit, { maxLength: 2 }) },
);
const run: fc.Arbitrary<RunStep> = fc.record({
  type: fc.constant("run" as const),
  lateMs: SPANS,
  runMs: SPANS,
  outcome,
  unit: fc.double({ min: 0, max: 0.999, noNaN: true }),
  beforeStart: few,
  whileOut: few,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: run },
  { weight: 2, arbitrary: edit },
  { weight: 1, arbitrary: SPANS.map((ms): Step => ({ type: "wait", ms })) },
);

it("through any history each next time is later, none runs twice, and the counts add up to what passed", (t) => {
  const seed = Number(process.env["TICKWIRE_TEST_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const property = fc.property(trigger, policy, fc.array(step, { maxLength: 40 }), (first, own, steps) => {
    const history = new History(first);
    history.step({ type: "edit", name: "policy", trigger: first, policy: own, delayMs: 0 });
    for (const one of steps) history.step(one);
  });
  fc.assert(property, { numRuns: 2_000, seed, includeErrorInReport: true });
});
