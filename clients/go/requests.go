package tickwire

import "time"

// View is how much of a job or run is given.
type View string

const (
	// ViewBasic: without payloads and results. The default of lists and watches.
	ViewBasic View = "basic"
	// ViewFull is the default of GetJob.
	ViewFull View = "full"
)

// ScheduleOutcome is what became of a job to be stored.
type ScheduleOutcome string

// What became of a job to be stored. "repeated": an earlier try of the same call has stored it.
const (
	OutcomeCreated  ScheduleOutcome = "created"
	OutcomeKept     ScheduleOutcome = "kept"
	OutcomeUpdated  ScheduleOutcome = "updated"
	OutcomeReplaced ScheduleOutcome = "replaced"
	OutcomeRepeated ScheduleOutcome = "repeated"
)

// Scheduled is the answer of ScheduleJob.
type Scheduled struct {
	// Job is without payload and last result.
	Job     *Job
	Outcome ScheduleOutcome
	// Warnings are worth a look, such as a kind that no worker serves.
	Warnings []string
}

// ScheduleResult is what became of one job of ScheduleJobs.
type ScheduleResult struct {
	Slug string
	// Err is nil where the job was stored.
	Err *Error
	// Outcome is empty where it was not.
	Outcome ScheduleOutcome
	DueTime time.Time
}

// JobFilter matches where all that is set does; an entry of a list is one of several that may.
type JobFilter struct {
	// Slugs: at most 1000.
	Slugs      []string
	SlugPrefix string
	Kinds      []string
	States     []JobState
	Labels     map[string]string
	// DueAfter: due at or after it.
	DueAfter time.Time
	// DueBefore: due before it.
	DueBefore time.Time
}

// RunFilter matches where all that is set does; an entry of a list is one of several that may.
type RunFilter struct {
	Slug   string
	Kinds  []string
	States []RunState
	// EndedAfter: ended at or after it.
	EndedAfter time.Time
	// EndedBefore: ended before it.
	EndedBefore time.Time
}

// PageInput is which part of a list.
type PageInput struct {
	// PageSize is how many items one call fetches: 0: 50; at most 1000.
	PageSize int32
	// PageToken is the page's before; empty: the first page.
	PageToken string
}

// Page may be empty: go on while NextPageToken is not.
type Page[T any] struct {
	Items         []T
	NextPageToken string
}

// JobQuery is which jobs, and how much of each.
type JobQuery struct {
	Filter *JobFilter
	// View: empty: ViewBasic.
	View View
	PageInput
}

// RunQuery is which runs, and how much of each.
type RunQuery struct {
	Filter *RunFilter
	// View: empty: ViewBasic.
	View View
	PageInput
}

// BulkInput is which jobs: those that the filter matches, or all of them.
type BulkInput struct {
	Filter *JobFilter
	// All is needed where the filter is empty.
	All bool
	// ValidateOnly: count, and change nothing.
	ValidateOnly bool
}

// BulkResult is how many.
type BulkResult struct {
	Count int64
	// More: some are left: call again.
	More bool
}

// BackfillInput is a span, without its end.
type BackfillInput struct {
	StartTime time.Time
	EndTime   time.Time
	// MaxRuns: 0: 100; at most 1000.
	MaxRuns int32
}

// Backfill is what a backfill stored, or found stored.
type Backfill struct {
	Slugs        []string
	CreatedCount int
}

// PreviewInput is which run times.
type PreviewInput struct {
	// AfterTime: zero: now.
	AfterTime time.Time
	// Count: 0: the server's default.
	Count int32
}

// Preview is of a trigger.
type Preview struct {
	Times []time.Time
	// Description is in words.
	Description string
}

// WatchInput is which runs, and from where on.
type WatchInput struct {
	Filter *RunFilter
	// View: empty: ViewBasic.
	View View
	// Cursor of an earlier watch: goes on from there. Empty: from now on.
	Cursor string
	// OnGap is called where runs may have been missed: this watch read too slowly, or was away for longer than they are kept.
	OnGap func()
}
