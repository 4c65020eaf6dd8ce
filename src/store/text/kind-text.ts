import type { StoredKind } from "../../core/kind.js";
import { pauseOf, pauseText } from "./pause-text.js";
import { type TriggerText, triggerInputOf, triggerText } from "./trigger-text.js";

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
    ...(trigger && { trigger: triggerInputOf(trigger) }),
    ...(pause !== undefined && { pause: pauseOf(pause) }),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}
