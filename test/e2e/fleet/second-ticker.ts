/**
 * What this machine can do: a few bare timers from every second on, for as long as a run that is on time takes, with a little
 * work at each, as a run is a few wake-ups with a little work. Says how late the latest of them was done.
 */
const OFFSETS_MS = [0, 5, 10, 15, 20];
const WORK_MS = 0.5;

function arm(): void {
  const next = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
  let lateMs = 0;
  let done = 0;
  for (const offset of OFFSETS_MS) {
    at(next + offset, () => {
      for (const from = process.cpuUsage(); process.cpuUsage(from).user < WORK_MS * 1_000; );
      lateMs = Math.max(lateMs, Date.now() - (next + offset));
      if (++done < OFFSETS_MS.length) return;
      process.send?.({ second: next, lateMs, saidAt: Date.now() });
      arm();
    });
  }
}

/** A timer may fire a fraction of a millisecond early. */
function at(time: number, call: () => void): void {
  setTimeout(() => (Date.now() >= time ? call() : at(time, call)), time - Date.now());
}

arm();
