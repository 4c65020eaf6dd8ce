import { TcpProxy } from "../faults/proxy.js";
import { postgresData } from "../postgres/data.js";
import { postgresServer } from "../postgres/server.js";
import { atPort, hostOf } from "../postgres/uri.js";
import { behindProxies } from "./proxies.js";
import type { ClusterStore } from "./store.js";

/** A schema of its own on the tests' PostgreSQL, and in front of it a proxy for each server that may be cut off. */
export async function postgres(servers: number): Promise<ClusterStore> {
  const server = await postgresServer();
  if ("skip" in server) throw new Error(server.skip);
  const { url, remove } = postgresData(server.uri);
  const proxies = await Promise.all(Array.from({ length: servers }, () => TcpProxy.to(hostOf(server.uri))));
  return {
    name: "postgres",
    url,
    urlOf: (n) => (proxies[n] ? atPort(url, proxies[n].port) : url),
    ...behindProxies(proxies),
    [Symbol.asyncDispose]: async () => {
      for (const proxy of proxies) await proxy.close();
      await remove();
      await server.stop();
    },
  };
}
