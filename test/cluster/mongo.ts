import { randomBytes } from "node:crypto";
import { MongoClient } from "mongodb";
import { hostOf } from "../faults/mongo-uri.js";
import { TcpProxy } from "../faults/proxy.js";
import { withDatabase } from "../mongo/data.js";
import { mongoServer } from "../mongo/server.js";
import { behindProxies } from "./proxies.js";
import type { ClusterStore } from "./store.js";

/** A database of its own on the tests' MongoDB, and in front of it a proxy for each server that may be cut off. */
export async function mongo(servers: number): Promise<ClusterStore> {
  const server = await mongoServer();
  if ("skip" in server) throw new Error(server.skip);
  const name = `tickwire_test_${randomBytes(8).toString("hex")}`;
  const url = withDatabase(server.uri, name);
  const proxies = await Promise.all(Array.from({ length: servers }, () => TcpProxy.to(hostOf(server.uri))));
  return {
    name: "mongodb",
    url,
    urlOf: (n) => proxies[n]?.uri(url) ?? url,
    ...behindProxies(proxies),
    [Symbol.asyncDispose]: async () => {
      for (const proxy of proxies) await proxy.close();
      const client = new MongoClient(url);
      try {
        await client.db(name).dropDatabase();
      } finally {
        await client.close();
        await server.stop();
      }
    },
  };
}
