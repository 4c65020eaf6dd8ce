import type { JsonObject } from "@bufbuild/protobuf";
import type { JobJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { policyFields, policyOf, spanJson } from "../policy.js";
import { choiceOf, instantOf, pairsOf } from "../read.js";
import { type OptionOfField, requestOf } from "../request.js";
import { triggerFields, triggerPartsOf } from "../trigger.js";
import { payloadOf } from "./payload.js";
import { PRIORITIES } from "./schedule.js";
import { summaryOf } from "./show.js";

const FIELDS: OptionOfField = {
  "job.slug": "SLUG",
  "job.payload": "--payload",
  "job.content_type": "--content-type",
  "job.labels": "--label",
  "job.priority": "--priority",
  ...triggerFields("job.trigger"),
  ...policyFields("job.policy"),
  "job.etag": "--etag",
  update_mask: "--inherit",
  next_time: "--next",
  delay: "--delay",
};

export async function updateJob(given: Given): Promise<number> {
  const request = await requestFor(given);
  await calling(given, FIELDS, async ({ call }) => {
    const answer = await call<{ readonly job?: JobJson }>("UpdateJob", request);
    if (given.has("json")) return await printJson(answer);
    await printLines([`updated ${summaryOf(answer.job ?? {}, new Date())}`]);
  });
  return EXIT.done;
}

async function requestFor(given: Given): Promise<JsonObject> {
  const payload = await payloadOf(given);
  const changes = requestOf({
    payload: payload?.toString("base64"),
    contentType: given.text("content-type"),
    labels: pairsOf(given, "label"),
    priority: choiceOf(given, "priority", PRIORITIES),
    trigger: triggerPartsOf(given),
    policy: policyOf(given),
  });
  const nextTime = instantOf(given, "next")?.toISOString();
  const delay = spanJson(given, "delay");
  if (nextTime !== undefined && delay !== undefined) throw usageError("--next and --delay exclude each other");
  const paths = new Set([...pathsOf(changes), ...given.all("inherit").map(inJson)]);
  if (paths.size === 0 && nextTime === undefined && delay === undefined) throw usageError("say what to change");
  return requestOf({
    job: requestOf({ slug: given.argument("SLUG"), etag: given.text("etag"), ...changes }),
    updateMask: [...paths].join(","),
    nextTime,
    delay,
  });
}

/** What changes, and no more: a schedule and labels are named whole, a policy and a trigger's bounds part by part. */
function pathsOf({ trigger, policy, ...whole }: JsonObject): string[] {
  const { retry, ...parts } = (policy ?? {}) as JsonObject;
  return [
    ...Object.keys(whole),
    ...Object.keys(trigger ?? {}).map((part) => `trigger.${part}`),
    ...Object.keys(parts).map((part) => `policy.${part}`),
    ...Object.keys(retry ?? {}).map((part) => `policy.retry.${part}`),
  ];
}

/** A path of the contract as a mask has it in JSON. */
function inJson(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
