import type { Edit } from "../../core/edit.js";
import type { StoredJob } from "../../core/job.js";
import { ownBytes, storedBytes } from "../bytes.js";
import type { AmendWrite, CreateResult, NewJob, ReleaseWrite } from "../store.js";
import { definitionText } from "../text/definition-text.js";
import { progressText } from "../text/progress-text.js";
import { countsText } from "../text/standing-text.js";
import { jobOf, type ReadJob } from "./job-row.js";
import { infoOf, jobWrites, ownColumns, standingColumns, standingWrite } from "./job-write.js";
import { runWrite } from "./run-row.js";
import type { AmendItem, ChangeWrite, CreateAnswer, CreateCall, EditItem, JobRows, ReleaseItem } from "./wire.js";

/** The port's requests as they cross to the engine, and its answers as they come back. */

export function createCall(items: readonly NewJob[]): CreateCall {
  return {
    jobs: jobWrites(items.map(({ job }) => job)),
    requestIds: items.map(({ job }) => job.requestId ?? null),
    retries: items.flatMap(({ retry }, at) => (retry ? [at] : [])),
  };
}

export function createResults(count: number, answer: CreateAnswer): CreateResult[] {
  const results: CreateResult[] = new Array(count).fill({ status: "created" });
  for (const [at, status, rows] of answer) results[at] = rows ? { status, job: jobOf(rows) } : { status: "repeated" };
  return results;
}

export function releaseItem(write: ReleaseWrite): ReleaseItem {
  const { slug, token, lease, etag, settled, run } = write;
  return [slug, token, lease ?? null, etag, run.by === "worker", standingWrite(settled), runWrite(run)];
}

export function writeResult<S extends "recorded" | "moved" | "stale">(
  answer: S | JobRows,
): { readonly status: S } | { readonly status: "changed"; readonly job: StoredJob } {
  return typeof answer === "string" ? { status: answer } : { status: "changed", job: jobOf(answer) };
}

export function amendItem(write: AmendWrite): AmendItem {
  const { slug, token, lease } = write;
  if ("free" in write) return [slug, token, lease, { etag: write.etag, put: standingWrite(write.free) }];
  const { occurrence, at, triggerCount, counts, progress, checkpoint } = write.keep;
  const standing = {
    ...(occurrence && { occurrence: occurrence.getTime() }),
    ...(triggerCount !== undefined && { triggerCount }),
    ...(counts && { counts: countsText(counts) ?? {} }),
  };
  const kept = {
    etag: write.etag ?? null,
    standing,
    atMs: at ? at.getTime() : null,
    progress: progress ? progressText(progress) : null,
    checkpoint: checkpoint ? ownBytes(checkpoint) : null,
  };
  return [slug, token, lease, kept];
}

/** What an edit did not change is not written: neither payload nor definition nor long parts. */
export function editItem(slug: string, read: ReadJob | undefined, edit: Edit<unknown>, now: Date): EditItem {
  const { write, run, notice } = edit;
  const put = write?.type === "put" ? { ...write.job, updatedAt: now } : undefined;
  return {
    slug,
    read: read ? [read.id, read.job.rev, read.job.etag] : null,
    write: put
      ? read
        ? changeOf(read.job, put)
        : { type: "add", job: jobWrites([{ ...put, rev: put.rev + 1 }]) }
      : DELETE,
    run: run ? runWrite(run) : null,
    notice: notice ? [notice.token, notice.lease, notice.slug, notice.reason, now.getTime() + NOTICE_KEPT_MS] : null,
  };
}

const DELETE = { type: "delete" } as const;

/** A server that has not asked for its notices for so long is gone, and its tasks with it. */
const NOTICE_KEPT_MS = 3_600_000;

function changeOf(before: StoredJob, job: StoredJob): ChangeWrite {
  const definition = definitionText(job);
  const sameInfo =
    job.last === before.last &&
    job.progress === before.progress &&
    job.lastResult === before.lastResult &&
    job.checkpoint === before.checkpoint;
  return {
    type: "change",
    kind: job.kind,
    columns: [...ownColumns(job, before.rev + 1), ...standingColumns(job)],
    definition: definition === definitionText(before) ? null : definition,
    payload: job.payload === before.payload ? null : [storedBytes(job.payload)],
    info: sameInfo ? null : [infoOf(job)],
  };
}
