import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { type Facts, TickwireError } from "../../../core/errors.js";
import type { Connection } from "./connection.js";
import { glance } from "./glance.js";
import { type Host, thisHost } from "./host.js";
import { patiently } from "./patience.js";
import { SideLocks } from "./side-locks.js";

/** Between two looks at the counters of another host's leases, in ms. */
const LOOK_MS = 200;
/** Another server that starts at the same time holds a dead one's lock for a moment, to see whether it is free. */
const HELD_LOOKS = 3;

/** A live lease of another kernel's. */
export interface Stranger {
  readonly id: string;
  readonly seq: number;
  readonly ttlMs: number;
  readonly server: string;
  readonly host: string;
}

/** Something that the operator should know; the message is constant. */
export interface Note {
  readonly message: string;
  readonly facts: Facts;
}

/** A stranger, as watched from here. */
interface Watched {
  readonly seq: number;
  readonly since: number;
  /** Looks in a row that found its lock held. */
  held: number;
}

/**
 * A file on a volume that several hosts have must not be opened by two of them: SQLite's log is shared memory, which ends at
 * the host. Answers the live leases of other kernels whose servers are dead, to be fenced:
 *
 *   the side lock is held                      a server lives there: throws
 *   it is free, and the host's name is this    the server ended with the boot before this one
 *   else the counter is watched for the TTL:   renewed, it lives: throws; unchanged, it is dead
 *
 * Only glances at the file: a refused start must not fold its log into it, under the other host's hands.
 */
export async function deadElsewhere(file: string, patienceMs: number, tell: (note: Note) => void): Promise<Stranger[]> {
  if (!statSync(file, { throwIfNoEntry: false })?.size) return [];
  const here = thisHost();
  const sides = new SideLocks(file);
  const watched = new Map<string, Watched>();
  let told = false;
  for (;;) {
    const from = performance.now();
    const strangers = await patiently(file, patienceMs, () => strangersOf(file, here.boot));
    const undecided = strangers.filter((one) => {
      const lock = sides.state(one.id);
      if (lock === "free" && one.host === here.name) return false;
      const seen = watched.get(one.id) ?? { seq: one.seq, since: performance.now(), held: 0 };
      if (!watched.has(one.id)) watched.set(one.id, seen);
      seen.held = lock === "held" ? seen.held + 1 : 0;
      if (seen.seq !== one.seq || seen.held >= HELD_LOOKS) throw inUse(file, one, here);
      // By when this look began: the process may have been stopped since.
      return from - seen.since < one.ttlMs;
    });
    const [first] = undecided;
    if (!first) return strangers;
    if (!told) tell(waiting(file, first));
    told = true;
    await wait(LOOK_MS);
  }
}

const STRANGERS = `SELECT id, seq, ttl_ms, server_id, host FROM leases
  WHERE state = 'live' AND boot <> '' AND boot <> ? ORDER BY id`;

export function strangersIn(db: Connection, boot: string): Stranger[] {
  return db.all(STRANGERS, [boot]).map((row) => {
    const [id, seq, ttlMs, server, host] = row as [string, number, number, string, string];
    return { id, seq, ttlMs, server, host };
  });
}

function strangersOf(file: string, boot: string): Stranger[] {
  const copy = glance(file, "leases", "boot");
  return copy ? strangersIn(copy, boot) : [];
}

export function inUse(file: string, { server, host }: Stranger, here: Host): TickwireError {
  return new TickwireError(
    "STORE_DOWN",
    `the SQLite file ${file} is open on another host: server ${server} on ${host} uses it, and this is ${here.name}. ` +
      "Servers share a file only on one host: stop that server, or give this one another store",
    { file, server, host },
  );
}

function waiting(file: string, { server, host, ttlMs }: Stranger): Note {
  return {
    message: "the file was last open on another host: waiting to see whether that server still lives",
    facts: { file, server, host, atMostMs: String(ttlMs) },
  };
}
