/** What a history may not show. */
export const FAULTS = {
  lost: "a call or a result was acknowledged, and what it said is gone",
  overlap: "two attempts of one job were valid at once",
  doubled: "an attempt was taken from a worker that lived and was connected",
  early: "an attempt began before its time",
  unfenced: "a stale token's write took effect, or fences do not grow",
  stuck: "a job can't go on: its lock is nobody's, or it is due and does not run",
  unexplained: "the store and the workers tell different stories",
} as const;

export type FaultName = keyof typeof FAULTS;

export interface Fault {
  readonly slug: string;
  readonly why: string;
}

export type Faults = Readonly<Record<FaultName, readonly Fault[]>>;

/** A line for people: every counter, then the first few of each that is not 0. */
export function showFaults(faults: Faults): string {
  const names = Object.keys(FAULTS) as FaultName[];
  const counts = names.map((name) => `${name} ${faults[name].length}`).join(", ");
  const shown = names.flatMap((name) =>
    faults[name].slice(0, 5).map(({ slug, why }) => `\n  ${name}: ${slug}: ${why}`),
  );
  return counts + shown.join("");
}
