import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type DescMessage, fromJson, toBinary } from "@bufbuild/protobuf";
import { showSpan } from "../../src/cli/span.js";
import { Check } from "../../src/core/check.js";
import { describeTrigger } from "../../src/core/describe-trigger.js";
import { limit } from "../../src/core/limits.js";
import type { Outcome } from "../../src/core/outcome.js";
import { DEFAULT_POLICY, type Policy, retryDelayMs } from "../../src/core/policy.js";
import { settle } from "../../src/core/settle.js";
import { start } from "../../src/core/start.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { Trigger } from "../../src/rpc/gen/tickwire/v1/job.js";
import { readTrigger } from "../../src/rpc/trigger.js";
import {
  at,
  effect,
  everySecond,
  failure,
  locked,
  policy,
  RUN_ID,
  stored,
  success,
  TOKEN,
} from "../core/job-builder.js";
import { root } from "../repo/tree.js";
import { messageOf, registry } from "./input-fields.js";

// The pages on triggers, policies and retries: their tables are the code's.

const page = (name: string) => readFileSync(join(root, "docs", name), "utf8");

/** The cells of the table under a head that begins so. */
function tableOf(text: string, head: string): string[][] {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.startsWith(`| ${head}`));
  assert.ok(from >= 0, head);
  const rows = lines.slice(from + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? rows.length : end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Every field that a caller fills in, by its path below the message. */
function leaves(message: DescMessage, path = ""): string[] {
  return message.fields.flatMap((field) => {
    const here = `${path}${field.name}`;
    const inner = field.fieldKind === "message" && !field.message.typeName.startsWith("google.");
    return inner ? leaves((field as { message: DescMessage }).message, `${here}.`) : [here];
  });
}

const withoutMarks = (cell: string | undefined) => cell?.replaceAll("`", "");
const bounds = (least: number, most: number) => `${showSpan(least)} to ${showSpan(most)}`;
const number = (value: number) => value.toLocaleString("en");

describe("docs/policies.md and docs/retries.md", () => {
  const { retry, ...rest } = DEFAULT_POLICY;
  const anySpan = (least: number) => bounds(least, limit("span_max_ms"));
  const retention = bounds(0, limit("retention_max_ms"));
  const CODED: Readonly<Record<string, readonly [byDefault: string, bounds: string]>> = {
    "retry.max_attempts": [String(retry.maxAttempts), "0 or more"],
    "retry.initial_backoff": [showSpan(retry.initialBackoffMs), anySpan(0)],
    "retry.max_backoff": [showSpan(retry.maxBackoffMs), anySpan(0)],
    "retry.multiplier": [String(retry.multiplier), `1 to ${limit("backoff_multiplier")}`],
    "retry.on_exhausted": [retry.onExhausted.toUpperCase(), "NEXT_OCCURRENCE, DEAD"],
    timeout: [showSpan(rest.timeoutMs), bounds(limit("timeout_min_ms"), limit("timeout_max_ms"))],
    misfire: [rest.misfire.toUpperCase(), "FIRE_ONCE, SKIP, REPLAY"],
    misfire_grace: [showSpan(rest.misfireGraceMs), anySpan(1)],
    max_replays: [String(rest.maxReplays), `1 to ${number(limit("max_replays"))}`],
    job_retention: [showSpan(rest.jobRetentionMs), retention],
    run_retention: [showSpan(rest.runRetentionMs), retention],
  };

  it("have each field of a policy, with its default and its bounds", () => {
    const rows = [...tableOf(page("retries.md"), "field |"), ...tableOf(page("policies.md"), "field |")];
    assert.deepEqual(rows.map(([name]) => withoutMarks(name)).sort(), leaves(messageOf("Policy")).sort());
    for (const [name = "", byDefault, range] of rows) {
      assert.deepEqual([byDefault, range], CODED[withoutMarks(name) ?? ""], name);
    }
  });

  it("show how long retries wait by default", () => {
    for (const [n, wait] of tableOf(page("retries.md"), "retry | waits")) {
      assert.equal(wait, showSpan(retryDelayMs(retry, Number(n), 0.5, 0.1)), `retry ${n}`);
    }
  });
});

describe("docs/retries.md: how an attempt ends", () => {
  const OUTCOMES: Readonly<Record<string, Outcome>> = {
    success,
    failure,
    "failure, permanent": { type: "failure", error: "no", permanent: true },
    "timed out (timeout)": { type: "timed_out", error: "too long" },
    "lost: its worker or server was gone for longer than the grace": { type: "lost", error: "gone" },
    "cancelled (CancelRun)": { type: "cancelled" },
    "released by its worker": { type: "released" },
    "snoozed by its worker": { type: "snoozed", delayMs: 60_000 },
    "handed back: it never reached a worker": { type: "handed_back", error: "never sent" },
  };

  it("is told of each outcome that there is", () => {
    const rows = tableOf(page("retries.md"), "outcome |").map(([name]) => withoutMarks(name));
    assert.deepEqual(rows, Object.keys(OUTCOMES));
  });

  for (const [name = "", counts, then = ""] of tableOf(page("retries.md"), "outcome |")) {
    it(name, () => {
      const outcome = OUTCOMES[withoutMarks(name) ?? ""] as Outcome;
      const job = { ...locked(stored(everySecond)), ...(outcome.type === "cancelled" && { cancel: TOKEN }) };
      const { settled } = settle(job, policy(), effect(outcome, at(5)), RUN_ID);
      assert.ok(settled.type === "put");
      const { standing } = settled;
      const isOver = standing.occurrence > job.occurrence;
      assert.equal(isOver, /next occurrence|given up/.test(then));
      assert.equal(isOver || standing.attempt === 1 ? "yes" : "no", counts);
    });
  }
});

describe("docs/policies.md: an hourly job after an outage", () => {
  const clock = (time: string) => new Date(`2025-01-01T${time.padStart(5, "0")}:00Z`);
  const hourly: TriggerInput = { type: "interval", everyMs: 3_600_000, anchor: clock("0:00") };
  const CHANGES: Readonly<Record<string, Partial<Policy>>> = {
    FIRE_ONCE: { misfire: "fire_once" },
    SKIP: { misfire: "skip" },
    "SKIP, misfire_grace 1h": { misfire: "skip", misfireGraceMs: 3_600_000 },
    REPLAY: { misfire: "replay" },
    "REPLAY, max_replays 2": { misfire: "replay", maxReplays: 2 },
  };

  for (const [name = "", runs = "", missed, next] of tableOf(page("policies.md"), "policy | runs at 11:45")) {
    it(`${withoutMarks(name)}: runs ${runs}`, () => {
      const changes = CHANGES[withoutMarks(name) ?? ""];
      assert.ok(changes, "a row of another policy");
      const occurrence = clock("9:00");
      const job = stored(hourly, { occurrence, at: occurrence, due: occurrence });
      const now = clock("11:45");
      const decided = start(locked(job, now), policy(changes), now);
      const first = runs.split(", ")[0] ?? "";
      if (first === "none") {
        assert.ok(decided.type === "free" && decided.settled.type === "put");
        const { standing } = decided.settled;
        assert.deepEqual([standing.due, standing.counts.missed], [clock(next ?? ""), Number(missed)]);
        return;
      }
      assert.equal(decided.type, "run");
      const kept = decided.type === "run" ? decided.keep : undefined;
      assert.deepEqual(kept?.occurrence ?? occurrence, clock(first));
      assert.equal(kept?.counts.missed ?? 0, Number(missed));
    });
  }
});

describe("docs/triggers.md", () => {
  const now = new Date("2025-01-01T00:00:00Z");
  const read = (json: string): TriggerInput => {
    const message = messageOf("Trigger");
    const bytes = toBinary(message, fromJson(message, JSON.parse(json), { registry }));
    const check = new Check();
    const trigger = readTrigger(check, "trigger", Trigger.decode(bytes), now);
    check.done();
    assert.ok(trigger);
    return trigger;
  };

  it("has examples that are right, in the server's words", () => {
    const rows = tableOf(page("triggers.md"), "trigger | runs");
    assert.equal(rows.length, 4);
    for (const [, , example, words] of rows) assert.equal(describeTrigger(read(withoutMarks(example) ?? "")), words);
  });

  it("has each field of a trigger", () => {
    const names = tableOf(page("triggers.md"), "field | unset").map(([name]) => withoutMarks(name));
    assert.deepEqual(names.sort(), leaves(messageOf("Trigger")).sort());
  });

  it("says what an unset field is, and the bounds", () => {
    const rows = new Map(
      tableOf(page("triggers.md"), "field | unset").map(([name, ...cells]) => [withoutMarks(name), cells]),
    );
    const cron = read('{"cron": {"expression": "* * * * *"}}');
    assert.ok(cron.type === "cron");
    assert.equal(withoutMarks(rows.get("cron.time_zone")?.[0]), cron.timeZone);
    assert.equal(withoutMarks(rows.get("cron.dialect")?.[0]), cron.dialect.toUpperCase());
    assert.equal(read('{"interval": {"every": "1s"}}').type, "interval");
    assert.equal(withoutMarks(rows.get("interval.basis")?.[0]), "FIXED_RATE");
    for (const [name, bound] of [
      ["cron.expression", `${limit("cron_bytes")} bytes`],
      ["cron.time_zone", `${limit("time_zone_bytes")} bytes`],
      ["interval.every", bounds(limit("interval_min_ms"), limit("span_max_ms"))],
      ["jitter", `up to ${showSpan(limit("jitter_max_ms"))}`],
    ] as const) {
      assert.ok(rows.get(name)?.[1]?.includes(bound), `${name}: ${bound}`);
    }
  });
});
