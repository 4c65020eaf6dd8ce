/** What `updateJob` can change: the property's path here, and the field's path in the contract. */
const paths = {
  payload: "payload",
  contentType: "content_type",
  labels: "labels",
  priority: "priority",
  trigger: "trigger",
  "trigger.cron": "trigger.cron",
  "trigger.cron.expression": "trigger.cron.expression",
  "trigger.cron.timeZone": "trigger.cron.time_zone",
  "trigger.cron.dialect": "trigger.cron.dialect",
  "trigger.interval": "trigger.interval",
  "trigger.interval.everyMs": "trigger.interval.every",
  "trigger.interval.basis": "trigger.interval.basis",
  "trigger.interval.anchorTime": "trigger.interval.anchor_time",
  "trigger.once": "trigger.once",
  "trigger.once.time": "trigger.once.time",
  "trigger.startTime": "trigger.start_time",
  "trigger.endTime": "trigger.end_time",
  "trigger.maxOccurrences": "trigger.max_occurrences",
  "trigger.jitterMs": "trigger.jitter",
  policy: "policy",
  "policy.retry": "policy.retry",
  "policy.retry.maxAttempts": "policy.retry.max_attempts",
  "policy.retry.initialBackoffMs": "policy.retry.initial_backoff",
  "policy.retry.maxBackoffMs": "policy.retry.max_backoff",
  "policy.retry.multiplier": "policy.retry.multiplier",
  "policy.retry.onExhausted": "policy.retry.on_exhausted",
  "policy.timeoutMs": "policy.timeout",
  "policy.misfire": "policy.misfire",
  "policy.misfireGraceMs": "policy.misfire_grace",
  "policy.maxReplays": "policy.max_replays",
  "policy.jobRetentionMs": "policy.job_retention",
  "policy.runRetentionMs": "policy.run_retention",
} as const;

/** A path of an update mask, in this library's names. */
export type UpdatePath = keyof typeof paths;

export const updatePaths: Readonly<Record<UpdatePath, string>> = paths;
