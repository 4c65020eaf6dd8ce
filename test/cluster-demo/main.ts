import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stopSignal } from "../../src/cli/stop-signal.js";
import { openDatabase } from "./database.js";
import { Demo } from "./demo.js";
import { Fleet } from "./fleet.js";
import { Jobs, type Tally } from "./jobs.js";
import { Story } from "./story.js";

const HELP = `npm run cluster -- [--demo] [--nap SECONDS]

Three servers on one MongoDB and two workers, on this machine, with a few jobs; prints what becomes of them while servers and
workers are killed.

  --demo          kills them by itself, and ends; without a terminal it always does
  --nap SECONDS   how long the longer tasks take (default: 8)
`;
/** npm hands on the ^C that the terminal sends as well. */
const SAME_SIGNAL_MS = 500;
/** What a worker that is stopped gets beyond a whole task. */
const BEYOND_MS = 5_000;

const { values } = parseArgs({
  options: { demo: { type: "boolean" }, nap: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) process.stdout.write(HELP);
else await main(values.demo ?? !process.stdout.isTTY, Number(values.nap ?? 8) * 1_000);

async function main(demo: boolean, napMs: number): Promise<void> {
  if (!(napMs >= 1_000)) throw new Error("--nap: must be at least 1");
  const stopped = stopSignal(SAME_SIGNAL_MS);
  await using database = await openDatabase().then(async (opened) => {
    if ("skip" in opened) process.stdout.write(`tickwire: no cluster here: ${opened.skip}\n`);
    return "skip" in opened ? undefined : opened;
  });
  if (!database) return;
  const folder = await mkdtemp(join(tmpdir(), "tickwire-cluster-"));
  try {
    await show(demo, napMs, database, join(folder, "ledger"), stopped);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function show(
  demo: boolean,
  napMs: number,
  database: { readonly url: string; readonly on: string },
  ledger: string,
  stopped: Promise<unknown>,
): Promise<void> {
  const story = new Story();
  story.say(`starting three servers on MongoDB (${database.on}) and two workers`);
  await using fleet = await Fleet.start(story, database.url, napMs + BEYOND_MS);
  const jobs = new Jobs(fleet.client, ledger, napMs);
  await jobs.schedule();
  for (const line of fleet.lines()) story.say(line);
  story.say(`Jobs: tick every second, and nap-1 to nap-3, which take ${napMs / 1_000} s each. ^C ends it.`);
  if (!demo)
    story.say("Kill whom you like: `kill -9 PID`, or `kill PID` for an orderly end. Each comes back after a while.");
  try {
    const play = demo ? new Demo(fleet, jobs, story).play() : new Promise<never>(() => {});
    play.catch(() => {});
    await Promise.race([play, stopped]);
    await conclude(jobs, story);
  } finally {
    story.end();
    story.say("stopping the workers, then the servers");
    await jobs.remove().catch((error: Error) => story.say(`the jobs could not be deleted: ${error.message}`));
  }
}

/** What the history says, and what the tasks themselves wrote down. */
async function conclude(jobs: Jobs, story: Story): Promise<void> {
  try {
    const tally = await jobs.tally();
    for (const line of tallyLines(tally)) story.say(line);
    if (tally.twice.length > 0) process.exitCode = 1;
  } catch (error) {
    story.say(`the history could not be read: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

function tallyLines({ runs, twice, other, ticks, longestGapMs, missed }: Tally): string[] {
  const gap = `the longest wait between two was ${(longestGapMs / 1_000).toFixed(1)} s, ${missed} were missed`;
  return [
    `--- ${runs} runs; ${twice.length === 0 ? "no occurrence ran twice" : `RAN TWICE: ${twice.join(", ")}`}`,
    ...(other.length > 0 ? [`--- not succeeded: ${other.join(", ")}`] : []),
    `--- ${ticks} ticks: ${gap}`,
  ];
}
