import { cancelRun, deleteJob, pauseJob, replaceJob, runJob } from "../../src/core/edits.js";
import type { StoredJob } from "../../src/core/job.js";
import { DEFAULT_POLICY } from "../../src/core/policy.js";
import { start } from "../../src/core/start.js";
import type { AmendWrite, ReleaseWrite, Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, kind, policy, put, range } from "../store/suite/jobs.js";
import { worker } from "../store/suite/lease-cases.js";
import { claim, ending, failure, losing, open, type Task } from "../store/suite/tasks.js";

/** One call of the port, and what it needs to be there. */
export interface Call<S = unknown> {
  readonly name: string;
  setup(store: Store): Promise<S>;
  call(store: Store, given: S): Promise<unknown>;
  /** Where it was given up after it had been carried out, the same call again may answer this as well. */
  readonly again?: unknown;
  /** Where it was given up between the fact and its notice, which only makes haste, nobody knows any more that one is missing. */
  readonly mayMissNotices?: boolean;
}

type Given = { readonly lease: string; readonly tasks: Task[] };

/** Jobs that recur (a, b) and that don't (c, d), all claimed. */
const claimed: Call<Given>["setup"] = async (store) => {
  await put(store, job("a", { everyMs: 1_000 }), job("b", { everyMs: 1_000 }), job("c"), job("d"));
  const lease = await open(store, "s1");
  return { lease, tasks: (await claim(store, { lease, now: at(0) })) as Task[] };
};

const held = ({ slug, lock }: Task) => ({ slug, token: lock.token });
async function statuses(store: Store, writes: readonly ReleaseWrite[]): Promise<string[]> {
  return (await store.release(writes)).map(({ status }) => status);
}

/** Every call of the port that writes, in each of its ways. */
export const WRITING_CALLS: readonly Call<never>[] = [];
function add<S>(one: Call<S>): void {
  (WRITING_CALLS as Call<never>[]).push(one as Call<never>);
}

add({
  name: "create",
  setup: async (store) => {
    await put(store, job("taken", { requestId: "other" }));
    return range(3).map((n) => ({ job: job(n === 1 ? "taken" : `j${n}`, { requestId: "call" }), retry: false }));
  },
  call: (store, items) => store.create(items),
});
add({
  name: "create one, again in a try after the first",
  setup: async () => [{ job: job("a", { createId: "call", requestId: "call" }), retry: true }],
  call: (store, items) => store.create(items),
});

const keep = { progress: { note: "half", at: at(1) }, checkpoint: Uint8Array.of(1) };
add({
  name: "amend, facts",
  setup: claimed,
  call: (store, { lease, tasks }) =>
    store.amend(tasks.map(({ slug, lock: { token } }): AmendWrite => ({ slug, token, lease, keep }))),
});
add({
  name: "amend, what start found of the job",
  setup: claimed,
  call: (store, { lease, tasks }) =>
    store.amend(tasks.map(({ slug, etag, lock: { token } }): AmendWrite => ({ slug, token, lease, keep, etag }))),
});
for (const count of [1, 2]) {
  add({
    name: `amend, ${count} that ${count === 1 ? "has" : "have"} nothing to run`,
    setup: async (store) => {
      await put(store, ...range(count).map((n) => job(`j${n}`, { everyMs: 60_000 })));
      const lease = await open(store);
      const of = policy({ misfire: "skip", misfireGraceMs: 1_000 });
      return ((await claim(store, { lease, now: at(90) })) as Task[]).map((out): AmendWrite => {
        const found = start(out, of, at(90));
        if (found.type !== "free") throw new Error("it is to run");
        return { slug: out.slug, token: out.lock.token, lease, etag: out.etag, free: found.settled };
      });
    },
    call: (store, writes) => store.amend(writes),
    again: range(count).map(() => ({ status: "moved" })),
  });
}

