import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "@tickwire/client";
import { COMMANDS } from "../../src/cli/commands.js";
import { complete } from "../../src/cli/completion/complete.js";
import { splitWords } from "../../src/cli/completion/split-words.js";
import { KINDS } from "../../src/cli/kinds/kinds.js";
import { MAIN, run, serve, temporaryFolder } from "./processes.js";

/** What may stand at the end of a line, without what is of another beginning. */
function at(line: string): string[] {
  const words = splitWords(line);
  const typed = words.at(-1) ?? "";
  return complete(COMMANDS, words)
    .candidates.map(({ word }) => word)
    .filter((word) => word.startsWith(typed));
}

describe("what may stand in a place", () => {
  it("is every command of the table, word by word", () => {
    const firsts = [...new Set(COMMANDS.map(({ name }) => name.split(" ")[0]))];
    assert.deepEqual(at(""), [...firsts, "help", "--version"]);
    for (const { name } of COMMANDS) {
      assert.ok(at(name.slice(0, -1)).includes(name.split(" ").at(-1) ?? ""), name);
      assert.ok(at(`help ${name.slice(0, -1)}`).includes(name.split(" ").at(-1) ?? ""), `help ${name}`);
    }
    assert.deepEqual(at("nonsense "), []);
  });

  it("is every option of a command, each once, but for those that may be repeated", () => {
    for (const { name, options } of COMMANDS) {
      assert.deepEqual(at(`${name} --`), [...options.map((option) => `--${option.name}`), "--help"], name);
    }
    assert.ok(!at("job schedule --cron x --").includes("--cron"));
    assert.ok(!at("job schedule --cron=x --").includes("--cron"));
    assert.ok(at("job schedule --label a=b --").includes("--label"));
  });

  it("is one of the words that an option takes", () => {
    assert.deepEqual(at("job schedule --priority "), ["low", "normal", "high", "urgent"]);
    assert.deepEqual(at("job schedule --priority=h"), ["--priority=high"]);
    assert.deepEqual(at("job schedule --tz Europe/Berl"), ["Europe/Berlin"]);
    assert.deepEqual(
      at("worker --kinds "),
      KINDS.map(({ name }) => name),
    );
    assert.deepEqual(at("worker --kinds print,s"), ["print,shell"]);
    assert.deepEqual(at("serve --store s"), ["sqlite:"]);
    assert.deepEqual(at("completion "), ["bash", "zsh", "fish"]);
    assert.deepEqual(at("job schedule --payload "), []);
  });

  it("is a file, or what a server knows", () => {
    const { files } = complete(COMMANDS, splitWords("job schedule --payload-file ./"));
    assert.equal(files, true);
    const names = (line: string) => complete(COMMANDS, splitWords(line)).names;
    assert.deepEqual(names("job get a:b"), { of: "slugs", typed: "a:b", prefix: "" });
    assert.deepEqual(names("job list --slug=a"), { of: "slugs", typed: "a", prefix: "--slug=" });
    assert.deepEqual(names("job schedule --kind "), { of: "kinds", typed: "", prefix: "" });
    assert.deepEqual(names("kind get --json m"), { of: "kinds", typed: "m", prefix: "" });
    assert.equal(names("job schedule --slug a"), undefined);
  });

  it("is nothing more where all is said", () => {
    assert.deepEqual(at("completion bash").length, 1);
    assert.deepEqual(at("job get a -- b"), []);
  });
});

describe("a line", () => {
  it("is split as a shell does it", () => {
    assert.deepEqual(splitWords(""), [""]);
    assert.deepEqual(splitWords("a  b "), ["a", "b", ""]);
    assert.deepEqual(splitWords('a \'b c\' "d \\" e" f\\ g'), ["a", "b c", 'd " e', "f g"]);
    assert.deepEqual(splitWords("a '' 'b c"), ["a", "", "b c"]);
  });
});

