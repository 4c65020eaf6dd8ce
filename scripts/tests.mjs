// Runs the compiled tests of the sources that exist: an output whose source is gone stays in dist/ and is not run.
// Files that talk to a MongoDB run after those that don't, so that it can be installed meanwhile. Files named *.serial.test.ts
// measure time: they run last, one at a time.
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { run as runFiles } from "node:test";
import { inspect } from "node:util";
import { sourcesUnder } from "./build.mjs";
import { needsMongo } from "./mongo.mjs";
import { Told } from "./told.mjs";

/** Two cores are what the smallest machine that we test on has. */
const concurrency = 2;
/** A file that takes longer hangs; its process is killed. */
const fileLimitMs = 5 * 60_000;
const longFileLimitMs = 60 * 60_000;

/** The tests whose path holds one of `words` (all of them where there is none), or, with `long`, the long ones. */
export function testSources(root, { words = [], long = false } = {}) {
  return sourcesUnder(root, "test")
    .filter((path) => path.endsWith(long ? ".long.ts" : ".test.ts"))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)));
}

/**
 * Runs the tests of `testSources`. Prints a line for each file, what failed, and node's summary last. Throws `Told` where one
 * failed, or where there was none. `untilMongo` is awaited before the first file that talks to a MongoDB, and before those
 * that measure time if any does: an installation beside them would be measured too.
 */
export async function runTests(root, { words = [], long = false, untilMongo = async () => {} } = {}) {
  const sources = testSources(root, { words, long });
  const isSerial = (path) => long || path.endsWith(".serial.test.ts");
  // The stores' suite takes longest: begun last, it would run alone for a minute.
  const isFirst = (path) => path.startsWith("test/store/");
  const parallel = sources.filter((path) => !isSerial(path)).sort((one, other) => isFirst(other) - isFirst(one));

  const report = new Report(root);
  await report.of(
    parallel.filter((path) => !needsMongo(path)),
    concurrency,
    fileLimitMs,
  );
  // Not within a file's own limit, which is shorter than an installation.
  if (sources.some(needsMongo)) await untilMongo();
  await report.of(parallel.filter(needsMongo), concurrency, fileLimitMs);
  await report.of(sources.filter(isSerial), 1, long ? longFileLimitMs : fileLimitMs);
  report.end(words);
}

class Report {
  #root;
  #counts = new Map();
  #failures = [];
  #unfinished = new Map();
  #path = new Map();
  #output = new Map();
  #brokenFiles = [];

  constructor(root) {
    this.#root = root;
  }

  async of(sources, concurrency, timeout) {
    const files = sources.map((path) => join(this.#root, "dist", path.replace(/\.ts$/, ".js")));
    const absent = files.find((file) => !existsSync(file));
    if (absent) throw new Told(`${relative(this.#root, absent)} is missing: run \`npm run build\``);
    if (files.length === 0) return;
    // The processes that run the files take their options from this one's.
    if (!process.execArgv.includes("--enable-source-maps")) process.execArgv.push("--enable-source-maps");
    for await (const { type, data } of runFiles({ files, concurrency, timeout })) this.#take(type, data);
    // Only now have all of their tests been told.
    for (const { source, error } of this.#brokenFiles.splice(0)) this.#broken(source, error);
  }

  end(words) {
    const count = (name) => this.#counts.get(name) ?? 0;
    if (count("tests") === 0) {
      throw new Told(`no test was run${words.length > 0 ? `: no path holds ${words.join(" or ")}` : ""}`);
    }
    for (const { title, source } of this.#failures) console.log(`FAILED  ${source}  ${title}`);
    for (const [name, value] of this.#counts) console.log(`# ${name} ${Math.round(value)}`);
    if (this.#failures.length > 0 || count("fail") + count("cancelled") > 0) throw new Told("tests failed");
  }

  #take(type, data) {
    const source = data.file && this.#sourceOf(data.file);
    // Every file is a test of its own at the outermost level, named by its path.
    const isFile = data.name !== undefined && data.name === data.file;
    switch (type) {
      case "test:stdout":
      case "test:stderr":
        this.#output.set(source, (this.#output.get(source) ?? "") + data.message);
        break;
      case "test:dequeue":
        if (!isFile) this.#unfinishedOf(source).add(data.name);
        break;
      case "test:start":
        if (!isFile) this.#pathOf(source).splice(data.nesting, Infinity, data.name);
        break;
      case "test:complete":
        if (isFile) console.log(line(data.details, source));
        else this.#unfinishedOf(source).delete(data.name);
        break;
      case "test:pass":
        if (isFile) this.#fail(source, "the file", "It holds no test.");
        break;
      case "test:fail":
        if (data.todo || data.details.error.failureType === "subtestsFailed") break;
        if (isFile) this.#brokenFiles.push({ source, error: data.details.error });
        else this.#failed(source, data);
        break;
      case "test:diagnostic":
        this.#summary(data);
        break;
    }
  }

  /** Node names a test's place in its source where the source map says so, else in its output. */
  #sourceOf(file) {
    const path = relative(this.#root, file);
    return path.startsWith("dist") ? relative("dist", path).replace(/\.js$/, ".ts") : path;
  }

  #unfinishedOf(source) {
    return entryOf(this.#unfinished, source, () => new Set());
  }

  /** The names of the test that is being told, outermost first. */
  #pathOf(source) {
    return entryOf(this.#path, source, () => []);
  }

  #failed(source, { name, nesting, details: { error } }) {
    const title = [...this.#pathOf(source).slice(0, nesting), name].join(" > ");
    this.#fail(source, title, inspect(error.cause ?? error, { depth: 8 }));
  }

  #broken(source, error) {
    const names = [...this.#unfinishedOf(source)];
    const where =
      names.length > 0 ? `Unfinished: ${names.join(", ")}` : "Its tests have ended: something keeps it alive.";
    const isTimeout = error.failureType === "testTimeoutFailure";
    this.#fail(source, "the file", isTimeout ? `${error.message}. ${where}` : `Its process failed: ${error.message}`);
  }

  #fail(source, title, text) {
    this.#failures.push({ source, title });
    console.log(`\nFAILED  ${source}  ${title}\n${text}\n`);
    const output = this.#output.get(source);
    if (output) console.log(`its output:\n${output}`);
    this.#output.delete(source);
  }

  /** Node's own counts, "pass 12" and such, summed over the turns. */
  #summary({ nesting, file, message }) {
    const [, name, value] =
      /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(message) ?? [];
    if (nesting !== 0 || file !== undefined || name === undefined) return;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + Number(value));
  }
}

function line({ passed, duration_ms }, source) {
  return `${passed ? "ok    " : "FAILED"} ${(duration_ms / 1000).toFixed(1).padStart(5)} s  ${source}`;
}

function entryOf(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}
