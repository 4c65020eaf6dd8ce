// Several versions of PostgreSQL to run tests on: a package of its own in test/postgres/versions, so that nothing of it is
// installed by who does not ask for it. `node scripts/run.mjs postgres-versions` prints one line of JSON: `{folder}`, or
// `{skip: why}` where they can't be installed.
import { join } from "node:path";
import { ensureInstalled } from "./install.mjs";

export function run(root) {
  const { platform, arch } = process;
  if (platform !== "linux" || arch !== "x64") {
    console.log(
      JSON.stringify({ skip: `the packages of PostgreSQL are for linux-x64, and this is ${platform}-${arch}` }),
    );
    return;
  }
  const folder = join(root, "test/postgres/versions");
  try {
    ensureInstalled(folder, console.error);
    console.log(JSON.stringify({ folder }));
  } catch (error) {
    if (!error.told) throw error;
    // What comes after is npm's own stack.
    const [what, why = ""] = error.message.split("\n");
    console.log(JSON.stringify({ skip: `test/postgres/versions could not be installed: ${what} ${why}`.trimEnd() }));
  }
}
