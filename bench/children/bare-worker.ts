import { credentials } from "@grpc/grpc-js";
import { SchedulerClient } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { WorkRequest } from "../../src/rpc/gen/tickwire/v1/worker.js";
import { say } from "../process.js";

/** The other end of the bare stream: answers each frame of tasks with one of results, and counts receipts. */
const [address = "", totalText = ""] = process.argv.slice(2);
const total = Number(totalText);
const client = new SchedulerClient(address, credentials.createInsecure());
const call = client.work();
let received = 0;
let startedAt = 0;
call.on("data", (response) => {
  if (response.frame?.$case === "tasks") {
    if (startedAt === 0) startedAt = performance.now();
    const results = response.frame.value.tasks.map((task: { slug: string; token: Buffer }) => ({
      slug: task.slug,
      token: task.token,
      outcome: {
        $case: "success" as const,
        value: { result: Buffer.alloc(0), payload: undefined, nextTime: undefined, lastRun: false },
      },
    }));
    call.write({ frame: { $case: "results", value: { results } } } as unknown as WorkRequest);
  }
  if (response.frame?.$case === "receipts") {
    received += response.frame.value.receipts.length;
    if (received < total) return;
    say({ tasks: received, ms: performance.now() - startedAt });
    call.end();
    client.close();
  }
});
call.write(WorkRequest.fromPartial({ frame: { $case: "hello", value: {} } }));
