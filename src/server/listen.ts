import { createServer, type Server } from "node:net";
import type { Address } from "../setting-types.js";

/** Listens; answers the port, which is the given one unless that was 0. Rejects as node does. */
export async function listen(server: Server, { host, port }: Address): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : port;
}

/**
 * Rejects as `listen` would. Calls are answered as soon as gRPC listens, so that it does so last; a port in use is to be told
 * before a store is opened.
 */
export async function probe(address: Address): Promise<void> {
  if (address.port === 0) return;
  const server = createServer();
  await listen(server, address);
  await new Promise((resolve) => server.close(resolve));
}
