import type { Run } from "@tickwire/client";

/** What happens in a cluster, as far as it is told. */
export type Happening =
  | { readonly what: "run"; readonly run: Run }
  | { readonly what: "connected"; readonly worker: string; readonly server: string; readonly carried: number }
  | { readonly what: "taken over"; readonly by: string; readonly gone: string }
  | { readonly what: "ended"; readonly name: string; readonly how: string }
  | { readonly what: "back"; readonly name: string; readonly pid: number };

type Told<What extends Happening["what"]> = Extract<Happening, { what: What }> & {
  /** By this process's monotonic clock. */
  readonly atMs: number;
};

/** Nothing that is waited for takes longer, in ms: not on a machine that is busy with other tests either. */
const LIMIT_MS = 60_000;

/** Prints what happens, a short line each, and lets others wait for it. */
export class Story {
  readonly #startedAtMs = performance.now();
  readonly #told: Told<Happening["what"]>[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #over = new AbortController();

  /** Nobody waits for anything any more: what is waited for is rejected, now and from here on. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#over.abort(new Error("it is over"));
    for (const look of [...this.#waiting]) look();
  }

  tell(happening: Happening): void {
    this.#told.push({ ...happening, atMs: performance.now() });
    this.say(lineOf(happening));
    for (const look of [...this.#waiting]) look();
  }

  /** A line, with the seconds since the start before it. */
  say(line: string): void {
    const seconds = ((performance.now() - this.#startedAtMs) / 1_000).toFixed(1);
    process.stdout.write(`${seconds.padStart(6)} s  ${line}\n`);
  }

  /** Resolves with the first happening of this sort after `sinceMs` that `isIt`; rejects where it does not come. */
  until<What extends Happening["what"]>(
    what: What,
    sinceMs: number,
    isIt: (told: Told<What>) => boolean,
  ): Promise<Told<What>> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(late);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        if (this.over.aborted) {
          end();
          reject(this.over.reason);
          return;
        }
        const found = this.#told.find(
          (told): told is Told<What> => told.what === what && told.atMs >= sinceMs && isIt(told as Told<What>),
        );
        if (!found) return;
        end();
        resolve(found);
      };
      const late = setTimeout(() => {
        end();
        reject(new Error(`"${what}" was waited for, and did not come within ${LIMIT_MS / 1_000} s`));
      }, LIMIT_MS);
      this.#waiting.add(look);
      look();
    });
  }
}

function lineOf(happening: Happening): string {
  switch (happening.what) {
    case "run": {
      const { slug, workerId, serverId, state, attempt, startTime, endTime, dueTime } = happening.run;
      const at = (time: Date | undefined): number => time?.getTime() ?? 0;
      const took = `took ${((at(endTime) - at(startTime)) / 1_000).toFixed(1)} s`;
      const tries = attempt > 1 ? `, attempt ${attempt}` : "";
      const late = `${at(startTime) - at(dueTime)} ms late`;
      // One that was cancelled between two servers was nobody's.
      const whose = workerId === "" ? "" : ` on ${workerId} by ${serverId}`;
      return `${slug.padEnd(6)}  ${state}${tries}${whose}, ${late}, ${took}`;
    }
    case "connected": {
      const { worker, server, carried } = happening;
      return `${worker} is on ${server}${carried > 0 ? `, and carried ${tasks(carried)} over` : ""}`;
    }
    case "taken over":
      return `${happening.by} has taken over the lease of ${happening.gone}`;
    case "ended":
      return `${happening.name} has ended: ${happening.how}`;
    case "back":
      return `${happening.name} is back, pid ${happening.pid}`;
  }
}

export function tasks(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}
