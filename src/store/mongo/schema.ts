import { type CreateIndexesOptions, type Db, type Document, type IndexSpecification, MongoServerError } from "mongodb";
import type { Collections } from "./context.js";
import { NO, STATE_INDEXES, YES } from "./states.js";

interface Index {
  readonly name: string;
  readonly keys: IndexSpecification;
  readonly options?: CreateIndexesOptions;
}

const SLOT: Index = {
  name: "slot",
  keys: { kind: 1, "lock.slot": 1 },
  options: { unique: true, partialFilterExpression: { "lock.slot": { $exists: true } } },
};

/** Every further index on jobs is paid for with each claim and each release: these are all that pay for themselves. */
const JOBS: readonly Index[] = [
  // Index order is claim order, and only what may be claimed is in it.
  {
    name: "claim",
    keys: { kind: 1, priority: 1, due: 1, _id: 1 },
    options: { partialFilterExpression: { due: { $exists: true } } },
  },
  {
    name: STATE_INDEXES.running.name,
    keys: { "lock.lease": 1, _id: 1 },
    options: { partialFilterExpression: STATE_INDEXES.running.partial },
  },
  SLOT,
  // Its keys never change, so that claims do not pay for it.
  { name: "kind", keys: { kind: 1, _id: 1 } },
  // The same, of what is rare: a job that waits, runs and succeeds is in none of them, and pays for none.
  ...(["retrying", "paused", "dead", "completed"] as const).map((state) => ofState(STATE_INDEXES[state])),
];

function ofState({ name, partial }: { readonly name: string; readonly partial: Document }): Index {
  return { name, keys: { kind: 1, _id: 1 }, options: { partialFilterExpression: partial } };
}

const RUNS: readonly Index[] = [
  { name: "time", keys: { position: -1 } },
  { name: "slug", keys: { slug: 1, position: -1 } },
  { name: "kind", keys: { kind: 1, position: -1 } },
];

const CANCELS: readonly Index[] = [{ name: "lease", keys: { lease: 1, position: 1 } }];
const WORKERS: readonly Index[] = [{ name: "lease", keys: { lease: 1 } }];

/** `due` exists exactly while a job may be claimed, and then equals `at`. What breaks this is refused by the database. */
export const JOB_RULE: Document = {
  $or: [
    {
      due: YES,
      lock: NO,
      dead: NO,
      expireAt: NO,
      $expr: { $eq: ["$due", "$at"] },
      $or: [{ pause: NO }, { cause: "run_job" }],
    },
    { due: NO, lock: YES, expireAt: NO },
    { due: NO, lock: NO, $or: [{ dead: YES }, { expireAt: YES }, { pause: YES, cause: { $ne: "run_job" } }] },
  ],
};

const NAMESPACE_EXISTS = 48;
/** The unique index can't be had where jobs are sharded by a key that it does not begin with. */
const CANNOT_CREATE_INDEX = 67;

export interface Made {
  /** Jobs are sharded, and have no slots. */
  readonly sharded: boolean;
}

/**
 * Makes what is missing; any number of servers may do so at once. `expires` false: nothing is removed by the server's clock,
 * for tests that have a clock of their own.
 */
export async function makeSchema(db: Db, all: Collections, expires: boolean): Promise<Made> {
  const names = new Set(Object.values(all).map(({ collectionName }) => collectionName));
  await Promise.all([...names].map((name) => makeCollection(db, name)));
  await setRule(db, all.jobs.collectionName);
  const expiry: Index = {
    name: "expiry",
    keys: { expireAt: 1 },
    ...(expires && { options: { expireAfterSeconds: 0 } }),
  };
  // Of jobs only the completed ones have it.
  const ofCompleted = { ...expiry, options: { ...expiry.options, partialFilterExpression: { expireAt: YES } } };
  const [slots] = await Promise.all([
    makeIndexes(db, all.jobs.collectionName, [...JOBS, ofCompleted]),
    makeIndexes(db, all.runs.collectionName, [...RUNS, expiry]),
    makeIndexes(db, all.cancels.collectionName, [...CANCELS, expiry]),
    makeIndexes(db, all.workers.collectionName, WORKERS),
  ]);
  return { sharded: !slots };
}

async function makeCollection(db: Db, name: string): Promise<void> {
  await db.createCollection(name).catch((error: unknown) => {
    if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error;
  });
}

async function setRule(db: Db, name: string): Promise<void> {
  const [found] = await db.listCollections({ name }).toArray();
  const options = found && "options" in found ? found.options : undefined;
  if (JSON.stringify(options?.["validator"]) === JSON.stringify(JOB_RULE)) return;
  await db.command({ collMod: name, validator: JOB_RULE, validationLevel: "strict", validationAction: "error" });
}

/** False: the slots' one was refused. An index that is there by its name is left as it is. */
async function makeIndexes(db: Db, name: string, indexes: readonly Index[]): Promise<boolean> {
  const collection = db.collection(name);
  const there = new Set((await collection.listIndexes().toArray()).map((index) => String(index["name"])));
  let slots = true;
  for (const index of indexes) {
    if (there.has(index.name)) continue;
    try {
      await collection.createIndex(index.keys, { ...index.options, name: index.name });
    } catch (error) {
      if (index !== SLOT || !(error instanceof MongoServerError) || error.code !== CANNOT_CREATE_INDEX) throw error;
      slots = false;
    }
  }
  return slots;
}
