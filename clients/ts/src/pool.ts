import type { Client as GrpcClient } from "@grpc/grpc-js";
import type { Clock } from "./clock.js";
import { TickwireError } from "./errors.js";
import { Member } from "./member.js";
import type { Round } from "./round.js";
import type { Server, Servers } from "./servers.js";

export interface PoolParts {
  readonly servers: Servers;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly connect: (server: Server) => GrpcClient;
}

/** Names are looked up this often while calls are made; sooner where a server failed. */
const freshMs = 30_000;
const freshAfterFailureMs = 1_000;

/**
 * A connection to each server. Calls take those that are reached, one after the other; one that is not reached, or has just answered
 * UNAVAILABLE, is left out while there is another.
 */
export class Pool {
  readonly #parts: PoolParts;
  #servers: readonly Server[] = [];
  #members: readonly Member[] = [];
  #next: number | undefined;
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  /** The server to ask next; undefined: none is reached yet, see `later`. Throws once closed. */
  now(round: Round): Member | undefined {
    if (this.#closed) throw new TickwireError("CANCELLED", "CLIENT_CLOSED", "the client is closed");
    this.#update();
    const [only, ...others] = this.#members;
    const member = others.length === 0 ? only : this.#choose(round);
    if (!member) return undefined;
    round.asked(member);
    this.#next = this.#members.indexOf(member) + 1;
    return member;
  }

  #choose(round: Round): Member | undefined {
    const ring = this.#ring();
    let rest = round.rest(ring);
    if (rest.every(({ state }) => state === "down")) {
      round.begin();
      rest = round.rest(ring);
    }
    const ready = rest.filter(({ state }) => state === "ready");
    const best = ready.find(({ rests }) => !rests) ?? ready[0];
    if (best) return best;
    if (rest.some(({ state }) => state === "pending")) return undefined;
    // Nobody else is there. A call to a server that can't be reached fails at once, and says why.
    return ring.find(({ state }) => state === "ready") ?? rest[0];
  }

  /** From the one on whose turn it is. */
  #ring(): readonly Member[] {
    this.#next ??= Math.floor(this.#parts.random() * this.#members.length);
    const at = this.#next % this.#members.length;
    return [...this.#members.slice(at), ...this.#members.slice(0, at)];
  }

  /** Waits until a server is reached, or is known not to be. Rejects at the deadline and with the signal. */
  async later(round: Round, remainingMs: number, signal: AbortSignal): Promise<Member> {
    const { clock } = this.#parts;
    const deadline = clock.mono() + remainingMs;
    for (;;) {
      const member = this.now(round);
      if (member) return member;
      const leftMs = deadline - clock.mono();
      if (signal.aborted) throw new TickwireError("CANCELLED", "CANCELLED", "the call was aborted");
      if (leftMs <= 0)
        throw new TickwireError("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "no server was reached in time");
      const spansMs = this.#members.map(({ patienceMs }) => patienceMs).filter((ms) => ms > 0);
      await this.#change(Math.min(leftMs, ...spansMs), signal);
    }
  }

  #change(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        callOff();
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const callOff = Number.isFinite(ms) ? this.#parts.clock.after(ms, done) : () => {};
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  readonly #changed = (): void => {
    for (const call of [...this.#waiting]) call();
  };

  /** Whether this round has another server to ask, now that one was UNAVAILABLE. */
  hasOther(round: Round): boolean {
    return round.rest(this.#members).some(({ state }) => state !== "down");
  }

  /** It was UNAVAILABLE: others are asked first for a while. */
  failed(member: Member, { retryAfterMs = 0 }: TickwireError): void {
    member.rest(retryAfterMs);
    this.#failed = true;
  }

  #update(): void {
    const { servers, clock } = this.#parts;
    if (servers.named && clock.mono() - this.#lookedUpAt >= (this.#failed ? freshAfterFailureMs : freshMs)) {
      this.#lookedUpAt = clock.mono();
      this.#failed = false;
      void servers.refresh().then(this.#changed);
    }
    if (servers.known !== this.#servers) this.#follow(servers.known);
  }

  #follow(servers: readonly Server[]): void {
    const { clock, connect } = this.#parts;
    const before = new Map(this.#members.map((member) => [member.server, member]));
    this.#servers = servers;
    this.#members = servers.map(
      (server) => before.get(server) ?? new Member(server, connect(server), clock, this.#changed),
    );
    // What they carry goes on to its end; what still waits for them is UNAVAILABLE.
    for (const [server, member] of before) if (!servers.includes(server)) member.close();
  }

  /** Calls that wait fail as cancelled, and so does every later one. */
  close(): void {
    this.#closed = true;
    for (const member of this.#members) member.close();
    this.#changed();
  }
}
