import { badField, inItem } from "../errors.js";
import { Duration } from "../gen/google/protobuf/duration.js";
import type { JobState } from "../gen/tickwire/v1/job.js";
import type { RunState } from "../gen/tickwire/v1/run.js";
import {
  type ConflictPolicy,
  type ScheduleJobRequest,
  type ScheduleJobsRequest,
  UpdateJobRequest,
  JobFilter as WireJobFilter,
  RunFilter as WireRunFilter,
  type View as WireView,
} from "../gen/tickwire/v1/scheduler.js";
import type { JobFilter, RunFilter, ScheduleInput, UpdateInput, View } from "../requests.js";
import { updatePaths } from "../update-paths.js";
import { conflictPolicies, jobStates, runStates, views } from "./enums.js";
import { labelsOf, toWireJob } from "./job.js";
import { optionalDuration, optionalTimestamp, toDuration, toTimestamp } from "./time.js";

export function toScheduleRequest(input: ScheduleInput): ScheduleJobRequest {
  return {
    job: toWireJob(input),
    payloadText: "",
    delay: optionalDuration(input.delayMs, "delay"),
    onConflict: conflictPolicies.number(input.onConflict, "on_conflict") as ConflictPolicy,
    validateOnly: input.validateOnly ?? false,
    requestId: input.requestId ?? "",
    retry: false,
  };
}

export function toScheduleRequests(inputs: readonly ScheduleInput[]): ScheduleJobsRequest {
  const requests = inputs.map((input, index) => {
    try {
      return toScheduleRequest(input);
    } catch (error) {
      throw inItem(`requests[${index}]`, error);
    }
  });
  return { requests };
}

export function toUpdateRequest(slug: string, input: UpdateInput): UpdateJobRequest {
  const { updateMask = [], delayMs, nextTime, etag } = input;
  if (delayMs !== undefined && nextTime !== undefined)
    throw badField("next", "delayMs and nextTime exclude each other");
  const request = UpdateJobRequest.fromPartial({
    job: { ...toWireJob({ ...input, slug }), etag: etag ?? "" },
    updateMask: updateMask.map((path) => {
      const wire = Object.hasOwn(updatePaths, path) ? updatePaths[path] : undefined;
      if (wire === undefined) throw badField("update_mask", `"${path}" names nothing that can be updated`);
      return wire;
    }),
  });
  if (delayMs !== undefined)
    request.next = { $case: "delay", value: Duration.fromPartial(toDuration(delayMs, "delay")) };
  else if (nextTime !== undefined) request.next = { $case: "nextTime", value: toTimestamp(nextTime, "next_time") };
  return request;
}

export function toJobFilter(filter: JobFilter | undefined): WireJobFilter | undefined {
  return (
    filter &&
    WireJobFilter.fromPartial({
      slugs: [...(filter.slugs ?? [])],
      slugPrefix: filter.slugPrefix ?? "",
      kinds: [...(filter.kinds ?? [])],
      states: (filter.states ?? []).map((state) => jobStates.number(state, "filter.states") as JobState),
      labels: labelsOf(filter.labels, "filter.labels"),
      dueAfter: optionalTimestamp(filter.dueAfter, "filter.due_after"),
      dueBefore: optionalTimestamp(filter.dueBefore, "filter.due_before"),
    })
  );
}

export function toRunFilter(filter: RunFilter | undefined): WireRunFilter | undefined {
  return (
    filter &&
    WireRunFilter.fromPartial({
      slug: filter.slug ?? "",
      kinds: [...(filter.kinds ?? [])],
      states: (filter.states ?? []).map((state) => runStates.number(state, "filter.states") as RunState),
      endedAfter: optionalTimestamp(filter.endedAfter, "filter.ended_after"),
      endedBefore: optionalTimestamp(filter.endedBefore, "filter.ended_before"),
    })
  );
}

export function toView(view: View | undefined): WireView {
  return views.number(view, "view") as WireView;
}
