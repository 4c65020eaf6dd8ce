import { Child } from "../process.js";
import type { OpenScheduler, Scheduler } from "./scheduler.js";

/** One server, called and worked for over gRPC. */
export const TICKWIRE: Scheduler = {
  name: "Tickwire",
  open: async (url): Promise<OpenScheduler> => {
    const server = new Child<{ address: string }>("children/server", [url]);
    const { address } = await server.next();
    return {
      caller: (...args) => new Child("children/caller", [address, ...args]),
      worker: (...args) => new Child("children/worker", [address, ...args]),
      [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
    };
  },
};
