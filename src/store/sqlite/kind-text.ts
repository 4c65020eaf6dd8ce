import type { StoredKind } from "../../core/kind.js";
import type { TriggerInput } from "../../core/trigger.js";
import type { TriggerText } from "./definition-text.js";
import { pauseOf, pauseText } from "./job-row.js";

interface KindText extends Omit<StoredKind, "trigger" | "pause" | "createdAt" | "updatedAt"> {
  readonly trigger?: TriggerText;
  readonly pause?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A kind as one JSON text. */
export function kindText(kind: StoredKind): string {
  const { trigger, pause } = kind;
  return JSON.stringify({
    ...kind,
    trigger: trigger && triggerText(trigger),
    pause: pause && pauseText(pause),
    createdAt: kind.createdAt.getTime(),
    updatedAt: kind.updatedAt.getTime(),
  });
}

export function kindOf(text: string): StoredKind {
  const { trigger, pause, createdAt, updatedAt, ...rest } = JSON.parse(text) as KindText;
  return {
    ...rest,
    ...(trigger && { trigger: triggerOf(trigger) }),
    ...(pause !== undefined && { pause: pauseOf(pause) }),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

function triggerText(trigger: TriggerInput): TriggerText {
  if (trigger.type === "cron") return trigger;
  if (trigger.type === "once") return { type: "once", ...(trigger.time && { time: trigger.time.getTime() }) };
  const { anchor, ...rest } = trigger;
  return { ...rest, ...(anchor && { anchor: anchor.getTime() }) };
}

function triggerOf(text: TriggerText): TriggerInput {
  if (text.type === "cron") return text;
  if (text.type === "once") return { type: "once", ...(text.time !== undefined && { time: new Date(text.time) }) };
  const { anchor, ...rest } = text;
  return { ...rest, ...(anchor !== undefined && { anchor: new Date(anchor) }) };
}
