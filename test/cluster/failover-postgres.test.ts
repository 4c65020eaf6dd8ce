import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { type Client, TickwireError } from "@tickwire/client";
import { TcpProxy } from "../faults/proxy.js";
import { showFaults } from "../history/faults.js";
import { postgresData, withClient } from "../postgres/data.js";
import { type Pair, startPair } from "../postgres/pair.js";
import { atPort, hostOf } from "../postgres/uri.js";
import { scheduleOver } from "./caller.js";
import { Cluster, GRACE_MS, TTL_MS } from "./cluster.js";
import { mixedJobs } from "./jobs.js";
import { behindProxies } from "./proxies.js";
import { chosenSeed, randomFrom } from "./random.js";
import { untilSettled } from "./settle.js";
import { until } from "./until.js";
import { ONCE } from "./work.js";

const JOBS = 200;
const LOAD_MS = 5_000;
/** For what waits for a lease and a grace, and for a little work behind it. */
const SETTLE_MS = TTL_MS + GRACE_MS + 5_000;

it("the primary is killed -9, and the name leads to its standby before that is promoted: nothing acknowledged is lost, nothing is run twice", {
  timeout: 120_000,
}, async (t) => {
  const pair = await startPair();
  if ("skip" in pair) return t.skip(pair.skip);
  await using _ = pair;
  await failover(t, pair);
});

async function failover(t: TestContext, pair: Pair): Promise<void> {
  const { primary, standby, line } = pair;
  await using name = await TcpProxy.to(hostOf(primary.uri));
  const url = atPort(postgresData(primary.uri).url, name.port);
  const store = {
    ...{ name: "postgres", url, urlOf: () => url, ...behindProxies([name]) },
    [Symbol.asyncDispose]: async () => {},
  };
  const seed = chosenSeed();
  t.diagnostic(`TICKWIRE_TEST_SEED=${seed}`);
  await using cluster = await Cluster.open({ engine: store, servers: 2, workers: 2 });
  const { client, ledger } = cluster;
  const clients = [cluster.clientOf(0), cluster.clientOf(1)];
  let held: Promise<void> | undefined;
  try {
    const load = scheduleOver(client, ledger, mixedJobs(randomFrom(seed), JOBS, Date.now() + LOAD_MS), LOAD_MS);
    await until("work is under way", 20_000, () => cluster.seen("begun").length > 50);

    // What the standby does not get is not acknowledged: these creates wait, and nobody hears of them.
    line.hold();
    await withClient(primary.uri, async (direct) => {
      const since = (await direct.query("SELECT clock_timestamp()::text AS at")).rows[0].at;
      const waiting = `SELECT FROM pg_stat_activity
        WHERE wait_event = 'SyncRep' AND query LIKE 'INSERT INTO %.jobs %' AND query_start > $1`;
      held = scheduleOver(client, ledger, [{ slug: "held", kind: ONCE, payload: { ms: 0 } }], 0);
      const acknowledged = () => cluster.seen("scheduled").some(({ slug }) => slug === "held");
      await until("a create waits for the standby, or is acknowledged without", 5_000, async () => {
        return acknowledged() || (await direct.query(waiting, [since])).rowCount !== 0;
      });
    });
    await primary.kill();
    await line.close();
    name.leadTo(hostOf(standby.uri));
    for (const each of clients)
      await until("a standby takes no writes, and that is said", 10_000, () => isRefused(each));

    const begunBefore = cluster.seen("begun").length;
    await pair.promote();
    for (const [n, each] of clients.entries()) {
      await each.scheduleJob({ slug: `after-${n}`, kind: ONCE, payload: { ms: 0 } });
    }
    await Promise.all([load, held]);
    const tookMs = await untilSettled(client, SETTLE_MS);
    t.diagnostic(`settled ${Math.round(tookMs)} ms after the last job was created`);

    const begun = new Set(cluster.seen("begun").map(({ slug }) => slug));
    for (const slug of ["held", "after-0", "after-1"]) assert.ok(begun.has(slug), slug);
    assert.ok(cluster.seen("begun").length > begunBefore);
    const faults = await cluster.check();
    assert.equal(Object.values(faults).flat().length, 0, showFaults(faults));
    for (const n of [0, 1]) assert.ok(cluster.server(n).alive);
  } catch (error) {
    t.diagnostic(`ledgers and logs: ${cluster.keep()}`);
    throw error;
  } finally {
    for (const each of clients) each.close();
  }
}

async function isRefused(client: Client): Promise<boolean> {
  try {
    await client.scheduleJob({ slug: "refused", kind: ONCE, payload: { ms: 0 } }, { retry: false, timeoutMs: 10_000 });
    throw new Error("a standby has taken a write");
  } catch (error) {
    if (!(error instanceof TickwireError)) throw error;
    assert.equal(error.code, "UNAVAILABLE");
    return /takes no writes/.test(error.message);
  }
}
