import type { JobDefinition } from "../../core/job.js";
import type { PolicyInput } from "../../core/policy.js";
import { type TriggerText, triggerText } from "./trigger-text.js";

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

function unlessEmpty<T extends object>(value: T): T | undefined {
  for (const _ in value) return value;
  return undefined;
}
