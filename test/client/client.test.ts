import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { Client, type ClientOptions, TickwireError } from "@tickwire/client";
import { jobProto, schedulerProto } from "@tickwire/client/internal";
import { ManualClock } from "./manual-clock.js";
import { Refusal, refusal, type Script, scriptedServer } from "./scripted-server.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function clientOf(script: Script, options: ClientOptions = {}, clock?: ManualClock): Promise<Client> {
  const server = await scriptedServer(script);
  const client = new Client({ address: server.address, ...options }, clock, () => 0.5);
  closing.push(() => client.close(), server.stop);
  return client;
}

const unavailable = () => new Refusal(status.UNAVAILABLE, "not now");

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function rejected(promise: Promise<unknown>): Promise<TickwireError> {
  const error = await promise.then(
    () => assert.fail("it resolved"),
    (error) => error,
  );
  assert.ok(error instanceof TickwireError, String(error));
  return error;
}

describe("a call", () => {
  test("speaks its own types both ways", async () => {
    let seen: schedulerProto.ScheduleJobRequest | undefined;
    const client = await clientOf({
      scheduleJob: (request) => {
        seen = request;
        const job = jobProto.Job.fromPartial({
          ...request.job,
          state: 1,
          dueTime: { seconds: 1_700_000_000n, nanos: 250_000_000 },
        });
        return schedulerProto.ScheduleJobResponse.fromPartial({ job, outcome: 1, warnings: ["nobody serves it"] });
      },
    });
    const { job, outcome, warnings } = await client.scheduleJob({
      slug: "report",
      kind: "mail",
      payload: { to: "a@b.c" },
      labels: { team: "x" },
      trigger: { cron: "0 2 * * *", maxOccurrences: 3 },
      policy: { timeoutMs: 1500, retry: { maxAttempts: 0, multiplier: 1.5 } },
      priority: "high",
      delayMs: 250,
      onConflict: "replace",
    });
    assert.equal(seen?.job?.payload.toString(), '{"to":"a@b.c"}');
    assert.equal(seen?.job?.contentType, "application/json");
    assert.deepEqual({ ...seen?.delay, _unknownFields: {} }, { seconds: 0n, nanos: 250_000_000, _unknownFields: {} });
    assert.equal(seen?.onConflict, 4);
    assert.match(seen?.requestId ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(seen?.retry, false);
    assert.deepEqual([outcome, warnings], ["created", ["nobody serves it"]]);
    assert.deepEqual(job.trigger, { cron: { expression: "0 2 * * *" }, maxOccurrences: 3 });
    assert.deepEqual(job.policy, { timeoutMs: 1500, retry: { maxAttempts: 0, multiplier: 1.5 } });
    assert.deepEqual([job.state, job.priority, job.labels], ["scheduled", "high", { team: "x" }]);
    assert.deepEqual(job.dueTime, new Date(1_700_000_000_250));
  });

  test("tells times before 1970, and spans below 0, as they are", async () => {
    let seen: schedulerProto.ScheduleJobRequest | undefined;
    const client = await clientOf({
      scheduleJob: (request) => {
        seen = request;
        return schedulerProto.ScheduleJobResponse.fromPartial({ job: request.job });
      },
    });
    const startTime = new Date(-1);
    const { job } = await client.scheduleJob({
      kind: "k",
      trigger: { once: { time: startTime }, startTime },
      delayMs: -1500,
    });
    assert.deepEqual([job.trigger?.startTime, job.trigger?.once?.time], [startTime, startTime]);
    assert.deepEqual(
      [seen?.job?.trigger?.startTime?.seconds, seen?.job?.trigger?.startTime?.nanos],
      [-1n, 999_000_000],
    );
    assert.deepEqual([seen?.delay?.seconds, seen?.delay?.nanos], [-1n, -500_000_000]);
  });

  test("tells a refusal with its reason and the wrong fields", async () => {
    const violations = [{ field: "job.slug", description: "too long" }];
    const client = await clientOf({
      scheduleJob: () => {
        throw refusal(status.INVALID_ARGUMENT, "BAD_FIELD", "job.slug: too long", violations);
      },
    });
    const error = await rejected(client.scheduleJob({ kind: "k" }));
    assert.deepEqual(
      [error.code, error.reason, error.message],
      ["INVALID_ARGUMENT", "BAD_FIELD", "job.slug: too long"],
    );
    assert.deepEqual(error.violations, violations);
    assert.deepEqual(error.facts, { slug: "a" });
    assert.ok(error.cause instanceof Error);
  });

  test("without details has the code as its reason", async () => {
    const client = await clientOf({});
    const error = await rejected(client.pauseJob("a"));
    assert.deepEqual([error.code, error.reason, error.violations], ["UNIMPLEMENTED", "UNIMPLEMENTED", []]);
  });

  test("refuses wrong input before it is sent, by the field's path", async () => {
    const client = await clientOf({});
    for (const [input, field] of [
      [{ kind: "k", trigger: { interval: { everyMs: Number.NaN } } }, "job.trigger.interval.every"],
      [{ kind: "k", trigger: {} }, "job.trigger"],
      [{ kind: "k", trigger: { once: new Date(Number.NaN) } }, "job.trigger.once.time"],
      [{ kind: "k", priority: "hihg" }, "job.priority"],
      [{ kind: "k", policy: { maxReplays: 1.5 } }, "job.policy.max_replays"],
      [{ kind: "k", labels: { a: 1 } }, 'job.labels["a"]'],
      [{ kind: "k", payload: () => 1 }, "job.payload"],
    ] as const) {
      const error = await rejected(client.scheduleJob(input as never));
      assert.deepEqual([error.reason, error.violations[0]?.field], ["BAD_FIELD", field]);
      const [among] = (await rejected(client.scheduleJobs([{ kind: "k" }, input as never]))).violations;
      assert.equal(among?.field, `requests[1].${field}`);
    }
  });

  test("ends with its deadline", async () => {
    const client = await clientOf({ getJob: () => new Promise(() => {}) });
    assert.equal((await rejected(client.getJob("a", { timeoutMs: 30 }))).code, "DEADLINE_EXCEEDED");
  });

  test("has 30 s where it answers once, and no end where it streams, as the server sees it", async () => {
    const seen = new Map<string, number>();
    const note = (name: string, call: { getDeadline(): Date | number }) => {
      const deadline = call.getDeadline();
      seen.set(name, deadline === Number.POSITIVE_INFINITY ? deadline : Number(deadline) - Date.now());
    };
    const client = await clientOf({
      scheduleJob: ({ job }, call) => {
        note("scheduleJob", call);
        return schedulerProto.ScheduleJobResponse.fromPartial({ job, outcome: 1 });
      },
      getJob: (_, call) => {
        note("getJob", call);
        return schedulerProto.GetJobResponse.fromPartial({ job: { slug: "a" } });
      },
      listJobSlugs: (_, call) => {
        note("listJobSlugs", call);
        call.end();
      },
      watchRuns: (_, call) => {
        note("watchRuns", call);
        call.end();
      },
    });
    await client.scheduleJob({ slug: "a", kind: "k" });
    await client.getJob("a");
    await collect(client.listJobSlugs());
    await collect(client.watchRuns());
    for (const method of ["scheduleJob", "getJob"]) {
      const ms = seen.get(method) ?? 0;
      // What has passed on the way is taken from it.
      assert.ok(ms > 20_000 && ms <= 30_000, `${method}: ${ms} ms`);
    }
    assert.equal(seen.get("listJobSlugs"), Number.POSITIVE_INFINITY);
    assert.equal(seen.get("watchRuns"), Number.POSITIVE_INFINITY);
    await client.getJob("a", { timeoutMs: 5_000 });
    await collect(client.listJobSlugs({}, { timeoutMs: 5_000 }));
    for (const method of ["getJob", "listJobSlugs"]) assert.ok((seen.get(method) ?? 0) <= 5_000, method);
  });

  test("ends with its signal, and says why", async () => {
    const abort = new AbortController();
    const client = await clientOf({
      getJob: () => {
        abort.abort("enough");
        return new Promise(() => {});
      },
    });
    const error = await rejected(client.getJob("a", { signal: abort.signal }));
    assert.deepEqual([error.code, error.cause], ["CANCELLED", "enough"]);
    assert.equal((await rejected(client.getJob("a", { signal: abort.signal }))).cause, "enough");
  });

  test("fails once the client is closed, also where it is under way or waits for its next try", async () => {
    const clock = new ManualClock();
    let under: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => {
      under = resolve;
    });
    const script: Script = {
      getJob: () => {
        under?.();
        return new Promise(() => {});
      },
      getKind: () => {
        throw unavailable();
      },
      listJobSlugs: (_, call) => call.write({ slugs: ["a"] }),
    };
    const client = await clientOf(script, {}, clock);
    const slugs = client.listJobSlugs();
    await slugs.next();
    const calls = [client.getJob("a"), client.getKind("k"), slugs.next()].map(rejected);
    await begun;
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    await client[Symbol.asyncDispose]();
    for (const error of await Promise.all(calls)) assert.equal(error.reason, "CLIENT_CLOSED");
    assert.equal((await rejected(client.getJob("a"))).reason, "CLIENT_CLOSED");
    client.close();
  });
});

