import { Home, type Settings } from "./home.js";
import type { PostgresServer } from "./server.js";

/** A cluster of the test's own, from `initdb` on. */
export async function startLocal(bin: string, settings: Settings): Promise<PostgresServer> {
  const home = await Home.make(bin);
  try {
    await home.init("data");
    const server = await home.start("data", settings);
    return {
      uri: server.uri,
      kind: "local",
      get pid() {
        return server.pid;
      },
      kill: async () => await server.kill(),
      restart: async () => await server.restart(),
      stop: async () => await home.remove(),
    };
  } catch (error) {
    await home.remove();
    throw error;
  }
}
