import { TickwireError } from "../../core/errors.js";
import { limit } from "../../core/limits.js";
import type { Run } from "../../core/run.js";
import type { RunFilter } from "../../store/store.js";
import type { ServiceParts } from "../parts.js";
import { missedRuns } from "./missed-runs.js";
import { RunBuffer, type WatchedPart } from "./run-buffer.js";
import type { RunTail } from "./run-tail.js";

export interface WatchedRuns {
  readonly runs: readonly Run[];
  /** A watch that goes on from here, on whichever server of the store, misses nothing that comes after these runs. */
  readonly cursor: string;
  /** Runs may have been missed before these. */
  readonly gap: boolean;
}

export interface WatchInput {
  readonly filter: RunFilter;
  /** With results. */
  readonly full: boolean;
  /** The cursor of an earlier watch. Absent: from now on. */
  readonly cursor?: string;
}

/** In ms: later than that nobody tells again what a watcher got from the history. */
const TOLD_AGAIN_MS = 60_000;

/**
 * Runs as they are recorded by any server of the store: first those since the cursor. The first answer is empty and says that
 * every run from then on comes, and so is a sign of life after 15 s without a run. A watcher that falls too far behind loses
 * what is waiting for it, and is told.
 */
export async function* watchRuns(
  parts: ServiceParts,
  tail: RunTail,
  input: WatchInput,
  signal: AbortSignal,
): AsyncGenerator<WatchedRuns> {
  const identity = await parts.store.identity();
  const answer = ({ runs, place, gap }: WatchedPart): WatchedRuns => ({ runs, cursor: identity + place, gap });
  const from = input.cursor === undefined ? undefined : placeOf(input.cursor, identity);
  const buffer = new RunBuffer(input);
  const stop = () => buffer.wake();
  signal.addEventListener("abort", stop);
  let joining = false;
  const join = (): Promise<string> => {
    joining = true;
    return tail.join(buffer, from !== undefined);
  };
  try {
    for await (const part of opening(parts, input, from, buffer, join)) {
      if (signal.aborted) return;
      yield answer(part);
    }
    for await (const part of arrivals(parts, buffer, signal)) yield answer(part);
  } finally {
    signal.removeEventListener("abort", stop);
    if (joining) tail.leave(buffer);
  }
}

/** All that comes before the buffer is what the watcher hears. */
async function* opening(
  parts: ServiceParts,
  input: WatchInput,
  from: string | undefined,
  buffer: RunBuffer,
  join: () => Promise<string>,
): AsyncGenerator<WatchedPart> {
  if (from === undefined) {
    const place = await join();
    buffer.begin(place);
    yield { runs: [], place, gap: false };
    return;
  }
  yield { runs: [], place: from, gap: false };
  const { place, sent } = yield* missedRuns(parts, input, from, join);
  buffer.begin(place, sent);
}

async function* arrivals({ clock }: ServiceParts, buffer: RunBuffer, signal: AbortSignal): AsyncGenerator<WatchedPart> {
  const began = clock.mono();
  while (!signal.aborted) {
    if (buffer.empty) await buffer.arrival((wake) => clock.after(limit("watch_alive_ms"), wake));
    if (signal.aborted) return;
    yield buffer.take();
    if (clock.mono() - began > TOLD_AGAIN_MS) buffer.forget();
  }
}

/** The name of the data is in front of the place, so that no other store takes it for one of its own. */
function placeOf(cursor: string, identity: string): string {
  if (cursor.startsWith(identity)) return cursor.slice(identity.length);
  const description = "must be of a watch on this store; this one is of another, or of one that is gone";
  const violations = [{ field: "cursor", description }];
  throw new TickwireError("BAD_FIELD", `cursor: ${description}`, { field: "cursor" }, { violations });
}
