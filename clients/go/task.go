package tickwire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

const (
	// Bytes of a checkpoint and of a note, as the server bounds them.
	checkpointLimit = 64 * 1024
	noteLimit       = 200
)

// Task is one attempt of an occurrence, handed to this worker.
type Task struct {
	Slug   string
	JobUID string
	Kind   string
	RunID  string
	// OccurrenceID is the same for every attempt of one occurrence: an idempotency key.
	OccurrenceID  string
	Payload       []byte
	ContentType   string
	Labels        map[string]string
	ScheduledTime time.Time
	// Attempt counts from 1.
	Attempt int
	// MaxAttempts: 0: no limit.
	MaxAttempts int
	// Fence grows with every hand-out of this slug: a fencing token for systems that the task writes to.
	Fence int64
	// Timeout: the attempt is cancelled this long after the hand-out; 0: never.
	Timeout time.Duration
	// PreviousError is of the attempt before this one, if it did not succeed; else empty.
	PreviousError string
	// PreviousCheckpoint is what the attempt before this one kept with Checkpoint, if it did not succeed; else nil.
	PreviousCheckpoint []byte
	// TraceContext is the W3C trace context of the schedule call.
	TraceContext map[string]string

	report     func(*pb.ProgressReport)
	mu         sync.Mutex
	completion Completion
}

func newTask(wire *pb.Task, report func(*pb.ProgressReport)) *Task {
	t := &Task{
		Slug:          wire.Slug,
		JobUID:        wire.JobUid,
		Kind:          wire.Kind,
		RunID:         wire.RunId,
		OccurrenceID:  wire.OccurrenceId,
		Payload:       wire.Payload,
		ContentType:   wire.ContentType,
		Labels:        wire.Labels,
		ScheduledTime: wire.ScheduledTime.AsTime(),
		Attempt:       int(wire.Attempt),
		MaxAttempts:   int(wire.MaxAttempts),
		Fence:         wire.Fence,
		Timeout:       wire.Timeout.AsDuration(),
		PreviousError: wire.PreviousError,
		TraceContext:  wire.TraceContext,
		report:        report,
	}
	if len(wire.PreviousCheckpoint) > 0 {
		t.PreviousCheckpoint = wire.PreviousCheckpoint
	}
	return t
}

// JSON reads the payload into what v points to, as [json.Unmarshal] does.
func (t *Task) JSON(v any) error { return json.Unmarshal(t.Payload, v) }

// SetResult gives the run's result, for a handler that then returns nil: a string or bytes as they are, anything else as JSON. The
// server keeps 64 KiB of it.
func (t *Task) SetResult(result any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.completion.Result = result
}

// Complete says more than a result, for a handler that then returns nil. It replaces what SetResult or Complete said before.
func (t *Task) Complete(c Completion) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.completion = c
}

func (t *Task) completed() Completion {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.completion
}

// Progress says how far the task is, 0 to 1, and a note of at most 200 bytes, cut beyond; empty: none. It is sent at most once a second,
// and the newest wins. It fails on a number that is none.
func (t *Task) Progress(fraction float64, note string) error {
	if math.IsNaN(fraction) || math.IsInf(fraction, 0) {
		return fmt.Errorf("tickwire: progress takes a number from 0 to 1, not %v", fraction)
	}
	fraction = min(1, max(0, fraction))
	report := &pb.ProgressReport{Progress: &fraction}
	if note != "" {
		report.Note = new(cutText(note, noteLimit))
	}
	t.report(report)
	return nil
}

// Note is Progress without a number.
func (t *Task) Note(note string) {
	t.report(&pb.ProgressReport{Note: new(cutText(note, noteLimit))})
}

// errCheckpoint is wrapped with the number of bytes.
var errCheckpoint = errors.New("tickwire: a checkpoint has at most 65536 bytes")

// Checkpoint keeps a place to resume from: the next attempt finds it as PreviousCheckpoint, if this one does not succeed. It is sent at
// most once a second, and the newest wins; a crash may lose what the last second held. It fails beyond 64 KiB.
func (t *Task) Checkpoint(data []byte) error {
	if len(data) > checkpointLimit {
		return fmt.Errorf("%w, not %d", errCheckpoint, len(data))
	}
	t.report(&pb.ProgressReport{Checkpoint: append([]byte{}, data...)})
	return nil
}
