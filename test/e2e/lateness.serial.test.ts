import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { Fleet } from "./fleet/processes.js";

const RUNS = 60;
const MOST_MS = 20;
/** Where bare timers with a synced write are so late, or word of them reaches another process so late, the machine stalled, and nobody is on time. */
const STALLED_MS = 5;
/** So many late runs of a try may be the machine's; past it the try tells nothing about the scheduler. */
const MOST_EXCUSED = 6;
const TRIES = 4;

interface Tick {
  readonly scheduledAt: number;
  readonly ranAt: number;
}

/** How late bare timers, with a synced write each, and word of them were, by the second. */
function watchMachine(): { lateIn: (second: number) => number; stop: () => void } {
  const late = new Map<number, number>();
  const ticker = forked("second-ticker");
  ticker.on("message", ({ second, lateMs, saidAt }: { second: number; lateMs: number; saidAt: number }) => {
    late.set(second, Math.max(lateMs, Date.now() - saidAt));
  });
  return {
    lateIn: (second) => late.get(second) ?? Number.POSITIVE_INFINITY,
    stop: () => ticker.kill("SIGKILL"),
  };
}

function forked(name: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./fleet/${name}.js`, import.meta.url)), args);
}

/** Runs of a job every second as its worker saw them, and those that were late, by whose fault it was. */
async function measure(): Promise<{ ticks: Tick[]; blamed: Tick[]; excused: Tick[] }> {
  await using fleet = await Fleet.open({});
  await fleet.serve();
  const worker = forked("lateness-worker", fleet.address);
  const machine = watchMachine();
  try {
    const ticks: Tick[] = [];
    let enough: () => void = () => {};
    const ran = new Promise<void>((resolve) => {
      enough = resolve;
    });
    await new Promise<void>((connected) => {
      worker.on("message", (fact: Tick | { connected: true }) => {
        if ("connected" in fact) return connected();
        ticks.push(fact);
        if (ticks.length === RUNS) enough();
      });
    });
    const trigger = { interval: { everyMs: 1_000, anchorTime: new Date(0) } };
    await fleet.client.scheduleJob({ slug: "tick", kind: "tick", trigger });
    await ran;
    const late = ticks.filter(({ scheduledAt, ranAt }) => ranAt - scheduledAt >= MOST_MS);
    const isMachines = ({ scheduledAt }: Tick): boolean => machine.lateIn(scheduledAt) >= STALLED_MS;
    return { ticks, blamed: late.filter((tick) => !isMachines(tick)), excused: late.filter(isMachines) };
  } finally {
    worker.kill("SIGKILL");
    machine.stop();
  }
}

it("a 1 s interval job runs at 1, 2, 3 ... s, each of 60 runs less than 20 ms late (the old library's fault 1)", {
  timeout: 280_000,
}, async (t) => {
  let good = 0;
  let bad = 0;
  for (let tried = 1; good < (bad > 0 ? 2 : 1); tried++) {
    // Neither a proof nor a fault: bare timers were late too.
    if (tried > TRIES) return t.skip(`this machine is too busy to tell: ${TRIES} tries showed nothing`);
    const { ticks, blamed, excused } = await measure();
    const late = ticks.map(({ scheduledAt, ranAt }) => ranAt - scheduledAt);
    t.diagnostic(`lateness of ${RUNS} runs in ms, sorted: ${[...late].sort((a, b) => a - b).join(" ")}`);
    t.diagnostic(`late where a bare timer was not: ${blamed.length}, where it was too: ${excused.length}`);
    for (const [n, { scheduledAt }] of ticks.entries()) {
      const before = ticks[n - 1]?.scheduledAt ?? scheduledAt - 1_000;
      assert.equal(scheduledAt - before, 1_000, "a second was left out, or ran twice");
    }
    assert.ok(
      late.every((ms) => ms >= 0),
      "a run was early",
    );
    if (excused.length > MOST_EXCUSED) continue;
    // After a bad try, two good ones in a row: a scheduler that spoils a run of every second try never has them, and what a
    // neighbour on the machine does to a single try is not held against it.
    if (blamed.length === 0) {
      good++;
      continue;
    }
    good = 0;
    assert.ok(++bad < 3, `late in three tries, at last: ${JSON.stringify(blamed)}`);
  }
});
