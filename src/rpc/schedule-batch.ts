import { Check, under } from "../core/check.js";
import { TickwireError } from "../core/errors.js";
import { limit } from "../core/limits.js";
import type { Log } from "../core/log.js";
import type { ScheduleInput } from "../service/schedule-input.js";
import type { Scheduled } from "../service/schedule-jobs.js";
import type { Service } from "../service/service.js";
import { turns } from "../service/turn.js";
import { type ScheduleJobRequest, type ScheduleJobResult, ScheduleOutcome } from "./gen/tickwire/v1/scheduler.js";
import { itemField, OUTCOME, readScheduleItem, type ScheduleContext } from "./schedule.js";
import { toRichStatus } from "./status.js";
import { optionalTimestamp } from "./time.js";

/** Stores a batch, each job on its own; answers in order, also for what was refused before the store saw it. */
export async function scheduleBatch(
  service: Service,
  log: Log,
  requests: readonly ScheduleJobRequest[],
  context: ScheduleContext,
): Promise<ScheduleJobResult[]> {
  const read = await readAll(requests, context);
  const inputs = read.filter((item): item is ScheduleInput => !(item instanceof TickwireError));
  const stored = inputs.length > 0 ? await service.scheduleJobs(inputs) : [];
  let n = 0;
  return read.map((item, index) => {
    const answer = item instanceof TickwireError ? item : prefixed(stored[n++], index);
    return writeResult(answer, requests[index]?.job?.slug ?? "", log);
  });
}

async function readAll(
  requests: readonly ScheduleJobRequest[],
  context: ScheduleContext,
): Promise<(ScheduleInput | TickwireError)[]> {
  const check = new Check();
  if (requests.length > limit("batch_jobs")) {
    check.bad("requests", `must hold at most ${limit("batch_jobs")} items; got ${requests.length}`);
  }
  check.done();
  const pause = turns();
  const read: (ScheduleInput | TickwireError)[] = [];
  for (const [index, request] of requests.entries()) {
    read.push(readScheduleItem(request, index, context));
    // Awaiting nothing would cost a turn of the microtask queue for each job.
    const paused = pause();
    if (paused !== undefined) await paused;
  }
  return read;
}

function prefixed(answer: Scheduled | TickwireError | undefined, index: number): Scheduled | TickwireError {
  if (!answer) throw new Error("the service answered fewer items than it was given");
  return answer instanceof TickwireError ? under(itemField(index), answer) : answer;
}

function writeResult(answer: Scheduled | TickwireError, slug: string, log: Log): ScheduleJobResult {
  if (answer instanceof TickwireError) {
    // A slug that is too long is not sent back: a thousand of them would not fit in a message.
    const shown = slug.length <= limit("slug_bytes") ? slug : "";
    const error = toRichStatus(answer, log, "/tickwire.v1.Scheduler/ScheduleJobs");
    return { slug: shown, error, outcome: ScheduleOutcome.UNSPECIFIED, dueTime: undefined };
  }
  const { job, outcome } = answer;
  return { slug: answer.slug, error: undefined, outcome: OUTCOME[outcome], dueTime: optionalTimestamp(job?.at) };
}
