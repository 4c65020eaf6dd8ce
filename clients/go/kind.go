package tickwire

import "time"

// KindInput is what shall hold for every job of a kind.
type KindInput struct {
	Name string
	// Description has at most 1,000 bytes.
	Description string
	// Trigger is for jobs that set none. Nil: they run once.
	Trigger *Trigger
	Policy  *Policy
	// MaxRunning: at most so many tasks of this kind at once, over all servers and workers; 0: no limit, 1000 the highest.
	MaxRunning int32
	// Etag: refused as ErrEtagMismatch where it is set and is not the stored one.
	Etag string
	// Replace takes the place of a different definition. Only for RegisterKind.
	Replace bool
}

// Kind is one as the server has it.
type Kind struct {
	Name        string
	Description string
	Trigger     *Trigger
	Policy      Policy
	// MaxRunning: 0: no limit.
	MaxRunning int32
	Etag       string
	Pause      *Pause
	CreateTime time.Time
	UpdateTime time.Time
}

// KindStats say where a kind stands now.
type KindStats struct {
	Kind      string
	Scheduled int64
	Running   int64
	Retrying  int64
	Paused    int64
	Dead      int64
	Completed int64
	// Estimated: numbers above 10,000 are estimates, to two digits; all others are counted.
	Estimated bool
	// Workers that serve it now, of every server, and how many more of its tasks they could take.
	Workers int
	Free    int
	// OldestLateness is how late the oldest due job is; 0 where none is due.
	OldestLateness time.Duration
}
