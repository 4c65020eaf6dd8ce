import type { StoredJob } from "../../core/job.js";
import { type Settled, STANDING_FIELDS } from "../../core/settle.js";
import { bufferOf } from "./codec.js";

type Put = Extract<Settled, { type: "put" }>;

/**
 * The update that gives a job this standing, whole, and frees its lock. What is absent is unset, so that nothing of the former
 * standing stays.
 */
export function standingUpdate({ standing, payload }: Put, updatedAt: Date) {
  const set: Record<string, unknown> = { updatedAt };
  const unset: Record<string, true> = { lock: true };
  for (const name of STANDING_FIELDS) {
    const value = standing[name];
    if (value === undefined) unset[name] = true;
    else set[name] = bytesAsBuffer(value);
  }
  if (payload) set["payload"] = bufferOf(payload);
  return { $set: set, $unset: unset, $inc: { rev: 1 } };
}

/** The update of some fields of a locked job. */
export function factsUpdate(facts: Partial<StoredJob>, updatedAt: Date) {
  const set: Record<string, unknown> = { updatedAt };
  for (const [name, value] of Object.entries(facts)) set[name] = bytesAsBuffer(value);
  return { $set: set, $inc: { rev: 1 } };
}

function bytesAsBuffer(value: unknown): unknown {
  return value instanceof Uint8Array ? bufferOf(value) : value;
}
