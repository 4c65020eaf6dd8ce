// The schedulers that the benchmarks measure beside Tickwire: a package of its own in bench/peers, so that nothing of it is
// installed by who does not measure. `node scripts/run.mjs peers` prints one line of JSON: `{folder}`, or `{skip: why}` where
// they can't be installed.
import { join } from "node:path";
import { ensureInstalled } from "./install.mjs";

export function run(root) {
  const folder = join(root, "bench/peers");
  try {
    ensureInstalled(folder, console.error);
    console.log(JSON.stringify({ folder }));
  } catch (error) {
    if (!error.told) throw error;
    // What comes after is npm's own stack.
    const [what, why = ""] = error.message.split("\n");
    console.log(JSON.stringify({ skip: `bench/peers could not be installed: ${what} ${why}`.trimEnd() }));
  }
}