describe("a repeat", () => {
  test("carries the same request id, and says that it is one", async () => {
    const seen: [string, boolean][] = [];
    const client = await clientOf({
      scheduleJob: ({ requestId, retry, job }) => {
        seen.push([requestId, retry]);
        if (seen.length < 3) throw unavailable();
        return schedulerProto.ScheduleJobResponse.fromPartial({ job, outcome: 5 });
      },
    });
    assert.equal((await client.scheduleJob({ kind: "k" })).outcome, "repeated");
    assert.deepEqual(
      seen.map(([, retry]) => retry),
      [false, true, true],
    );
    assert.equal(new Set(seen.map(([id]) => id)).size, 1);
  });

  test("of many jobs names each of them", async () => {
    const seen: schedulerProto.ScheduleJobRequest[][] = [];
    const client = await clientOf({
      scheduleJobs: ({ requests }) => {
        seen.push(requests);
        if (seen.length === 1) throw unavailable();
        const results = requests.map(() => ({ slug: "x", outcome: 1 as const }));
        return schedulerProto.ScheduleJobsResponse.fromPartial({
          results: [...results.slice(1), { slug: "y", error: { code: status.ALREADY_EXISTS, message: "it exists" } }],
        });
      },
    });
    const results = await client.scheduleJobs([{ kind: "k" }, { kind: "k", requestId: "mine" }]);
    assert.deepEqual(
      seen.map((requests) => requests.map(({ retry }) => retry)),
      [
        [false, false],
        [true, true],
      ],
    );
    assert.equal(seen[0]?.[0]?.requestId, seen[1]?.[0]?.requestId);
    assert.equal(seen[1]?.[1]?.requestId, "mine");
    assert.deepEqual([results[0]?.outcome, results[0]?.error], ["created", undefined]);
    assert.equal(results[1]?.error?.code, "ALREADY_EXISTS");
  });

  test("is not made of a call that it could hurt", async () => {
    let calls = 0;
    const fail = () => {
      calls++;
      throw unavailable();
    };
    const client = await clientOf({ deleteJob: fail, clearJobs: fail, pauseJob: fail });
    assert.equal((await rejected(client.deleteJob("a"))).code, "UNAVAILABLE");
    assert.equal((await rejected(client.clearJobs({ all: true }))).code, "UNAVAILABLE");
    assert.equal((await rejected(client.pauseJob("a"))).code, "UNAVAILABLE");
    assert.equal(calls, 3);
  });

  test("is made where the request says what it means, or the caller says so", async () => {
    let calls = 0;
    const second = () => {
      if (++calls % 2 === 1) throw unavailable();
      return {};
    };
    const client = await clientOf({ deleteJob: second });
    await client.deleteJob("a", { etag: "1" });
    await client.deleteJob("a", { retry: true });
    assert.equal(calls, 4);
  });

  test("is not made when the caller forbids it, nor beyond maxTries, nor of another error", async () => {
    let calls = 0;
    const client = await clientOf(
      {
        getJob: () => {
          calls++;
          throw unavailable();
        },
        getKind: () => {
          calls++;
          throw refusal(status.NOT_FOUND, "KIND_NOT_FOUND", "no such kind");
        },
      },
      { retry: { maxTries: 3 } },
    );
    await rejected(client.getJob("a", { retry: false }));
    assert.equal(calls, 1);
    await rejected(client.getJob("a"));
    assert.equal(calls, 4);
    assert.equal((await rejected(client.getKind("k"))).reason, "KIND_NOT_FOUND");
    assert.equal(calls, 5);
  });

  test("keeps the id that the caller gave", async () => {
    const seen: string[] = [];
    const client = await clientOf({
      scheduleJob: ({ requestId, job }) => {
        seen.push(requestId);
        return schedulerProto.ScheduleJobResponse.fromPartial({ job });
      },
      runJob: ({ requestId, slug }) => {
        seen.push(requestId);
        return schedulerProto.RunJobResponse.fromPartial({ job: { slug }, occurrenceId: "a@1" });
      },
    });
    await client.scheduleJob({ kind: "k", requestId: "mine" });
    assert.equal((await client.runJob("a", { requestId: "mine too" })).occurrenceId, "a@1");
    await client.runJob("a");
    assert.deepEqual(seen.slice(0, 2), ["mine", "mine too"]);
    assert.equal(seen[2]?.length, 36);
  });

  test("of calls that fail together moves one address on, not several", async () => {
    const dead = await scriptedServer({});
    dead.stop();
    const live = await scriptedServer({
      getKind: () => schedulerProto.GetKindResponse.fromPartial({ kind: { name: "k" } }),
    });
    const client = new Client({ address: [dead.address, live.address, dead.address], retry: { maxTries: 2 } });
    closing.push(() => client.close(), live.stop);
    const kinds = await Promise.all([client.getKind("k"), client.getKind("k"), client.getKind("k")]);
    assert.equal(kinds.length, 3);
  });

  test("goes to the next address where one can't be reached", async () => {
    const dead = await scriptedServer({});
    dead.stop();
    const live = await scriptedServer({
      getServerInfo: () => ({ ...schedulerProto.GetServerInfoResponse.fromPartial({ version: "9" }) }),
    });
    const client = new Client({ address: [dead.address, live.address] });
    closing.push(() => client.close(), live.stop);
    assert.equal((await client.getServerInfo()).version, "9");
  });
});

