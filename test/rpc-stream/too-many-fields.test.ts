import assert from "node:assert/strict";
import { test } from "node:test";
import { type StatusObject, status } from "@grpc/grpc-js";
import { ScheduleJobsRequest, SchedulerService } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { schedulerDefinition } from "../../src/rpc/scheduler.js";
import { startGrpc } from "./grpc-fixture.js";
import { detailsOf } from "./raw-worker.js";

test("4 MiB of empty items are RESOURCE_EXHAUSTED, before they take a gigabyte", async (t) => {
  const { client } = await startGrpc(t);
  // requests: [{ job: {} }, ...], four bytes each.
  const bytes = Buffer.alloc(4_000_000, Buffer.from([0x0a, 0x02, 0x0a, 0x00]));
  const before = process.memoryUsage().heapUsed;
  const ended = await new Promise<StatusObject>((resolve) => {
    const { path } = SchedulerService.scheduleJobs;
    const call = client.makeUnaryRequest(
      path,
      (message: Buffer) => message,
      (message: Buffer) => message,
      bytes,
      () => {},
    );
    call.once("status", resolve);
  });
  assert.equal(ended.code, status.RESOURCE_EXHAUSTED);
  assert.equal(detailsOf(ended).reason, "TOO_LARGE");
  assert.ok(process.memoryUsage().heapUsed - before < 300 * 1_048_576);
});

test("the largest batch that is of use is decoded", () => {
  const labels = new Map(Array.from({ length: 32 }, (_, i) => [`label-${i}`, "v"] as const));
  const job = { slug: "s", kind: "k", labels, payload: Buffer.alloc(100) };
  const request = ScheduleJobsRequest.create({ requests: Array.from({ length: 1_000 }, () => ({ job })) });
  const bytes = Buffer.from(ScheduleJobsRequest.encode(request).finish());
  const decoded = schedulerDefinition.scheduleJobs.requestDeserialize(bytes);
  assert.equal(decoded.requests.length, 1_000);
  assert.equal(decoded.requests[999]?.job?.labels.size, 32);
});
