import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What this machine can do: a few bare timers from every second on, for as long as a run that is on time takes, with a little
 * work and a synced write at each, as a durable run is a few wake-ups with a little work that wait for the disk. Says how late
 * the latest of them was done.
 */
const OFFSETS_MS = [0, 5, 10, 15, 20];
const WORK_MS = 0.5;

const folder = mkdtempSync(join(tmpdir(), "tickwire-ticker-"));
const file = openSync(join(folder, "synced"), "w");
// Open, the file lives on without its name, and goes with this process.
rmSync(folder, { recursive: true });
process.on("exit", () => closeSync(file));
const page = Buffer.alloc(4_096);

function arm(): void {
  const next = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
  let lateMs = 0;
  let done = 0;
  for (const offset of OFFSETS_MS) {
    at(next + offset, () => {
      for (const from = process.cpuUsage(); process.cpuUsage(from).user < WORK_MS * 1_000; );
      writeSync(file, page, 0, page.length, 0);
      fsyncSync(file);
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
