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

/**
 * Stored jobs. `text` is a JSON array with a text for each (see `JobText`): one string crosses between threads for less than
 * its copy costs, where a thousand objects take a millisecond. What is too long for it is beside it, by the jobs' numbers.
 */
export interface JobRows {
  readonly text: string;
  readonly info: ReadonlyMap<number, InfoValues>;
  readonly payloads: ReadonlyMap<number, Uint8Array>;
}

/** Jobs of one kind that were just locked, as they were before the lock. */
export interface LockedRows {
  readonly rows: JobRows;
  /** In the order of the jobs, one behind the other. */
  readonly tokens: string;
  readonly slots: readonly number[] | null;
}

/** Jobs to store for the first time, a list for each part: their places are the same in all. */
export interface JobWrites {
  readonly slugs: readonly string[];
  readonly kinds: readonly string[];
  readonly definitions: readonly string[];
  /** Columns of `job_state` one behind the other: of a job in `whole` all, of another the fresh ones. */
  readonly columns: readonly Value[];
  readonly whole: readonly number[];
  /** All payloads one behind the other, and where each ends. */
  readonly payloads: Uint8Array;
  readonly ends: readonly number[];
  readonly info: ReadonlyMap<number, InfoValues>;
}

/** A run to add: columns of `runs`, but for its number and its kind. */
export type RunWrite = readonly [kind: string, values: readonly Value[]];

/** A stored run; its `text` is a JSON array: its columns, then its facts. */
export type RunRow = readonly [text: string, result: Uint8Array | null, kind: string];

/** A part of the history forwards; `text` is a JSON array with the number and the token of each run. */
export interface PlacesPart {
  readonly text: string;
  readonly next: number;
  readonly end: boolean;
  readonly gap: boolean;
}

export interface CreateCall {
  readonly jobs: JobWrites;
  readonly requestIds: readonly (string | null)[];
  /** Places of those whose call was tried before. */
  readonly retries: readonly number[];
}

/** Of those places that were not created; null: the job has run and gone. */
export type CreateAnswer = readonly (readonly [at: number, status: "exists" | "repeated", job: JobRows | null])[];

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

/** `JobRows`, with one job: a caller has changed it. */
export type ReleaseAnswer = "recorded" | "stale" | "moved" | JobRows;

export type AmendItem = readonly [slug: string, token: string, lease: string, write: FreeWrite | KeepWrite];

export interface FreeWrite {
  readonly etag: string;
  /** Null: the job is deleted. */
  readonly put: StandingWrite | null;
}

export interface KeepWrite {
  /** Null: any. */
  readonly etag: string | null;
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
  readonly write: { readonly type: "delete" } | { readonly type: "add"; readonly job: JobWrites } | ChangeWrite;
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
