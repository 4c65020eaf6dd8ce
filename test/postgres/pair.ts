import { TcpProxy } from "../faults/proxy.js";
import { withClient } from "./data.js";
import { Home, type Server } from "./home.js";
import { postgresPrograms } from "./server.js";
import { hostOf } from "./uri.js";

/** A primary, and a standby that has on disk what the primary acknowledges. */
export interface Pair extends AsyncDisposable {
  readonly primary: Server;
  readonly standby: Server;
  /** What lies between them. */
  readonly line: TcpProxy;
  /** The standby takes writes from now on. */
  promote(): Promise<void>;
}

/** Made of one cluster that is copied before it starts, which takes no program but the server's. */
export async function startPair(): Promise<Pair | { readonly skip: string }> {
  const programs = await postgresPrograms();
  if ("skip" in programs) return programs;
  const home = await Home.make(programs.bin);
  const lines: TcpProxy[] = [];
  const dispose = async () => {
    for (const line of lines) await line.close();
    await home.remove();
  };
  try {
    await home.init("primary");
    await home.copy("primary", "standby");
    const primary = await home.start("primary", { synchronous_standby_names: "*", wal_keep_size: "1GB" });
    const line = await TcpProxy.to(hostOf(primary.uri));
    lines.push(line);
    const standby = await home.start("standby", {
      primary_conninfo: `host=127.0.0.1 port=${line.port} user=tickwire`,
    });
    const promote = async () =>
      await withClient(standby.uri, async (client) => void (await client.query("SELECT pg_promote()")));
    return { primary, standby, line, promote, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
