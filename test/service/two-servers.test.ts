import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import type { StoredJob } from "../../src/core/job.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import type { Store } from "../../src/store/store.js";
import { input, openMemory, type ServiceHarness, START, startService } from "./harness.js";

type Policy = "fail" | "keep" | "update" | "replace";
type Pair = readonly [ServiceHarness, ServiceHarness];

/** Two servers' use cases on what is one store, as each server has it. */
const PAIRS: readonly { readonly name: string; readonly open: (t: TestContext) => Promise<readonly [Store, Store]> }[] =
  [
    {
      name: "one memory store",
      open: async (t) => {
        const store = await openMemory(() => START);
        t.after(() => store.close());
        return [store, store];
      },
    },
    {
      name: "two handles on one SQLite file",
      open: async (t) => {
        const folder = await mkdtemp(join(tmpdir(), "tickwire-two-"));
        const open = () => openSqliteStore(join(folder, "test.db"), { clock: () => START });
        const stores = [await open(), await open()] as const;
        t.after(async () => {
          for (const store of stores) await store.close();
          await rm(folder, { recursive: true });
        });
        return stores;
      },
    },
  ];

interface Said {
  readonly what: string;
  readonly job: StoredJob | undefined;
}

async function schedule({ service }: ServiceHarness, slug: string, onConflict: Policy, byte: number): Promise<Said> {
  try {
    const { outcome, job } = await service.scheduleJob(input(slug, { onConflict, payload: new Uint8Array([byte]) }));
    return { what: outcome, job };
  } catch (error) {
    if (!(error instanceof TickwireError)) throw error;
    return { what: error.reason, job: undefined };
  }
}

const SECOND = { fail: "JOB_EXISTS", keep: "kept", update: "updated", replace: "replaced" } as const;

/** The second answer is what its policy says, and what is stored is the first one's job, but where it was replaced. */
async function holds([one, other]: Pair, slug: string, policy: Policy, said: readonly Said[]): Promise<void> {
  const first = said.find(({ what }) => what === "created");
  const second = said.find((answer) => answer !== first);
  assert.ok(first?.job, said.map(({ what }) => what).join());
  assert.equal(second?.what, SECOND[policy]);
  const stands = policy === "replace" || policy === "update" ? second.job : first.job;
  if (policy === "update") assert.equal(second.job?.uid, first.job.uid);
  if (policy === "keep") assert.equal(second.job?.uid, stands?.uid);
  for (const { service } of [one, other]) {
    const { job } = await service.getJob(slug);
    assert.equal(job.uid, stands?.uid);
    assert.deepEqual(job.payload, stands?.payload);
  }
}

for (const { name, open } of PAIRS) {
  const start = async (t: TestContext): Promise<Pair> => {
    const [one, other] = await open(t);
    return [await startService(() => one), await startService(() => other)];
  };

  for (const policy of ["fail", "keep", "update", "replace"] as const) {
    test(`the old library's fault 12: two servers, one slug, one after the other: ${policy} decides (${name})`, async (t) => {
      const pair = await start(t);
      const said = [await schedule(pair[0], "a", policy, 1), await schedule(pair[1], "a", policy, 2)];
      assert.equal(said[0]?.what, "created");
      await holds(pair, "a", policy, said);
    });

    test(`the old library's fault 12: two servers, one slug, both at once: ${policy} decides (${name})`, async (t) => {
      const pair = await start(t);
      for (let n = 0; n < 50; n++) {
        const slug = `job-${n}`;
        // Each is asked first as often as the other.
        const order = n % 2 === 0 ? pair : [...pair].reverse();
        const said = await Promise.all(order.map((server, at) => schedule(server, slug, policy, at)));
        await holds(pair, slug, policy, said);
      }
    });
  }
}