describe("a list", () => {
  test("fetches page after page, over empty ones too", async () => {
    const asked: string[] = [];
    const pages: Record<string, { jobs: { slug: string }[]; nextPageToken: string }> = {
      "": { jobs: [{ slug: "a" }, { slug: "b" }], nextPageToken: "2" },
      2: { jobs: [], nextPageToken: "3" },
      3: { jobs: [{ slug: "c" }], nextPageToken: "" },
    };
    const client = await clientOf({
      listJobs: ({ pageToken, pageSize, filter }) => {
        assert.deepEqual([pageSize, filter.kinds, filter.states], [2, ["mail"], [5]]);
        asked.push(pageToken);
        return schedulerProto.ListJobsResponse.fromPartial(pages[pageToken] ?? {});
      },
    });
    const slugs: string[] = [];
    for await (const job of client.listJobs({ filter: { kinds: ["mail"], states: ["dead"] }, pageSize: 2 }))
      slugs.push(job.slug);
    assert.deepEqual(
      [slugs, asked],
      [
        ["a", "b", "c"],
        ["", "2", "3"],
      ],
    );
  });

  test("asks for no page that nobody reads", async () => {
    let calls = 0;
    const client = await clientOf({
      listRuns: () => {
        calls++;
        return schedulerProto.ListRunsResponse.fromPartial({ runs: [{ runId: "1" }], nextPageToken: "more" });
      },
    });
    for await (const run of client.listRuns()) {
      assert.equal(run.runId, "1");
      break;
    }
    assert.equal(calls, 1);
  });

  test("of slugs is streamed, and goes on after a break without a double", async () => {
    let streams = 0;
    const client = await clientOf({
      listJobSlugs: (_, call) => {
        call.write({ slugs: ["a", "b"] });
        if (++streams === 1) throw unavailable();
        call.write({ slugs: ["c"] });
        call.end();
      },
    });
    assert.deepEqual(await collect(client.listJobSlugs()), ["a", "b", "c"]);
    assert.equal(streams, 2);
  });

  test("that is streamed is opened anew as often as it gets on, unless the caller forbids it", async () => {
    let streams = 0;
    const client = await clientOf(
      {
        listJobSlugs: (_, call) => {
          call.write({ slugs: [String(++streams)] });
          if (streams < 4) throw unavailable();
          call.end();
        },
      },
      { retry: { maxTries: 2 } },
    );
    const once = client.listJobSlugs({}, { retry: false });
    assert.deepEqual(await once.next(), { value: "1", done: false });
    assert.equal((await rejected(once.next())).code, "UNAVAILABLE");
    assert.deepEqual(await collect(client.listJobSlugs()), ["2", "3", "4"]);
  });

  test("that is streamed ends at the server when the loop is left", async () => {
    let cancelled: Promise<unknown> | undefined;
    const client = await clientOf({
      listJobSlugs: (_, call) => {
        cancelled = new Promise((resolve) => call.on("cancelled", resolve));
        call.write({ slugs: ["a"] });
      },
    });
    for await (const _ of client.listJobSlugs()) break;
    await cancelled;
  });
});
