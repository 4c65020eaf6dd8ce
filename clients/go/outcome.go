package tickwire

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// Completion is a success, and more.
type Completion struct {
	// Result is kept on the job and in its history; cut at 64 KiB. A string or bytes as they are, anything else as JSON; nil: none.
	Result any
	// Payload replaces the job's for its next run, unless a caller has changed it since the hand-out. As Result; nil: the job keeps its
	// own.
	Payload any
	// NextTime is the next occurrence, in place of the trigger's; a past time is now. Zero: the trigger's.
	NextTime time.Time
	// LastRun: no further run, whatever the trigger or NextTime says.
	LastRun bool
}

// snoozeError and releaseError are not failures: they say what else becomes of a task.
type snoozeError struct{ delay time.Duration }

func (e snoozeError) Error() string { return fmt.Sprintf("snoozed for %s", e.delay) }

type releaseError struct{}

func (releaseError) Error() string { return "released" }

// Snooze is returned by a handler: not now. The task is due again after the delay, and no attempt is counted. Less than a second is a
// second.
func Snooze(delay time.Duration) error { return snoozeError{max(delay, time.Second)} }

// Release is returned by a handler: hands the task back unrun. No attempt is counted, and any worker may get it, after 1 s at first.
func Release() error { return releaseError{} }

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent is returned by a handler: a failure that no retry helps. The occurrence is given up now. Nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

type retryAfterError struct {
	error
	delay time.Duration
}

func (e retryAfterError) Unwrap() error { return e.error }

// RetryAfter is returned by a handler: a failure that is retried after the delay instead of the policy's wait. Less than 0 is 0. Nil for
// nil.
func RetryAfter(delay time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return retryAfterError{err, max(0, delay)}
}

const (
	// errorLimit: the server keeps so much of an error.
	errorLimit = 8 * 1024
	// resultLimit: the server keeps 64 KiB of a result, and notes that it was cut where one byte more comes: so no more is sent.
	resultLimit = 64*1024 + 1
	// payloadLimit: both sides take messages of at most 4 MiB. What is longer than the server's own limit, but not than this, it rejects
	// by name.
	payloadLimit = 4*1024*1024 - resultLimit - 4096
)

// outcome is how an attempt ended: one of a Result's outcomes, with an upper bound of its bytes.
type outcome struct {
	success   *pb.Success
	failure   *pb.Failure
	snoozed   *pb.Snoozed
	cancelled bool
	// threw: the handler returned an error, or panicked.
	threw bool
}

// released is what none of the others is.
var (
	released  = outcome{}
	cancelled = outcome{cancelled: true}
)

func failed(message string) outcome {
	return outcome{failure: &pb.Failure{Error: cutText(message, errorLimit)}}
}

// outcomeOfError reads what a handler returned.
func outcomeOfError(err error) outcome {
	var snooze snoozeError
	if errors.As(err, &snooze) {
		return outcome{snoozed: &pb.Snoozed{Delay: durationpb.New(snooze.delay)}}
	}
	if errors.As(err, new(releaseError)) {
		return released
	}
	o := failed(err.Error())
	o.threw = true
	o.failure.Permanent = errors.As(err, new(permanentError))
	var after retryAfterError
	if errors.As(err, &after) {
		o.failure.RetryAfter = durationpb.New(after.delay)
	}
	return o
}

// outcomeOfCompletion makes what no message can carry a failure that says so: it would end every stream that it is sent on.
func outcomeOfCompletion(c Completion) outcome {
	result, _, err := encodePayload(c.Result)
	if err != nil {
		return failed(fmt.Sprintf("the handler's result can't be sent: %v", err))
	}
	// Kept until the receipt, and marshalled on another goroutine: the handler may use its own bytes again.
	success := &pb.Success{Result: bytes.Clone(result[:min(len(result), resultLimit)]), LastRun: c.LastRun}
	if c.Payload != nil {
		payload, _, err := encodePayload(c.Payload)
		if err != nil {
			return failed(fmt.Sprintf("the outcome can't be sent: %v", err))
		}
		if len(payload) > payloadLimit {
			return failed(fmt.Sprintf("the outcome can't be sent: the new payload has %d bytes, and a message takes %d", len(payload), payloadLimit))
		}
		success.Payload = append([]byte{}, payload...)
	}
	if !c.NextTime.IsZero() {
		success.NextTime = timestamppb.New(c.NextTime)
		if err := success.NextTime.CheckValid(); err != nil {
			return failed(fmt.Sprintf("the outcome can't be sent: next_time: %v", err))
		}
	}
	return outcome{success: success}
}

// wire gives the result that is sent, and an upper bound of its bytes.
func (o outcome) wire(slug string, token []byte) (*pb.Result, int) {
	result := &pb.Result{Slug: slug, Token: token}
	size := 96 + len(slug)
	switch {
	case o.success != nil:
		result.Outcome = &pb.Result_Success{Success: o.success}
		size += len(o.success.Result) + len(o.success.Payload)
	case o.failure != nil:
		result.Outcome = &pb.Result_Failure{Failure: o.failure}
		size += len(o.failure.Error)
	case o.snoozed != nil:
		result.Outcome = &pb.Result_Snoozed{Snoozed: o.snoozed}
	case o.cancelled:
		result.Outcome = &pb.Result_Cancelled{Cancelled: &pb.Cancelled{}}
	default:
		result.Outcome = &pb.Result_Released{Released: &pb.Released{}}
	}
	return result, size
}

// afterAbort is what a handler's words mean after an abort. A success is a success all the same. After a cancel or a timeout everything
// else is cancelled, which the server turns into the state that it asked for. A task that was stopped with its worker goes back unrun; so
// does one that was taken away: nobody wants its result, but its place is free with the receipt.
func (o outcome) afterAbort(why AbortCause) outcome {
	switch {
	case why == "" || o.success != nil:
		return o
	case why == AbortCancelled || why == AbortTimedOut:
		return cancelled
	case o.threw || why != AbortStopping:
		return released
	default:
		return o
	}
}
