import { Round } from "../round.js";
import type { Server, Servers } from "../servers.js";
import { reconnectDelayMs, tryTimeoutMs } from "./backoff.js";

/** At which server a worker tries next, after which wait, and how long. */
export class Route {
  readonly #servers: Pick<Servers, "look">;
  readonly #random: () => number;
  readonly #round = new Round();
  /** Those that there were for the newest try. */
  #found: readonly Server[] = [];
  /** Rounds in a row that came to nothing, and those of them in which a try took too long. */
  #failures = 0;
  #timeouts = 0;
  #timedOut = false;

  constructor(servers: Pick<Servers, "look">, random: () => number) {
    this.#servers = servers;
    this.#random = random;
  }

  /** Calls back with the server to try, at once or once it is looked up. The returned function calls it off. */
  next(call: (server: Server) => void): () => void {
    return this.#servers.look((found) => {
      this.#found = found;
      call(this.#draw());
    });
  }

  /** By lot, so that a fleet spreads evenly: at its start, and when one of the servers is gone. */
  #draw(): Server {
    let rest = this.#round.rest(this.#found);
    if (rest.length === 0) {
      this.#round.begin();
      rest = this.#round.rest(this.#found);
    }
    const server = rest[Math.floor(this.#random() * rest.length)];
    if (!server) throw new Error("there is no server to try");
    this.#round.asked(server);
    return server;
  }

  /** From the start of a try to its welcome. */
  timeoutMs(withTasks: boolean): number {
    return tryTimeoutMs(this.#timeouts, withTasks);
  }

  timedOut(): void {
    this.#timedOut = true;
  }

  welcomed(): void {
    this.#failures = 0;
    this.#timeouts = 0;
    this.#timedOut = false;
    this.#round.begin();
  }

  /** The wait after a stream that worked broke. */
  waitAfterLossMs(withTasks: boolean): number {
    return reconnectDelayMs(0, withTasks, this.#random());
  }

  /** The wait after a try that came to nothing: none before a server that was not tried in this round. */
  waitAfterFailureMs(withTasks: boolean): number {
    if (this.#round.rest(this.#found).length > 0) return 0;
    if (this.#timedOut) this.#timeouts++;
    this.#timedOut = false;
    return reconnectDelayMs(++this.#failures, withTasks, this.#random());
  }
}
