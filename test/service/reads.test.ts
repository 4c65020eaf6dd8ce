import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../../src/core/limits.js";
import { worker } from "./fake-dispatch.js";
import { everyMinute, input, START, startService, success } from "./harness.js";

const never = new AbortController().signal;
const plus = (ms: number) => new Date(START.getTime() + ms);

test("PreviewTrigger computes as if a job were stored now, or from after_time on, and stores nothing", async () => {
  const { service, store } = await startService();
  const fromNow = await service.previewTrigger({ trigger: everyMinute, count: 3 }, never);
  assert.deepEqual(fromNow.times, [plus(60_000), plus(120_000), plus(180_000)]);
  assert.ok(fromNow.description.length > 0);
  const later = await service.previewTrigger({ trigger: everyMinute, after: plus(60_000), count: 1 }, never);
  assert.deepEqual(later.times, [plus(120_000)], "strictly after");
  assert.deepEqual((await store.list({ filter: {}, limit: 1, payloads: false })).items, []);
});

test("PreviewTrigger gives fewer times where the trigger ends", async () => {
  const { service } = await startService();
  assert.deepEqual((await service.previewTrigger({ trigger: { type: "once" }, count: 10 }, never)).times, [START]);
  const time = plus(5_000);
  assert.deepEqual((await service.previewTrigger({ trigger: { type: "once", time }, count: 10 }, never)).times, [time]);
  const twice = { type: "interval", everyMs: 1_000, maxOccurrences: 2 } as const;
  const { times } = await service.previewTrigger({ trigger: twice, count: 10 }, never);
  assert.deepEqual(times, [plus(1_000), plus(2_000)]);
});

test("PreviewTrigger of 1,000 times lets other work in between", async () => {
  const { service } = await startService();
  const cron = { type: "cron", expression: "0 0 29 2 *", timeZone: "Europe/Berlin", dialect: "unix" } as const;
  let longest = 0;
  let last = performance.now();
  let turning = true;
  const turn = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (turning) setImmediate(turn);
  };
  setImmediate(turn);
  const minutely = { ...cron, expression: "* * * * *" };
  assert.equal((await service.previewTrigger({ trigger: minutely, count: 1_000 }, never)).times.length, 1_000);
  await service.previewTrigger({ trigger: cron, count: 40 }, never);
  turning = false;
  assert.ok(longest < 250, `a turn took ${longest} ms`);
});

test("ListJobSlugs gives every slug once, in bytewise order, over many batches", async () => {
  const { service } = await startService();
  const slugs = Array.from({ length: 2_500 }, (_, n) => `${n % 2 ? "Z" : "a"}/${n}`);
  for (let n = 0; n < slugs.length; n += 500)
    await service.scheduleJobs(slugs.slice(n, n + 500).map((slug) => input(slug)));
  const seen: string[] = [];
  for await (const batch of service.listJobSlugs({})) seen.push(...batch);
  assert.deepEqual(seen, [...slugs].sort());
});

test("ListRuns gives the newest first, page by page, none twice", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a", { trigger: everyMinute }));
  for (let n = 0; n < 5; n++) {
    harness.pass(60_000);
    const [out] = await harness.hand();
    assert.ok(out);
    await harness.end(out, success);
  }
  const seen: number[] = [];
  let after: string | undefined;
  do {
    const page = await harness.service.listRuns({
      filter: { slug: "a" },
      limit: 2,
      full: true,
      ...(after && { after }),
    });
    assert.ok(page.items.every((run) => run.result[0] === 7));
    seen.push(...page.items.map((run) => (run.occurrence.getTime() - START.getTime()) / 60_000));
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(seen, [5, 4, 3, 2, 1]);
});

test("ListWorkers shows those of every server, and those of this one as they are now", async () => {
  const { service, store, dispatch } = await startService();
  const [lease, other] = await Promise.all(
    ["server-1", "server-2"].map((serverId) => store.openLease({ serverId, ttlMs: 30_000, version: "1" })),
  );
  await store.putWorkers(lease ?? "", [worker("1", ["mail"])], []);
  await store.putWorkers(other ?? "", [{ ...worker("2", ["mail"]), serverId: "server-2" }], []);
  dispatch.connected = [{ ...worker("1", ["mail"]), running: 3 }];
  const { items } = await service.listWorkers({ limit: 10 });
  assert.deepEqual(
    items.map((one) => [one.instance, one.running]),
    [
      ["1", 3],
      ["2", 0],
    ],
  );
});

