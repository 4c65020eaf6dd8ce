import type { JsonObject } from "@bufbuild/protobuf";
import type { JobJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { note, printJson, printLines } from "../output.js";
import { policyFields, policyOf, spanJson } from "../policy.js";
import { choiceOf, pairsOf } from "../read.js";
import { type OptionOfField, partOf, requestOf } from "../request.js";
import { triggerFields, triggerOf } from "../trigger.js";
import { payloadOf } from "./payload.js";
import { summaryOf } from "./show.js";

const FIELDS: OptionOfField = {
  "job.slug": "--slug",
  "job.kind": "--kind",
  "job.payload": "--payload",
  "job.content_type": "--content-type",
  "job.labels": "--label",
  "job.priority": "--priority",
  ...triggerFields("job.trigger"),
  ...policyFields("job.policy"),
  delay: "--delay",
  on_conflict: "--on-conflict",
  request_id: "--request-id",
  retry: "--repeat",
};

const OUTCOMES: Readonly<Record<string, string>> = {
  SCHEDULE_OUTCOME_CREATED: "created",
  SCHEDULE_OUTCOME_KEPT: "kept the one that is there:",
  SCHEDULE_OUTCOME_UPDATED: "updated",
  SCHEDULE_OUTCOME_REPLACED: "replaced",
  SCHEDULE_OUTCOME_REPEATED: "this call was carried out before:",
};

export const PRIORITIES = {
  low: "PRIORITY_LOW",
  normal: "PRIORITY_NORMAL",
  high: "PRIORITY_HIGH",
  urgent: "PRIORITY_URGENT",
} as const;

interface Answer {
  readonly job?: JobJson;
  readonly outcome?: string;
  readonly warnings?: readonly string[];
}

export async function scheduleJob(given: Given): Promise<number> {
  const request = await requestFor(given);
  await calling(given, FIELDS, async ({ call }) => {
    const answer = await call<Answer>("ScheduleJob", request);
    if (given.has("json")) return await printJson(answer);
    const { job = {}, outcome = "", warnings = [] } = answer;
    const as = given.has("validate-only") ? "nothing is stored; it would have been: " : "";
    await printLines([`${as}${OUTCOMES[outcome] ?? outcome} ${summaryOf(job, new Date())}`]);
    for (const warning of warnings) note(`warning: ${warning}`);
  });
  return EXIT.done;
}

async function requestFor(given: Given): Promise<JsonObject> {
  const kind = given.text("kind");
  if (kind === undefined) throw usageError("--kind is missing: it says which workers run the job");
  if (given.has("repeat") && given.text("request-id") === undefined) throw usageError("--repeat needs --request-id");
  const job = requestOf({
    slug: given.text("slug"),
    kind,
    contentType: given.text("content-type"),
    labels: pairsOf(given, "label"),
    trigger: triggerOf(given),
    priority: choiceOf(given, "priority", PRIORITIES),
    policy: policyOf(given),
  });
  const delay = spanJson(given, "delay");
  const onConflict = choiceOf(given, "on-conflict", {
    fail: "CONFLICT_POLICY_FAIL",
    keep: "CONFLICT_POLICY_KEEP",
    update: "CONFLICT_POLICY_UPDATE",
    replace: "CONFLICT_POLICY_REPLACE",
  });
  const payload = await payloadOf(given);
  return requestOf({
    job: { ...job, ...partOf({ payload: payload?.toString("base64") }) },
    delay,
    onConflict,
    validateOnly: given.has("validate-only") || undefined,
    requestId: given.text("request-id"),
    retry: given.has("repeat") || undefined,
  });
}
