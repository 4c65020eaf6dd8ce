import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import {
  ADDRESS,
  ADDRESS_OR_OFF,
  FLAG,
  isLoopback,
  oneOf,
  type SettingType,
  STORE_URL,
  showSpan,
  span,
  TEXT,
} from "./setting-types.js";

/** One setting of a server: `--name` and TICKWIRE_NAME. */
export interface Setting<T> {
  readonly name: string;
  readonly type: SettingType<T>;
  /** As it would be written; parsed as what a user gives. */
  readonly default: string;
  /** Where the default is made anew by each process: how it is made. */
  readonly make?: () => string;
  readonly help: string;
}

function setting<T>(setting: Setting<T>): Setting<T> {
  return setting;
}

/** Every setting of a server, in the order that `--help` and docs/settings.md show. */
export const SETTINGS = {
  store: setting({
    name: "store",
    type: STORE_URL,
    default: "sqlite:./tickwire.db",
    help: "where jobs are kept: sqlite:PATH, mongodb://HOST[,...]/DATABASE or mongodb+srv://, postgres://HOST/DATABASE, or memory: for what may be lost",
  }),
  mongodbAllowStandalone: setting({
    name: "mongodb-allow-standalone",
    type: FLAG,
    default: "false",
    help: "let a MongoDB server that is no replica set keep the jobs, though it can lose what it acknowledged",
  }),
  noMigrate: setting({
    name: "no-migrate",
    type: FLAG,
    default: "false",
    help: "refuse a PostgreSQL schema of an older version, instead of bringing it to this one: `tickwire migrate` does",
  }),
  grpc: setting({
    name: "grpc",
    type: ADDRESS,
    default: "127.0.0.1:7070",
    help: "where callers and workers connect",
  }),
  http: setting({
    name: "http",
    type: ADDRESS_OR_OFF,
    default: "127.0.0.1:7071",
    help: "where /healthz and /readyz are served; off: nowhere",
  }),
  allowPublicBind: setting({
    name: "allow-public-bind",
    type: FLAG,
    default: "false",
    help: "let --grpc and --http listen beyond this machine, though whoever reaches them may do everything",
  }),
  logLevel: setting({
    name: "log-level",
    type: oneOf("debug", "info", "warn", "error", "silent"),
    default: "info",
    help: "the least that is logged; debug adds stack traces to errors that are no fault of the program",
  }),
  logFormat: setting({
    name: "log-format",
    type: oneOf("auto", "json", "pretty"),
    default: "auto",
    help: "auto: pretty where a terminal reads it, else JSON, a line an event",
  }),
  serverId: setting({
    name: "server-id",
    type: TEXT,
    default: "HOSTNAME-RANDOM",
    make: () => `${hostname().slice(0, 80)}-${randomBytes(4).toString("hex")}`,
    help: "names this process in logs, runs and lists",
  }),
  graceMs: setting({
    name: "grace",
    type: span(100, 3_600_000),
    default: "10s",
    help: "how long the tasks of a broken stream wait for their worker, and how long a shutdown waits for results; at least two pings and 4s",
  }),
  pingMs: setting({
    name: "ping",
    type: span(100, 60_000),
    default: "3s",
    help: "server and worker each send a frame at least this often; three without one end a stream",
  }),
  helloMs: setting({
    name: "hello-limit",
    type: span(100, 60_000),
    default: "10s",
    help: "how long a worker's stream may take to say hello",
  }),
  cancelMs: setting({
    name: "cancel-limit",
    type: span(100, 60_000),
    default: "5s",
    help: "how long a worker may take to answer a cancellation or a timeout",
  }),
  leaseTtlMs: setting({
    name: "lease-ttl",
    type: span(1_000, 600_000),
    default: "30s",
    help: "a server that has not renewed its lease for this long counts as gone",
  }),
  pollMs: setting({
    name: "poll",
    type: span(50, 60_000),
    default: "1s",
    help: "how often a server looks for due jobs that nothing told it of",
  }),
} as const satisfies Record<string, Setting<unknown>>;

/** What a server runs with. Spans are in ms. */
export type Settings = {
  readonly [Key in keyof typeof SETTINGS]: (typeof SETTINGS)[Key] extends Setting<infer T> ? T : never;
};

/** The environment variable of a setting. */
export function variableOf(setting: { readonly name: string }): string {
  return `TICKWIRE_${setting.name.toUpperCase().replaceAll("-", "_")}`;
}

/** Everything that is wrong with the settings, a line each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(readonly problems: readonly string[]) {
    super(problems.length === 1 ? problems.join() : ["the settings are wrong:", ...problems].join("\n  "));
  }
}

/** Of flags by their names, then the environment, then the defaults. Throws SettingsError with all problems. */
export function readSettings(
  flags: Readonly<Record<string, string | undefined>> = {},
  env: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const problems: string[] = [];
  /** How each was given, for problems that only show in more than one. */
  const given = new Map<string, string>();
  const read: Record<string, unknown> = {};
  for (const [key, one] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const flag = flags[one.name];
    const variable = env[variableOf(one)];
    // An empty variable is one that was not set, as compose files and shells make them.
    const fromEnv = variable === "" ? undefined : variable;
    given.set(key, flag === undefined && fromEnv !== undefined ? variableOf(one) : `--${one.name}`);
    const text = flag ?? fromEnv ?? one.make?.() ?? one.default;
    try {
      read[key] = one.type.parse(text);
    } catch (error) {
      problems.push(`${given.get(key)}: ${(error as Error).message}; got ${JSON.stringify(text)}`);
    }
  }
  const settings = read as unknown as Settings;
  problems.push(...conflicts(settings, (key) => given.get(key) ?? key));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** The longest wait of a worker with tasks in hand between two tries to reconnect, in ms. */
const RECONNECT_MS = 2_000;

/** What is wrong only together. Settings that could not be read are absent, and left out. */
function* conflicts(settings: Partial<Settings>, given: (key: keyof Settings) => string): Iterable<string> {
  const { pingMs, graceMs, allowPublicBind } = settings;
  if (pingMs !== undefined && graceMs !== undefined) {
    // A worker notices a broken stream by missing pings, and may just have begun its longest wait: it has two tries at least.
    const leastMs = 2 * pingMs + 2 * RECONNECT_MS;
    if (graceMs < leastMs) {
      yield `${given("graceMs")}: must be at least ${showSpan(leastMs)}, two pings of ${showSpan(pingMs)} and two reconnect waits of ${showSpan(RECONNECT_MS)}; got ${showSpan(graceMs)}`;
    }
  }
  if (allowPublicBind === false) {
    for (const key of ["grpc", "http"] as const) {
      const address = settings[key];
      if (!address || isLoopback(address.host)) continue;
      yield `${given(key)}: ${address.host} is not a loopback address, and whoever reaches this server may do everything; listen on 127.0.0.1, or say --allow-public-bind (${variableOf(SETTINGS.allowPublicBind)}=true) where the network keeps others out`;
    }
  }
}
