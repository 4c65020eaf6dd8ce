// Stores `total` jobs by graphile-worker, in batches of 500, four calls out. `perSecond` 0: due at once; else spread so that so
// many are due each second, from `afterMs` on.
import { makeWorkerUtils } from "graphile-worker";
import { say } from "./fact.mjs";

const [connectionString, totalText, perSecondText, afterMs] = process.argv.slice(2);
const total = Number(totalText);
const perSecond = Number(perSecondText);
const utils = await makeWorkerUtils({ connectionString, maxPoolSize: 4 });
await utils.migrate();
const beganAt = Date.now();
const firstAt = beganAt + Number(afterMs);
const batches = [];
for (let first = 0; first < total; first += 500) batches.push(first);
await Promise.all(Array.from({ length: 4 }, lane));
// As a database that has been up for a while has seen it.
await utils.withPgClient((client) => client.query("ANALYZE graphile_worker._private_jobs"));
say({ beganAt, ms: Date.now() - beganAt });
await utils.release();

async function lane() {
  for (let first = batches.shift(); first !== undefined; first = batches.shift()) {
    const start = first;
    await utils.addJobs(
      Array.from({ length: Math.min(500, total - start) }, (_, n) => {
        const dueAt = perSecond > 0 ? firstAt + ((start + n) * 1_000) / perSecond : Date.now();
        return {
          identifier: "bench",
          payload: { dueAt, payload: "0123456789abcdef" },
          ...(perSecond > 0 && { runAt: new Date(dueAt) }),
        };
      }),
    );
  }
}
