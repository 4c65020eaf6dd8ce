package tickwire

import "time"

// Policy is how a job's runs are treated. What is nil or empty is inherited: from the kind, then from the server's defaults.
type Policy struct {
	Retry *RetryPolicy
	// Timeout is one attempt's time limit, from the hand-out; 1 ms to 30 days. Default: 5 min.
	Timeout *time.Duration
	// Misfire: default: MisfireFireOnce.
	Misfire MisfirePolicy
	// MisfireGrace: an occurrence is late once so much has passed since its due time; at least 1 ms. Default: 60 s.
	MisfireGrace *time.Duration
	// MaxReplays: with MisfireReplay: where more occurrences are pending, the older ones count as missed; 1 to 10,000. Default: 100.
	MaxReplays *int32
	// JobRetention is how long a job stays, completed, after its last run. Default: 0, removed at once.
	JobRetention *time.Duration
	// RunRetention is how long its runs stay in the history. Default: the server's setting (7 days).
	RunRetention *time.Duration
}

// MisfirePolicy says what becomes of occurrences whose time came while the job could not start.
type MisfirePolicy string

// Misfire policies.
const (
	MisfireFireOnce MisfirePolicy = "fire_once"
	MisfireSkip     MisfirePolicy = "skip"
	MisfireReplay   MisfirePolicy = "replay"
)

// RetryPolicy is how often and when a failed attempt is followed by another.
type RetryPolicy struct {
	// MaxAttempts of one occurrence, the first included; 0: no limit. Default: 20.
	MaxAttempts *int32
	// InitialBackoff: the n-th retry waits min(InitialBackoff * Multiplier^(n-1), MaxBackoff), spread by 10 % either way. Default: 10 s.
	InitialBackoff *time.Duration
	// MaxBackoff: default: 10 min.
	MaxBackoff *time.Duration
	// Multiplier: 1 to 100. Default: 2.
	Multiplier *float64
	// OnExhausted is what a recurring job does once an occurrence is out of attempts. Default: ExhaustedNextOccurrence.
	OnExhausted ExhaustedAction
}

// ExhaustedAction is what a recurring job does once an occurrence is out of attempts.
type ExhaustedAction string

// What a recurring job does once an occurrence is out of attempts.
const (
	ExhaustedNextOccurrence ExhaustedAction = "next_occurrence"
	ExhaustedDead           ExhaustedAction = "dead"
)
