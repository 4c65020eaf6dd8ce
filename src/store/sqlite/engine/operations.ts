import { adoptJobs, moveLocks } from "./adopt.js";
import { amendJobs } from "./amend.js";
import { cancelsOf, dropCancels } from "./cancels.js";
import type { Context } from "./context.js";
import { countJobs, kindsOfJobs } from "./count-jobs.js";
import { createJobs } from "./create.js";
import { editJobs } from "./edit.js";
import { readJob, readJobs } from "./jobs.js";
import { deleteKind, getKind, listKinds, putKind } from "./kinds.js";
import { closeLease, listLeases, openLease, orphans, renewLease, takeOver } from "./leases.js";
import { listJobs } from "./list-jobs.js";
import { listRuns } from "./list-runs.js";
import { lockJobs, nextRun, slotsHeld } from "./lock.js";
import { releaseJobs } from "./release.js";
import { identity, runPlaces, runsAt } from "./run-places.js";
import { sampleJobs } from "./sample-jobs.js";
import { holdSide, letGoSide, removeSide, tidySides } from "./sides.js";
import { sweep } from "./sweep.js";
import { listWorkers, putWorkers } from "./workers.js";

/** Inside a transaction, several in one. They write to nothing but the file: one may be undone and asked again. */
export const WRITES = {
  create: createJobs,
  lock: lockJobs,
  amend: amendJobs,
  release: releaseJobs,
  adopt: adoptJobs,
  move: moveLocks,
  edit: editJobs,
  dropCancels,
  putKind,
  deleteKind,
  putWorkers,
  openLease,
  renewLease,
  closeLease,
  takeOver,
  sweep,
};

/** Between transactions: they see what is committed, by any process. Some do what needs no transaction, or one of its own. */
export const READS = {
  nextRun,
  get: readJob,
  jobs: readJobs,
  list: listJobs,
  countJobs,
  sampleJobs,
  kindsOfJobs,
  slotsHeld,
  cancels: cancelsOf,
  getKind,
  listKinds,
  listWorkers,
  leases: listLeases,
  orphans,
  listRuns,
  runPlaces,
  runsAt,
  identity,
  holdSide,
  letGoSide,
  removeSide,
  tidySides,
};

export type WriteName = keyof typeof WRITES;
export type ReadName = keyof typeof READS;

// biome-ignore lint/suspicious/noExplicitAny: only `any` stands for every list of parameters.
type Operation = (context: Context, ...args: any[]) => unknown;
/** What an operation is given behind its context. */
export type Arguments<F extends Operation> = F extends (context: Context, ...args: infer A) => unknown ? A : never;
export type WriteArguments<N extends WriteName> = Arguments<(typeof WRITES)[N]>;
export type WriteAnswer<N extends WriteName> = ReturnType<(typeof WRITES)[N]>;
export type ReadArguments<N extends ReadName> = Arguments<(typeof READS)[N]>;
export type ReadAnswer<N extends ReadName> = ReturnType<(typeof READS)[N]>;

/** One operation with its arguments, as it crosses to the engine. */
export interface WriteCall {
  readonly name: WriteName;
  readonly args: readonly unknown[];
}
export interface ReadCall {
  readonly name: ReadName;
  readonly args: readonly unknown[];
}

/** Some of a transaction's calls may have failed alone: nothing of theirs is written. */
export type WriteReply = { readonly answers: readonly unknown[]; readonly faults: readonly Fault[] } | FileFailure;
export type ReadReply = { readonly answer: unknown } | { readonly fault: string } | FileFailure;

/** The call at this place is wrong, whatever state the file is in. */
export interface Fault {
  readonly at: number;
  readonly message: string;
}

/** Nothing was written, or nobody knows: see `failureOf`. */
export interface FileFailure {
  readonly failure: "busy" | "down";
  readonly message: string;
}
