/** A bound that every server of this version keeps. `GetServerInfo` returns them by name, and `docs/limits.md` lists them. */
export interface Limit {
  readonly value: number;
  readonly unit: "bytes" | "ms" | "items" | "tasks" | "times" | "runs";
  /** Why it is what it is. */
  readonly why: string;
}

const KIB = 1_024;
const MIB = 1_048_576;
const DAY_MS = 86_400_000;

export const LIMITS = {
  slug_bytes: { value: 200, unit: "bytes", why: "fits every store's index keys, also with an occurrence behind it" },
  kind_bytes: { value: 100, unit: "bytes", why: "a part of most index keys" },
  payload_bytes: { value: MIB, unit: "bytes", why: "a task is one frame, and frames are at most 1 MiB" },
  content_type_bytes: { value: 100, unit: "bytes", why: "the longest registered MIME types take 80" },
  labels: { value: 32, unit: "items", why: "labels are read with each job, and compared one by one in filters" },
  label_key_bytes: { value: 63, unit: "bytes", why: "as Kubernetes has it, so that its labels fit" },
  label_value_bytes: { value: 255, unit: "bytes", why: "room for a URL's path; longer values belong in the payload" },
  cron_bytes: { value: 256, unit: "bytes", why: "bounds the time that one expression takes to parse" },
  time_zone_bytes: { value: 64, unit: "bytes", why: "twice the longest IANA name" },
  interval_min_ms: { value: 1, unit: "ms", why: "times are kept in whole milliseconds" },
  span_max_ms: {
    value: 36_525 * DAY_MS,
    unit: "ms",
    why: "a century: intervals, delays and backoffs stay inside the calendar",
  },
  jitter_max_ms: { value: 31 * DAY_MS, unit: "ms", why: "spreads a monthly job's load over the month" },
  timeout_min_ms: { value: 1, unit: "ms", why: "times are kept in whole milliseconds" },
  timeout_max_ms: { value: 30 * DAY_MS, unit: "ms", why: "a task that never ends would hold its place for ever" },
  max_replays: {
    value: 10_000,
    unit: "runs",
    why: "a night of a 4 s job; a longer backlog is better run as jobs of their own",
  },
  retention_max_ms: { value: 3_653 * DAY_MS, unit: "ms", why: "ten years of history" },
  backoff_multiplier: {
    value: 100,
    unit: "times",
    why: "two retries from 1 s to almost 3 h; more is a typing mistake",
  },
  request_id_bytes: { value: 64, unit: "bytes", why: "a UUID, or a hash in hex" },
  etag_bytes: { value: 64, unit: "bytes", why: "more than any that a server gives out" },
  kind_description_bytes: { value: 1_000, unit: "bytes", why: "every server keeps all kinds in memory" },
  pause_reason_bytes: { value: 500, unit: "bytes", why: "a sentence or two, kept where the kind or job is" },
  max_running: {
    value: 1_000,
    unit: "tasks",
    why: "each running task of such a kind takes a numbered place, found by a scan",
  },
  batch_jobs: { value: 1_000, unit: "items", why: "one batch is one write of the store" },
  filter_slugs: { value: 1_000, unit: "items", why: "each is a look-up of its own" },
  filter_kinds: { value: 100, unit: "items", why: "each is a scan of its own" },
  filter_states: { value: 32, unit: "items", why: "there are fewer states than this" },
  page_size_default: { value: 50, unit: "items", why: "a page that people read" },
  page_size: { value: 1_000, unit: "items", why: "a page that programs read" },
  page_bytes: { value: MIB, unit: "bytes", why: "a page is one message, and clients take 4 MiB by default" },
  page_looked_at: { value: 10_000, unit: "items", why: "a filter that matches little must not hold a store for long" },
  counted_jobs: {
    value: 10_000,
    unit: "items",
    why: "GetStats counts so many of one state, in a millisecond, and estimates what is more",
  },
  stats_kinds: { value: 1_000, unit: "items", why: "GetStats of every kind is one message" },
  page_token_bytes: { value: 1_024, unit: "bytes", why: "more than any that a server gives out" },
  preview_times_default: { value: 10, unit: "times", why: "what people look at" },
  preview_times: { value: 1_000, unit: "times", why: "bounds the time that one call computes" },
  backfill_slug_bytes: { value: 175, unit: "bytes", why: "a backfilled job is named slug@occurrence, in 200 bytes" },
  backfill_runs_default: { value: 100, unit: "runs", why: "a span that is longer than was meant stores nothing" },
  backfill_runs: { value: 1_000, unit: "runs", why: "one call is a few writes of the store" },
  backfill_kept_ms: {
    value: DAY_MS,
    unit: "ms",
    why: "so long after its run a repeat stores a backfilled job not again",
  },
  bulk_work_ms: { value: 10_000, unit: "ms", why: "ClearJobs and RequeueJobs answer well before a 30 s deadline" },
  watch_buffer_runs: {
    value: 10_000,
    unit: "runs",
    why: "what a slow watcher may fall behind before it is told of a gap",
  },
  watch_buffer_bytes: { value: 4 * MIB, unit: "bytes", why: "memory that one slow watcher may take" },
  watch_alive_ms: { value: 15_000, unit: "ms", why: "shorter than the idle timeouts of common proxies" },
  error_bytes: { value: 8 * KIB, unit: "bytes", why: "a stack trace; kept on the job and in its history" },
  result_bytes: { value: 64 * KIB, unit: "bytes", why: "kept on the job and in its history" },
  checkpoint_bytes: { value: 64 * KIB, unit: "bytes", why: "written with progress, up to once a second" },
  progress_note_bytes: { value: 200, unit: "bytes", why: "one line for people" },
  worker_id_bytes: { value: 100, unit: "bytes", why: "a host's name and a process id" },
  worker_client_bytes: { value: 100, unit: "bytes", why: "a library's name and version" },
  worker_info: { value: 16, unit: "items", why: "kept in memory for each worker" },
  worker_kinds: { value: 1_000, unit: "items", why: "each claim asks for each kind that has a free place" },
  worker_tasks: { value: 10_000, unit: "tasks", why: "bounds what one broken stream leaves to recover" },
  frame_bytes: { value: MIB, unit: "bytes", why: "a frame is handled in one turn, besides pings" },
  message_bytes: { value: 4 * MIB, unit: "bytes", why: "what gRPC libraries take by default" },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** The bound itself, in its unit. */
export function limit(name: LimitName): number {
  return LIMITS[name].value;
}
