import type { EditContext } from "../core/edits.js";
import type { Log } from "../core/log.js";
import type { Clock } from "../dispatch/clock.js";
import type { Dispatch } from "../dispatch/dispatch.js";
import { runIdOf, type Store } from "../store/store.js";

/** What the use cases are made of. */
export interface ServiceParts {
  readonly store: Store;
  readonly dispatch: Dispatch;
  readonly log: Log;
  readonly version: string;
  /** For spans alone: what is due goes by the store's clock. */
  readonly clock: Pick<Clock, "mono" | "after">;
}

/** What core's edits need to know, as of now. */
export function editContext(parts: ServiceParts): EditContext {
  const { dispatch } = parts;
  return {
    now: dispatch.now(),
    policyOf: (job) => dispatch.kinds.policyOf(job),
    runIdOf,
    holderOf: (token) => dispatch.holderOf(token),
  };
}
