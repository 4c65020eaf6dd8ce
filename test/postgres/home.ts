import { execFile } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DatabaseCommand, DatabaseProcess } from "../database/database-process.js";
import { keepOnlyWhileAlive } from "../database/watchdog.js";
import { ownPort } from "../own-port.js";
import type { PostgresServer } from "./server.js";
import { userToBe } from "./user.js";

export type Settings = Readonly<Record<string, string>>;

/**
 * For tests: nobody but this machine, no socket file, and no sync of the disk, since what a killed process has written is in
 * the system's cache.
 */
const SETTINGS = { listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off", max_connections: "200" };
/** After a kill -9 its children hold its memory for a moment, and it refuses to start. */
const START_TRIES = 50;

/** A folder for the data of a test's own servers, and these servers. It goes with the test's process. */
export class Home {
  readonly #servers: Server[] = [];

  private constructor(
    readonly bin: string,
    readonly folder: string,
    readonly user: Awaited<ReturnType<typeof userToBe>>,
    private readonly release: () => void,
  ) {}

  static async make(bin: string): Promise<Home> {
    const user = await userToBe();
    const folder = await mkdtemp(join(tmpdir(), "tickwire-postgres-"));
    const home = new Home(bin, folder, user, keepOnlyWhileAlive({ folder }));
    if (user) await chown(folder, user.uid, user.gid);
    return home;
  }

  /** The data of an empty cluster, of this name. */
  async init(name: string): Promise<void> {
    const init = ["-D", name, "-U", "tickwire", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    await this.#run(join(this.bin, "initdb"), init);
  }

  /** The data of a standby of a cluster that does not run: it starts as one, wherever its settings say the primary is. */
  async copy(from: string, name: string): Promise<void> {
    await this.#run("cp", ["-a", from, name]);
    await this.#run("touch", [join(name, "standby.signal")]);
  }

  async start(name: string, settings: Settings): Promise<Server> {
    const port = await ownPort();
    const server = new Server(port, {
      file: join(this.bin, "postgres"),
      args: ["-D", join(this.folder, name), "-p", String(port), ...argsOf({ ...SETTINGS, ...settings })],
      folder: this.folder,
      ready: /database system is ready to accept/,
      ...(this.user && { user: this.user }),
    });
    this.#servers.push(server);
    await server.restart();
    return server;
  }

  /** Ends the servers and removes their data. Twice is fine. */
  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    this.release();
  }

  async #run(file: string, args: readonly string[]): Promise<void> {
    await promisify(execFile)(file, args, { cwd: this.folder, ...this.user });
  }
}

/** One of them. */
export class Server implements Omit<PostgresServer, "stop"> {
  readonly kind = "local";
  readonly uri: string;
  #running: DatabaseProcess | undefined;

  constructor(
    port: number,
    private readonly command: DatabaseCommand,
  ) {
    this.uri = `postgres://tickwire@127.0.0.1:${port}/postgres`;
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async restart(): Promise<void> {
    await this.#end("SIGINT");
    this.#running = await started(this.command);
  }

  async #end(signal: "SIGKILL" | "SIGINT"): Promise<void> {
    await this.#running?.kill(signal);
    this.#running = undefined;
  }
}

function argsOf(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function started(command: DatabaseCommand): Promise<DatabaseProcess> {
  for (let left = START_TRIES; ; left--) {
    try {
      return await DatabaseProcess.start(command);
    } catch (error) {
      if (left === 0 || !/shared memory block/.test((error as Error).message)) throw error;
    }
  }
}
