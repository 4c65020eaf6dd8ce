import { type Db, MongoClient, type MongoClientOptions } from "mongodb";
import { TickwireError } from "../../core/errors.js";
import type { Log } from "../../core/log.js";
import { COMMAND_MS } from "./context.js";
import { Line } from "./line.js";

export interface Place {
  /** As the driver takes it. */
  readonly url: string;
  readonly database: string;
  /** In front of each collection's name. */
  readonly prefix: string;
}

const PREFIX = /^[A-Za-z0-9_]{0,40}$/;

/** `mongodb://HOST/DATABASE?prefix=NAME_&...`: the database is "tickwire" unless it is named. Throws BAD_FIELD. */
export function placeOf(url: string): Place {
  const [, before = "", query = ""] = /^([^?]*)\??(.*)$/.exec(url) ?? [];
  // Else a part of the password would be read, and told, as a host.
  const [, authority = "", path = ""] = /^[^/]*\/\/([^/]*)(.*)$/.exec(before) ?? [];
  if (path.includes("@") || authority.indexOf("@") !== authority.lastIndexOf("@")) {
    throw refused("in the user's name and password the characters @ : / ? # % must be written as %40 and so on");
  }
  const options = query.split("&").filter((option) => option !== "");
  const own = options.find((option) => option.startsWith("prefix="));
  const prefix = decodeURIComponent(own?.slice("prefix=".length) ?? "");
  if (!PREFIX.test(prefix))
    throw refused(`prefix must be at most 40 letters, digits and _; got ${JSON.stringify(prefix)}`);
  const database = decodeURIComponent(path.slice(1)) || "tickwire";
  const rest = options.filter((option) => option !== own);
  if (rest.length === 0) return { url: before, database, prefix };
  // The driver wants a slash before the question mark.
  return { url: `${before}${path === "" ? "/" : ""}?${rest.join("&")}`, database, prefix };
}

function refused(description: string): TickwireError {
  const violations = [{ field: "store", description }];
  return new TickwireError("BAD_FIELD", `store: ${description}`, { field: "store" }, { violations });
}

/** What holds on every connection, whatever the URL says: what was answered is on a majority, and no call waits for ever. */
const OPTIONS: MongoClientOptions = {
  appName: "tickwire",
  writeConcern: { w: "majority", wtimeoutMS: COMMAND_MS },
  readPreference: "primary",
  retryWrites: true,
  retryReads: true,
  ignoreUndefined: true,
  promoteBuffers: true,
  serverSelectionTimeoutMS: COMMAND_MS,
  connectTimeoutMS: COMMAND_MS,
  waitQueueTimeoutMS: COMMAND_MS,
  // Longer than a command's own bound: it is for connections on which nothing comes back.
  socketTimeoutMS: 2 * COMMAND_MS,
};

/** More than a call's commands come to by their own bounds, unless the driver has forgotten it. */
const WORK_MOST_MS = 4 * COMMAND_MS;
/** Such that another try comes before a lease is in doubt. */
const LEASES_MOST_MS = 1.2 * COMMAND_MS;

export interface Connection {
  readonly work: Line;
  /** A client of its own, so that no business call can take the leases' connections. */
  readonly leases: Line;
  close(): Promise<void>;
}

/** Throws BAD_FIELD where the driver does not take the URL. */
export function clientsOf(
  { url, database }: Place,
  log: Log,
  onCommand?: (name: string, what: "sent" | "answered") => void,
): Connection {
  const make = (options: MongoClientOptions): MongoClient => {
    try {
      const client = new MongoClient(url, { ...OPTIONS, ...options, monitorCommands: onCommand !== undefined });
      if (onCommand) {
        client.on("commandStarted", ({ commandName }) => onCommand(commandName, "sent"));
        client.on("commandSucceeded", ({ commandName }) => onCommand(commandName, "answered"));
        client.on("commandFailed", ({ commandName }) => onCommand(commandName, "answered"));
      }
      return client;
    } catch (error) {
      throw refused(`the URL is not one that MongoDB's driver takes: ${(error as Error).message}`);
    }
  };
  const work = new Line(() => make({ maxPoolSize: 20 }), { database, mostMs: WORK_MOST_MS, log });
  const lasting = { maxPoolSize: 2, socketTimeoutMS: COMMAND_MS };
  const leases = new Line(() => make(lasting), { database, mostMs: LEASES_MOST_MS, log });
  return {
    work,
    leases,
    close: async () => {
      await Promise.all([work.close(), leases.close()]);
    },
  };
}

/** What answers: true for a sharded cluster. Refuses what can lose acknowledged writes, unless told. */
export async function checkTopology(db: Db, log: Log, allowStandalone: boolean): Promise<boolean> {
  const hello = await db.command({ hello: 1, maxTimeMS: COMMAND_MS });
  const sharded = hello["msg"] === "isdbgrid";
  const standalone = !sharded && hello["setName"] === undefined;
  if (standalone) {
    const why = "this MongoDB server is not a member of a replica set, and so can lose writes that it acknowledged";
    if (!allowStandalone) {
      throw new TickwireError(
        "STORE_DOWN",
        `${why}: start it with --replSet and call rs.initiate(), or set TICKWIRE_MONGODB_ALLOW_STANDALONE=1`,
      );
    }
    log.warn({}, "MongoDB is a standalone server: it can lose writes that it acknowledged");
  }
  const hosts = listOf(hello["hosts"]).length + listOf(hello["passives"]).length;
  if (hosts === 2 && listOf(hello["arbiters"]).length > 0) {
    log.warn({}, "MongoDB has two members with data and an arbiter: while one is down, no write reaches a majority");
  }
  return sharded;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
