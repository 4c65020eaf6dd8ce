import { BULK_CALL_OPTIONS, CALL_OPTIONS } from "../call-options.js";
import type { Argument, Command, Option } from "../command.js";
import { LIST_OPTIONS } from "../list-options.js";
import { POLICY_OPTIONS } from "../policy.js";
import { TRIGGER_OPTIONS } from "../trigger.js";

const SLUG: Argument = { name: "SLUG", help: "the job's name" };

const REQUEST_OPTIONS: readonly Option[] = [
  {
    name: "request-id",
    value: "TEXT",
    help: "names this call, at most 64 bytes: given again, it is not carried out twice; without it drawn for each command",
  },
];

const PAYLOAD_OPTIONS: readonly Option[] = [
  { name: "payload", value: "TEXT", help: "the worker's input" },
  { name: "payload-file", value: "FILE", help: "the worker's input from a file, as it is; - is stdin" },
  { name: "content-type", value: "TYPE", help: "of the payload, a MIME type: for display, and for workers" },
];

const SCHEDULE_OPTIONS: readonly Option[] = [
  { name: "slug", value: "SLUG", help: "the job's name, unique in the store; without it the server picks one" },
  { name: "kind", value: "KIND", help: "required: the workers that serve this kind run it" },
  ...PAYLOAD_OPTIONS,
  ...TRIGGER_OPTIONS,
  {
    name: "delay",
    value: "SPAN",
    help: "from now by the store's clock: when it runs that runs once, and a recurring job's next run",
  },
  { name: "label", value: "KEY=VALUE", many: true, help: "for filters and display" },
  {
    name: "priority",
    value: "low|normal|high|urgent",
    help: "among due jobs a higher one goes first; without it normal",
  },
  ...POLICY_OPTIONS,
  {
    name: "on-conflict",
    value: "fail|keep|update|replace",
    help: "where the slug exists: refuse, leave that job as it is, change what differs and keep how it stands, or put this one in its place; without it fail",
  },
  { name: "validate-only", help: "check it, and answer as if it were stored; store nothing" },
  ...REQUEST_OPTIONS,
  {
    name: "repeat",
    help: "an earlier try with this --request-id may have been carried out: don't store again what ran and is gone",
  },
];

const UPDATE_OPTIONS: readonly Option[] = [
  ...PAYLOAD_OPTIONS,
  ...TRIGGER_OPTIONS,
  { name: "label", value: "KEY=VALUE", many: true, help: "all labels, in place of those that it has" },
  { name: "priority", value: "low|normal|high|urgent", help: "among due jobs a higher one goes first" },
  ...POLICY_OPTIONS,
  {
    name: "inherit",
    value: "FIELD",
    many: true,
    help: "goes back to what it inherits, or to nothing: payload, content_type, labels, priority, trigger, policy, or a part such as trigger.end_time, policy.timeout, policy.retry.max_attempts",
  },
  { name: "next", value: "TIME", help: "when the next occurrence runs: 2026-03-01T09:00:00Z, now, +10m" },
  { name: "delay", value: "SPAN", help: "from now by the store's clock to the next occurrence" },
  { name: "etag", value: "TEXT", help: "only if this is still the job's etag, as job get shows it" },
];

const FILTER_OPTIONS: readonly Option[] = [
  { name: "slug", value: "SLUG", many: true, help: "one of these jobs" },
  { name: "prefix", value: "TEXT", help: "slugs that begin so" },
  { name: "kind", value: "KIND", many: true, help: "of one of these kinds" },
  {
    name: "state",
    value: "scheduled|running|retrying|paused|dead|completed",
    many: true,
    help: "in one of these states",
  },
  { name: "label", value: "KEY=VALUE", many: true, help: "with all of these labels" },
  { name: "due-after", value: "TIME", help: "due at or after it: 2026-03-01T09:00:00Z, now, +10m, -2h" },
  { name: "due-before", value: "TIME", help: "due before it" },
];

const BULK_OPTIONS: readonly Option[] = [
  ...FILTER_OPTIONS,
  { name: "all", help: "every job, where no option says which" },
  { name: "dry-run", help: "count them, and change nothing" },
  ...BULK_CALL_OPTIONS,
];

