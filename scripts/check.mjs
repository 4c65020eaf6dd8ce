// `npm test`, which is `npm run check`: everything that must hold before a change lands, in one command. With a word
// (`npm test -- core`): only the tests whose path holds it.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { runBuf } from "./buf.mjs";
import { ensureBuilt } from "./build.mjs";
import { checkImports } from "./check-imports.mjs";
import { checkGenerated } from "./gen.mjs";
import { ensureInstalled } from "./install.mjs";
import { awaitMongo, beginMongo, needsMongo } from "./mongo.mjs";
import { runTests, testSources } from "./tests.mjs";
import { Told } from "./told.mjs";

const steps = [
  ["format and lint", biome],
  ["types", ensureBuilt],
  ["import directions", checkImports],
  ["generated code", checkGenerated],
  ["buf lint", (root) => runBuf(root, "lint")],
];

export async function run(root, words) {
  // Takes minutes the first time, and nothing but the tests needs it.
  if (testSources(root, { words }).some(needsMongo)) beginMongo(root);
  if (words.length === 0 || words.some((word) => word.includes("clients"))) beginToolchains(root);
  const untilMongo = async () => await awaitMongo(root);
  ensureInstalled(root);
  if (words.length > 0) {
    ensureBuilt(root);
    await runTests(root, { words, untilMongo });
    return;
  }
  const failed = [];
  for (const [name, step] of steps) if (!(await passes(root, name, step))) failed.push(name);
  if (failed.length > 0) throw new Told(`failed: ${failed.join(", ")}; the tests were not run`);
  await runTests(root, { untilMongo });
}

/** Go's modules and Python's packages come over the network: meanwhile there is enough to do. Whoever needs them waits for them. */
function beginToolchains(root) {
  for (const language of ["go", "python"]) {
    spawn(process.execPath, [join(root, "scripts/run.mjs"), language, "ahead"], { stdio: "ignore" }).unref();
  }
}

/** Runs one step, prints its line, and, where it fails, why. */
async function passes(root, name, step) {
  const startedAt = performance.now();
  let failure;
  try {
    await step(root);
  } catch (error) {
    failure = error;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${failure ? "FAILED" : "ok    "} ${seconds.padStart(5)} s  ${name}`);
  if (failure) console.log(failure.told ? failure.message : failure);
  return !failure;
}

function biome(root) {
  const file = join(root, "node_modules/@biomejs/biome/bin/biome");
  const args = [file, "check", "--error-on-warnings", `--colors=${process.stdout.isTTY ? "force" : "off"}`];
  const { status, error, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (error) throw new Told(`biome could not be started: ${error.message}`);
  if (status !== 0) throw new Told(`${stdout}${stderr}\nMost of it is mended by \`npm run format\`.`);
}
