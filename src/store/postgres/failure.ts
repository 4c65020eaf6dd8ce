import { DatabaseError } from "pg";
import { TickwireError } from "../../core/errors.js";

export const UNIQUE_VIOLATION = "23505";

/** Classes of SQLSTATE that are this program's own fault, or its data's: the same call fails again. */
const FAULT_CLASSES = new Set(["0A", "21", "22", "23", "42"]);
/** Of these classes, what an operator can mend. */
const MENDABLE = new Map([
  ["42501", "the user may not do this: grant what docs/postgres.md lists"],
  ["42P05", "a pooler gave it a session that another has used: leave its server_reset_query at DISCARD ALL"],
  ["42P01", "a table is missing: run `tickwire migrate`"],
  ["42703", "a column is missing: run `tickwire migrate`"],
  ["42704", "a statement came to it too late, by its clock: that was set, or something holds up what it is sent"],
  ["3F000", "the schema is missing: run `tickwire migrate`"],
  ["28P01", "the user name or the password is wrong"],
  ["28000", "the user may not connect"],
  ["3D000", "there is no such database: create it"],
  ["25006", "the server takes no writes: it is a standby, or was set read-only"],
  ["53300", "it has no connection left"],
]);

/** What is told where there is no server yet to say anything: in the error's code or words, and what to do about it. */
const UNREACHED: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "nothing listens there: start it, or mend the URL's host and port"],
  [/ENOTFOUND|EAI_AGAIN/, "the host's name is not known: mend it in the URL"],
  [/ENOENT|EACCES/, "a file that the URL names can't be read"],
  [/does not support SSL/, "the server takes no TLS: turn ssl on there, or leave sslmode out of the URL"],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    "nobody who is trusted here has signed its certificate: name the CA's file in the URL, sslrootcert=FILE",
  ],
  [/CERT_HAS_EXPIRED/, "its certificate has expired: renew it"],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    "its certificate is another host's: write the host's name as the certificate has it",
  ],
  [/statement pooling mode/, "set the pooler to session mode"],
  [/client password must be a string/, "it wants a password: write it into the URL"],
];

/**
 * After an error nothing of the statement was done: the server has told it, and rolled it back. These leave it unknown, as a
 * connection does that breaks: the server was ended, or a pooler has lost it, when the commit was perhaps made already.
 */
const UNKNOWN_STATES = /^(08|57P01|57P02|40003)/;

export function stateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** Errors of which it is known that nothing of theirs reached the server, or that it was not to commit yet. */
const undone = new WeakSet<object>();

export function markUndone(error: unknown): unknown {
  if (typeof error === "object" && error !== null) undone.add(error);
  return error;
}

/** It is certain that nothing was written. */
export function isUndone(error: unknown): boolean {
  if (typeof error === "object" && error !== null && undone.has(error)) return true;
  const state = stateOf(error);
  return state !== undefined && !UNKNOWN_STATES.test(state);
}

/**
 * The server has refused to carry out what a connection had prepared, before it began: the statement's columns have other types
 * by now, since a newer Tickwire has changed the schema, or a pooler has made the session forget it. Another connection, on which
 * it is prepared anew, carries it out.
 */
function isOutdated(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  // The state alone says only that something is not supported, and the message is in the server's language.
  return error.code === "26000" || (error.code === "0A000" && error.routine === "RevalidateCachedQuery");
}

export function isFault(error: unknown): boolean {
  if (isOutdated(error)) return false;
  const state = stateOf(error);
  if (state !== undefined) return FAULT_CLASSES.has(state.slice(0, 2)) && !MENDABLE.has(state);
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return true;
  return error instanceof TickwireError;
}

/** What a caller of the store gets for an error of the driver. */
export function storeError(error: unknown): unknown {
  if (error instanceof TickwireError) return error;
  if (isFault(error)) return new Error("PostgreSQL refused a statement of the store", { cause: error });
  const said = saidBy(error as Error);
  const advice = MENDABLE.get(stateOf(error) ?? "") ?? adviceOn(error as Error, said);
  const told = advice === undefined ? said : `${advice} (${said})`;
  return new TickwireError("STORE_DOWN", `PostgreSQL can't be used: ${told}`, {}, { cause: error });
}

/** Of a name with several addresses each has failed for itself, and the error that holds them says nothing. */
function saidBy(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(({ message }) => message).join(", ") : error.message;
}

function adviceOn(error: Error, said: string): string | undefined {
  const { code = "" } = error as { readonly code?: unknown };
  return UNREACHED.find(([sign]) => sign.test(`${code} ${said}`))?.[1];
}

/** For connections that broke, and servers that are between two states: one that is down is not worth more. */
const TRIES = 3;
/**
 * Deadlocks and serialization failures pass: each round of those that met ends at least one of them. And each connection may have
 * to be given up once for what is outdated on it.
 */
const PASSING_TRIES = 12;
const PAUSE_MS = 50;
const CLASHES = new Set(["40001", "40P01"]);

/**
 * Does what may be done twice again. `again`: an earlier try may have been done. What is still not known afterwards is the
 * caller's to hear of. A statement that ran into its time limit is not worth another: it would wait as long again.
 */
export async function insist<T>(untilMs: number, work: (again: boolean) => Promise<T>): Promise<T> {
  const until = performance.now() + untilMs;
  let again = false;
  for (let tries = 1; ; tries++) {
    try {
      return await work(again);
    } catch (error) {
      const passes = CLASHES.has(stateOf(error) ?? "") || isOutdated(error);
      const most = passes ? PASSING_TRIES : TRIES;
      if (isFault(error) || stateOf(error) === "57014" || tries >= most || performance.now() > until) throw error;
      again ||= !isUndone(error);
      await new Promise((resolve) => setTimeout(resolve, (passes ? 5 : PAUSE_MS) * (1 + Math.random())));
    }
  }
}
