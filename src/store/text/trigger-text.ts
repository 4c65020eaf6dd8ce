import { bounded, type CronTrigger, type Trigger, type TriggerBounds, type TriggerInput } from "../../core/trigger.js";

/** A trigger in JSON: instants are in ms since 1970, and what is absent stays so. */
export type TriggerText = BoundsText &
  (
    | Omit<CronTrigger, keyof TriggerBounds>
    | { readonly type: "interval"; readonly everyMs: number; readonly anchor?: number }
    | { readonly type: "fixed_delay"; readonly everyMs: number }
    | { readonly type: "once"; readonly time?: number }
  );

interface BoundsText extends Pick<TriggerBounds, "maxOccurrences" | "jitterMs"> {
  readonly startTime?: number;
  readonly endTime?: number;
}

/** A job's or, with fields left unset, a kind's. */
export function triggerText(trigger: TriggerInput): TriggerText {
  const { startTime, endTime } = trigger;
  const text = {
    ...trigger,
    ...(startTime && { startTime: startTime.getTime() }),
    ...(endTime && { endTime: endTime.getTime() }),
    ...("anchor" in trigger && trigger.anchor && { anchor: trigger.anchor.getTime() }),
    ...("time" in trigger && trigger.time && { time: trigger.time.getTime() }),
  };
  return text as TriggerText;
}

/** A job's, with every field that its type needs. */
export function triggerOf(text: TriggerText): Trigger {
  switch (text.type) {
    case "cron": {
      const { expression, timeZone, dialect } = text;
      return withBounds<Trigger>({ type: "cron", expression, timeZone, dialect }, text);
    }
    case "fixed_delay":
      return withBounds<Trigger>({ type: "fixed_delay", everyMs: text.everyMs }, text);
    case "interval":
      return withBounds<Trigger>({ type: "interval", everyMs: text.everyMs, anchor: new Date(text.anchor ?? 0) }, text);
    case "once":
      return withBounds<Trigger>({ type: "once", time: new Date(text.time ?? 0) }, text);
  }
}

/** A kind's. */
export function triggerInputOf(text: TriggerText): TriggerInput {
  if (text.type === "interval" && text.anchor === undefined) {
    return withBounds<TriggerInput>({ type: "interval", everyMs: text.everyMs }, text);
  }
  if (text.type === "once" && text.time === undefined) return withBounds<TriggerInput>({ type: "once" }, text);
  return triggerOf(text);
}

function withBounds<T extends TriggerBounds>(trigger: T, { startTime, endTime, ...rest }: BoundsText): T {
  const { maxOccurrences, jitterMs } = rest;
  if (startTime === undefined && endTime === undefined && maxOccurrences === undefined && jitterMs === undefined) {
    return trigger;
  }
  return bounded(trigger, {
    ...(startTime !== undefined && { startTime: new Date(startTime) }),
    ...(endTime !== undefined && { endTime: new Date(endTime) }),
    ...(maxOccurrences !== undefined && { maxOccurrences }),
    ...(jitterMs !== undefined && { jitterMs }),
  });
}
