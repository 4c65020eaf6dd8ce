package tickwire

import (
	"context"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// AbortCause says why a task's context was cancelled.
//
// A handler that returns an error after any of them has not failed: after the first two its run ends as cancelled or timed out, else the
// task is handed back, where it is still this worker's.
type AbortCause string

const (
	// AbortCancelled: a caller asked for it.
	AbortCancelled AbortCause = "cancelled"
	// AbortTimedOut: it outlasted its time limit.
	AbortTimedOut AbortCause = "timed_out"
	// AbortLeaseLost: the attempt is somebody else's now.
	AbortLeaseLost AbortCause = "lease_lost"
	// AbortDeleted: its job is gone.
	AbortDeleted AbortCause = "deleted"
	// AbortStopping: this worker stops, and its grace is over.
	AbortStopping AbortCause = "stopping"
)

var abortMessages = map[AbortCause]string{
	AbortCancelled: "the run was cancelled",
	AbortTimedOut:  "the run outlasted its time limit",
	AbortLeaseLost: "the task is no longer this worker's",
	AbortDeleted:   "the job was deleted",
	AbortStopping:  "the worker stops",
}

// TaskAborted is what [context.Cause] gives of a task's context that was cancelled. [errors.Is] holds it for [context.Canceled] too.
type TaskAborted struct{ Why AbortCause }

func (e *TaskAborted) Error() string { return abortMessages[e.Why] }

// Is makes it the same as [context.Canceled], which ctx.Err() gives.
func (e *TaskAborted) Is(target error) bool { return target == context.Canceled }

func abortCauseOf(reason pb.CancelReason) AbortCause {
	switch reason {
	case pb.CancelReason_CANCEL_REASON_TIMED_OUT:
		return AbortTimedOut
	case pb.CancelReason_CANCEL_REASON_LEASE_LOST:
		return AbortLeaseLost
	case pb.CancelReason_CANCEL_REASON_JOB_DELETED:
		return AbortDeleted
	default:
		return AbortCancelled
	}
}
