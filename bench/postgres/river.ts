import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../test/repo/tree.js";
import type { Scheduler } from "../mongo/scheduler.js";
import { Child } from "../process.js";

/** River, built; or why it can't be had. In CI it throws then. */
export function river(): Scheduler | { readonly skip: string } {
  const program = join(root, "dist/bench/river");
  const { error, status, stderr } = spawnSync("go", ["build", "-o", program, "."], {
    cwd: join(root, "bench/peers/river"),
    encoding: "utf8",
  });
  if (error || status !== 0) {
    const skip = `bench/peers/river could not be built: ${error?.message ?? stderr.trim().split("\n").at(-1)}`;
    const { CI } = process.env;
    if (CI === "true") throw new Error(skip);
    return { skip };
  }
  return {
    name: "River",
    open: async (url) => ({
      caller: (...args) => new Child(program, ["caller", url, ...args], {}, program),
      worker: (...args) => new Child(program, ["worker", url, ...args], {}, program),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}
