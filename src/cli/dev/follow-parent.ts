// Loaded into the processes of `tickwire dev` before their own code: when dev is gone, however it ended, they drain and end as well.
import { isMainThread } from "node:worker_threads";

const end = (): void => {
  process.kill(process.pid, "SIGTERM");
};
// Threads are given it as well, and have no parent to follow.
if (isMainThread) {
  process.on("disconnect", end);
  // Where dev was killed while this process was coming up, nobody heard "disconnect".
  if (!process.connected) end();
}
