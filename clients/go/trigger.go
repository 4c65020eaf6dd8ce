package tickwire

import "time"

// Trigger says when a job runs. Exactly one of Cron, Interval and Once is set.
type Trigger struct {
	Cron     *CronTrigger
	Interval *IntervalTrigger
	Once     *OnceTrigger
	// StartTime: no occurrence before it; also of those whose time was set by hand. Zero: none.
	StartTime time.Time
	// EndTime: no occurrence at or after it. Zero: none.
	EndTime time.Time
	// MaxOccurrences: at most so many, missed ones included; 0: no limit.
	MaxOccurrences int64
	// Jitter: each occurrence is put off by a random span below this, at most 31 days, that ends before the trigger's next time.
	Jitter time.Duration
}

// CronTrigger is a cron expression.
type CronTrigger struct {
	// Expression has 5 fields (minute first), 6 (second first), 7 (and a year at the end), or is a macro such as @hourly.
	Expression string
	// TimeZone is an IANA name; empty: UTC.
	TimeZone string
	// Dialect: empty: DialectUnix.
	Dialect CronDialect
}

// CronDialect is how an expression is read.
type CronDialect string

// Dialects of cron.
const (
	DialectUnix   CronDialect = "unix"
	DialectQuartz CronDialect = "quartz"
)

// IntervalTrigger is a fixed span.
type IntervalTrigger struct {
	// Every is whole milliseconds, at least 1.
	Every time.Duration
	// Basis: empty: BasisFixedRate.
	Basis IntervalBasis
	// AnchorTime is what a fixed rate counts from; zero: the trigger's StartTime, or else the moment it is stored.
	AnchorTime time.Time
}

// IntervalBasis is what an interval counts from.
type IntervalBasis string

const (
	// BasisFixedRate: anchor + n * every.
	BasisFixedRate IntervalBasis = "fixed_rate"
	// BasisFixedDelay: the end of an occurrence's last attempt + every, without an anchor.
	BasisFixedDelay IntervalBasis = "fixed_delay"
)

// OnceTrigger runs a job once.
type OnceTrigger struct {
	// Time: zero: when the job is stored, or the trigger's StartTime where that is later.
	Time time.Time
}

// Cron is a trigger of a cron expression, in a time zone with an IANA name; an empty one is UTC.
func Cron(expression, timeZone string) *Trigger {
	return &Trigger{Cron: &CronTrigger{Expression: expression, TimeZone: timeZone}}
}

// Every is a trigger at a fixed rate.
func Every(span time.Duration) *Trigger {
	return &Trigger{Interval: &IntervalTrigger{Every: span}}
}

// Once is a trigger of one run. The zero time: when it is stored.
func Once(at time.Time) *Trigger {
	return &Trigger{Once: &OnceTrigger{Time: at}}
}
