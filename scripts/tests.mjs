// Runs the compiled tests of the sources that exist: an output whose source is gone stays in dist/ and is not run.
// Files named *.serial.test.ts measure time: they run after the others, one at a time.
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { run as runFiles } from "node:test";
import { inspect } from "node:util";
import { sourcesUnder } from "./build.mjs";
import { Told } from "./told.mjs";

/** Two cores are what the smallest machine that we test on has. */
const concurrency = 2;
/** A file that takes longer hangs; its process is killed. */
const fileLimitMs = 5 * 60_000;
const longFileLimitMs = 60 * 60_000;

/**
 * Runs the tests whose path holds one of `words` (all of them where there is none), or, with `long`, the long ones. Prints
 * a line for each file, what failed, and node's summary last. Throws `Told` where one failed, or where there was none.
 */
export async function runTests(root, { words = [], long = false } = {}) {
  const suffix = long ? ".long.ts" : ".test.ts";
  const sources = sourcesUnder(root, "test")
    .filter((path) => path.endsWith(suffix))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)));
  const isSerial = (path) => long || path.endsWith(`.serial${suffix}`);

  const report = new Report(root);
  await report.of(
    sources.filter((path) => !isSerial(path)),
    concurrency,
    fileLimitMs,
  );
  await report.of(sources.filter(isSerial), 1, long ? longFileLimitMs : fileLimitMs);
  report.end(words);
}

class Report {
  #root;
  #counts = new Map();
  #failures = [];
  #unfinished = new Map();
  #output = new Map();

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
  }

  end(words) {
    for (const { title, file } of this.#failures) console.log(`FAILED  ${file}  ${title}`);
    const count = (name) => this.#counts.get(name) ?? 0;
    if (count("tests") === 0)
      throw new Told(`no test was run${words.length > 0 ? `: no path holds ${words.join(" or ")}` : ""}`);
    for (const [name, value] of this.#counts) console.log(`# ${name} ${Math.round(value)}`);
    if (this.#failures.length > 0 || count("fail") + count("cancelled") > 0) throw new Told("tests failed");
  }

  #take(type, data) {
    // Every file is a test of its own at the outermost level, named by its path.
    const isFile = data.name !== undefined && data.name === data.file;
    const source = data.file && relative(join(this.#root, "dist"), data.file).replace(/\.js$/, ".ts");
    switch (type) {
      case "test:stdout":
      case "test:stderr":
        this.#output.set(source, (this.#output.get(source) ?? "") + data.message);
        break;
      case "test:dequeue":
        if (!isFile) this.#of(source).add(data.name);
        break;
      case "test:complete":
        if (isFile) this.#line(source, data.details);
        else this.#of(source).delete(data.name);
        break;
      case "test:pass":
        if (isFile) this.#fail(source, "the file", "It holds no test.");
        break;
      case "test:fail":
        if (!data.todo) this.#failed(source, isFile, data);
        break;
      case "test:diagnostic":
        this.#summary(data);
        break;
    }
  }

  #of(source) {
    const names = this.#unfinished.get(source) ?? new Set();
    this.#unfinished.set(source, names);
    return names;
  }

  #line(source, { passed, duration_ms }) {
    console.log(`${passed ? "ok    " : "FAILED"} ${(duration_ms / 1000).toFixed(1).padStart(5)} s  ${source}`);
  }

  #failed(source, isFile, { name, details }) {
    const { error } = details;
    if (error.failureType === "subtestsFailed") return;
    if (!isFile) {
      this.#fail(source, name, inspect(error.cause ?? error, { depth: 8 }));
      return;
    }
    const names = [...this.#of(source)];
    const where =
      names.length > 0 ? `Unfinished: ${names.join(", ")}` : "No test was unfinished: something keeps it alive.";
    const text =
      error.failureType === "testTimeoutFailure"
        ? `${error.message}. ${where}`
        : `Its process failed: ${error.message}`;
    this.#fail(source, "the file", text);
  }

  #fail(file, title, text) {
    this.#failures.push({ file, title });
    console.log(`\nFAILED  ${file}  ${title}\n${text}\n`);
    const output = this.#output.get(file);
    if (output) console.log(`its output:\n${output}`);
    this.#output.delete(file);
  }

  /** Node's own counts, "pass 12" and such, summed over both turns. */
  #summary({ nesting, file, message }) {
    const [, name, value] =
      /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(message) ?? [];
    if (nesting === 0 && file === undefined && name)
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + Number(value));
  }
}
