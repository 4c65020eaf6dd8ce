import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { caller, claimable, deleteJob, pauseJob } from "../../src/core/edits.js";
import type { StoredJob } from "../../src/core/job.js";
import { lockKey } from "../../src/store/postgres/migrate.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put, read } from "../store/suite/jobs.js";
import { claim, open, slugs } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const edited = (store: Store, change: (one: StoredJob) => StoredJob) =>
  store.edit(["b"], (one) => {
    assert.ok(one);
    return { answer: 0, write: { type: "put", job: caller(one, claimable(change(one))) } };
  });

interface Change {
  /** What another server does to job b. */
  readonly work: (other: Store, lease: string) => Promise<unknown>;
  readonly claimed: readonly string[];
  readonly look?: (jobs: readonly StoredJob[], other: Store, lease: string) => Promise<void>;
}

const CHANGES: Readonly<Record<string, Change>> = {
  "is put off": { work: (other) => edited(other, (one) => ({ ...one, at: at(60) })), claimed: ["a", "c"] },
  "is paused": { work: (other) => other.edit(["b"], (one) => pauseJob(one, "", editing(at(0)))), claimed: ["a", "c"] },
  "is deleted": {
    work: (other) => other.edit(["b"], (one) => deleteJob(one, "", editing(at(0)))),
    claimed: ["a", "c"],
  },
  "is deleted, and made anew": {
    work: async (other) => {
      await other.edit(["b"], (one) => deleteJob(one, "", editing(at(0))));
      await put(other, job("b", { payload: Uint8Array.of(2) }));
    },
    claimed: ["a", "c"],
    look: async (_, other) => assert.deepEqual((await read(other, "b")).due, at(0)),
  },
  "becomes another kind's": {
    work: (other) => edited(other, (one) => ({ ...one, kind: "other" })),
    claimed: ["a", "c"],
  },
  "is taken by another server": {
    work: async (other) => await claim(other, { lease: await open(other, "s2"), now: at(0), limit: 1 }),
    claimed: ["a", "c"],
    look: async (_, other) => assert.equal((await read(other, "b")).attempt, 1),
  },
  // It is another row by now, which the claim does not find: the next one does.
  "gets another payload": {
    work: (other) => edited(other, (one) => ({ ...one, payload: Uint8Array.of(2) })),
    claimed: ["a", "c"],
    look: async (_, other, lease) => {
      const [b] = await claim(other, { lease, now: at(0) });
      assert.deepEqual([b?.slug, ...(b?.payload ?? [])], ["b", 2]);
      assert.equal(b?.etag, (await read(other, "b")).etag);
    },
  },
  "stays, and the lease ends": {
    work: (other, lease) => other.closeLease(lease),
    claimed: ["a", "b", "c"],
    look: async (jobs, other) => assert.deepEqual(await other.orphans(undefined, 10), jobs),
  },
};

describe("a claim on PostgreSQL that has begun, and a job that it has not come to yet", { skip }, () => {
  for (const [what, { work, claimed, look }] of Object.entries(CHANGES)) {
    it(`the job ${what}`, { timeout: 20_000 }, async () => {
      const data = postgresData(uri);
      const [store, other] = [await data.open(() => at(0)), await data.open(() => at(0))];
      try {
        await put(store, job("a"), job("b", { payload: Uint8Array.of(1) }), job("c"));
        const lease = await open(store);
        await withClient(uri, async (client) => {
          const key = lockKey(`a claim of ${data.schema}`);
          await client.query(`CREATE FUNCTION ${data.schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${key}); RETURN NEW; END $$`);
          await client.query(`CREATE TRIGGER waiting BEFORE UPDATE ON ${data.schema}.jobs FOR EACH ROW
            WHEN (OLD.slug = 'a') EXECUTE FUNCTION ${data.schema}.wait()`);
          await client.query(`SELECT pg_advisory_lock(${key})`);
          const claiming = claim(store, { lease, now: at(0) });
          const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND ((classid::bigint << 32) | objid::bigint) = ${key}`;
          while ((await client.query(waiting)).rowCount === 0);
          await work(other, lease);
          await client.query(`SELECT pg_advisory_unlock(${key})`);
          const jobs = await claiming;
          assert.deepEqual(slugs(jobs), claimed);
          await look?.(jobs, other, lease);
        });
      } finally {
        await Promise.all([store.close(), other.close()]);
        await data.remove();
      }
    });
  }
});
