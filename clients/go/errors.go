package tickwire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Violation is one wrong input field: its path in the request (job.trigger.cron.expression), and what is wrong with it.
type Violation struct {
	Field       string
	Description string
}

// Error is what every call fails with. Get it by [errors.As]; or ask for one reason by [errors.Is] and this package's Err variables.
type Error struct {
	// Code is the gRPC status code.
	Code codes.Code
	// Reason is the server's stable word for it, such as JOB_NOT_FOUND. Where no server spoke, such as on a broken connection, a
	// passed deadline or a cancelled context, it is the name of Code, such as UNAVAILABLE; CLIENT_CLOSED after [Client.Close].
	Reason string
	// Message is for people; its words may change.
	Message string
	// Violations are the wrong input fields; empty for other errors.
	Violations []Violation
	// Facts are machine-readable, beside the message.
	Facts map[string]string
	// RetryAfter is how long the server asks to wait before the next try; 0: it does not say.
	RetryAfter time.Duration

	cause error
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives what it comes from, such as [context.Canceled]; nil where a server spoke.
func (e *Error) Unwrap() error { return e.cause }

// Is makes [errors.Is] true for this package's Err variable of the same reason.
func (e *Error) Is(target error) bool {
	reason, ok := target.(reasonError)
	return ok && string(reason) == e.Reason
}

// reasonError is compared with an Error's reason.
type reasonError string

func (r reasonError) Error() string { return string(r) }

// Every reason that a server of this contract gives, for [errors.Is]; the server's docs/errors.md says what each means, and what to do
// about it.
var (
	ErrBadField       error = reasonError("BAD_FIELD")
	ErrBadCron        error = reasonError("BAD_CRON")
	ErrBadTimeZone    error = reasonError("BAD_TIME_ZONE")
	ErrNeverFires     error = reasonError("NEVER_FIRES")
	ErrUnknownField   error = reasonError("UNKNOWN_FIELD")
	ErrMalformed      error = reasonError("MALFORMED")
	ErrNotImplemented error = reasonError("NOT_IMPLEMENTED")
	ErrJobNotFound    error = reasonError("JOB_NOT_FOUND")
	ErrJobExists      error = reasonError("JOB_EXISTS")
	ErrJobRunning     error = reasonError("JOB_RUNNING")
	ErrJobDead        error = reasonError("JOB_DEAD")
	ErrJobCompleted   error = reasonError("JOB_COMPLETED")
	ErrNoPastTimes    error = reasonError("NO_PAST_TIMES")
	ErrTooManyRuns    error = reasonError("TOO_MANY_RUNS")
	ErrKindNotFound   error = reasonError("KIND_NOT_FOUND")
	ErrKindExists     error = reasonError("KIND_EXISTS")
	ErrKindDiffers    error = reasonError("KIND_DIFFERS")
	ErrKindInUse      error = reasonError("KIND_IN_USE")
	ErrEtagMismatch   error = reasonError("ETAG_MISMATCH")
	ErrNotRunning     error = reasonError("NOT_RUNNING")
	ErrTooLarge       error = reasonError("TOO_LARGE")
	ErrHelloLate      error = reasonError("HELLO_LATE")
	ErrStreamReplaced error = reasonError("STREAM_REPLACED")
	ErrWorkerSilent   error = reasonError("WORKER_SILENT")
	ErrDraining       error = reasonError("DRAINING")
	ErrTooManyResults error = reasonError("TOO_MANY_RESULTS")
	ErrStoreDown      error = reasonError("STORE_DOWN")
	ErrInternal       error = reasonError("INTERNAL")
)

// Where no server spoke, for [errors.Is].
var (
	// ErrUnavailable: no server could be reached.
	ErrUnavailable error = reasonError("UNAVAILABLE")
	// ErrDeadlineExceeded: the call's time is over. Where that was its context's, [context.DeadlineExceeded] is true as well.
	ErrDeadlineExceeded error = reasonError("DEADLINE_EXCEEDED")
	// ErrCancelled: the call's context was cancelled; [context.Canceled] is true as well.
	ErrCancelled error = reasonError("CANCELLED")
	// ErrClientClosed: the client is closed.
	ErrClientClosed error = reasonError("CLIENT_CLOSED")
)

// codeNames are the codes as the contract spells them: codes.Code's own String has others.
var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

func codeName(code codes.Code) string {
	if int(code) < len(codeNames) {
		return codeNames[code]
	}
	return "UNKNOWN"
}

// codeError is of no server's.
func codeError(code codes.Code, message string, cause error) *Error {
	return &Error{Code: code, Reason: codeName(code), Message: message, cause: cause}
}

// badField is wrong input that was found before any call.
func badField(field, format string, words ...any) *Error {
	description := fmt.Sprintf(format, words...)
	return &Error{
		Code:       codes.InvalidArgument,
		Reason:     "BAD_FIELD",
		Message:    field + ": " + description,
		Violations: []Violation{{Field: field, Description: description}},
		Facts:      map[string]string{"field": field},
	}
}

// inItem is the same error for one item of a list: job.slug is requests[3].job.slug.
func inItem(path string, err error) error {
	var e *Error
	if !errors.As(err, &e) || len(e.Violations) == 0 {
		return err
	}
	return badField(path+"."+e.Violations[0].Field, "%s", e.Violations[0].Description)
}

func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return fromCallError(err)
}

// fromCallError takes what a gRPC call failed with.
func fromCallError(err error) *Error {
	if s, ok := status.FromError(err); ok {
		return fromStatus(s.Proto())
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return codeError(codes.DeadlineExceeded, err.Error(), err)
	}
	if errors.Is(err, context.Canceled) {
		return codeError(codes.Canceled, err.Error(), err)
	}
	return codeError(codes.Unknown, err.Error(), err)
}

// fromStatus reads a google.rpc.Status with its details. One that can't be read must not hide the error that it belongs to.
func fromStatus(s *spb.Status) *Error {
	code := codes.Code(s.GetCode())
	if int(code) >= len(codeNames) {
		code = codes.Unknown
	}
	e := codeError(code, s.GetMessage(), nil)
	if e.Message == "" {
		e.Message = e.Reason
	}
	for _, packed := range s.GetDetails() {
		detail, err := packed.UnmarshalNew()
		if err != nil {
			continue
		}
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			if d.GetReason() != "" {
				e.Reason = d.GetReason()
			}
			e.Facts = d.GetMetadata()
		case *errdetails.BadRequest:
			e.Violations = nil
			for _, one := range d.GetFieldViolations() {
				e.Violations = append(e.Violations, Violation{one.GetField(), one.GetDescription()})
			}
		case *errdetails.RetryInfo:
			e.RetryAfter = d.GetRetryDelay().AsDuration()
		}
	}
	return e
}
