import { Child } from "./process.js";

/** Tasks a second over a bare grpc-js stream between two processes, with `window` in flight, in frames of `frame`. */
export async function bareStream(tasks: number, window: number, frame: number): Promise<number> {
  await using server = new Child<{ address: string }>("children/bare-server", [tasks, window, frame]);
  const { address } = await server.next();
  await using worker = new Child<{ tasks: number; ms: number }>("children/bare-worker", [address, tasks]);
  const done = await worker.next();
  return (done.tasks * 1_000) / done.ms;
}
