import type { ScheduleOutcome } from "@tickwire/client";
import { version } from "../../version.js";
import { EXAMPLE_JOBS } from "./example-jobs.js";

export interface Welcome {
  readonly address: string;
  readonly httpAddress: string | undefined;
  readonly store: string;
  readonly serverPid: number;
  readonly workerPid: number;
  readonly readyMs: number;
  readonly outcomes: readonly (ScheduleOutcome | "unknown")[];
}

const WHEN = { "list-all": "cron 1/5 * * * * *", "print-time": "every second" } as const;

/** What is there, how to look at it, and how to end it. */
export function welcomeLines(welcome: Welcome): string[] {
  const { address, httpAddress, store, serverPid, workerPid, readyMs, outcomes } = welcome;
  const jobs = EXAMPLE_JOBS.map(({ slug, kind, payload }, at) => {
    const kept = outcomes[at] === "kept" ? "  (there already)" : "";
    return `  ${slug.padEnd(10)}  ${kind.padEnd(5)}  ${WHEN[slug].padEnd(18)}  ${payload}${kept}`;
  });
  return [
    `Tickwire ${version} is ready after ${readyMs} ms.`,
    `  server  pid ${serverPid}, gRPC on ${address}${httpAddress ? `, http://${httpAddress}/readyz` : ""}, jobs in ${store}`,
    `  worker  pid ${workerPid}, kinds print, shell and http`,
    "",
    "Jobs:",
    ...jobs,
    "",
    "Look at it from another terminal, in this folder:",
    ...lookCommands(address).map((command) => `  ${command}`),
    "",
    "^C ends it. Kill either process (kill -9): it is started again, and no run is lost.",
    "",
  ];
}

/** Commands that show the jobs: by this command line, by buf from npm, by grpcurl. */
export function lookCommands(address: string): string[] {
  const server = address === "127.0.0.1:7070" ? "" : ` --server ${address}`;
  return [
    `npx tickwire job list${server}`,
    `npx tickwire run list --slug list-all --limit 5 --full${server}`,
    `npx buf curl --protocol grpc --http2-prior-knowledge http://${address}/tickwire.v1.Scheduler/ListJobs`,
    `grpcurl -plaintext ${address} tickwire.v1.Scheduler/ListJobs`,
  ];
}
