import type { StoredKind } from "../../core/kind.js";
import type { TriggerInput } from "../../core/trigger.js";
import type { Context } from "./context.js";
import type { TriggerText } from "./definition-text.js";
import { pauseOf, pauseText } from "./job-row.js";

interface KindText extends Omit<StoredKind, "trigger" | "pause" | "createdAt" | "updatedAt"> {
  readonly trigger?: TriggerText;
  readonly pause?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** `Store.getKind`. */
export function getKind(context: Context, name: string): StoredKind | undefined {
  const text = context.db.get("SELECT kind FROM kinds WHERE name = ?", [name])?.[0];
  return typeof text === "string" ? kindOf(text) : undefined;
}

/** `Store.listKinds`. */
export function listKinds(context: Context): StoredKind[] {
  return context.db.all("SELECT kind FROM kinds ORDER BY name").map(([text]) => kindOf(text as string));
}

const ADD = "INSERT INTO kinds (name, etag, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
const REPLACE = "UPDATE kinds SET etag = ?, kind = ? WHERE name = ? AND etag = ?";

/** `Store.putKind`, inside a transaction. */
export function putKind(context: Context, kind: StoredKind, expectedEtag: string | undefined): boolean {
  const text = kindText(kind);
  const changes =
    expectedEtag === undefined
      ? context.db.run(ADD, [kind.name, kind.etag, text])
      : context.db.run(REPLACE, [kind.etag, text, kind.name, expectedEtag]);
  return changes === 1;
}

function kindText(kind: StoredKind): string {
  const { trigger, pause } = kind;
  return JSON.stringify({
    ...kind,
    trigger: trigger && triggerText(trigger),
    pause: pause && pauseText(pause),
    createdAt: kind.createdAt.getTime(),
    updatedAt: kind.updatedAt.getTime(),
  });
}

function kindOf(text: string): StoredKind {
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
