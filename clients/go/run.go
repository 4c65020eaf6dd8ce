package tickwire

import "time"

// Run is one attempt that ended: the history.
type Run struct {
	RunID string
	// OccurrenceID is the same for every attempt of one occurrence.
	OccurrenceID string
	Slug         string
	JobUID       string
	Kind         string
	// Attempt counts from 1.
	Attempt       int
	State         RunState
	Cause         RunCause
	ScheduledTime time.Time
	DueTime       time.Time
	StartTime     time.Time
	EndTime       time.Time
	Error         string
	// Result has at most 64 KiB. Empty in a basic view.
	Result          []byte
	ResultTruncated bool
	WorkerID        string
	ServerID        string
}

// RunState is how a run ended.
type RunState string

// States of a run.
const (
	RunSucceeded RunState = "succeeded"
	RunFailed    RunState = "failed"
	RunTimedOut  RunState = "timed_out"
	RunLost      RunState = "lost"
	RunCancelled RunState = "cancelled"
	RunReleased  RunState = "released"
	RunSnoozed   RunState = "snoozed"
)

// RunCause is what a run is of.
type RunCause string

// Causes of a run.
const (
	CauseTrigger  RunCause = "trigger"
	CauseRunJob   RunCause = "run_job"
	CauseBackfill RunCause = "backfill"
)
