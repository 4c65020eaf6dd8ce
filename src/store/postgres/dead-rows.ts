import type { Log } from "../../core/log.js";
import type { Database } from "./database.js";

/** How often it is looked for, in ms. */
const LOOK_MS = 5 * 60_000;
/** A transaction that is open for so long keeps the dead rows of more claims than a vacuum has to do with usually, in ms. */
const OLD_MS = 5 * 60_000;

const OLDEST = `SELECT pid, application_name, floor(extract(epoch FROM clock_timestamp() - xact_start) * 1000)::bigint
  FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND xact_start <= clock_timestamp() - $1 * interval '1 ms'
    AND pid <> pg_backend_pid()
  ORDER BY xact_start LIMIT 1`;

/** Where they are that many, claims have to pass by ten for each that is alive, or nobody vacuums. */
const DEAD = `SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables
  WHERE relid = '@jobs'::regclass AND n_dead_tup > 10 * n_live_tup + 100000`;

/** Tells what keeps dead rows in the table of jobs: a claim has to pass by them, and they are removed by nobody meanwhile. */
export class DeadRows {
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly db: Pick<Database, "read">,
    private readonly log: Log,
  ) {}

  /** Does nothing where it was asked a moment ago. */
  async look(oldMs = OLD_MS): Promise<void> {
    if (performance.now() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = performance.now();
    const [oldest] = await this.db.read(OLDEST, [oldMs]);
    if (oldest) {
      const [pid, application, openMs] = oldest;
      this.log.warn({ pid, application, openMs }, "a long transaction keeps dead rows in PostgreSQL, and slows claims");
    }
    const [dead] = await this.db.read(DEAD);
    if (dead) this.log.warn({ live: dead[0], dead: dead[1] }, "dead rows pile up in PostgreSQL: jobs is not vacuumed");
  }
}
