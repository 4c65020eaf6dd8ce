import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { Client } from "@tickwire/client";
import { jobProto, schedulerProto } from "@tickwire/client/internal";
import { Refusal, type Script, scriptedServer } from "./scripted-server.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function clientOf(script: Script): Promise<Client> {
  const server = await scriptedServer(script);
  const client = new Client({ address: server.address });
  closing.push(() => client.close(), server.stop);
  return client;
}

test("json calls a method by its name, with proto3 JSON both ways", async () => {
  let seen: schedulerProto.ScheduleJobRequest | undefined;
  const client = await clientOf({
    scheduleJob: (request) => {
      seen = request;
      const job = jobProto.Job.fromPartial({ ...request.job, state: 1, counts: { succeeded: 5_000_000_000n } });
      return schedulerProto.ScheduleJobResponse.fromPartial({ job, outcome: 1 });
    },
  });
  const request = {
    job: {
      slug: "a",
      kind: "k",
      payload: "aGk=",
      trigger: { interval: { every: "5s", anchorTime: "2025-01-01T00:00:00Z" } },
      policy: { timeout: "1.500s" },
      priority: "PRIORITY_HIGH",
    },
    onConflict: "CONFLICT_POLICY_KEEP",
    delay: "0.25s",
  };
  assert.deepEqual(await client.json("ScheduleJob", request), {
    job: { ...request.job, state: "JOB_STATE_SCHEDULED", counts: { succeeded: "5000000000" } },
    outcome: "SCHEDULE_OUTCOME_CREATED",
  });
  assert.equal(seen?.job?.payload.toString(), "hi");
  assert.equal(seen?.delay?.nanos, 250_000_000);
  assert.equal(seen?.requestId.length, 36);
});

test("json repeats as the typed calls do", async () => {
  const seen: schedulerProto.ScheduleJobRequest[] = [];
  const client = await clientOf({
    scheduleJob: (request) => {
      seen.push(request);
      if (seen.length === 1) throw new Refusal(status.UNAVAILABLE, "not now");
      return schedulerProto.ScheduleJobResponse.fromPartial({ outcome: 5 });
    },
    deleteJob: () => {
      throw new Refusal(status.UNAVAILABLE, "not now");
    },
  });
  await client.json("scheduleJob", { job: { kind: "k" } });
  assert.deepEqual(
    seen.map(({ retry }) => retry),
    [false, true],
  );
  assert.equal(seen[0]?.requestId, seen[1]?.requestId);
  await assert.rejects(client.json("DeleteJob", { slug: "a" }), { code: "UNAVAILABLE" });
});

test("json refuses what the contract does not have", async () => {
  const client = await clientOf({});
  await assert.rejects(client.json("GetJob", { sulg: "a" }), { reason: "BAD_FIELD", message: /sulg/ });
  await assert.rejects(client.json("GetJob", { slug: 1 }), { reason: "BAD_FIELD", message: /slug/ });
  await assert.rejects(client.json("Frobnicate"), { reason: "UNIMPLEMENTED", message: /Frobnicate/ });
  await assert.rejects(client.json("WatchRuns"), { reason: "UNIMPLEMENTED", message: /server_streaming/ });
  await assert.rejects(client.json("Work"), { reason: "UNIMPLEMENTED" });
});

test("json can show what is at its default", async () => {
  const client = await clientOf({ clearJobs: () => ({ deletedCount: 0n, more: false }) });
  assert.deepEqual(await client.json("ClearJobs", { all: true }), {});
  assert.deepEqual(await client.json("ClearJobs", { all: true }, { emitDefaults: true }), {
    deletedCount: "0",
    more: false,
  });
});

test("jsonStream reads a streamed answer", async () => {
  const client = await clientOf({
    listJobSlugs: (_, call) => {
      call.write({ slugs: ["a"] });
      call.write({ slugs: ["b", "c"] });
      call.end();
    },
  });
  const seen = [];
  for await (const response of client.jsonStream("ListJobSlugs", { filter: { kinds: ["k"] } })) seen.push(response);
  assert.deepEqual(seen, [{ slugs: ["a"] }, { slugs: ["b", "c"] }]);
});
