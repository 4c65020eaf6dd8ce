import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { it } from "node:test";

const FOLLOW_PARENT = new URL("../../src/cli/dev/follow-parent.js", import.meta.url).href;

it("a process of dev ends where dev was gone before it had come up", { timeout: 30_000 }, async (t) => {
  const args = ["--import", FOLLOW_PARENT, "-e", "setInterval(() => {}, 1_000)"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit", { signal: AbortSignal.timeout(20_000) });
  child.disconnect();
  assert.deepEqual(await ended, [null, "SIGTERM"]);
});
