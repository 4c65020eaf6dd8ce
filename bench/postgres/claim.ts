import type { StoredJob } from "../../src/core/job.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { ReleaseWrite, Store } from "../../src/store/store.js";
import { withClient } from "../../test/postgres/data.js";
import { job, put } from "../../test/store/suite/jobs.js";
import { claim, ending, open } from "../../test/store/suite/tasks.js";
import { atMost, type Report, short } from "../report.js";
import { copyJob } from "./others.js";

/** Jobs of one claim, and of one release. */
const BATCH = 200;
const PAYLOAD = new Uint8Array(200);
/** Of a claim with the most jobs, to one with the fewest. */
const MOST = 1.3;
/** Within which all are due; a released job comes back so much later, behind all others. In ms. */
const SPAN_MS = 1_000_000_000;
const FIRST = 1_700_000_000_000;
/** After every time that a job is put off to. */
const NOW = new Date(FIRST + 1_000 * SPAN_MS);

/** When the n-th job of all is due. */
const ORDERS = {
  "in order": (jobs: number) => `${FIRST} + n * (${SPAN_MS} / ${jobs})`,
  "at random": () => `${FIRST} + (random() * ${SPAN_MS})::bigint`,
};

export interface ClaimSizes {
  readonly few: number;
  readonly many: number;
  readonly warmUp: number;
  readonly pairs: number;
}

/** What a claim and a release cost with few jobs and with many, each on an empty schema of this database. */
export async function measureClaims(report: Report, uri: string, sizes: ClaimSizes): Promise<void> {
  for (const [order, dueOf] of Object.entries(ORDERS)) {
    const sides: Side[] = [];
    try {
      for (const jobs of [sizes.few, sizes.many]) sides.push(await Side.fill(uri, jobs, dueOf(jobs)));
      for (let turn = 0; turn < sizes.warmUp + sizes.pairs; turn++) {
        if (turn === sizes.warmUp) for (const side of sides) side.forget();
        for (const side of turn % 2 ? sides : [...sides].reverse()) await side.turn();
      }
      for (const what of ["claim", "release"] as const) {
        const [few = 0, many = 0] = sides.map((side) => side.median(what));
        const row = (jobs: number, value: number, more: object) =>
          report.row({ name: `PostgreSQL, ${what}, ${short(jobs)} jobs, ${order}`, value, unit: "ms", ...more });
        row(sizes.few, few, {});
        row(sizes.many, many, what === "claim" ? atMost(many, few, MOST) : { ratio: many / few });
      }
    } finally {
      for (const side of sides) await side.close();
    }
  }
}

/** A schema with so many jobs, and what was measured on it. */
class Side {
  readonly #times = { claim: [] as number[], release: [] as number[] };

  private constructor(
    private readonly store: Store,
    private readonly lease: string,
    private readonly drop: () => Promise<void>,
  ) {}

  /** The store makes one job, of which the database makes all others in seconds. */
  static async fill(uri: string, jobs: number, due: string): Promise<Side> {
    const schema = `jobs_${jobs}`;
    const own = new URL(uri);
    own.searchParams.set("schema", schema);
    const store = await openPostgresStore(own.href);
    await put(store, job("seed", { dueAt: new Date(FIRST), payload: PAYLOAD }));
    await withClient(uri, async (client) => {
      await copyJob(client, schema, "seed", { slug: "'j' || lpad(n::text, 8, '0')", due, count: jobs });
      await client.query(`DELETE FROM ${schema}.jobs WHERE slug = 'seed'`);
      await client.query(`VACUUM ANALYZE ${schema}.jobs`);
    });
    return new Side(store, await open(store), async () => {
      await withClient(uri, async (client) => await client.query(`DROP SCHEMA ${schema} CASCADE`));
    });
  }

  async turn(): Promise<void> {
    const { store, lease } = this;
    const taken = await this.#timed("claim", () => claim(store, { lease, now: NOW, room: BATCH, limit: BATCH }));
    const writes = taken.map(putBack);
    const results = await this.#timed("release", () => store.release(writes));
    const done = results.filter(({ status }) => status === "recorded").length;
    if (done !== BATCH) throw new Error(`${done} jobs of ${BATCH} were claimed and released`);
  }

  forget(): void {
    this.#times.claim = [];
    this.#times.release = [];
  }

  median(what: "claim" | "release"): number {
    const times = this.#times[what].sort((one, other) => one - other);
    return times[times.length >> 1] ?? 0;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.drop();
  }

  async #timed<T>(what: "claim" | "release", work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const answer = await work();
    this.#times[what].push(performance.now() - from);
    return answer;
  }
}

/** Ends the attempt, and lets the job be due once more. */
function putBack(taken: StoredJob): ReleaseWrite {
  const { lock, ...standing } = taken;
  const at = new Date((taken.at?.getTime() ?? FIRST) + SPAN_MS);
  return { ...ending(taken), settled: { type: "put", standing: { ...standing, at, due: at } } };
}