describe("tickwire completion", () => {
  const folder = temporaryFolder();
  let server: Awaited<ReturnType<typeof serve>>;
  let client: Client;
  before(async () => {
    const file = join(folder.path, "tickwire");
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(file, 0o755);
    server = await serve();
    client = new Client({ address: server.address });
    const jobs = ["a:b@c/1", "a:b@c/2", "other"].map((slug) => ({ slug, kind: "mail", delayMs: 86_400_000 }));
    await client.scheduleJobs(jobs);
    await client.registerKind({ name: "mail" });
  });
  after(async () => {
    client.close();
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it("answers zsh and fish, with what each candidate is", async () => {
    const [zsh, fish] = await Promise.all([
      run(["completion", "zsh", "--", "job", "get", "--server", server.address, "a:"]),
      run(["completion", "fish", "--", "worker", "--max"]),
    ]);
    assert.equal(zsh.stdout, "words\na\\:b@c/1\na\\:b@c/2\n");
    assert.equal(fish.stdout, "words\n--max-tasks\ttasks at once, of all kinds together\n");
  });

  it("says which shells there are", async () => {
    const { code, stderr } = await run(["completion", "tcsh"]);
    assert.equal(code, 2);
    assert.match(stderr, /SHELL must be one of bash, zsh, fish; got "tcsh"/);
  });

  it("knows no slugs, and says nothing, where no server answers", async () => {
    const { code, stdout, stderr } = await run([
      "completion",
      "fish",
      "--",
      "job",
      "get",
      "--server",
      "127.0.0.1:1",
      "",
    ]);
    assert.deepEqual([code, stdout, stderr], [0, "words\n", ""]);
  });

  for (const shell of ["zsh", "fish"]) {
    it(`has a script that ${shell} reads`, async (t) => {
      if (spawnSync(shell, ["--version"]).error) return t.skip(`there is no ${shell} here`);
      const { stdout } = await run(["completion", shell]);
      const { status, stderr } = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      return undefined;
    });
  }

  it("completes in a bash at a terminal", { timeout: 60_000 }, async (t) => {
    if (spawnSync("script", ["--version"]).error || spawnSync("bash", ["--version"]).error) {
      return t.skip("there is no bash here, or no script(1) to give it a terminal");
    }
    await using bash = new Terminal({ TICKWIRE_SERVER: server.address, PATH: `${folder.path}:${process.env["PATH"]}` });
    await bash.type('PS1="> "; eval "$(tickwire completion bash)"; echo re""ady\n', /ready\r\n> $/);
    // Nothing of it is carried out: Alt-# makes a comment of the line.
    const line = async (keys: string, shown: RegExp) => {
      await bash.type(keys, shown);
      await bash.type("\u001b#", /\n> $/);
    };
    await line("tickwire job sch\t--pri\th\t", /^tickwire job schedule --priority high $/);
    await line("tickwire ki\tli\t", /^tickwire kind list $/);
    await line("tickwire job get a\t", /^tickwire job get a:b@c\/$/);
    await line("tickwire job get a:b@c/1\t", /^tickwire job get a:b@c\/1 $/);
    await line("tickwire job list --slug=o\t", /^tickwire job list --slug=other $/);
    await line("tickwire job list --kind ma\t", /^tickwire job list --kind mail $/);
    await line(`tickwire job schedule --payload-file ${folder.path}/tick\t`, /\/tickwire $/);
    return undefined;
  });
});

/** A bash that believes to be at a terminal, and reads its line as for a person. */
class Terminal implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #shown = "";
  #look = () => {};

  constructor(env: Record<string, string>) {
    this.#child = spawn("script", ["-qec", "bash --norc --noprofile -i", "/dev/null"], {
      env: { ...process.env, ...env, TERM: "dumb", INPUTRC: "/dev/null" },
    });
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#shown += text;
      this.#look();
    });
  }

  /** Resolves once what has been shown since matches. */
  type(keys: string, pattern: RegExp): Promise<void> {
    this.#shown = "";
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${JSON.stringify(this.#shown)} does not match ${pattern}`)),
        20_000,
      );
      this.#look = () => {
        if (!pattern.test(rendered(this.#shown))) return;
        clearTimeout(late);
        resolve();
      };
      this.#child.stdin?.write(keys);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

/** As a terminal shows it: a backspace moves back, and what comes then is written over what was there. */
function rendered(text: string): string {
  const shown: string[] = [];
  let at = 0;
  for (const character of text) {
    if (character === "\b") at--;
    else if (character !== "\u0007") shown[at++] = character;
  }
  return shown.join("");
}
