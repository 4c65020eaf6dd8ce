import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { GIVEN_UP, givenUp, isEqual, withoutNames } from "../faults/outcomes.js";
import { TcpProxy } from "../faults/proxy.js";
import { type Call, WRITING_CALLS } from "../faults/writing-calls.js";
import { at } from "../store/suite/clock.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const TABLES = ["jobs", "runs", "kinds", "workers", "cancels", "leases"] as const;
/** Not by names that are drawn; and what only says in which order rows came. */
const ORDER: Readonly<Record<(typeof TABLES)[number], string>> = {
  jobs: "slug",
  runs: "slug",
  kinds: "name",
  workers: "instance",
  cancels: "slug",
  leases: "server_id",
};

const FAULTS = {
  "its answer is lost": { always: false, cut: true },
  "it is lost": { always: false, cut: false },
  "its answer is lost, and so is all that follows": { always: true, cut: true },
  "it is lost, and so is all that follows": { always: true, cut: false },
} as const;

/**
 * Makes the call once without a fault, and then once for each message that it sends and each fault of that; where the store
 * says STORE_DOWN, the same call again. Every time the database holds in the end what it holds without a fault, and the answer
 * is the same.
 */
function exactlyOnce<S>({ name, setup, call, again }: Call<S>): void {
  it(`45 ${name}`, { skip, timeout: 120_000 }, async () => {
    const data = postgresData(uri);
    const proxy = await TcpProxy.to(hostOf(uri));
    const direct = await data.open(() => at(0));
    const store = await openPostgresStore(atPort(data.url, proxy.port), { clock: () => at(0) });
    const everything = async () =>
      await withClient(uri, async (client) => {
        const all: Record<string, unknown[]> = {};
        for (const table of TABLES) {
          const { rows } = await client.query(`SELECT * FROM ${data.schema}.${table} ORDER BY ${ORDER[table]}`);
          all[table] = rows.map(({ id, mark, ended_by, ...row }) => {
            for (const text of ["definition", "facts"]) if (row[text]) row[text] = JSON.parse(row[text]);
            return row;
          });
        }
        return all;
      });
    const empty = async () =>
      await withClient(uri, async (client) => {
        await client.query(`TRUNCATE ${TABLES.map((table) => `${data.schema}.${table}`).join(", ")}`);
      });
    // On connections that are open already; and it knows that it is alone, and tells nobody of due jobs behind the call's back.
    const warm = async () => {
      await Promise.all([store.leases(), store.leases(), store.leases()]);
      await store.renewLease("none");
    };
    try {
      await warm();
      const given = await setup(direct);
      await warm();
      let sent = 0;
      proxy.cutReply({ after: () => ++sent < 0, always: true });
      const answer = withoutNames(await call(store, given));
      proxy.pass();
      const state = withoutNames(await everything());
      assert.ok(sent > 0);
      for (let n = 0; n < sent; n++) {
        for (const [what, { always, cut }] of Object.entries(FAULTS)) {
          const message = `message ${n} of ${sent}: ${what}`;
          await empty();
          const of = await setup(direct);
          await warm();
          let count = 0;
          const which = { after: () => (always ? count++ >= n : count++ === n), always };
          const fault = cut ? proxy.cutReply(which) : proxy.dropAfter(0, which);
          const first = await call(store, of).catch(givenUp);
          assert.ok(fault.times > 0, `${message}: was not struck`);
          proxy.pass();
          const last = first === GIVEN_UP ? await call(store, of) : first;
          const expected = first === GIVEN_UP && again !== undefined ? [answer, withoutNames(again)] : [answer];
          const found = withoutNames(last);
          if (!expected.some((one) => isEqual(one, found))) assert.deepEqual(found, answer, message);
          assert.deepEqual(withoutNames(await everything()), state, message);
        }
      }
    } finally {
      proxy.up();
      await Promise.all([store.close(), direct.close()]);
      await data.remove();
      await proxy.close();
    }
  });
}

describe("any message to PostgreSQL or its answer is lost, and the call is carried out exactly once", {
  concurrency: 6,
}, () => {
  for (const one of WRITING_CALLS) exactlyOnce(one);
});
