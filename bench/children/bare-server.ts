import { Server, ServerCredentials, type UntypedHandleCall } from "@grpc/grpc-js";
import { SchedulerService } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { Task, type WorkRequest, type WorkResponse } from "../../src/rpc/gen/tickwire/v1/worker.js";
import { say } from "../process.js";

/**
 * A bare grpc-js stream with Tickwire's frames: tasks out, results back, receipts out, with the same tasks in flight; no store,
 * no checks, no bookkeeping. What Tickwire could reach at most.
 */
const [total = 0, window = 0, frame = 0] = process.argv.slice(2).map(Number);

const service = { ...SchedulerService };
const server = new Server();
server.addService(
  { work: service.work },
  {
    work: ((call: import("@grpc/grpc-js").ServerDuplexStream<WorkRequest, WorkResponse>) => {
      let sent = 0;
      const send = (count: number): void => {
        const tasks: Task[] = [];
        for (; tasks.length < count && sent < total; sent++) tasks.push(taskOf(sent));
        if (tasks.length > 0) call.write({ frame: { $case: "tasks", value: { tasks } } } as WorkResponse);
      };
      call.on("data", (request: WorkRequest) => {
        if (request.frame?.$case === "hello") for (let out = 0; out < window; out += frame) send(frame);
        if (request.frame?.$case !== "results") return;
        const { results } = request.frame.value;
        const receipts = results.map(({ token }) => ({ token, state: 1, message: "" }));
        call.write({ frame: { $case: "receipts", value: { receipts } } } as unknown as WorkResponse);
        send(results.length);
      });
      call.on("end", () => call.end());
    }) as UntypedHandleCall,
  },
);

function taskOf(n: number): Task {
  const token = Buffer.allocUnsafe(16);
  token.writeUInt32LE(n);
  const at = { seconds: 1_750_000_000n, nanos: 0 };
  return Task.fromPartial({
    slug: `bench-${n}`,
    jobUid: "0123456789abcdef0123456789abcdef",
    kind: "bench",
    token,
    runId: "0123456789abcdef0123456789abcdef",
    occurrenceId: `bench-${n}@2025-06-15T15:06:40.000Z`,
    payload: Buffer.alloc(16),
    scheduledTime: at,
    attempt: 1,
    maxAttempts: 20,
    fence: 1n,
    timeout: { seconds: 300n, nanos: 0 },
  });
}

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  say({ address: `127.0.0.1:${port}` });
});
