import type { StoredJob } from "../../core/job.js";
import type { StoredKind } from "../../core/kind.js";
import type { Outcome } from "../../core/outcome.js";
import type { Run } from "../../core/run.js";
import type { WorkerStatus } from "../../core/worker.js";
import type { JobDoc, KindDoc, Pair, RunDoc, StoredEffect, WorkerDoc } from "./documents.js";

export function pairsOf(map: Readonly<Record<string, string>>): Pair[] {
  return Object.entries(map).map(([k, v]) => ({ k, v }));
}

function mapOf(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ k, v }) => [k, v]));
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of its own: what the driver gives is a view on a whole reply. */
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

export function jobDoc(job: StoredJob): JobDoc {
  const { slug, payload, labels, traceContext, lastResult, checkpoint, ...rest } = job;
  return {
    _id: slug,
    ...rest,
    payload: bufferOf(payload),
    labels: pairsOf(labels),
    traceContext: pairsOf(traceContext),
    ...(lastResult && { lastResult: bufferOf(lastResult) }),
    ...(checkpoint && { checkpoint: bufferOf(checkpoint) }),
  };
}

const EMPTY = Buffer.alloc(0);

/** Also of a document that was read without its bytes. */
export function jobOf(doc: JobDoc): StoredJob {
  const { _id, write, payload = EMPTY, labels, traceContext, lastResult, checkpoint, lock, ...rest } = doc;
  const { closed, mark, ...held } = lock ?? {};
  return {
    slug: _id,
    ...(rest as Omit<StoredJob, "slug" | "payload" | "labels" | "traceContext">),
    payload: bytesOf(payload),
    labels: mapOf(labels),
    traceContext: mapOf(traceContext),
    ...(lock && { lock: held as NonNullable<StoredJob["lock"]> }),
    ...(lastResult && { lastResult: bytesOf(lastResult) }),
    ...(checkpoint && { checkpoint: bytesOf(checkpoint) }),
  };
}

export function runKey(token: string, slug: string): string {
  return `${token}@${slug}`;
}

export function runDoc(run: Run, position: string, put: string): RunDoc {
  const { effect, result, ...rest } = run;
  return {
    _id: runKey(run.token, run.slug),
    position,
    put,
    ...rest,
    result: bufferOf(result),
    effect: storedEffect(run),
  };
}

function storedEffect({ effect: { outcome, endedAt, unit } }: Run): StoredEffect {
  const { type } = outcome;
  const base = { type, endedAt, unit };
  switch (type) {
    case "success": {
      const { payload, nextTime, lastRun } = outcome;
      return {
        ...base,
        ...(payload && { payload: bufferOf(payload) }),
        ...(nextTime && { nextTime }),
        ...(lastRun && { lastRun }),
      };
    }
    case "failure": {
      const { permanent, retryAfterMs } = outcome;
      return { ...base, ...(permanent && { permanent }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
    case "snoozed":
      return { ...base, delayMs: outcome.delayMs };
    default:
      return base;
  }
}

/** Also of a document that was read without its result. */
export function runOf(doc: RunDoc): Run {
  const { _id, position, put, taken, result = EMPTY, effect, ...rest } = doc;
  const bytes = bytesOf(result);
  const { endedAt, unit } = effect;
  const { by, workerId, serverId } = doc;
  return {
    ...rest,
    result: bytes,
    effect: { outcome: outcomeOf(doc, bytes), by, endedAt, unit, workerId, serverId },
  };
}

function outcomeOf({ effect, error }: RunDoc, result: Uint8Array): Outcome {
  const { type, payload, nextTime, lastRun, permanent, retryAfterMs, delayMs = 0 } = effect;
  switch (type) {
    case "success":
      return {
        type,
        result,
        ...(payload && { payload: bytesOf(payload) }),
        ...(nextTime && { nextTime }),
        ...(lastRun && { lastRun }),
      };
    case "failure":
      return { type, error, ...(permanent && { permanent }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
    case "snoozed":
      return { type, delayMs };
    case "released":
    case "cancelled":
      return { type };
    default:
      return { type, error };
  }
}

export function kindDoc({ name, ...rest }: StoredKind): KindDoc {
  return { _id: name, ...rest };
}

export function kindOf({ _id, ...rest }: KindDoc): StoredKind {
  return { name: _id, ...rest };
}

export function workerDoc(lease: string, worker: WorkerStatus): WorkerDoc {
  const { instance, info, capacity, held, ...rest } = worker;
  const kinds = [...capacity.kinds].map(([k, v]) => (v === undefined ? { k } : { k, v }));
  return {
    _id: instance,
    lease,
    ...rest,
    info: pairsOf(info),
    maxTasks: capacity.maxTasks,
    kinds,
    ...(held && { held: [...held].map(([k, v]) => ({ k, v })) }),
  };
}

export function workerOf({ _id, lease, info, maxTasks, kinds, held, ...rest }: WorkerDoc): WorkerStatus {
  const capacity = { maxTasks, kinds: new Map(kinds.map(({ k, v }) => [k, v])) };
  return {
    instance: _id,
    ...rest,
    info: mapOf(info),
    capacity,
    ...(held && { held: new Map(held.map(({ k, v }) => [k, v])) }),
  };
}
