import type { Check } from "../core/check.js";
import { checkEtag, checkKind } from "../core/check-names.js";
import { checkWhole } from "../core/check-number.js";
import { checkText } from "../core/check-text.js";
import type { KindInput, StoredKind } from "../core/kind.js";
import { limit } from "../core/limits.js";
import type { RegisterInput } from "../service/register-kind.js";
import type { Kind } from "./gen/tickwire/v1/kind.js";
import type { RegisterKindRequest } from "./gen/tickwire/v1/scheduler.js";
import { readPolicy, writePolicy } from "./policy.js";
import { toTimestamp } from "./time.js";
import { readTrigger, writeTrigger } from "./trigger.js";

/** `now`, by the store's clock, is what a trigger must still have a time after. */
export function readRegisterKind(check: Check, request: RegisterKindRequest, now: Date): RegisterInput {
  const { kind } = request;
  if (!kind) check.bad("kind", "must be set");
  checkEtag(check, "kind.etag", kind?.etag ?? "");
  const given = kind ? readKind(check, "kind", kind, now) : { name: "", description: "", policy: {}, maxRunning: 0 };
  return { kind: given, replace: request.replace, etag: kind?.etag ?? "" };
}

/** What a kind's owner says of it. */
export function readKind(check: Check, field: string, kind: Kind, now: Date): KindInput {
  const { name, description, maxRunning } = kind;
  checkKind(check, `${field}.name`, name);
  checkText(check, `${field}.description`, description, limit("kind_description_bytes"));
  checkWhole(check, `${field}.max_running`, maxRunning, 0, limit("max_running"));
  const trigger = readTrigger(check, `${field}.trigger`, kind.trigger, now);
  const policy = readPolicy(check, `${field}.policy`, kind.policy);
  return { name, description, policy, maxRunning, ...(trigger && { trigger }) };
}

export function writeKind(kind: StoredKind): Kind {
  return {
    name: kind.name,
    description: kind.description,
    trigger: kind.trigger && writeTrigger(kind.trigger),
    policy: writePolicy(kind.policy),
    maxRunning: kind.maxRunning,
    etag: kind.etag,
    pause: kind.pause && { reason: kind.pause.reason, pauseTime: toTimestamp(kind.pause.at) },
    createTime: toTimestamp(kind.createdAt),
    updateTime: toTimestamp(kind.updatedAt),
  };
}
