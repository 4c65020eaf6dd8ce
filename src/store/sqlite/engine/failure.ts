import { TickwireError } from "../../../core/errors.js";

/**
 * What an error of SQLite means for the call that met it:
 * - busy: another process has the file; try again soon;
 * - down: the file can't be written or read now (disk full, read-only, I/O);
 * - fault: this call is wrong, its neighbours in the transaction are not.
 */
export type Failure = "busy" | "down" | "fault";

const BUSY = new Set([5, 6]);
// READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOMEM, NOTADB, PERM, NOLFS.
const DOWN = new Set([8, 10, 11, 13, 14, 15, 7, 26, 3, 22]);

export function failureOf(error: unknown): Failure {
  if (error instanceof TickwireError) return error.reason === "STORE_DOWN" ? "down" : "fault";
  const code = resultCode(error);
  if (code === undefined) return "fault";
  if (BUSY.has(code)) return "busy";
  return DOWN.has(code) ? "down" : "fault";
}

/** SQLite's primary result code. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("rawCode" in error) || typeof error.rawCode !== "number") return undefined;
  return error.rawCode & 0xff;
}

const ADVICE: Readonly<Record<number, string>> = {
  5: "another process keeps it locked",
  8: "it is read-only: give this user the right to write the file and its folder",
  10: "the disk answers with an error: check the disk and the system's log",
  11: "it is damaged: put a backup in its place, or save what can be read with the sqlite3 command's .recover",
  13: "the disk is full: make room; the server goes on by itself",
  14: "it can't be opened: check that its folder exists and may be written",
  26: "it is not a SQLite database: name another file, or move this one away",
};

/** The file can't do what was asked of it now; the cause is kept for the log. */
export function storeDown(path: string, error: unknown): TickwireError {
  if (error instanceof TickwireError) return error;
  const code = resultCode(error);
  const advice = (code !== undefined && ADVICE[code]) || (error instanceof Error ? error.message : String(error));
  return new TickwireError(
    "STORE_DOWN",
    `the SQLite file ${path} can't be used: ${advice}`,
    { file: path },
    { cause: error },
  );
}

export function vanished(path: string): TickwireError {
  const what = "was moved, deleted or replaced while it was open: put it back, or start the server again";
  return new TickwireError("STORE_DOWN", `the SQLite file ${path} ${what}`, { file: path });
}
