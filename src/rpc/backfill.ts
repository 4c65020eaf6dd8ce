import { Check, show } from "../core/check.js";
import { checkSlug } from "../core/check-names.js";
import { checkWhole } from "../core/check-number.js";
import { longerThan } from "../core/check-text.js";
import { limit } from "../core/limits.js";
import type { BackfillInput } from "../service/backfill-job.js";
import type { Timestamp } from "./gen/google/protobuf/timestamp.js";
import type { BackfillJobRequest } from "./gen/tickwire/v1/scheduler.js";
import { readTimestamp } from "./time.js";

/** A backfill, checked in form. */
export function readBackfill(request: BackfillJobRequest, traceContext: BackfillInput["traceContext"]): BackfillInput {
  const check = new Check();
  const { slug } = request;
  const most = limit("backfill_slug_bytes");
  if (longerThan(slug, most) && !longerThan(slug, limit("slug_bytes"))) {
    check.bad("slug", `must be at most ${most} bytes, so that an occurrence fits behind it; got ${show(slug)}`);
  } else checkSlug(check, "slug", slug);
  const start = readInstant(check, "start_time", request.startTime);
  const end = readInstant(check, "end_time", request.endTime);
  if (start && end && end <= start) {
    check.bad("end_time", `must be later than start_time, ${start.toISOString()}; got ${end.toISOString()}`);
  }
  checkWhole(check, "max_runs", request.maxRuns, 0, limit("backfill_runs"));
  check.done();
  if (!start || !end) throw new Error("a time that is set and right was not read");
  return { slug, start, end, maxRuns: request.maxRuns || limit("backfill_runs_default"), traceContext };
}

function readInstant(check: Check, field: string, value: Timestamp | undefined): Date | undefined {
  if (!value) check.bad(field, "must be set");
  return readTimestamp(check, field, value);
}
