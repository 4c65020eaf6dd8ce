/** What the parts need of a logger: constant messages, the facts as fields. pino satisfies it. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Says nothing: for tests, and for parts used outside a server. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
