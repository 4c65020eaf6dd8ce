import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { Fleet } from "../e2e/fleet/processes.js";
import { root } from "../repo/tree.js";
import { Inbox } from "./suite/inbox.js";
import { type Language, languages, toolchain } from "./suite/languages.js";

const { present, absent } = await languages();
const patienceMs = 60_000;

/** Where `go` may be only by its own folder. */
const go = await toolchain("go");
const path = "file" in go ? [dirname(go.file), process.env["PATH"]].join(delimiter) : process.env["PATH"];
const env = { ...process.env, PATH: path };

/** One of the commands that an example's README shows, as a process of its own with all that it starts. */
class Shown implements AsyncDisposable {
  readonly lines = new Inbox<string>();
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #errors = "";

  constructor(language: Language, subcommand: string, count: number | undefined, address: string) {
    const command = [commandOf(language, subcommand), ...(count === undefined ? [] : [count])].join(" ");
    this.#child = spawn("sh", ["-c", command], {
      cwd: root,
      env: { ...env, TICKWIRE_ADDRESS: address },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    createInterface({ input: this.#child.stdout ?? process.stdin }).on("line", (line) => this.lines.push(line));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.ended = new Promise((resolve) => this.#child.on("close", (code) => resolve(code)));
    void this.ended.then((code) => this.lines.close(`"${command}" has ended with ${code}: ${this.#errors}`));
  }

  async line(): Promise<string> {
    return (await this.lines.take("a line", patienceMs)).item;
  }

  /** As ^C does it. */
  async interrupt(): Promise<number | null> {
    this.#kill("SIGINT");
    return this.ended;
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill("SIGKILL");
    await this.ended;
  }
}

const readmeOf = (short: Language["short"]) => join(root, `examples/${short}/README.md`);

/** The lines of each of its blocks for the shell. */
function blocksOf(short: Language["short"]): string[][] {
  const blocks = [...readFileSync(readmeOf(short), "utf8").matchAll(/```sh\n(.*?)```/gs)];
  return blocks.map(([, block = ""]) => block.split("\n").map((line) => line.trim()));
}

/** Where a README says so, its example is built in its own folder: once, for all that run it. */
async function build(short: Language["short"]): Promise<void> {
  for (const lines of blocksOf(short)) {
    const at = lines.findIndex((line) => line.startsWith("go build "));
    if (at >= 0) await promisify(execFile)("sh", ["-c", lines.slice(0, at + 1).join(" && ")], { cwd: root, env });
  }
}

/**
 * As the README has it, from the repository's root; without its count, and without what only installs or builds: the Python that
 * the client's own tests use has it all.
 */
function commandOf({ short, command: [program = ""] }: Language, subcommand: string): string {
  for (const lines of blocksOf(short)) {
    const at = lines.findIndex((line) => new RegExp(` ${subcommand}( \\d+)?( &)?$`).test(line));
    if (at < 0) continue;
    const before = lines.slice(0, at).filter((line) => line.startsWith("cd "));
    const line = (lines[at] ?? "").replace(/( \d+)?( &)?$/, "");
    const command = short === "python" ? line.replace(/^\S*\.venv\/bin\/python/, program) : line;
    // In place of the shell, which a signal would end as well.
    return [...before, `exec ${command}`].join(" && ");
  }
  throw new Error(`${readmeOf(short)} shows no command that ends with ${subcommand}`);
}

async function untilServed({ client }: Fleet, workers: number): Promise<void> {
  for (;;) {
    const { kinds } = await client.getStats(["greet"]);
    if ((kinds[0]?.workers ?? 0) >= workers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const { name, skip } of absent) it(`the example in ${name}`, { skip }, () => {});

describe("examples", { concurrency: true }, () => {
  before(async () => {
    for (const { short } of present) await build(short);
  });

  for (const language of present) {
    it(`in ${language.name}: work, watch and schedule, as the README has them`, { timeout: 120_000 }, async () => {
      await using fleet = await Fleet.open();
      await fleet.serve();
      await using work = new Shown(language, "work", undefined, fleet.address);
      await using watch = new Shown(language, "watch", 3, fleet.address);
      assert.equal(await watch.line(), "watching");
      await untilServed(fleet, 1);
      await using schedule = new Shown(language, "schedule", 3, fleet.address);
      const names = ["Ada", "Grace", "Linus"];
      for (const _ of names) assert.match(await schedule.line(), /^scheduled \S+$/);
      assert.equal(await schedule.ended, 0);
      const greeted = [await work.line(), await work.line(), await work.line()];
      assert.deepEqual(
        greeted.sort(),
        names.map((name) => `greeting ${name}`),
      );
      const ended = [await watch.line(), await watch.line(), await watch.line()];
      assert.deepEqual(
        ended.sort(),
        names.map((name) => `succeeded Hello, ${name}, from ${language.name}`),
      );
      assert.equal(await watch.ended, 0);
      assert.equal(await work.interrupt(), 0);
    });
  }

  it("all of them at once share the jobs of one kind", { timeout: 120_000 }, async () => {
    await using fleet = await Fleet.open();
    await fleet.serve();
    await using _works = new Together(present.map((one) => new Shown(one, "work", undefined, fleet.address)));
    await untilServed(fleet, present.length);
    // More at once than one of them has places for.
    const jobs = Array.from({ length: 300 }, () => ({ kind: "greet", payload: { name: "Ada" } }));
    for (const { error } of await fleet.client.scheduleJobs(jobs)) assert.equal(error, undefined);
    const share = new Map(present.map(({ name }) => [name, 0]));
    for await (const result of results(fleet, jobs.length)) {
      const name = present.find((one) => result === `Hello, Ada, from ${one.name}`)?.name;
      assert.ok(name, result);
      share.set(name, (share.get(name) ?? 0) + 1);
    }
    for (const [name, count] of share) assert.ok(count > 0, `${name} got none of the jobs: ${[...share]}`);
  });
});

/** Of so many runs, once they have ended. */
async function* results({ client }: Fleet, count: number): AsyncGenerator<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const runs: string[] = [];
    for await (const { result } of client.listRuns({ view: "full", pageSize: 1_000 }))
      runs.push(Buffer.from(result).toString());
    if (runs.length >= count) return yield* runs;
    assert.ok(performance.now() < deadline, `only ${runs.length} have ended`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

class Together implements AsyncDisposable {
  constructor(readonly all: readonly Shown[]) {}

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.all) await one[Symbol.asyncDispose]();
  }
}
