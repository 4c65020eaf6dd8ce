import type { JobDefinition } from "../../core/job.js";
import type { PolicyInput } from "../../core/policy.js";
import type { CronTrigger, Trigger } from "../../core/trigger.js";

/** What a job's owner said, but for slug, kind, priority and payload, as one JSON text. Empty texts and maps are left out. */
export interface DefinitionText {
  readonly uid: string;
  readonly trigger: TriggerText;
  readonly triggerFrom: number;
  readonly policy?: PolicyInput;
  readonly contentType?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly traceContext?: Readonly<Record<string, string>>;
  readonly backfillOf?: string;
  readonly createdAt: number;
  readonly createId?: string;
  readonly requestId?: string;
}

export type TriggerText =
  | CronTrigger
  | { readonly type: "interval"; readonly everyMs: number; readonly anchor?: number }
  | { readonly type: "once"; readonly time?: number };

export function definitionText(job: JobDefinition): string {
  const text: { [name in keyof DefinitionText]: DefinitionText[name] | undefined } = {
    uid: job.uid,
    trigger: triggerText(job.trigger),
    triggerFrom: job.triggerFrom.getTime(),
    policy: unlessEmpty(job.policy),
    contentType: job.contentType || undefined,
    labels: unlessEmpty(job.labels),
    traceContext: unlessEmpty(job.traceContext),
    backfillOf: job.backfillOf,
    createdAt: job.createdAt.getTime(),
    createId: job.createId,
    requestId: job.requestId,
  };
  return JSON.stringify(text);
}

function triggerText(trigger: Trigger): TriggerText {
  switch (trigger.type) {
    case "cron":
      return trigger;
    case "interval":
      return { type: "interval", everyMs: trigger.everyMs, anchor: trigger.anchor.getTime() };
    case "once":
      return { type: "once", time: trigger.time.getTime() };
  }
}

export function triggerOf(text: TriggerText): Trigger {
  switch (text.type) {
    case "cron":
      return text;
    case "interval":
      return { type: "interval", everyMs: text.everyMs, anchor: new Date(text.anchor ?? 0) };
    case "once":
      return { type: "once", time: new Date(text.time ?? 0) };
  }
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  for (const _ in value) return value;
  return undefined;
}