test("GetStats shows every live server with the workers that are connected to it, in the order of their ids", async () => {
  const harness = await startService();
  const { service, store } = harness;
  const leases: string[] = [];
  for (const serverId of ["server-3", "server-2", "gone", "server-1"]) {
    harness.pass(1_000);
    leases.push(await store.openLease({ serverId, ttlMs: 30_000, version: "1" }));
  }
  const [third = "", second = "", gone = ""] = leases;
  const many = Array.from({ length: 1_500 }, (_, n) => ({ ...worker(`${n}`, ["mail"]), serverId: "server-3" }));
  await store.putWorkers(third, many, []);
  await store.putWorkers(second, [{ ...worker("x", ["mail"]), serverId: "server-2" }], []);
  await store.putWorkers(gone, [{ ...worker("y", ["mail"]), serverId: "gone" }], []);
  await store.closeLease(gone);
  harness.pass(1_000);
  await store.renewLease(second);
  const { servers } = await service.getStats([]);
  assert.deepEqual(
    servers.map((one) => [one.serverId, one.version, one.workers, one.startedAt, one.renewedAt]),
    [
      ["server-1", "1.2.3", 0, START, START],
      ["server-1", "1", 0, plus(4_000), plus(4_000)],
      ["server-2", "1", 1, plus(2_000), plus(5_000)],
      ["server-3", "1", 1_500, plus(1_000), plus(1_000)],
    ],
  );
});

test("GetStats tells of every kind that is registered, has jobs or is served: jobs by state, workers, places, lateness", async () => {
  const harness = await startService();
  const { service, store, dispatch } = harness;
  await service.registerKind({
    kind: { name: "known", description: "", policy: {}, maxRunning: 0 },
    replace: false,
    etag: "",
  });
  await service.scheduleJobs(["a", "b", "c"].map((slug, n) => input(slug, { delayMs: 1_000 * n, kind: "mail" })));
  await service.scheduleJob(input("d", { kind: "other", delayMs: 60_000 }));
  harness.pass(2_500);
  await harness.hand("mail", 1);
  const served = {
    maxTasks: 10,
    kinds: new Map([
      ["mail", 4],
      ["idle", undefined],
    ]),
  };
  const bounded = { running: 7, held: new Map([["mail", 3]]) };
  dispatch.connected = [
    { ...worker("here", []), capacity: served, ...bounded },
    { ...worker("leaving", ["mail"]), draining: true },
  ];
  const lease = await store.openLease({ serverId: "server-2", ttlMs: 30_000, version: "1" });
  const there = { serverId: "server-2", capacity: served };
  await store.putWorkers(
    lease,
    [
      { ...worker("there", []), ...there },
      { ...worker("full", []), ...there, running: 12 },
    ],
    [],
  );
  const none = { scheduled: 0, running: 0, retrying: 0, paused: 0, dead: 0, completed: 0 };
  const quiet = { estimated: false, workers: 0, free: 0, oldestLatenessMs: 0 };
  const mail = {
    ...{ kind: "mail", jobs: { ...none, scheduled: 2, running: 1 }, estimated: false },
    // Of its own bound one place is left here, and four there; one is full.
    ...{ workers: 3, free: 5, oldestLatenessMs: 1_500 },
  };
  const { kinds } = await service.getStats([]);
  assert.deepEqual(kinds, [
    { kind: "idle", jobs: none, ...quiet, workers: 3, free: 13 },
    { kind: "known", jobs: none, ...quiet },
    mail,
    { kind: "other", jobs: { ...none, scheduled: 1 }, ...quiet },
  ]);
  const named = await service.getStats(["nobody", "mail", "nobody"]);
  assert.deepEqual(named.kinds, [{ kind: "nobody", jobs: none, ...quiet }, mail]);
});

test("GetStats of every kind stops at 1,000, in the order of their names", async () => {
  const { service, dispatch } = await startService();
  const names = Array.from({ length: 1_200 }, (_, n) => `k${String(n).padStart(4, "0")}`);
  await service.scheduleJobs(names.slice(0, 600).map((kind) => input(kind, { kind })));
  dispatch.connected = [worker("1", names.slice(500))];
  const { kinds } = await service.getStats([]);
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    names.slice(0, 1_000),
  );
});

test("GetServerInfo names the store, the protocol and every limit", async () => {
  const { service } = await startService();
  const info = service.serverInfo();
  assert.deepEqual([info.version, info.serverId, info.store], ["1.2.3", "server-1", "memory"]);
  assert.deepEqual([info.minProtocolRevision, info.maxProtocolRevision], [1, 1]);
  assert.deepEqual([...info.limits.keys()], Object.keys(LIMITS));
});
