import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client, Worker } from "@tickwire/client";
import { readCommandLine } from "../../src/cli/args.js";
import { COMMANDS } from "../../src/cli/commands.js";
import { CommandError, EXIT } from "../../src/cli/exit.js";
import { Cli, type Ended, run, type StartOptions, serve, temporaryFolder } from "./processes.js";

let server: Awaited<ReturnType<typeof serve>>;
let client: Client;
before(async () => {
  server = await serve();
  client = new Client({ address: server.address });
});
after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

function tickwire(line: string | readonly string[], options: StartOptions = {}): Promise<Ended> {
  const args = typeof line === "string" ? line.split(" ") : line;
  return run(args, { ...options, env: { TICKWIRE_SERVER: server.address, ...options.env } });
}

async function done(line: string | readonly string[], options?: StartOptions): Promise<string> {
  const { code, stdout, stderr } = await tickwire(line, options);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function failed(code: number, line: string | readonly string[], message: RegExp): Promise<void> {
  const ended = await tickwire(line);
  assert.deepEqual([ended.code, ended.stdout], [code, ""], ended.stderr);
  assert.match(ended.stderr, message);
}

async function runInProgress(slug: string): Promise<string> {
  for (;;) {
    const { currentTask } = await client.getJob(slug);
    if (currentTask) return currentTask.runId;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Without a process of its own: what is wrong with a command line shows before anybody is called. */
async function refused(line: string, message: RegExp): Promise<void> {
  const asked = readCommandLine(COMMANDS, line.split(" "), { TICKWIRE_SERVER: "127.0.0.1:1" });
  assert.ok(asked.type === "run");
  await assert.rejects(asked.command.run(asked.given), (error: unknown) => {
    assert.ok(error instanceof CommandError, String(error));
    assert.equal(error.exitCode, EXIT.usage);
    assert.match(error.message, message);
    return true;
  });
}

describe("tickwire job schedule", () => {
  it("gives every field that it has an option for", async () => {
    const { stdout, stderr, code } = await tickwire([
      ..."job schedule --slug all --kind mail --payload hello --content-type text/plain --label a=b --label c=d=e".split(
        " ",
      ),
      ...[
        "--cron",
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--dialect",
        "unix",
        "--priority",
        "high",
        "--delay",
        "1h30m",
      ],
      ..."--max-attempts 3 --backoff 1500ms --max-backoff 5m --multiplier 1.5 --on-exhausted dead --timeout 2h".split(
        " ",
      ),
      ..."--misfire replay --misfire-grace 5s --max-replays 7 --job-retention 2d --retention 1d".split(" "),
      ..."--end 2999-01-01T00:00:00Z --max-occurrences 9 --jitter 2s".split(" "),
      ..."--start 2020-01-01T00:00:00Z --on-conflict keep --request-id first".split(" "),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^created all: mail, cron 30 2 \* \* \* Europe\/Berlin, from 2020.*, due in 1h(29m|30m)/);
    assert.match(stdout, /, until 2999-01-01T00:00:00Z, at most 9 times, jitter 2s, due/);
    assert.match(stderr, /^warning: no connected worker serves the kind mail/);
    const job = await client.getJob("all");
    assert.equal(Buffer.from(job.payload).toString(), "hello");
    assert.deepEqual([job.contentType, job.labels, job.priority], ["text/plain", { a: "b", c: "d=e" }, "high"]);
    assert.deepEqual(job.trigger, {
      cron: { expression: "30 2 * * *", timeZone: "Europe/Berlin", dialect: "unix" },
      startTime: new Date("2020-01-01T00:00:00Z"),
      endTime: new Date("2999-01-01T00:00:00Z"),
      maxOccurrences: 9,
      jitterMs: 2_000,
    });
    const retry = {
      maxAttempts: 3,
      initialBackoffMs: 1_500,
      maxBackoffMs: 300_000,
      multiplier: 1.5,
      onExhausted: "dead",
    };
    assert.deepEqual(job.policy, {
      retry,
      timeoutMs: 7_200_000,
      misfire: "replay",
      misfireGraceMs: 5_000,
      maxReplays: 7,
      jobRetentionMs: 172_800_000,
      runRetentionMs: 86_400_000,
    });
  });

  it("knows interval and once", async () => {
    await Promise.all([
      done("job schedule --slug every --kind mail --every 10s --anchor 2026-01-01T00:00:00Z"),
      done("job schedule --slug delay --kind mail --every 10s --fixed-delay"),
      done("job schedule --slug at --kind mail --at 2999-01-01T00:00:00+01:00"),
      done("job schedule --slug once --kind mail --once"),
    ]);
    const interval = { everyMs: 10_000, basis: "fixed_rate", anchorTime: new Date("2026-01-01T00:00:00Z") };
    assert.deepEqual((await client.getJob("every")).trigger, { interval });
    const delay = await client.getJob("delay");
    assert.deepEqual(delay.trigger, { interval: { everyMs: 10_000, basis: "fixed_delay" } });
    assert.match(await done("job get delay"), /^trigger: +10s after each run$/m);
    await refused("job schedule --kind mail --every 1s --fixed-delay --anchor now", /exclude each other/);
    await refused("job schedule --kind mail --jitter 1s", /--jitter needs --cron, --every, --at or --once/);
    assert.deepEqual((await client.getJob("at")).dueTime, new Date("2998-12-31T23:00:00Z"));
    assert.ok((await client.getJob("once")).trigger?.once);
  });

  it("takes the payload from a file or from stdin, byte by byte", async () => {
    using folder = temporaryFolder();
    const bytes = Buffer.from([0, 1, 0xff, 0x0a]);
    writeFileSync(join(folder.path, "in"), bytes);
    await done("job schedule --slug file --kind mail --delay 1h --payload-file in", { cwd: folder.path });
    await done("job schedule --slug stdin --kind mail --delay 1h --payload-file -", { input: bytes });
    for (const slug of ["file", "stdin"]) assert.deepEqual(Buffer.from((await client.getJob(slug)).payload), bytes);
    await failed(1, "job schedule --kind mail --payload-file nowhere", /--payload-file: can't read nowhere: ENOENT/);
    await failed(1, "job schedule --kind mail --payload-file /dev/zero", /\/dev\/zero has more than the 4194304 bytes/);
  });

  it("says what the conflict policy did", async () => {
    const schedule = (more: string) => `job schedule --slug twice --kind mail --delay 1h ${more}`.trim();
    assert.match(await done(schedule("--request-id r1")), /^created twice: /);
    await failed(1, schedule(""), /^tickwire: refused, JOB_EXISTS: /);
    assert.match(await done(schedule("--request-id r1")), /^this call was carried out before: twice: /);
    assert.match(await done(schedule("--on-conflict keep")), /^kept the one that is there: twice: /);
    assert.match(await done(schedule("--on-conflict update --validate-only")), /^nothing is stored; .*: kept the one/);
    assert.match(await done(schedule("--on-conflict update --payload x")), /^updated twice: /);
    assert.match(await done(schedule("--on-conflict replace")), /^replaced twice: /);
  });

  it("tells refused fields by the options that gave them", async () => {
    const args = [
      "job",
      "schedule",
      "--slug",
      "a b",
      "--kind",
      "-",
      "--cron",
      "* * *",
      "--label",
      "k y=v",
      "--timeout",
      "99d",
    ];
    const { code, stderr } = await tickwire(args);
    assert.equal(code, 1);
    const [first, ...lines] = stderr.trimEnd().split("\n");
    assert.equal(first, "tickwire: refused, BAD_FIELD:");
    const options = lines.map((line) => /^ {2}(--[a-z-]+)/.exec(line)?.[1]);
    assert.deepEqual(options.sort(), ["--cron", "--kind", "--label", "--slug", "--timeout"]);
  });

  it("refuses options that don't go together before it calls anybody", async () => {
    await Promise.all([
      refused("job schedule --slug x", /--kind is missing/),
      refused("job schedule --kind x --cron @daily --every 1s", /--cron and --every exclude each other/),
      refused("job schedule --kind x --tz Europe/Berlin", /--tz needs --cron/),
      refused("job schedule --kind x --payload a --payload-file b", /exclude each other/),
      refused("job schedule --kind x --label nothing", /--label: must be KEY=VALUE; got "nothing"/),
      refused("job schedule --kind x --label a=1 --label a=2", /--label: the key "a" is given twice/),
      refused("job schedule --kind x --every often", /--every: must be a span such as .*; got "often"/),
      refused("job schedule --kind x --at 2026-01-01", /--at: must be a time with its zone/),
      failed(
        2,
        "job schedule --kind x --priority top",
        /--priority: must be one of low, normal, high, urgent; got "top"/,
      ),
      refused("job schedule --kind x --max-attempts -1", /--max-attempts: must be a whole number/),
      refused("job schedule --kind x --repeat", /--repeat needs --request-id/),
      refused("job schedule --kind x --server nowhere", /--server: must be HOST:PORT.*got "nowhere"/),
      refused("job list --server 127.0.0.1:1,nowhere,b:2", /--server: must be HOST:PORT.*got "nowhere"/),
    ]);
  });

  it("shows programs the whole answer, warnings included", async () => {
    const line = "job schedule --slug told --kind nobody-serves-it --payload hi --delay 1h --json";
    const { code, stdout, stderr } = await tickwire(line);
    assert.deepEqual([code, stderr], [0, ""]);
    const answer = JSON.parse(stdout) as {
      job: { slug: string; kind: string; state: string; dueTime: string };
      outcome: string;
      warnings: string[];
    };
    assert.deepEqual(
      [answer.job.slug, answer.job.kind, answer.job.state, answer.outcome],
      ["told", "nobody-serves-it", "JOB_STATE_SCHEDULED", "SCHEDULE_OUTCOME_CREATED"],
    );
    assert.ok(Math.abs(new Date(answer.job.dueTime).getTime() - Date.now() - 3_600_000) < 60_000);
    assert.equal(answer.warnings.length, 1);
    const kept = JSON.parse(await done(`${line} --on-conflict keep`)) as { outcome: string };
    assert.equal(kept.outcome, "SCHEDULE_OUTCOME_KEPT");
  });
});

describe("tickwire job get, run and delete", () => {
  it("shows a job to people and to programs", async () => {
    const payload = "line one\n\u001b[31mline two";
    await client.scheduleJob({
      slug: "shown",
      kind: "mail",
      payload,
      trigger: { cron: "0 0 1 1 *" },
      labels: { team: "x" },
    });
    const text = await done("job get shown");
    for (const line of [
      /^slug: +shown$/m,
      /^state: +scheduled$/m,
      /^trigger: +cron 0 0 1 1 \* UTC$/m,
      /^labels: +team=x$/m,
    ]) {
      assert.match(text, line);
    }
    assert.match(text, /^payload: +line one\n +\\u001b\[31mline two$/m);
    assert.match(text, /^due: +\d{4}-01-01T00:00:00.000Z {2}\(in \d+d/m);
    const { job } = JSON.parse(await done("job get shown --json")) as {
      job: { payload: string; state: string; labels: object };
    };
    assert.equal(job.payload, Buffer.from(payload).toString("base64"));
    assert.deepEqual([job.state, job.labels], ["JOB_STATE_SCHEDULED", { team: "x" }]);
  });

  it("runs a job, once for a request id", async () => {
    await client.scheduleJob({ slug: "now", kind: "mail", trigger: { cron: "@yearly" } });
    const [, occurrence] = /^will run as (now@.+)\n$/.exec(await done("job run now --request-id once")) ?? [];
    assert.ok(occurrence);
    const again = JSON.parse(await done("job run now --request-id once --json")) as { occurrenceId: string };
    assert.equal(again.occurrenceId, occurrence);
    await failed(1, "job run nobody", /refused, JOB_NOT_FOUND: there is no job nobody/);
  });

  it("deletes a job, with the etag that it is told", async () => {
    await client.scheduleJob({ slug: "gone", kind: "mail", trigger: { cron: "@yearly" } });
    const { etag } = await client.getJob("gone");
    await failed(1, "job delete gone --etag other", /refused, ETAG_MISMATCH: /);
    assert.equal(await done(`job delete gone --etag ${etag}`), "deleted gone\n");
    await failed(1, "job delete gone", /refused, JOB_NOT_FOUND: /);
    assert.equal(await done("job delete gone --allow-missing --json"), "{}\n");
    await failed(2, "job delete", /SLUG is missing/);
  });
});

describe("lists", () => {
  before(async () => {
    const slugs = Array.from({ length: 7 }, (_, n) => `list/${n}`);
    await client.scheduleJobs(
      slugs.map((slug, n) => ({
        slug,
        kind: n % 2 ? "odd" : "even",
        labels: { n: String(n) },
        trigger: { cron: "@yearly" },
        delayMs: n * 3_600_000,
      })),
    );
  });
  const slugsOf = (text: string) => (JSON.parse(text) as { jobs: { slug: string }[] }).jobs.map(({ slug }) => slug);

  it("take every filter", async () => {
    const found = async (more: string) =>
      slugsOf(await done(`job list --prefix list/ --json ${more}`))
        .map((slug) => slug.slice(-1))
        .join("");
    const all = await Promise.all([
      found("--slug list/1 --slug list/2 --slug other"),
      found("--kind odd"),
      found("--label n=3"),
      found("--state scheduled --due-after +90m --due-before +210m"),
      found("--state dead"),
      found("--full --limit 1"),
    ]);
    assert.deepEqual(all, ["12", "135", "3", "23", "", "0"]);
    await failed(2, "job list --state asleep", /--state: must be one of scheduled, running/);
  });

  it("stop at the limit, and say how to go on", async () => {
    const { stdout, stderr } = await tickwire("job list --prefix list/ --limit 3");
    assert.equal(stdout.trimEnd().split("\n").length, 4);
    const [, token = ""] = /^There are more: --all-pages, or --page-token (\S+)$/m.exec(stderr) ?? [];
    const page = await done(`job list --prefix list/ --page-token ${token} --json`);
    assert.deepEqual(slugsOf(page), ["list/3", "list/4", "list/5", "list/6"]);
    const { nextPageToken } = JSON.parse(await done("job list --prefix list/ --limit 3 --json")) as {
      nextPageToken: string;
    };
    assert.equal(nextPageToken, token);
    await failed(2, "job list --limit 3 --all-pages", /exclude each other/);
    await failed(1, "job list --page-token nonsense", /refused, BAD_FIELD:\n {2}--page-token: /);
  });

  it("go over as many pages as there are", async () => {
    const jobs = Array.from({ length: 2_300 }, (_, n) => ({
      slug: `many/${String(n).padStart(4, "0")}`,
      kind: "mail",
      delayMs: 86_400_000,
    }));
    for (let from = 0; from < jobs.length; from += 1_000) await client.scheduleJobs(jobs.slice(from, from + 1_000));
    const text = await done("job list --prefix many/ --all-pages --json");
    assert.deepEqual(
      slugsOf(text),
      jobs.map(({ slug }) => slug),
    );
    assert.equal((await done("job list --prefix many/ --limit 1500")).trimEnd().split("\n").length, 1_501);
  });

  it("are a table for people", async () => {
    const [head, first] = (await done("job list --prefix list/ --limit 1 --kind odd")).split("\n");
    assert.match(head ?? "", /^SLUG {4}KIND {2}STATE {6}DUE/);
    assert.match(first ?? "", /^list\/1 {2}odd {3}scheduled {2}in (1h|59m\d+s) +cron @yearly UTC/);
    const none = await tickwire("job list --prefix nothing/");
    assert.deepEqual([none.code, none.stdout, none.stderr], [0, "", "no jobs\n"]);
    assert.equal(await done("job list --prefix nothing/ --json"), '{"jobs":[\n]}\n');
  });

  it("show runs and workers", async () => {
    await using worker = new Cli([
      "worker",
      "--server",
      server.address,
      "--kinds",
      "shell",
      "--id",
      "w1",
      "--max-tasks",
      "2",
    ]);
    await worker.until("stderr", /"msg":"connected"/);
    await using watch = client.watchRuns({ filter: { kinds: ["shell"] } });
    await watch.opened;
    await client.scheduleJob({ slug: "ok", kind: "shell", payload: "echo fine" });
    await client.scheduleJob({
      slug: "ko",
      kind: "shell",
      payload: "echo bad >&2; exit 1",
      policy: { retry: { maxAttempts: 1 } },
    });
    let ended = 0;
    for await (const _ of watch) if (++ended === 2) break;
    const table = await done("run list --kind shell --full");
    assert.match(table, /^\S+Z {2}ok {4}succeeded +1 +\d+ms +\d+ms {2}w1 +\{"exitCode":0,"stdout":"fine\\n"/m);
    assert.match(table, /^\S+Z {2}ko {4}failed {4}.*exit code 1$/m);
    const { runs } = JSON.parse(await done("run list --state failed --ended-after -1h --json")) as {
      runs: { slug: string; state: string }[];
    };
    assert.deepEqual(
      runs.map(({ slug, state }) => [slug, state]),
      [["ko", "RUN_STATE_FAILED"]],
    );
    assert.deepEqual(JSON.parse(await done("run list --slug ok --ended-before -1h --json")), { runs: [] });
    assert.match(await done("workers"), /^w1 +shell +0 of 2 /m);
  });

  it("cancel a run that is in progress, and say so where none is", async () => {
    await using running = new Worker({ address: server.address })
      .handle(
        "long",
        (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      )
      .start();
    await running.ready;
    await using watch = client.watchRuns({ filter: { kinds: ["long"] } });
    await watch.opened;
    await client.scheduleJob({ slug: "long", kind: "long" });
    const runId = await runInProgress("long");
    await failed(1, `run cancel long --run ${"0".repeat(32)}`, /refused, NOT_RUNNING: /);
    assert.equal(await done(`run cancel long --run ${runId}`), `cancelling long, run ${runId}\n`);
    for await (const run of watch) {
      assert.deepEqual([run.runId, run.state], [runId, "cancelled"]);
      break;
    }
    await failed(1, "run cancel long", /refused, NOT_RUNNING: /);
    await failed(1, "run cancel nobody", /refused, JOB_NOT_FOUND: /);
    await failed(2, "run cancel", /SLUG/);
  });
});

describe("tickwire kind", () => {
  it("registers, shows and lists", async () => {
    const register = [
      "kind",
      "register",
      "report",
      "--description",
      "monthly",
      "--cron",
      "@monthly",
      "--timeout",
      "1m",
      "--max-running",
      "2",
    ];
    assert.equal(await done(register), "registered report\n");
    assert.equal(await done(register), "report is stored so already\n");
    await failed(1, "kind register report --max-running 3", /refused, KIND_EXISTS: /);
    assert.equal(await done("kind register report --max-running 3 --replace"), "registered report\n");
    assert.match(await done("kind get report"), /^max running: +3$/m);
    assert.match(await done("kind list"), /^report +3/m);
    const { kinds } = JSON.parse(await done("kind list --json")) as { kinds: { name: string; maxRunning: number }[] };
    assert.deepEqual(
      kinds.map(({ name, maxRunning }) => [name, maxRunning]),
      [["report", 3]],
    );
    await failed(1, "kind register report --max-running 1001", /--max-running: /);
    await failed(1, "kind get nobody", /refused, KIND_NOT_FOUND: /);
  });

  it("pauses with a reason, shows that, and resumes", async () => {
    assert.equal(await done(["kind", "pause", "moving", "--reason", "the office\tmoves"]), "paused moving\n");
    assert.match(await done("kind get moving"), /^paused: +\d{4}-\S+ {2}\(\S+( ago)?\) the office\\tmoves$/m);
    assert.match(await done("kind list"), /^moving {2,}(now|\ds ago)/m);
    const { kind } = JSON.parse(await done("kind pause moving --json")) as { kind: { pause: { reason?: string } } };
    assert.equal(kind.pause.reason, undefined);
    assert.equal(await done("kind resume moving"), "resumed moving\n");
    const resumed = JSON.parse(await done("kind resume moving --json")) as { kind: { name: string; pause?: object } };
    assert.deepEqual([resumed.kind.name, resumed.kind.pause], ["moving", undefined]);
    await failed(1, ["kind", "pause", "moving", "--reason", "x".repeat(501)], /--reason: must be at most 500 bytes/);
    await failed(1, "kind pause -", /NAME: must be 1 to 100 bytes/);
    await failed(1, "kind resume nobody", /refused, KIND_NOT_FOUND: /);
  });

  it("deletes a kind that no job has", async () => {
    await client.registerKind({ name: "old" });
    await client.scheduleJob({ slug: "of-old", kind: "old", delayMs: 3_600_000 });
    await failed(1, "kind delete old", /refused, KIND_IN_USE: jobs of the kind old exist, such as of-old/);
    await client.deleteJob("of-old");
    assert.equal(await done("kind delete old"), "deleted old\n");
    await failed(1, "kind delete old", /refused, KIND_NOT_FOUND: /);
  });
});

describe("tickwire job pause and resume", () => {
  it("pauses with a reason, shows that, and resumes", async () => {
    await client.scheduleJob({ slug: "resting", kind: "mail", trigger: { cron: "@yearly" } });
    assert.equal(await done(["job", "pause", "resting", "--reason", "audit\tday"]), "paused resting\n");
    assert.match(await done("job get resting"), /^state: +paused: audit\\tday$/m);
    assert.equal(await done("job update resting --label a=1"), "updated resting: mail, cron @yearly UTC, paused\n");
    const { job } = JSON.parse(await done("job resume resting --json")) as { job: { state: string; pause?: object } };
    assert.deepEqual([job.state, job.pause], ["JOB_STATE_SCHEDULED", undefined]);
    assert.match(await done("job resume resting"), /^resumed resting: mail, cron @yearly UTC, due in /);
    await failed(1, "job pause nobody", /refused, JOB_NOT_FOUND: /);
    await failed(1, ["job", "pause", "resting", "--reason", "x".repeat(501)], /--reason: must be at most 500 bytes/);
  });
});

describe("tickwire job update", () => {
  it("changes what it names, and nothing else", async () => {
    const trigger = { cron: { expression: "0 5 * * *", timeZone: "Europe/Berlin" }, jitterMs: 1_000 };
    const policy = { timeoutMs: 5_000, retry: { maxAttempts: 3, multiplier: 4 } };
    await client.scheduleJob({ slug: "edit", kind: "mail", payload: "x", labels: { a: "1" }, trigger, policy });
    const before = await client.getJob("edit");
    const change = [
      ..."job update edit --payload y --label b=2 --priority urgent --end 2999-01-01T00:00:00Z".split(" "),
      ..."--max-attempts 7 --misfire skip --inherit policy.timeout --inherit trigger.jitter".split(" "),
      ...["--etag", before.etag],
    ];
    assert.match(await done(change), /^updated edit: mail, cron 0 5 \* \* \* Europe\/Berlin, until 2999/);
    const after = await client.getJob("edit");
    assert.equal(Buffer.from(after.payload).toString(), "y");
    assert.deepEqual([after.labels, after.priority], [{ b: "2" }, "urgent"]);
    assert.deepEqual(after.trigger, { cron: before.trigger?.cron, endTime: new Date("2999-01-01T00:00:00Z") });
    assert.deepEqual(after.policy, { retry: { maxAttempts: 7, multiplier: 4 }, misfire: "skip" });
    await failed(1, change, /refused, ETAG_MISMATCH: /);
    await done("job update edit --every 10m --anchor 2026-01-01T00:00:00Z");
    assert.equal((await client.getJob("edit")).trigger?.interval?.everyMs, 600_000);
  });

  it("moves the next occurrence", async () => {
    await client.scheduleJob({ slug: "moved", kind: "mail", trigger: { cron: "@yearly" } });
    const { job } = JSON.parse(await done("job update moved --next 2999-01-01T00:00:00Z --json")) as {
      job: { dueTime: string };
    };
    assert.equal(job.dueTime, "2999-01-01T00:00:00Z");
    assert.match(await done("job update moved --delay 1h"), /^updated moved: .*, due in (1h|59m\d+s)$/m);
  });

  it("refuses what makes no sense, by its options", async () => {
    await refused("job update moved", /say what to change/);
    await refused("job update moved --next now --delay 1s", /--next and --delay exclude each other/);
    await failed(1, "job update moved --inherit kind", /--inherit: must name payload, .*got "kind"/);
    await failed(1, "job update moved --cron nonsense", /--cron: /);
    await failed(1, "job update nobody --delay 1s", /refused, JOB_NOT_FOUND: /);
  });
});

describe("tickwire job backfill", () => {
  it("stores a job for each occurrence, and none twice", async () => {
    await client.scheduleJob({ slug: "fill", kind: "nobody", trigger: { cron: "0 0 * * *" } });
    const line = "job backfill fill --from 2020-01-01T00:00:00Z --to 2020-01-03T00:00:00Z";
    assert.match(await done(line), /^stored 2 of 2 jobs: tickwire job list --prefix fill@ shows them\n$/);
    assert.match(await done(`${line} --max-runs 2`), /^stored 0 of 2 jobs, 2 were there before: /);
    const { slugs } = JSON.parse(await done(`${line} --json`)) as { slugs: string[]; createdCount?: number };
    assert.deepEqual(slugs, ["fill@2020-01-01T00:00:00.000Z", "fill@2020-01-02T00:00:00.000Z"]);
    assert.equal((await client.getJob(slugs[0] ?? "")).backfillOf, "fill");
    assert.match(await done(["job", "get", slugs[0] ?? ""]), /^backfill of: +fill$/m);
    await failed(1, `${line} --max-runs 1`, /refused, TOO_MANY_RUNS: /);
    await failed(1, "job backfill fill --from now --to -1h", /refused, BAD_FIELD:\n {2}--to: must be later/);
    await refused("job backfill fill --from now", /--from and --to are needed/);
  });
});

describe("tickwire job clear and requeue", () => {
  it("change what the options choose, or count it", async () => {
    const slugs = ["clear/a", "clear/b", "clear/c"];
    await client.scheduleJobs(slugs.map((slug) => ({ slug, kind: "mail", delayMs: 3_600_000 })));
    await refused("job clear", /say which jobs, or --all/);
    assert.equal(await done("job clear --prefix clear/ --dry-run"), "would delete 3 jobs\n");
    assert.equal(await done("job requeue --prefix clear/"), "requeued 0 jobs\n");
    assert.deepEqual(JSON.parse(await done("job clear --slug clear/a --json")), { deletedCount: "1" });
    assert.equal(await done("job clear --prefix clear/ --state scheduled"), "deleted 2 jobs\n");
    await failed(1, "job clear --kind -", /refused, BAD_FIELD:\n {2}--kind/);
  });
});

describe("tickwire stats", () => {
  it("shows how kinds stand, the servers, and how many workers each has", async () => {
    const { serverId, version } = await client.getServerInfo();
    await using worker = new Cli(["worker", "--server", server.address, "--kinds", "print"]);
    await worker.until("stderr", /"msg":"connected"/);
    // The store's list of them is written a moment after the welcome.
    while ((await client.getStats()).servers[0]?.workers !== 1) await new Promise((resolve) => setImmediate(resolve));
    await client.scheduleJob({ slug: "stats/late", kind: "counted" });
    await client.scheduleJob({ slug: "stats/later", kind: "counted", delayMs: 3_600_000 });
    const lines = (await done("stats --kind counted --kind print")).trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^KIND( +[A-Z]+){6} +WORKERS +FREE +LATE$/);
    assert.match(lines[1] ?? "", /^counted +2( +0){5} +0 +0 +\d+(ms|s)$/);
    assert.match(lines[2] ?? "", /^print +0( +0){5} +1 +10$/);
    assert.equal(lines[3], "");
    const [head, row, ...others] = lines.slice(4);
    assert.match(head ?? "", /^SERVER +VERSION {2}WORKERS {2}SINCE +RENEWED$/);
    assert.match(row ?? "", new RegExp(`^${serverId} +${version} +1 {2}(\\S+ ago|now) +(\\S+ ago|now)$`));
    assert.deepEqual(others, []);
    assert.match(await done("stats"), /^counted +2 /m);
    await failed(1, "stats --kind -", /--kind\[0\]: must be 1 to 100 bytes/);
    const { servers } = JSON.parse(await done("stats --json")) as { servers: { serverId: string; workers: number }[] };
    assert.deepEqual(
      servers.map((one) => [one.serverId, one.workers]),
      [[serverId, 1]],
    );
  });
});

describe("a server that can't be reached", () => {
  it("is exit code 3, and says where it was looked for", async () => {
    const { code, stdout, stderr } = await run(["job", "list", "--server", "127.0.0.1:1"]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(
      stderr,
      /^tickwire: can't reach a server at 127\.0\.0\.1:1: connect ECONNREFUSED\nStart one with `tickwire serve`/,
    );
  });

  it("is one that does not answer, too", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = silent.address();
    assert.ok(address && typeof address === "object");
    const { code, stderr } = await run([
      "job",
      "get",
      "x",
      "--server",
      `127.0.0.1:${address.port}`,
      "--deadline",
      "300ms",
    ]);
    silent.close();
    assert.equal(code, 3, stderr);
    assert.match(stderr, /no answer within --deadline/);
  });

  it("is passed over where another can be", async () => {
    const addresses = `127.0.0.1:1,${server.address}`;
    assert.equal((await run(["job", "list", "--json", "--limit", "1", "--server", addresses])).code, 0);
  });
});
