import type { Event } from "./event.js";

interface Span {
  readonly from: number;
  to: number;
}

/** How long a worker that was paused may take to find that its stream has ended. */
const NOTICED_MS = 500;

/** When each worker process was gone: killed, paused, or without a server. By the host's clock, in ms. */
export class Presence {
  readonly #gone = new Map<string, Span[]>();

  constructor(events: readonly Event[]) {
    const paused = new Map<string, Span>();
    const away = new Map<string, Span>();
    for (const event of events) {
      const { wall } = event;
      switch (event.type) {
        case "killed":
          this.#add(event.process, { from: wall, to: Number.POSITIVE_INFINITY });
          break;
        case "paused":
          this.#open(paused, event.process, wall);
          break;
        case "resumed":
          close(paused, event.process, wall);
          break;
        case "disconnected":
          this.#open(away, event.by, wall);
          break;
        case "connected":
          close(away, event.by, wall);
          break;
      }
    }
  }

  /** The longest time that it was gone without a break, counting only what lies between the two. */
  longestGoneMs(worker: string, from: number, to: number): number {
    let longest = 0;
    let last: Span | undefined;
    for (const span of this.#gone.get(worker) ?? []) {
      const cut = { from: Math.max(from, span.from), to: Math.min(to, span.to) };
      if (cut.to <= cut.from) continue;
      // Paused while without a server, and the like: one absence. So is waking to a stream that was ended meanwhile.
      if (last && cut.from <= last.to + NOTICED_MS) last.to = Math.max(last.to, cut.to);
      else last = cut;
      longest = Math.max(longest, last.to - last.from);
    }
    return longest;
  }

  /** Killed, and when. */
  killedAt(worker: string): number | undefined {
    return this.#gone.get(worker)?.find(({ to }) => to === Number.POSITIVE_INFINITY)?.from;
  }

  #open(open: Map<string, Span>, process: string, wall: number): void {
    if (open.has(process)) return;
    const span = { from: wall, to: Number.POSITIVE_INFINITY };
    open.set(process, span);
    this.#add(process, span);
  }

  #add(process: string, span: Span): void {
    const spans = this.#gone.get(process);
    if (spans) spans.push(span);
    else this.#gone.set(process, [span]);
  }
}

function close(open: Map<string, Span>, process: string, wall: number): void {
  const span = open.get(process);
  if (span) span.to = wall;
  open.delete(process);
}
