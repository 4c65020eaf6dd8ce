import assert from "node:assert/strict";
import type { Store } from "../../src/store/store.js";

/** What the writer's process says of each thing that was acknowledged to it. */
export const ACKNOWLEDGED = /^(created \S+|\w+ \S+ [0-9a-f]{32})$/;

/** Whatever `said` tells is in the store, or has gone further. */
export async function verify(store: Store, said: readonly string[]): Promise<void> {
  const created = new Set<string>();
  const locked = new Map<string, string>();
  const released = new Map<string, string>();
  for (const line of said) {
    const [what, slug = "", token = ""] = line.split(" ");
    if (what === "created") created.add(slug);
    if (what === "locked") locked.set(slug, token);
    if (what === "released") released.set(slug, token);
  }
  assert.ok(released.size > 0);
  const runs = await runsByToken(store);
  for (const slug of new Set([...created, ...locked.keys()])) {
    const job = await store.get(slug);
    const lock = locked.get(slug);
    const ended = released.get(slug);
    if (ended !== undefined) {
      assert.equal(job, undefined, `${slug} was released for good`);
      assert.equal(runs.get(ended), slug, `${slug} has no run`);
    } else if (lock !== undefined) {
      // Its release may have been committed and not yet acknowledged.
      if (job) assert.equal(job.lock?.token, lock, `${slug} lost its lock`);
      else assert.equal(runs.get(lock), slug, `${slug} is lost`);
    } else {
      assert.ok(job, `${slug} is lost`);
      assert.deepEqual(Buffer.from(job.payload).toString(), slug);
    }
  }
}

export async function runsByToken(store: Store): Promise<Map<string, string>> {
  const runs = new Map<string, string>();
  let after: string | undefined;
  do {
    const page = await store.listRuns({
      filter: {},
      limit: 1_000,
      results: false,
      ...(after !== undefined && { after }),
    });
    for (const { token, slug } of page.items) {
      assert.ok(!runs.has(token), `two runs of one attempt of ${slug}`);
      runs.set(token, slug);
    }
    after = page.next;
  } while (after !== undefined);
  return runs;
}
