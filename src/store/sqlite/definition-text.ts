import type { JobDefinition } from "../../core/job.js";
import type { PolicyInput } from "../../core/policy.js";
import type { CronTrigger, Trigger } from "../../core/trigger.js";

/** What a job's owner said, but for slug, kind, priority and payload, as one JSON text. Empty texts and maps are left out. */
interface DefinitionText {
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

export type DefinitionPart = Omit<JobDefinition, "slug" | "kind" | "priority" | "payload">;

export function definitionText(job: DefinitionPart): string {
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

export function definitionOf(text: string): DefinitionPart {
  const read = JSON.parse(text) as DefinitionText;
  const { backfillOf, createId, requestId } = read;
  return {
    uid: read.uid,
    trigger: triggerOf(read.trigger),
    triggerFrom: new Date(read.triggerFrom),
    policy: read.policy ?? {},
    contentType: read.contentType ?? "",
    labels: read.labels ?? {},
    traceContext: read.traceContext ?? {},
    createdAt: new Date(read.createdAt),
    ...(backfillOf !== undefined && { backfillOf }),
    ...(createId !== undefined && { createId }),
    ...(requestId !== undefined && { requestId }),
  };
}

function triggerText(trigger: Trigger): TriggerText {
  switch (trigger.type) {
    case "cron":
      return trigger;
    case "interval":
      return { ...trigger, anchor: trigger.anchor.getTime() };
    case "once":
      return { ...trigger, time: trigger.time.getTime() };
  }
}

function triggerOf(text: TriggerText): Trigger {
  switch (text.type) {
    case "cron":
      return text;
    case "interval":
      return { ...text, anchor: new Date(text.anchor ?? 0) };
    case "once":
      return { ...text, time: new Date(text.time ?? 0) };
  }
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  for (const _ in value) return value;
  return undefined;
}
