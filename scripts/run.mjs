// `node scripts/run.mjs <command> [arguments]`: the way into every command of package.json. It runs before anything is
// installed, and on a Node that is too old for the rest, so it has only the oldest imports and no newer syntax.
import { readFileSync } from "fs";
import { dirname, join } from "path";
import { fileURLToPath } from "url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.replace(">=", "");

function older(a, b) {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < right.length; i++) {
    if ((left[i] || 0) !== right[i]) return (left[i] || 0) < right[i];
  }
  return false;
}

if (older(process.versions.node, wanted)) {
  console.error(
    `tickwire: this is Node ${process.versions.node}; install Node ${wanted} or newer from https://nodejs.org, then run the command again.`,
  );
  process.exitCode = 1;
} else {
  import(`./${process.argv[2]}.mjs`)
    .then((command) => command.run(root, process.argv.slice(3)))
    .catch((error) => {
      // What a step has told its reader in full needs no stack.
      console.error(error.told ? `tickwire: ${error.message}` : error);
      process.exitCode = 1;
    });
}
