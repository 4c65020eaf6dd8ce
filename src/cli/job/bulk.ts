import type { JsonObject } from "@bufbuild/protobuf";
import { type Caller, calling } from "../call.js";
import { EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { requestOf } from "../request.js";
import { FILTER_FIELDS, filterOf } from "./filter.js";

export function clearJobs(given: Given): Promise<number> {
  return bulk(given, { method: "ClearJobs", count: "deletedCount", done: "deleted", would: "would delete" });
}

export function requeueJobs(given: Given): Promise<number> {
  return bulk(given, { method: "RequeueJobs", count: "requeuedCount", done: "requeued", would: "would requeue" });
}

interface Bulk {
  readonly method: string;
  /** The field of the answer that says how many. */
  readonly count: string;
  readonly done: string;
  readonly would: string;
}

/** Calls until nothing is left: one call works for at most 10 s. Counting begins anew with each call, so that one must do. */
async function bulk(given: Given, { method, count, done, would }: Bulk): Promise<number> {
  const isDry = given.has("dry-run");
  const filter = filterOf(given);
  if (!filter && !given.has("all")) throw usageError("say which jobs, or --all");
  const request = requestOf({ filter, all: given.has("all") || undefined, validateOnly: isDry || undefined });
  await calling(given, FILTER_FIELDS, async ({ call }) => {
    const { total, more } = await callAll(call, method, request, count, !isDry);
    if (given.has("json")) {
      return await printJson(requestOf({ [count]: total > 0 ? String(total) : undefined, more: more || undefined }));
    }
    const jobs = `${total} ${total === 1 ? "job" : "jobs"}`;
    await printLines([`${isDry ? would : done} ${more ? "at least " : ""}${jobs}`]);
  });
  return EXIT.done;
}

async function callAll(
  call: Caller["call"],
  method: string,
  request: JsonObject,
  count: string,
  repeats: boolean,
): Promise<{ readonly total: number; readonly more: boolean }> {
  for (let total = 0; ; ) {
    const answer: JsonObject = await call(method, request);
    total += Number(answer[count] ?? 0);
    const more = answer["more"] === true;
    if (!more || !repeats) return { total, more };
  }
}
