// Which MongoDB the tests talk to. Nothing is downloaded where one is named, installed or in reach of a container engine;
// else the stand-in of stand-in.mjs is installed, once, in a folder outside the repository.
//
// The choice is made in a process of its own, `node scripts/run.mjs mongo`, which prints it as one line of JSON: so the runner
// and the tests wait for an installation by waiting for a process, and several of them share one.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPath } from "./on-path.mjs";
import { ensureStandIn, installedStandIn, logFile } from "./stand-in.mjs";

/** What an installation came to, told by the runner to the tests, so that not each of them tries again where it failed. */
const outcomeVariable = "TICKWIRE_TEST_MONGODB_STAND_IN";

const image = "mongo:7";

/** Whether the test file at `path` talks to a MongoDB. */
export function needsMongo(path) {
  return /mongo|cluster/.test(path);
}

/**
 * Prints one of `{kind: "given", uri}`, `{kind: "mongod", file}`, `{kind: "container", engine, image}`, `{kind: "stand-in", file}`
 * and `{skip: why}`. With "own", never a given one.
 */
export async function run(_root, words) {
  console.log(JSON.stringify(await choose(words.includes("own"))));
}

async function choose(own) {
  const uri = process.env.TICKWIRE_TEST_MONGODB_URI;
  if (uri && !own) return { kind: "given", uri };
  const mongod = onPath("mongod");
  if (mongod) return { kind: "mongod", file: mongod };
  const outcome = process.env[outcomeVariable];
  if (outcome) return JSON.parse(outcome);
  const engine = ["docker", "podman"].map((name) => onPath(name)).find((file) => file && canRun(file));
  if (engine) return { kind: "container", engine, image };
  try {
    return { kind: "stand-in", file: await ensureStandIn() };
  } catch (error) {
    if (!error.told) throw error;
    return { skip: error.message };
  }
}

function canRun(engine) {
  const succeeds = (timeout, ...args) => spawnSync(engine, args, { stdio: "ignore", timeout }).status === 0;
  // A client without its daemon is common; a daemon that takes seconds to answer is no use to a test.
  if (!succeeds(3_000, "info")) return false;
  return succeeds(10_000, "image", "inspect", image) || succeeds(5 * 60_000, "pull", image);
}

/** Whether tests can begin at once. */
function isAtHand() {
  return Boolean(process.env.TICKWIRE_TEST_MONGODB_URI || onPath("mongod") || installedStandIn());
}

/** Begins an installation in the background, where one may be needed. It goes on after this process ends. */
export function beginMongo(root) {
  if (isAtHand()) return;
  console.log(`tickwire: getting a MongoDB for the tests in the background; its log is ${logFile}`);
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a");
  spawn(process.execPath, [join(root, "scripts/run.mjs"), "mongo"], { stdio: ["ignore", log, log] }).unref();
  closeSync(log);
}

/** Resolves once the tests have a MongoDB to talk to, or never will: then they are told why. */
export async function awaitMongo(root) {
  if (isAtHand()) return;
  console.log(`tickwire: waiting for the MongoDB that the tests need; its log is ${logFile}`);
  const child = spawn(process.execPath, [join(root, "scripts/run.mjs"), "mongo"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  for await (const text of child.stdout.setEncoding("utf8")) out += text;
  process.env[outcomeVariable] = out || '{"skip":"no MongoDB: scripts/mongo.mjs failed"}';
}
