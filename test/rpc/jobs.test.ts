import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { Job } from "../../src/rpc/gen/tickwire/v1/job.js";
import {
  GetJobRequest,
  ListJobsRequest,
  ScheduleJobRequest,
  ScheduleJobsRequest,
  ScheduleOutcome,
} from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { drain, errorOf, type Harness, startHarness, toldStatus } from "./harness.js";

describe("jobs over gRPC", () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  test("a job that was scheduled is read back as it was given, with what the server filled in", async () => {
    const { job, outcome, warnings } = await harness.call(
      "scheduleJob",
      ScheduleJobRequest.create({
        job: {
          slug: "reports/daily",
          kind: "mail",
          payload: Buffer.from([0, 1, 255]),
          contentType: "application/json",
          labels: new Map([["team", "billing"]]),
          trigger: { schedule: { $case: "interval", value: { every: { seconds: 60n, nanos: 0 } } } },
          policy: { retry: { maxAttempts: 3 }, timeout: { seconds: 5n, nanos: 0 } },
          priority: 3,
        },
      }),
    );
    assert.equal(outcome, ScheduleOutcome.CREATED);
    assert.equal(job?.payload.length, 0, "without payload");
    assert.deepEqual(warnings, ["no connected worker serves the kind mail: the job waits until one does"]);
    const read = (await harness.call("getJob", GetJobRequest.create({ slug: "reports/daily" }))).job;
    assert.deepEqual([...(read?.payload ?? [])], [0, 1, 255]);
    assert.equal(read?.state, 1);
    assert.equal(read?.etag, job?.etag);
    assert.equal(read?.labels.get("team"), "billing");
    assert.equal(read?.policy?.retry?.maxAttempts, 3);
    assert.equal(read?.policy?.misfire, 0, "what was unset stays unset");
    assert.equal(read?.effectivePolicy?.misfire, 1);
    assert.equal(read?.effectivePolicy?.retry?.multiplier, 2);
    assert.equal(read?.dueTime?.seconds, BigInt(harness.now.getTime() / 1_000 + 60));
    assert.deepEqual(harness.dispatch.wakes.at(-1), {
      due: { kinds: new Set(["mail"]), at: new Date(harness.now.getTime() + 60_000) },
    });
  });

  test("a job that was read can be sent back: what is output only is ignored", async () => {
    const { job } = await harness.call("getJob", GetJobRequest.create({ slug: "reports/daily" }));
    const back = Job.fromPartial({ ...job, slug: "reports/copy", state: 99 as never });
    const { outcome } = await harness.call("scheduleJob", ScheduleJobRequest.create({ job: back }));
    assert.equal(outcome, ScheduleOutcome.CREATED);
  });

  test("a batch answers in order, and an item that is wrong does not keep the others out", async () => {
    const { results } = await harness.call(
      "scheduleJobs",
      ScheduleJobsRequest.create({
        requests: [
          { job: { slug: "batch/a", kind: "mail" } },
          { job: { slug: "batch b", kind: "mail" } },
          { job: { slug: "batch/a", kind: "mail" } },
          {
            job: {
              slug: "batch/c",
              kind: "mail",
              trigger: { schedule: { $case: "cron", value: { expression: "nope" } } },
            },
          },
          { job: { slug: "batch/a", kind: "mail" }, onConflict: 2 },
          { job: { slug: "batch/d", kind: "mail" }, delay: { seconds: 5n, nanos: 0 } },
        ],
      }),
    );
    const told = results.map((result) => (result.error ? toldStatus(result.error) : undefined));
    assert.deepEqual(
      results.map((result, n) => told[n]?.reason ?? result.outcome),
      [ScheduleOutcome.CREATED, "BAD_FIELD", "JOB_EXISTS", "BAD_CRON", ScheduleOutcome.KEPT, ScheduleOutcome.CREATED],
    );
    assert.deepEqual(told[1]?.fields, ["requests[1].job.slug"]);
    assert.deepEqual(told[3]?.fields, ["requests[3].job.trigger.cron.expression"]);
    assert.equal(results[1]?.slug, "batch b");
    assert.equal(results[5]?.dueTime?.seconds, BigInt(harness.now.getTime() / 1_000 + 5));
  });

  test("pages follow each other, and a token with another filter is refused", async () => {
    const filter = { slugPrefix: "batch/" };
    const first = await harness.call("listJobs", ListJobsRequest.create({ filter, pageSize: 1 }));
    assert.deepEqual(
      first.jobs.map((job) => job.slug),
      ["batch/a"],
    );
    const pageToken = first.nextPageToken;
    const second = await harness.call("listJobs", ListJobsRequest.create({ filter, pageSize: 5, pageToken }));
    assert.deepEqual(
      second.jobs.map((job) => job.slug),
      ["batch/d"],
    );
    assert.equal(second.nextPageToken, "");
    const other = await errorOf(harness.call("listJobs", ListJobsRequest.create({ pageToken })));
    assert.equal(other.code, status.INVALID_ARGUMENT);
    assert.deepEqual(other.fields, ["page_token"]);
  });

  test("slugs are streamed in order", async () => {
    const { items } = await drain(harness.client.listJobSlugs({ filter: undefined }));
    assert.deepEqual(
      items.flatMap((item) => item.slugs),
      ["batch/a", "batch/d", "reports/copy", "reports/daily"],
    );
  });

  test("an unknown slug is NOT_FOUND", async () => {
    const error = await errorOf(harness.call("getJob", GetJobRequest.create({ slug: "nowhere" })));
    assert.equal(error.code, status.NOT_FOUND);
    assert.equal(error.reason, "JOB_NOT_FOUND");
    assert.deepEqual(error.facts, { slug: "nowhere" });
  });

  test("bytes that are no message are INVALID_ARGUMENT, and the server goes on", async () => {
    const error = await errorOf(harness.raw("scheduleJob", Buffer.from([0x0a, 0xff, 0xff, 0xff])));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.equal(error.reason, "MALFORMED");
    await harness.call("getJob", GetJobRequest.create({ slug: "batch/a" }));
  });
});
