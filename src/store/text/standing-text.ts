import {
  type AskedRun,
  type Counts,
  type KeptOccurrence,
  type LastOutcome,
  NO_COUNTS,
  type OutcomeSource,
  type RunState,
  type Standing,
  type StoredJob,
} from "../../core/job.js";

/**
 * The part of a job's standing that nothing guards, orders or filters, as one JSON text: the rest are columns of `job_state`,
 * or in `job_info`. Instants are milliseconds; what is absent, zero or empty is left out. Names may be added, never changed.
 */
export interface StandingText {
  readonly occurrence: number;
  readonly byHand?: true;
  readonly regular?: { readonly occurrence: number; readonly at: number; readonly byHand?: true };
  readonly again?: AskedText;
  readonly ran?: AskedText;
  readonly releases?: number;
  readonly snoozes?: number;
  readonly losses?: number;
  readonly triggerCount?: number;
  readonly cancel?: string;
  readonly payloadEdited?: true;
  /** Token and source are columns, the error is in `job_info`. */
  readonly last?: { readonly state: RunState; readonly endedAt: number };
  /** A success that gave nothing: spares a row in `job_info`. */
  readonly emptyResult?: true;
  readonly lastSuccessAt?: number;
  readonly counts?: Partial<Counts>;
}

interface AskedText {
  readonly occurrence: number;
  readonly requestId: string;
}

export function standingText(standing: Standing): string {
  const { regular, again, ran, last } = standing;
  return JSON.stringify({
    occurrence: standing.occurrence.getTime(),
    byHand: standing.byHand,
    regular: regular && { ...regular, occurrence: regular.occurrence.getTime(), at: regular.at.getTime() },
    again: again && askedText(again),
    ran: ran && askedText(ran),
    releases: standing.releases || undefined,
    snoozes: standing.snoozes || undefined,
    losses: standing.losses || undefined,
    triggerCount: standing.triggerCount || undefined,
    cancel: standing.cancel,
    payloadEdited: standing.payloadEdited,
    last: last && { state: last.state, endedAt: last.endedAt.getTime() },
    emptyResult: standing.lastResult?.length === 0 ? true : undefined,
    lastSuccessAt: standing.lastSuccessAt?.getTime(),
    counts: countsText(standing.counts),
  });
}

export function countsText(counts: Counts): Readonly<Record<string, number | undefined>> | undefined {
  if (counts === NO_COUNTS) return undefined;
  return {
    succeeded: counts.succeeded || undefined,
    failed: counts.failed || undefined,
    lost: counts.lost || undefined,
    cancelled: counts.cancelled || undefined,
    occurrences: counts.occurrences || undefined,
    missed: counts.missed || undefined,
    exhausted: counts.exhausted || undefined,
    released: counts.released || undefined,
    snoozed: counts.snoozed || undefined,
  };
}

export function keptOccurrence(text: NonNullable<StandingText["regular"]>): KeptOccurrence {
  const kept = { occurrence: new Date(text.occurrence), at: new Date(text.at) };
  return text.byHand ? { ...kept, byHand: true } : kept;
}

export function askedRun(text: AskedText): AskedRun {
  return { occurrence: new Date(text.occurrence), requestId: text.requestId };
}

function askedText(asked: AskedRun): AskedText {
  return { occurrence: asked.occurrence.getTime(), requestId: asked.requestId };
}

export type Draft = { -readonly [name in keyof StoredJob]: StoredJob[name] };

/** What is optional in a standing; `token` and `by` are the last outcome's. */
export function addStanding(job: Draft, standing: StandingText, token: string | null, by: OutcomeSource | null): void {
  if (standing.byHand) job.byHand = true;
  if (standing.regular) job.regular = keptOccurrence(standing.regular);
  if (standing.again) job.again = askedRun(standing.again);
  if (standing.ran) job.ran = askedRun(standing.ran);
  if (standing.cancel !== undefined) job.cancel = standing.cancel;
  if (standing.payloadEdited) job.payloadEdited = true;
  if (standing.emptyResult) job.lastResult = new Uint8Array(0);
  if (standing.lastSuccessAt !== undefined) job.lastSuccessAt = new Date(standing.lastSuccessAt);
  if (standing.last && token !== null && by !== null) {
    const { state, endedAt } = standing.last;
    job.last = { token, state, by, endedAt: new Date(endedAt), error: "" } satisfies LastOutcome;
  }
}
