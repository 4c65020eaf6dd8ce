package tickwire

import "time"

// JobInput is a job to be stored.
type JobInput struct {
	// Slug is unique in the store: 1 to 200 bytes of [A-Za-z0-9._:/@-], starting with a letter or digit. Empty: the server picks one.
	Slug string
	// Kind routes the job to the workers that serve it.
	Kind string
	// Payload is the worker's input, at most 1 MiB: bytes as they are, a string as UTF-8, nil as nothing, anything else as JSON.
	Payload any
	// ContentType of the payload; empty: application/json where it is sent as JSON.
	ContentType string
	// Labels: at most 32 pairs.
	Labels map[string]string
	// Trigger: nil: the kind's; if it has none, the job runs once.
	Trigger *Trigger
	Policy  *Policy
	// Priority: empty: PriorityNormal.
	Priority Priority
	// Delay from now, by the store's clock: when a job runs that runs once, and a recurring one's next occurrence. Nil: none.
	Delay *time.Duration
	// OnConflict says what happens where the slug exists already. Empty: ConflictFail.
	OnConflict ConflictPolicy
	// ValidateOnly: check, and answer as if stored; store nothing.
	ValidateOnly bool
	// RequestID names this call, at most 64 bytes; empty: drawn before the first try.
	RequestID string
}

// ConflictPolicy says what happens where a slug exists already.
type ConflictPolicy string

// Conflict policies: refuse; keep that job as it is; change what differs, and keep how it stands; put a new one in its place.
const (
	ConflictFail    ConflictPolicy = "fail"
	ConflictKeep    ConflictPolicy = "keep"
	ConflictUpdate  ConflictPolicy = "update"
	ConflictReplace ConflictPolicy = "replace"
)

// Job is one as the server has it. A zero time is unset. Where this version has no name for what a newer server says, a word is
// "unknown".
type Job struct {
	Slug string
	Kind string
	// Payload is empty in a basic view.
	Payload     []byte
	ContentType string
	Labels      map[string]string
	Trigger     *Trigger
	Policy      Policy
	Priority    Priority
	// UID is random, given at creation: tells two jobs apart that had the same slug.
	UID string
	// Etag changes with every caller's write.
	Etag  string
	State JobState
	// Pause is there while somebody has it paused.
	Pause *Pause
	// DeadReason is set while dead.
	DeadReason DeadReason
	// ScheduledTime is of the occurrence that runs next, as the trigger computed it.
	ScheduledTime time.Time
	// DueTime is when the next attempt is due; unset in dead and completed jobs.
	DueTime time.Time
	// Failures are the failed, timed-out and lost attempts of the current occurrence.
	Failures int
	// LastError is the newest attempt's; empty after a success.
	LastError string
	// LastResult is the newest success's, at most 64 KiB. Empty in a basic view.
	LastResult      []byte
	LastEndTime     time.Time
	LastSuccessTime time.Time
	// CurrentTask is there while running.
	CurrentTask *CurrentTask
	Counts      JobCounts
	CreateTime  time.Time
	UpdateTime  time.Time
	// ExpireTime is when a completed job is removed.
	ExpireTime time.Time
	// BackfillOf is the job that a backfill made this one for; else empty.
	BackfillOf string
	// EffectivePolicy is only from GetJob: with the kind's and the server's defaults filled in.
	EffectivePolicy *Policy
	// WaitingFor is only from GetJob: why a due job is not running.
	WaitingFor WaitReason
}

// JobState is how a job stands.
type JobState string

// States of a job.
const (
	JobScheduled JobState = "scheduled"
	JobRunning   JobState = "running"
	JobRetrying  JobState = "retrying"
	JobPaused    JobState = "paused"
	JobDead      JobState = "dead"
	JobCompleted JobState = "completed"
)

// DeadReason says why a job is dead.
type DeadReason string

// Reasons for which a job is dead.
const (
	DeadExhausted        DeadReason = "exhausted"
	DeadPermanentFailure DeadReason = "permanent_failure"
	DeadTriggerError     DeadReason = "trigger_error"
	DeadCancelled        DeadReason = "cancelled"
)

// WaitReason says why a due job is not running.
type WaitReason string

// Reasons for which a due job is not running.
const (
	WaitNoWorker    WaitReason = "no_worker"
	WaitWorkersFull WaitReason = "workers_full"
	WaitMaxRunning  WaitReason = "max_running"
	WaitKindPaused  WaitReason = "kind_paused"
)

// Priority is which of several due jobs is handed out first.
type Priority string

// Priorities.
const (
	PriorityLow    Priority = "low"
	PriorityNormal Priority = "normal"
	PriorityHigh   Priority = "high"
	PriorityUrgent Priority = "urgent"
)

// Pause says since when and why something is paused.
type Pause struct {
	Reason    string
	PauseTime time.Time
}

// CurrentTask is the attempt in progress.
type CurrentTask struct {
	RunID        string
	OccurrenceID string
	Attempt      int
	WorkerID     string
	ServerID     string
	StartTime    time.Time
	// Progress is 0 to 1, as the worker reported it last; nil: it did not.
	Progress     *float64
	ProgressNote string
	ProgressTime time.Time
}

// JobCounts say how often each thing happened since the job was created.
type JobCounts struct {
	Succeeded int64
	// Failed attempts, and those that timed out.
	Failed int64
	// Lost attempts, whose worker or server vanished.
	Lost      int64
	Cancelled int64
	// Occurrences that the trigger gave.
	Occurrences int64
	// Missed occurrences, dropped by the misfire policy.
	Missed int64
	// Exhausted occurrences, given up after their last attempt.
	Exhausted int64
	Released  int64
	Snoozed   int64
}

// JobUpdate changes a job.
type JobUpdate struct {
	// Mask is what to change, as paths of the contract: payload, content_type, labels, priority, trigger, trigger.cron.expression,
	// policy.timeout, policy.retry.max_attempts ... It is needed, unless the next occurrence is moved. A named field that is unset goes
	// back to what it inherits.
	Mask        []string
	Payload     any
	ContentType string
	Labels      map[string]string
	Trigger     *Trigger
	Policy      *Policy
	Priority    Priority
	// Etag: refused as ErrEtagMismatch where it is set and is not the stored one.
	Etag string
	// Delay moves the next occurrence, from now. Excludes NextTime.
	Delay *time.Duration
	// NextTime moves the next occurrence. Excludes Delay.
	NextTime time.Time
}
