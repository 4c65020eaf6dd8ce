import { existsSync, writeFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

/** The engine's thread, but the first one on a file ends at its first read, with whatever it still owes. */
const { file } = workerData as { readonly file: string };
if (!existsSync(`${file}.first`)) {
  writeFileSync(`${file}.first`, "");
  parentPort?.on("message", (message: { readonly type: string }) => {
    if (message.type === "read") process.exit(1);
  });
}
await import("../../../src/store/sqlite/thread.js");
