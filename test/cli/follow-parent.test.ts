import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";

const FOLLOW_PARENT = new URL("../../src/cli/dev/follow-parent.js", import.meta.url).href;

/** Node, as dev starts it, with `code` in place of tickwire. */
function start(code: string) {
  return spawn(process.execPath, ["--import", FOLLOW_PARENT, "-e", code], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

describe("a process of dev", { timeout: 30_000 }, () => {
  it("ends where dev was gone before it had come up", async (t) => {
    const child = start("setInterval(() => {}, 1_000)");
    t.after(() => child.kill("SIGKILL"));
    const ended = once(child, "exit", { signal: AbortSignal.timeout(20_000) });
    child.disconnect();
    assert.deepEqual(await ended, [null, "SIGTERM"]);
  });

  it("goes on where it starts a thread", async (t) => {
    const thread = 'new (require("node:worker_threads").Worker)("", { eval: true })';
    const child = start(`${thread}.on("exit", () => process.exit(7))`);
    t.after(() => child.kill("SIGKILL"));
    assert.deepEqual(await once(child, "exit", { signal: AbortSignal.timeout(20_000) }), [7, null]);
  });
});
