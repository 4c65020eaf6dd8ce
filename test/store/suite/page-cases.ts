import assert from "node:assert/strict";
import fc from "fast-check";
import { pauseJob, resumeJob } from "../../../src/core/edits.js";
import type { JobFilter, Page, RunFilter } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, policy, put, range } from "./jobs.js";
import { worker } from "./lease-cases.js";
import { claim, ending, open } from "./tasks.js";

/** Lists that are read page by page while what they list comes and goes. */
export const pageCases = new Cases();

/** What is done between two pages: `n` says to which. */
type Step = readonly [what: number, n: number];
const step = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 99 }));
const play = { limit: fc.integer({ min: 1, max: 9 }), steps: fc.array(step, { minLength: 1, maxLength: 30 }) };
const RUNS = { numRuns: 5 };

/** Reads every page, with one step after each. */
async function pages<T>(
  fetch: (after: string | undefined) => Promise<Page<T>>,
  limit: number,
  steps: readonly Step[],
  act: (step: Step) => Promise<unknown>,
): Promise<T[]> {
  const seen: T[] = [];
  let after: string | undefined;
  for (let page = 0; ; page++) {
    const { items, next } = await fetch(after);
    assert.ok(items.length <= limit);
    seen.push(...items);
    if (next === undefined) return seen;
    after = next;
    const one = steps[page % steps.length];
    // As many as there are: what comes all the time would be listed all the time.
    if (one && page < 60) await act(one);
  }
}

/** Each once, none of those that were there all the time is missing, and nothing is made up. */
function holds(seen: readonly string[], lasting: ReadonlySet<string>, ever: ReadonlySet<string>): void {
  const found = new Set(seen);
  assert.equal(seen.length, found.size, "one came twice");
  assert.deepEqual(
    [...lasting].filter((one) => !found.has(one)),
    [],
    "missing",
  );
  assert.deepEqual(
    seen.filter((one) => !ever.has(one)),
    [],
    "never there",
  );
}

const number = (n: number) => String(n).padStart(3, "0");

pageCases.add(
  13,
  "any list of jobs holds each once, and all that last, while others are made, deleted and changed",
  async ({ store }) => {
    let round = 0;
    const filter = fc.constantFrom<(prefix: string) => JobFilter>(
      (slugPrefix) => ({ slugPrefix }),
      (slugPrefix) => ({ slugPrefix, kinds: ["mail", "other"] }),
      (slugPrefix) => ({ slugPrefix, kinds: ["mail", "other"], states: ["scheduled", "paused"] }),
    );
    await fc.assert(
      fc.asyncProperty(fc.record({ ...play, filter }), async ({ limit, steps, filter: of }) => {
        const prefix = `r${round++}-`;
        const slug = (n: number) => `${prefix}${number(n)}`;
        const kind = (n: number) => (n % 3 ? "mail" : "other");
        const lasting = new Set(range(50).map((n) => slug(n * 2)));
        const ever = new Set(lasting);
        await put(store, ...range(50).map((n) => job(slug(n * 2), { kind: kind(n), dueAt: at(9_999) })));
        const act = async ([what, n]: Step) => {
          const one = slug(n);
          if (what === 0) {
            ever.add(one);
            await store.create([{ job: job(one, { kind: kind(n), dueAt: at(9_999) }), retry: false }]);
          } else if (what === 1) {
            lasting.delete(one);
            await store.edit([one], (found) => ({ answer: 0, ...(found && { write: { type: "delete" } }) }));
          } else {
            await store.edit([one], (found) => (n % 4 ? pauseJob(found, "", editing(at(0))) : resumeJob(found)));
          }
        };
        const asked = { filter: of(prefix), limit, payloads: false };
        const seen = await pages((after) => store.list({ ...asked, ...(after && { after }) }), limit, steps, act);
        const slugs = seen.map((found) => found.slug);
        holds(slugs, lasting, ever);
        assert.deepEqual(slugs, slugs.toSorted());
      }),
      RUNS,
    );
  },
);

pageCases.add(
  15,
  "any list of runs holds each once, and all that are kept, while others end and expire",
  async ({ store, clock }) => {
    let round = 0;
    const filter = fc.constantFrom<RunFilter>({}, { kinds: ["mail"] }, { states: ["succeeded"] });
    await fc.assert(
      fc.asyncProperty(fc.record({ ...play, filter }), async ({ limit, steps, filter: of }) => {
        const prefix = `r${round++}-`;
        const lease = await open(store);
        await put(store, ...range(100).map((n) => job(`${prefix}${number(n)}`, { dueAt: clock.now() })));
        const taken = await claim(store, { lease, now: clock.now() });
        const end = async (some: typeof taken, runRetentionMs: number) => {
          const how = { endedAt: clock.now(), policy: policy({ runRetentionMs }) };
          await store.release(some.map((out) => ending(out, how)));
          return some.map(({ slug }) => slug);
        };
        // In between each other, those that are kept for long and those that are soon gone.
        const lasting = new Set<string>();
        for (let n = 0; n < 50; n += 10) {
          for (const slug of await end(taken.slice(n, n + 5), 8_640_000_000)) lasting.add(slug);
          await end(taken.slice(n + 5, n + 10), 600_000);
        }
        const ever = new Set(taken.map(({ slug }) => slug));
        let next = 50;
        const act = async ([what, n]: Step) => {
          if (what < 2) {
            const from = next;
            next += 1 + (n % 3);
            await end(taken.slice(from, next), 600_000);
            return;
          }
          clock.turn(n % 2 ? 601 : 100);
          while (await store.sweep());
        };
        const asked = { filter: of, limit, results: false };
        const seen = await pages((after) => store.listRuns({ ...asked, ...(after && { after }) }), limit, steps, act);
        const own = seen.map(({ slug }) => slug).filter((slug) => slug.startsWith(prefix));
        holds(own, lasting, ever);
      }),
      RUNS,
    );
  },
);

pageCases.add(
  undefined,
  "any list of workers holds each once, and all that stay, while others come and go",
  async ({ store }) => {
    await fc.assert(
      fc.asyncProperty(fc.record(play), async ({ limit, steps }) => {
        const lease = await open(store);
        const lasting = new Set(range(50).map((n) => number(n * 2)));
        const ever = new Set(lasting);
        await store.putWorkers(
          lease,
          [...lasting].map((instance) => worker(instance)),
          [],
        );
        const act = async ([what, n]: Step) => {
          const instance = number(n);
          if (what < 2) ever.add(instance);
          else lasting.delete(instance);
          await store.putWorkers(lease, what < 2 ? [worker(instance)] : [], what < 2 ? [] : [instance]);
        };
        const seen = await pages((after) => store.listWorkers(after, limit), limit, steps, act);
        const instances = seen.map(({ instance }) => instance);
        holds(instances, lasting, ever);
        assert.deepEqual(instances, instances.toSorted());
        await store.closeLease(lease);
      }),
      RUNS,
    );
  },
);
