import type { Log } from "../core/log.js";
import type { Clock } from "./clock.js";
import type { Deadlines } from "./deadlines.js";
import type { Hello, ProgressReport, WorkerResult } from "./frames.js";
import type { Ledger } from "./ledger.js";
import type { DispatchSettings } from "./parts.js";
import type { Session } from "./session.js";
import type { StoreClock } from "./store-clock.js";
import type { Task } from "./task.js";

/** What a session needs of its server. */
export interface SessionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: DispatchSettings;
  readonly serverId: string;
  readonly deadlines: Deadlines;
  readonly storeClock: StoreClock;
  readonly ledger: Ledger;
  /** Of results that wait for the store, over all streams. */
  readonly waitingBytes: () => number;
  /** Checks a hello; opens the session, or rejects with why it can't be. */
  readonly greet: (session: Session, hello: Hello) => Promise<void>;
  readonly progress: (task: Task, report: ProgressReport) => void;
  /** Results for tokens that the session neither sent nor adopted. */
  readonly lookUp: (session: Session, results: readonly WorkerResult[]) => void;
  /** Whether tasks may be sent: asked right before each frame of them. */
  readonly certain: () => boolean;
  /** It may take more tasks than before. */
  readonly freed: (session: Session, kind?: string) => void;
  /** What lists show of it is another. */
  readonly changed: (session: Session) => void;
  /** It has ended; `unsent` were claimed, and their `write` was never called. */
  readonly gone: (session: Session, unsent: readonly Task[]) => void;
}
