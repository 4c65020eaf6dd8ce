import type { Refusal } from "../core/edits.js";
import { TickwireError } from "../core/errors.js";
import { type StoredJob, stateOf } from "../core/job.js";

export function jobNotFound(slug: string): TickwireError {
  return new TickwireError("JOB_NOT_FOUND", `there is no job ${slug}`, { slug });
}

export function jobExists(job: StoredJob): TickwireError {
  const state = stateOf(job).toUpperCase();
  return new TickwireError("JOB_EXISTS", `the job ${job.slug} exists, and is ${state}`, { slug: job.slug, state });
}

/** A job's kind is what it is stored with. */
export function kindDiffers(slug: string, stored: string, asked: string): TickwireError {
  const message = `the job ${slug} is of the kind ${stored}, and can't become one of the kind ${asked}`;
  return new TickwireError("KIND_DIFFERS", message, { slug, kind: stored });
}

/** Why an edit wrote nothing, as an error that says which state it found. */
export function refused(slug: string, refusal: Refusal): TickwireError {
  switch (refusal.type) {
    case "missing":
      return jobNotFound(slug);
    case "etag":
      return new TickwireError("ETAG_MISMATCH", `the job ${slug} was changed: its etag is ${refusal.stored} now`, {
        slug,
        etag: refusal.stored,
      });
    case "state":
      return wrongState(slug, refusal.state, refusal.runId);
  }
}

function wrongState(slug: string, state: string, runId: string | undefined): TickwireError {
  const facts = { slug, state: state.toUpperCase(), ...(runId !== undefined && { run_id: runId }) };
  if (state === "dead") {
    return new TickwireError("JOB_DEAD", `the job ${slug} is DEAD: RequeueJobs makes it due again`, facts);
  }
  if (state === "completed") {
    return new TickwireError("JOB_COMPLETED", `the job ${slug} is COMPLETED: it has no further run`, facts);
  }
  if (state === "running") {
    const message = `the job ${slug} is RUNNING: wait until its task has ended, or cancel it`;
    return new TickwireError("JOB_RUNNING", message, facts);
  }
  return notRunning(slug, state, runId);
}

/** Nothing to cancel, or something else than what was named. */
export function notRunning(slug: string, state: string, runId: string | undefined): TickwireError {
  const found = state.toUpperCase();
  const message =
    runId === undefined
      ? `the job ${slug} has no task in progress: it is ${found}`
      : `the job ${slug} is ${found}, but another run is in progress: ${runId}`;
  return new TickwireError("NOT_RUNNING", message, {
    slug,
    state: found,
    ...(runId !== undefined && { run_id: runId }),
  });
}
