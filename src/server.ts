import type { Settings } from "./config.js";
import { TickwireError } from "./core/errors.js";
import type { Log } from "./core/log.js";
import { DEFAULT_POLICY } from "./core/policy.js";
import { systemClock } from "./dispatch/clock.js";
import { createDispatch, type Dispatch } from "./dispatch/dispatch.js";
import { createGrpcServer } from "./rpc/server.js";
import { listen, probe } from "./server/listen.js";
import { cannotListen, StartError } from "./server/start-error.js";
import { createService } from "./service/service.js";
import { type Address, showAddress } from "./setting-types.js";
import { openStore } from "./store/open.js";
import type { Store } from "./store/store.js";
import { version } from "./version.js";
import { createWebServer } from "./web/health.js";

/** Of the grace, what is kept for everything that comes after the results: leaving the lease, ending streams, closing. In ms. */
const CLOSING_MS = 1_000;
/** How long calls that are under way may take to end, in ms. */
const CALLS_MS = 500;

export interface RunningServer {
  readonly serverId: string;
  /** Host and port, also where port 0 was asked for. */
  readonly grpcAddress: string;
  /** Undefined where HTTP is off. */
  readonly httpAddress: string | undefined;
  /**
   * The orderly end, within the grace: not serving, drain notices, results, lease left, streams ended, store closed. Never
   * rejects: what goes wrong is logged, and the next step follows. Later calls answer with the first one's promise.
   */
  stop(): Promise<void>;
  /** Resolves when `stop` has ended. */
  readonly stopped: Promise<void>;
}

/** Parts that are open, to be closed in the opposite order: each is closed whatever becomes of the others. */
class OpenParts {
  readonly #parts: { readonly what: string; readonly close: () => unknown }[] = [];

  constructor(readonly log: Log) {}

  add(what: string, close: () => unknown): void {
    this.#parts.push({ what, close });
  }

  async close(): Promise<void> {
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      try {
        await part.close();
      } catch (error) {
        this.log.error({ err: error, part: part.what }, "part did not close");
      }
    }
  }
}

/**
 * Opens the store, starts the parts, and serves. Rejects with StartError, which says what to do, where an address or the store
 * can't be had; nothing is left open then.
 */
export async function startServer(settings: Settings, log: Log): Promise<RunningServer> {
  const parts = new OpenParts(log);
  try {
    return await start(settings, log, parts);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

async function start(settings: Settings, log: Log, parts: OpenParts): Promise<RunningServer> {
  const { serverId } = settings;
  let store: Store | undefined;
  let dispatch: Dispatch | undefined;
  let phase: "starting" | "serving" | "stopping" = "starting";

  const refusal = (): string | undefined => {
    if (phase !== "serving") return `the server is ${phase}`;
    return dispatch?.healthy() ? undefined : "the server can't renew its lease in the store";
  };
  const web = createWebServer({ refusal, reachStore: () => reach(store), log });
  parts.add("http", () => {
    web.close();
    web.closeAllConnections();
  });
  const httpPort = settings.http && (await listenOr("HTTP", "--http", settings.http, (a) => listen(web, a)));
  await listenOr("gRPC", "--grpc", settings.grpc, probe);

  const { mongodbAllowStandalone: allowStandalone, noMigrate } = settings;
  store = await storeOr(() => openStore(settings.store, { log, allowStandalone, migrate: !noMigrate }));
  const opened = store;
  parts.add("store", () => opened.close());

  const started = createDispatch({
    store,
    clock: systemClock,
    log,
    settings: { ...settings, defaultPolicy: DEFAULT_POLICY },
    serverId,
    version,
    random: Math.random,
  });
  dispatch = started;
  parts.add("dispatch", () => started.abort());
  await storeOr(() => started.start());

  const service = createService({ store, dispatch, log, version, clock: systemClock });
  const grpc = createGrpcServer({ service, dispatch, log });
  parts.add("grpc", () => grpc.close(CALLS_MS));
  const serve = (healthy: boolean): void => grpc.setServing(healthy && phase === "serving");
  dispatch.onHealth(serve);
  const grpcPort = await listenOr("gRPC", "--grpc", settings.grpc, ({ host, port }) => grpc.listen(host, port));
  phase = "serving";
  serve(dispatch.healthy());

  let stopping: Promise<void> | undefined;
  let resolveStopped: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    resolveStopped = resolve;
  });
  const stop = async (): Promise<void> => {
    phase = "stopping";
    grpc.setServing(false);
    try {
      await started.drain(Math.max(0, settings.graceMs - CLOSING_MS));
    } catch (error) {
      log.error({ err: error }, "drain failed: the tasks that are out wait for their workers");
    }
    await parts.close();
    resolveStopped();
  };
  return {
    serverId,
    grpcAddress: showAddress({ host: settings.grpc.host, port: grpcPort }),
    httpAddress: settings.http && showAddress({ host: settings.http.host, port: httpPort ?? 0 }),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    stopped,
  };
}

/**
 * Asks the store for a write, of a notice that is not there: it changes nothing, and only a store that is there and may be
 * written answers it. A read is not enough, for SQLite goes on reading a file that was moved or deleted under it.
 */
async function reach(store: Store | undefined): Promise<void> {
  await store?.dropCancels([""]);
}

async function listenOr<T>(what: string, flag: string, address: Address, call: (a: Address) => Promise<T>): Promise<T> {
  try {
    return await call(address);
  } catch (error) {
    throw cannotListen(what, flag, address, error);
  }
}

/** What a store says on its way up is for the one who chose it. */
async function storeOr<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TickwireError) || error.reason === "INTERNAL") throw error;
    throw new StartError(error.message, { cause: error });
  }
}
