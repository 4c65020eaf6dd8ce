import type { StoredJob } from "../../core/job.js";
import { compareBytewise } from "../bytewise.js";
import { Heap } from "./heap.js";

/** A slug's place in the table: its document, absent once the slug is gone. */
export interface Row {
  job: StoredJob | undefined;
}

interface Entry {
  readonly dueMs: number;
  readonly slug: string;
  readonly job: StoredJob;
  readonly row: Row;
}

/**
 * Claimable jobs of one kind and priority, the oldest due first, then by slug. A job that was replaced or removed leaves its
 * entry behind: an entry counts only while its row still holds exactly its document.
 */
export class DueQueue {
  readonly #heap = new Heap<Entry>(before);
  #stale = 0;

  add(row: Row, job: StoredJob, due: Date): void {
    this.#heap.push({ dueMs: due.getTime(), slug: job.slug, job, row });
  }

  /** One of its jobs was replaced or removed, other than by `take`. */
  left(): void {
    this.#stale++;
    if (this.#stale < 64 || this.#stale * 2 < this.#heap.size) return;
    this.#heap.retain(isCurrent);
    this.#stale = 0;
  }

  /** The next job's due time. */
  soonestMs(): number | undefined {
    return this.#next()?.dueMs;
  }

  /** Removes the next job, if it is due by then. The caller replaces it in its row. */
  take(byMs: number): { readonly row: Row; readonly job: StoredJob } | undefined {
    const next = this.#next();
    if (!next || next.dueMs > byMs) return undefined;
    this.#heap.pop();
    return next;
  }

  #next(): Entry | undefined {
    for (let entry = this.#heap.peek(); entry; entry = this.#heap.peek()) {
      if (isCurrent(entry)) return entry;
      this.#heap.pop();
      this.#stale--;
    }
    return undefined;
  }
}

function isCurrent({ row, job }: Entry): boolean {
  return row.job === job;
}

function before(one: Entry, other: Entry): boolean {
  return one.dueMs === other.dueMs ? compareBytewise(one.slug, other.slug) < 0 : one.dueMs < other.dueMs;
}
