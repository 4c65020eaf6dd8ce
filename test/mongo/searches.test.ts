import assert from "node:assert/strict";
import { test } from "node:test";
import type { Document } from "mongodb";
import type { Context } from "../../src/store/mongo/context.js";
import { countJobs, slotsHeld } from "../../src/store/mongo/count-jobs.js";
import { listJobs } from "../../src/store/mongo/list-jobs.js";
import type { JobFilter } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";

// What is asked of the database, and which index shall answer: the stand-in's plans are no evidence of MongoDB's.

/** Indexes whose keys a filter must name from the left, and what they are partial by. */
const INDEXES: Readonly<Record<string, { readonly keys: readonly string[]; readonly by: string }>> = {
  claim: { keys: ["kind", "priority", "due"], by: "due" },
  recovery: { keys: ["lock.lease"], by: "lock.lease" },
  slot: { keys: ["kind", "lock.slot"], by: "lock.slot" },
  retrying: { keys: ["kind"], by: "failures" },
  paused: { keys: ["kind"], by: "pause" },
  dead: { keys: ["kind"], by: "dead" },
  completed: { keys: ["kind"], by: "expireAt" },
};

interface Asked {
  readonly match: Document;
  readonly hint: string | undefined;
  readonly stages: readonly Document[];
}

/** Collections that note what they are asked, and find nothing but `counted` entries. */
function noting(counted = 0) {
  const asked: Asked[] = [];
  const note = (stages: readonly Document[], hint: string | undefined) => {
    asked.push({ match: stages[0]?.["$match"], hint, stages });
  };
  const jobs = {
    aggregate(stages: Document[], { hint }: { hint?: string }) {
      note(stages, hint);
      const groups = stages.some((stage) => stage["$group"]);
      return { toArray: async () => (groups && counted > 0 ? [{ _id: "mail", count: counted }] : []) };
    },
    async countDocuments(match: Document, { hint, limit }: { hint: string; limit: number }) {
      note([{ $match: match }, { $limit: limit }], hint);
      return counted;
    },
    distinct: async (field: string) => (field === "kind" ? ["mail", "other"] : ["lease-1"]),
    findOne: async () => null,
  };
  const sample = { read: async () => ({ total: 1, looked: 0, found: new Map() }) };
  return { context: { jobs, sample } as unknown as Context, asked };
}

/** The hinted index can answer: its first key is bound, and what it is partial by is named so that it is implied. */
function usesItsIndex({ match, hint, stages }: Asked): void {
  const index = INDEXES[hint ?? ""];
  assert.ok(index, `${hint} of ${JSON.stringify(match)}`);
  assert.ok(index.keys[0] !== undefined && match[index.keys[0]] !== undefined, JSON.stringify(match));
  assert.ok(match[index.by] !== undefined, `${hint} holds only what has ${index.by}: ${JSON.stringify(match)}`);
  const bound = stages.find((stage) => stage["$limit"] !== undefined)?.["$limit"];
  assert.ok(bound <= 10_001, `it stops after ${bound}`);
}

test("counts ask each state of its own index, and stop one above what is counted", async () => {
  const { context, asked } = noting();
  await countJobs(context, ["mail", "other"]);
  assert.deepEqual(asked.map(({ hint }) => hint).sort(), [
    "claim",
    "completed",
    "dead",
    "paused",
    "recovery",
    "retrying",
  ]);
  for (const one of asked) usesItsIndex({ ...one, match: { kind: "x", ...one.match } });
  for (const { stages } of asked) assert.deepEqual(stages[1], { $limit: 10_001 });
  // What may be claimed is counted from the index alone: each of its fields is one of the index, none by its absence.
  assert.deepEqual(Object.keys(asked[0]?.match ?? {}), ["kind", "priority", "due"]);
  const few = asked.length;
  await slotsHeld(context, "mail");
  usesItsIndex(asked[few] as Asked);
  // Only where all kinds together are too many each is asked by itself.
  const crowded = noting(10_001);
  await countJobs(crowded.context, ["mail", "other"]);
  assert.equal(crowded.asked.length, 6 + 6 * 2);
});

test("lists of what is rare come from the index that has it, in the order of the slugs", async () => {
  const page = { limit: 10, payloads: false };
  const hints = async (filter: JobFilter, counted?: number) => {
    const { context, asked } = noting(counted);
    await listJobs(context, { ...page, filter });
    const lists = asked.filter(({ stages }) => stages.some((stage) => stage["$sort"]));
    for (const { stages } of lists) assert.deepEqual(stages[1], { $sort: { _id: 1 } });
    for (const one of asked) if (one.hint !== undefined) usesItsIndex(one);
    return [...new Set(lists.map(({ hint }) => hint))];
  };
  for (const state of ["retrying", "paused", "dead", "completed"] as const) {
    assert.deepEqual(await hints({ states: [state] }), [state]);
    assert.deepEqual(await hints({ states: [state], kinds: ["mail"], labels: { a: "b" } }), [state]);
  }
  assert.deepEqual(await hints({ states: ["running"] }), ["recovery"]);
  assert.deepEqual(await hints({ states: ["running", "dead"] }), ["recovery", "dead"]);
  assert.deepEqual(
    await hints({ dueBefore: at(0) }),
    ["claim", "running", "paused"].map((name) => (name === "running" ? "recovery" : name)),
  );
  assert.deepEqual(await hints({ dueBefore: at(0), states: ["scheduled"] }), ["claim"]);
  // Too many: by slug, or by kind and slug, with so many looked at.
  assert.deepEqual(await hints({ dueBefore: at(0) }, 10_001), [undefined]);
  for (const filter of [
    {},
    { kinds: ["mail"] },
    { states: ["scheduled"] },
    { labels: { a: "b" } },
    { slugs: ["a"] },
  ] as const) {
    assert.deepEqual(await hints(filter), [undefined], JSON.stringify(filter));
  }
});
