import { PROOF_MS } from "../../core/ended-run.js";
import type { Run } from "../../core/run.js";
import type { RunPlaces, RunPlacesRequest } from "../store.js";
import { newToken } from "../token.js";
import { runOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { RunDoc } from "./documents.js";
import { insist, isDuplicate } from "./failure.js";
import { searchOf } from "./list-runs.js";
import { page } from "./page.js";
import { LATE_MS, positionAt, timeOf } from "./positions.js";

/** So far may two servers' ideas of the database's clock be apart, in ms: far more than NTP leaves. */
const APART_MS = 5_000;
/** A run stands in the history so long after the time of its position, at most, by anybody's clock. */
const UNSETTLED_MS = LATE_MS + APART_MS;
/** What has come so long after the time of its position, in ms, is found by the next look that begins where all is settled. */
const USUAL_MS = 1_000;
/** The database removes what has expired by itself, and says nothing of it: no run goes sooner than this after its record. */
const KEPT_MS = PROOF_MS / 2;

/**
 * The history forwards, by position. A position is made before its run is inserted, so the newest part of the history is not
 * settled: a run may come to stand there behind others that are seen already.
 */
export async function runPlaces(context: Context, request: RunPlacesRequest): Promise<RunPlaces> {
  const { runs, time } = context;
  const { filter, limit } = request;
  const now = time.about().getTime();
  const settledBy = positionAt(new Date(now - UNSETTLED_MS));
  const { after = settledBy } = request;
  const { scope, rest } = searchOf(filter);
  const found = await page(runs, {
    scope: { ...scope, position: { $gt: after } },
    rest,
    order: { position: 1 },
    limit,
    projection: { position: 1, hidden: 1 },
    position: ({ position }) => position,
  });
  // Looked at here: what needs no look in the database is one command.
  const shown = found.items.filter(({ hidden }) => !hidden);
  const items = shown.map(({ _id, position }) => ({ place: position, token: tokenOf(_id) }));
  const end = found.next === undefined;
  const next = found.next ?? last(after, positionAt(new Date(now - USUAL_MS)));
  return {
    items,
    next,
    end,
    settled: next < settledBy ? next : last(after, settledBy),
    gap: timeOf(after).getTime() < now - KEPT_MS,
    // By their own clocks: what was told by a server whose clock is ahead stands later.
    unsettledMs: UNSETTLED_MS + APART_MS,
  };
}

function last(one: string, other: string): string {
  return one > other ? one : other;
}

/** Of a run's key: a token holds no @. */
function tokenOf(key: string): string {
  return key.slice(0, key.indexOf("@"));
}

export async function runsAt({ runs }: Context, places: readonly string[], results: boolean): Promise<Run[]> {
  if (places.length === 0) return [];
  const docs = await runs
    .find(
      { position: { $in: [...places] } },
      { ...(!results && { projection: { result: 0 } }), batchSize: places.length + 1, maxTimeMS: COMMAND_MS },
    )
    .toArray();
  const byPlace = new Map(docs.map((doc) => [doc.position, doc]));
  return places.flatMap((place) => byPlace.get(place) ?? []).map(runOf);
}

/**
 * Gives runs that were stored late another position, and does so before their jobs are written: whoever dies in between leaves
 * an outcome half done, and the one that completes it does the same. So what is recorded stood where it stands within `LATE_MS`.
 */
export async function placeAnew(
  { runs, time, position }: Context,
  stored: readonly Pick<RunDoc, "_id" | "put" | "position">[],
): Promise<void> {
  const isLate = (at: string) => time.about().getTime() - timeOf(at).getTime() > LATE_MS;
  for (let late = stored.filter((doc) => isLate(doc.position)); late.length > 0; ) {
    late = late.map((doc) => ({ ...doc, position: position() }));
    const operations = late.map((doc) => ({
      updateOne: { filter: { _id: doc._id, put: doc.put }, update: { $set: { position: doc.position } } },
    }));
    await insist(() => runs.bulkWrite(operations, { ordered: false, maxTimeMS: COMMAND_MS }));
    late = late.filter((doc) => isLate(doc.position));
  }
}

/** Drawn by whoever asks first. */
export async function identity({ wake }: Context): Promise<string> {
  const own = { _id: "wake" } as const;
  for (;;) {
    const doc = await wake.findOne(own, { maxTimeMS: COMMAND_MS });
    if (doc?.identity !== undefined) return doc.identity;
    const unnamed = { ...own, identity: { $exists: false } };
    const name = { $set: { identity: newToken() } };
    await wake.updateOne(unnamed, name, { upsert: true, maxTimeMS: COMMAND_MS }).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
  }
}
