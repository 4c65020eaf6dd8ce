import assert from "node:assert/strict";
import { after, it } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { at } from "../store/suite/clock.js";
import { job, range } from "../store/suite/jobs.js";
import { open } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer({ own: true });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** A connection is given up for each try; a call makes three, and there are ten connections. */
const MOST_CALLS = 5;

it("connections that still lead to what takes no writes are given up, one with each statement that fails", {
  skip,
}, async () => {
  const data = postgresData(uri);
  await (await data.open(() => at(0))).close();
  const set = (value: string) => withClient(uri, (client) => client.query(`ALTER ROLE mover ${value}`));
  await withClient(uri, (client) => client.query("CREATE ROLE mover SUPERUSER LOGIN"));
  // What a session may do is settled when it begins, as it is by where a name leads then.
  await set("SET default_transaction_read_only = on");
  const url = data.url.replace("tickwire@", "mover@");
  const store = await openPostgresStore(url, { clock: () => at(0), migrate: false });
  try {
    await Promise.all(range(20).map(() => store.get("a")));
    await assert.rejects(open(store), { reason: "STORE_DOWN", message: /takes no writes/ });
    await set("RESET default_transaction_read_only");
    const made = async () => await store.create([{ job: job("a"), retry: false }]);
    for (const call of [made, () => open(store)]) {
      let calls = 1;
      for (; calls <= MOST_CALLS && !(await call().catch(isDown)); calls++);
      assert.ok(calls <= MOST_CALLS, `${calls} calls`);
    }
    assert.ok(await store.get("a"));
  } finally {
    await store.close();
    await data.remove();
  }
});

function isDown(error: unknown): false {
  assert.ok(error instanceof TickwireError && error.reason === "STORE_DOWN");
  return false;
}
