import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { nextAfter } from "../src/core/schedule.js";
import { peerPackage } from "./peer-package.js";
import type { Report } from "./report.js";

const FROM = "2026-01-01T00:00:00Z";
const END = Date.parse(FROM) + 20 * 366 * 86_400_000;

/** Expression, zone, next times a second that there are to be at least. */
const ROWS = [
  ["*/5 * * * *", "UTC", 200_000],
  ["*/15 * * * *", "America/New_York", 200_000],
  ["30 2 * * *", "Europe/Berlin", 200_000],
  ["0 9 * * 1-5", "Asia/Tokyo", 200_000],
  ["0 0 1 * *", "Europe/London", 200_000],
  ["0 0 29 2 *", "Europe/Berlin", 20_000],
] as const;

/** Next times a second on one core, beside cron-parser and croner, each in a process of its own. */
export async function measureCron(report: Report, quick: boolean): Promise<void> {
  const peers = peerPackage();
  const [spans, spanMs] = quick ? [1, 20] : [5, 300];
  for (const [expression, zone, least] of ROWS) {
    const name = `${expression} ${zone}`;
    let best = 0;
    for (const library of ["cron-parser", "croner"]) {
      if ("skip" in peers) {
        report.skip(`${library}, ${name}`, peers.skip);
        continue;
      }
      const args = [library, expression, zone, FROM, String(spans), String(spanMs)];
      const rate = Number(
        execFileSync(process.execPath, [join(peers.folder, "cron-rate.mjs"), ...args], { encoding: "utf8" }),
      );
      best = Math.max(best, rate);
      report.row({ name: `${library}, ${name}`, value: rate, unit: "times/s" });
    }
    const rate = ownRate(expression, zone, spans, spanMs);
    report.row({
      name: `Tickwire, ${name}`,
      value: rate,
      unit: "times/s",
      ...(best > 0 && { ratio: rate / best }),
      budget: `>= ${least.toLocaleString("en")}`,
      met: rate >= least,
    });
  }
}

/** As a server asks: by the stored trigger, which holds nothing that was parsed. */
function ownRate(expression: string, timeZone: string, spans: number, spanMs: number): number {
  const from = new Date(FROM);
  const trigger = { type: "cron", expression, timeZone, dialect: "unix" } as const;
  let [at, best] = [from, 0];
  for (let span = 0; span < spans; span++) {
    const start = performance.now();
    let [turns, tookMs] = [0, 0];
    while (tookMs < spanMs) {
      const next = nextAfter(trigger, at);
      at = next === undefined || next.getTime() > END ? from : next;
      turns++;
      tookMs = performance.now() - start;
    }
    best = Math.max(best, (turns / tookMs) * 1_000);
  }
  return best;
}