export const JOB_COMMANDS: readonly Command[] = [
  {
    name: "job schedule",
    summary: "store a job; it is durable when the command ends",
    options: [...SCHEDULE_OPTIONS, ...CALL_OPTIONS],
    notes: [
      "Without --cron, --every, --at and --once the kind's own trigger holds; where that has none, the job runs once,",
      "at once. What is inherited comes from the kind, where one is registered, then from the server.",
      "",
      "  tickwire job schedule --slug backup --kind shell --payload 'make backup' --cron '30 2 * * *' --tz Europe/Berlin",
      "  tickwire job schedule --kind print --payload hello --delay 10s",
      "  date | tickwire job schedule --slug clock --kind print --payload-file - --every 1m --on-conflict replace",
    ],
    run: async (given) => (await import("./schedule.js")).scheduleJob(given),
  },
  {
    name: "job get",
    summary: "show a job: definition, state, counts, the newest result",
    arguments: [SLUG],
    options: CALL_OPTIONS,
    run: async (given) => (await import("./get.js")).getJob(given),
  },
  {
    name: "job list",
    summary: "list jobs in the order of their slugs",
    options: [
      ...FILTER_OPTIONS,
      { name: "full", help: "with payloads and results, in --json" },
      ...LIST_OPTIONS,
      ...CALL_OPTIONS,
    ],
    notes: ["All that is given must match; of an option that is repeated, one value."],
    run: async (given) => (await import("./list.js")).listJobs(given),
  },
  {
    name: "job update",
    summary: "change what the options name of a job, and nothing else",
    arguments: [SLUG],
    options: [...UPDATE_OPTIONS, ...CALL_OPTIONS],
    notes: [
      "With another trigger the next occurrence is computed from now. --next and --delay move the next occurrence alone; the",
      "trigger goes on with its first time after it. They are refused while a task is out.",
      "",
      "  tickwire job update backup --cron '0 4 * * *' --tz Europe/Berlin --inherit policy.timeout",
      "  tickwire job update backup --next +10m",
    ],
    run: async (given) => (await import("./update.js")).updateJob(given),
  },
  {
    name: "job delete",
    summary: "remove a job; its task, if one is out, is cancelled",
    arguments: [SLUG],
    options: [
      { name: "etag", value: "TEXT", help: "only if this is still the job's etag, as job get shows it" },
      { name: "allow-missing", help: "done as well where it is gone already" },
      ...CALL_OPTIONS,
    ],
    run: async (given) => (await import("./delete.js")).deleteJob(given),
  },
  {
    name: "job run",
    summary: "run a job now; its trigger goes on as before",
    arguments: [SLUG],
    options: [...REQUEST_OPTIONS, ...CALL_OPTIONS],
    run: async (given) => (await import("./run.js")).runJob(given),
  },
  {
    name: "job backfill",
    summary: "run the occurrences of a span again, as jobs of their own that run once",
    arguments: [SLUG],
    options: [
      { name: "from", value: "TIME", help: "required: from this occurrence on: 2026-03-01T09:00:00Z, -2d" },
      { name: "to", value: "TIME", help: "required: up to and without it: 2026-03-02T09:00:00Z, now" },
      { name: "max-runs", value: "N", help: "where there are more, none is stored; up to 1000; without it 100" },
      ...CALL_OPTIONS,
    ],
    notes: [
      "Each is named SLUG@OCCURRENCE, does what the job does now, and is kept for a day after it ran, so that the same command",
      "stores none of them twice.",
      "",
      "  tickwire job backfill backup --from 2026-03-01T00:00:00Z --to now",
    ],
    run: async (given) => (await import("./backfill.js")).backfillJob(given),
  },
  {
    name: "job pause",
    summary: "stop a job's next runs, on every server; a task that is out ends first",
    arguments: [SLUG],
    options: [{ name: "reason", value: "TEXT", help: "for people, at most 500 bytes" }, ...CALL_OPTIONS],
    notes: ["On a paused job it replaces the reason. A paused job can still be run by hand: job run."],
    run: async (given) => (await import("./pause.js")).pauseJob(given),
  },
  {
    name: "job resume",
    summary: "let a paused job go on; what came due meanwhile runs as its misfire policy says",
    arguments: [SLUG],
    options: CALL_OPTIONS,
    run: async (given) => (await import("./resume.js")).resumeJob(given),
  },
  {
    name: "job requeue",
    summary: "make dead jobs due now, with a new set of attempts",
    options: BULK_OPTIONS,
    notes: ["Of the jobs that the options choose, the dead ones."],
    run: async (given) => (await import("./bulk.js")).requeueJobs(given),
  },
  {
    name: "job clear",
    summary: "delete every job that the options choose; their tasks that are out are cancelled",
    options: BULK_OPTIONS,
    notes: ["  tickwire job clear --state dead --due-before -7d --dry-run"],
    run: async (given) => (await import("./bulk.js")).clearJobs(given),
  },
];