for (const some of [["a"], ["c"], ["a", "b", "c", "d"]]) {
  const tasks = (given: Given) => given.tasks.filter(({ slug }) => some.includes(slug));
  add({
    name: `release ${some} by a worker`,
    setup: claimed,
    call: (store, given: Given) =>
      statuses(
        store,
        tasks(given).map((out, n) => ending(out, n % 2 ? { outcome: failure } : {})),
      ),
  });
  add({
    name: `release ${some} by a server`,
    setup: claimed,
    call: (store, given: Given) =>
      statuses(
        store,
        tasks(given).map((out) => losing(out)),
      ),
    again: some.map(() => "stale"),
  });
}
add({
  name: "release what a caller has changed meanwhile",
  setup: async (store) => {
    const given = await claimed(store);
    await store.edit(["a", "c"], (one) => pauseJob(one, "", editing(at(1))));
    return given;
  },
  call: (store, { tasks }: Given) =>
    statuses(
      store,
      tasks.map((out) => ending(out)),
    ),
});
add({
  name: "release what is stale",
  setup: async (store) => {
    const given = await claimed(store);
    await store.release(given.tasks.map((out) => losing(out)));
    return given;
  },
  call: (store, { tasks }: Given) =>
    statuses(
      store,
      tasks.map((out) => ending(out)),
    ),
});

for (const what of ["adopt", "move"] as const) {
  add({
    name: what,
    setup: async (store) => {
      const given = await claimed(store);
      await store.release(given.tasks.filter(({ slug }) => slug === "d").map((out) => ending(out)));
      return { ...given, to: await open(store, "s2") };
    },
    call: async (store, { tasks, lease, to }) =>
      what === "adopt"
        ? (await store.adopt(tasks.map(held), to, 1)).map((one) => one?.slug)
        : (await store.move(tasks.map(held), lease, to)).length,
    // Whoever moves locks once more asks for those that are there already, too.
    again: what === "adopt" ? range(4).map(() => undefined) : 0,
  });
}

const changes = {
  pause: (one: StoredJob | undefined) => pauseJob(one, "", editing(at(1))),
  "run now": (one: StoredJob | undefined) => runJob(one, "call", editing(at(1))),
  cancel: (one: StoredJob | undefined) => cancelRun(one, "", editing(at(1))),
  delete: (one: StoredJob | undefined) => deleteJob(one, "", editing(at(1))),
  replace: (one: StoredJob | undefined) =>
    replaceJob(one, job(one?.slug ?? "", { dueAt: at(7), fence: 1 }), {
      ...editing(at(1)),
      policyOf: () => DEFAULT_POLICY,
    }),
};
for (const [what, change] of Object.entries(changes)) {
  for (const some of [["a"], ["a", "b", "c", "e"]]) {
    add({
      name: `${what} ${some} while ${some.length > 1 ? "all but e" : "it"} runs`,
      setup: async (store) => {
        await claimed(store);
        await put(store, job("e"));
      },
      call: async (store) => (await store.edit<{ type: string }>(some, change)).map(({ type }) => type),
      ...(what === "delete" && { again: some.map(() => "missing") }),
      mayMissNotices: what === "delete" || what === "replace",
    });
  }
}

add({
  name: "putKind, a new one",
  setup: async () => kind("k", { etag: "e1" }),
  call: (store, one) => store.putKind(one, undefined),
});
add({
  name: "putKind over another",
  setup: async (store) => {
    await store.putKind(kind("k", { etag: "e1" }), undefined);
    return kind("k", { etag: "e2", maxRunning: 3 });
  },
  call: (store, one) => store.putKind(one, "e1"),
});
add({
  name: "deleteKind",
  setup: async (store) => void (await store.putKind(kind("k", { etag: "e1" }), undefined)),
  call: (store) => store.deleteKind("k", "e1"),
});
add({
  name: "putWorkers",
  setup: async (store) => {
    const lease = await open(store);
    await store.putWorkers(lease, [worker("a"), worker("b")], []);
    return lease;
  },
  call: (store, lease) => store.putWorkers(lease, [worker("b", { running: 1 }), worker("c")], ["a"]),
});
add({
  name: "renewLease",
  setup: async (store) => await open(store),
  call: (store, lease) => store.renewLease(lease),
});
add({
  name: "closeLease",
  setup: async (store) => await open(store),
  call: (store, lease) => store.closeLease(lease),
});
add({
  name: "takeOver",
  setup: async (store) => {
    await open(store);
    const [lease] = await store.leases();
    return lease;
  },
  call: async (store, lease) => lease && (await store.takeOver(lease.id, lease.seq)),
  again: false,
});
add({
  name: "dropCancels",
  setup: async (store) => {
    const { tasks } = await claimed(store);
    await store.edit(["a", "b"], (one) => cancelRun(one, "", editing(at(1))));
    return tasks.filter(({ slug }) => slug === "a").map(({ lock }) => lock.token);
  },
  call: (store, tokens) => store.dropCancels(tokens),
});
