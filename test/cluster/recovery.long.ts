import assert from "node:assert/strict";
import { it } from "node:test";
import { TTL_MS } from "./cluster.js";
import { measureRecovery, RECOVERY_HEAD, recoveryLine } from "./recovery.js";

for (const engine of ["sqlite", "mongodb", "postgres"] as const) {
  it(`${engine}: the store is away for 60 s, ten leases: all jobs run again soon after its return, none twice`, {
    timeout: 240_000,
  }, async (t) => {
    const recovery = await measureRecovery(engine, "store away for 60 s");
    t.diagnostic(RECOVERY_HEAD);
    t.diagnostic(recoveryLine(recovery));
    assert.equal(recovery.begun, 0, "runs that a worker had begun were lost, and no worker was gone");
    assert.ok(recovery.longestMs <= TTL_MS + 5_000, `${recovery.longestMs} ms`);
  });
}
