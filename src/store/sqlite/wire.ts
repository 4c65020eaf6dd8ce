/**
 * What passes between the store's face and its engine: values that are cheap to copy from one thread to another, so texts,
 * numbers and tuples of them. A job crosses as the texts and columns that the file holds; only the face knows the documents.
 */
export type Value = string | number | null | Uint8Array;

/** The long parts of a job, in a row of their own that exists only where one of them does. Error and progress are JSON. */
export type InfoValues = readonly [
  error: string | null,
  progress: string | null,
  result: Uint8Array | null,
  checkpoint: Uint8Array | null,
];

/** A stored job. `text` is a JSON array: its columns, then its standing and its definition. */
export type JobRow = readonly [text: string, payload: Uint8Array | null, kind: string, info: InfoValues | null];

/** A job that was just locked; `text` is from before the lock. */
export type LockedRow = readonly [job: JobRow, token: string, slot: number | null];

/** A job to write. `columns` are those of `job_state`, but for its number, its kind and whether it has info. */
export interface JobWrite {
  readonly slug: string;
  readonly kind: string;
  readonly columns: readonly Value[];
  readonly definition: string;
  readonly payload: Uint8Array | null;
  readonly info: InfoValues | null;
}

/** A run to add: columns of `runs`, but for its number and its kind. */
export type RunWrite = readonly [kind: string, values: readonly Value[]];

/** A stored run; its `text` is a JSON array: its columns, then its facts. */
export type RunRow = readonly [text: string, result: Uint8Array | null, kind: string];

export interface CreateItem {
  readonly job: JobWrite;
  readonly requestId: string | null;
  readonly retry: boolean;
}

/** Absent: created. */
export type CreateAnswer = undefined | readonly ["exists" | "repeated", JobRow | null];

export interface LockCall {
  readonly room: ReadonlyMap<string, number>;
  readonly maxRunning: ReadonlyMap<string, number>;
  readonly lease: string;
  readonly nowMs: number;
  readonly limit: number;
}

/** What an outcome writes of a job: the standing's columns. */
export interface StandingWrite {
  readonly columns: readonly Value[];
  readonly info: InfoValues | null;
  /** Null: it stays as it is. */
  readonly payload: readonly [Uint8Array | null] | null;
}

export type ReleaseItem = readonly [
  slug: string,
  token: string,
  lease: string | null,
  etag: string,
  byWorker: boolean,
  /** Null: the job is deleted. */
  put: StandingWrite | null,
  run: RunWrite,
];

export type ReleaseAnswer = "recorded" | "stale" | "moved" | JobRow;

export type AmendItem = readonly [slug: string, token: string, lease: string, write: FreeWrite | KeepWrite];

export interface FreeWrite {
  readonly etag: string;
  /** Null: the job is deleted. */
  readonly put: StandingWrite | null;
}

export interface KeepWrite {
  /** Names of the standing's JSON with their new values. */
  readonly standing: Readonly<Record<string, unknown>>;
  readonly atMs: number | null;
  readonly progress: string | null;
  readonly checkpoint: Uint8Array | null;
}

/** A caller's write over exactly what was read. */
export interface EditItem {
  readonly slug: string;
  /** Null: there was no job. */
  readonly read: readonly [id: number, rev: number, etag: string] | null;
  readonly write: { readonly type: "delete" } | { readonly type: "add"; readonly job: JobWrite } | ChangeWrite;
  readonly run: RunWrite | null;
  readonly notice: NoticeWrite | null;
}

/** Null: it stays as it is. */
export interface ChangeWrite {
  readonly type: "change";
  readonly kind: string;
  readonly columns: readonly Value[];
  readonly definition: string | null;
  readonly payload: readonly [Uint8Array | null] | null;
  readonly info: readonly [InfoValues | null] | null;
}

export type NoticeWrite = readonly [token: string, lease: string, slug: string, reason: string, expireAtMs: number];
