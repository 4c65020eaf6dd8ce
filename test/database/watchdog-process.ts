import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Kept } from "./watchdog.js";

// Outlives the test process by a moment: once the pipe from it closes, however it ended, what it left behind goes.
const kept = new Map<string, Kept>();
for await (const line of createInterface({ input: process.stdin })) {
  const { key, what } = JSON.parse(line) as { key: string; what?: Kept };
  if (what) kept.set(key, what);
  else kept.delete(key);
}
for (const { pid, container } of kept.values()) {
  if (pid !== undefined) end(pid);
  if (container) spawnSync(container.engine, ["rm", "--force", "--volumes", container.name], { stdio: "ignore" });
}
// A server that is being killed may still write.
for (const { folder } of kept.values()) {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It had ended.
  }
}
