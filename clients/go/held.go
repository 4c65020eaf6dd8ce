package tickwire

import (
	"container/list"
	"context"
	"time"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// held is a task in hand, from its arrival until its receipt.
//
//	runs -> ended (a result waits for its receipt) -> gone
//	runs -> aborted (cancel, timeout, lease lost, job deleted, stop) -> ended -> gone
//	runs -> dropped (stale after a reconnect): its handler may still run, but nobody waits for its result
type held struct {
	slug      string
	token     []byte
	kind      string
	arrivedAt time.Time
	// result is set once it has ended.
	result *pb.Result
	// size is an upper bound of the result's bytes in a frame.
	size      int
	abortedBy AbortCause
	// placeless: the server has given its place to others, while its handler still runs.
	placeless bool
	dropped   bool
	// patience calls off the timer that waits for the handler's answer to a cancellation.
	patience func()
	// report is what was reported and not yet sent.
	report *pb.ProgressReport
	// place in the order of arrival.
	place  *list.Element
	cancel context.CancelCauseFunc
}

// abort cancels its context. What the server says counts more than that this worker stops.
func (h *held) abort(why AbortCause) {
	if h.abortedBy == "" || why != AbortStopping {
		h.abortedBy = why
	}
	if h.cancel != nil {
		h.cancel(&TaskAborted{why})
	}
}
