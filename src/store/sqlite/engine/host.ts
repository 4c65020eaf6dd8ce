import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Where a lease's server runs. Processes with the same `boot` have one kernel, which knows of each of them whether it lives. */
export interface Host {
  /** For people; containers on one machine have a name each. */
  readonly name: string;
  readonly boot: string;
}

let here: Host | undefined;

export function thisHost(): Host {
  here ??= { name: hostname(), boot: bootId() ?? `host ${hostname()}` };
  return here;
}

/** One for each start of the kernel; all containers on it see the same. */
function bootId(): string | undefined {
  try {
    // Not kern.boottime, which moves whenever the clock is set.
    const text =
      process.platform === "darwin"
        ? execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8", timeout: 2_000 })
        : readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    return text.trim() || undefined;
  } catch {
    return undefined;
  }
}
