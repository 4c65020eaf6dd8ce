import { Worker } from "@tickwire/client";

/** Runs kind `tick`, and tells its parent when each occurrence was to run and when it did, by this machine's clock. */
const [address = ""] = process.argv.slice(2);
const worker = new Worker({ address });
worker.handle("tick", (task) => {
  process.send?.({ scheduledAt: task.scheduledTime?.getTime(), ranAt: Date.now() });
});
await worker.start().ready;
process.send?.({ connected: true });
