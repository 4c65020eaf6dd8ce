import { describeTrigger } from "../core/describe-trigger.js";
import { firstOccurrence, nextAfter } from "../core/schedule.js";
import { resolveTrigger, type TriggerInput } from "../core/trigger.js";
import type { ServiceParts } from "./parts.js";
import { turns } from "./turn.js";

export interface PreviewInput {
  readonly trigger: TriggerInput;
  /** Absent: as if a job with it were stored now. */
  readonly after?: Date;
  readonly count: number;
}

export interface Preview {
  /** Fewer than asked where the trigger ends. */
  readonly times: readonly Date[];
  /** In words. */
  readonly description: string;
}

/** The trigger's next times, without jitter; of a fixed delay, as if each run ended at once. Nothing is stored. */
export async function previewTrigger(parts: ServiceParts, input: PreviewInput, signal: AbortSignal): Promise<Preview> {
  const now = parts.dispatch.now();
  const trigger = resolveTrigger(input.trigger, now);
  const count = Math.min(input.count, trigger.maxOccurrences ?? input.count);
  const times: Date[] = [];
  const pause = turns();
  let next = input.after ? nextAfter(trigger, input.after) : firstOccurrence(trigger, now);
  while (next && times.length < count && !signal.aborted) {
    times.push(next);
    await pause();
    next = nextAfter(trigger, next);
  }
  return { times, description: describeTrigger(trigger) };
}
