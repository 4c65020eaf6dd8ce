package tickwire

import (
	"context"
	"errors"
	"iter"
	"sync"

	"google.golang.org/grpc/codes"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// recentRuns are as many as a server keeps for a watcher that is slow.
const recentRuns = 10_000

// recentIDs are the newest, each once; of too many the oldest are forgotten.
type recentIDs struct {
	known map[string]bool
	order []string
	next  int
}

// add gives false where it is there already.
func (r *recentIDs) add(id string) bool {
	if r.known[id] {
		return false
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[id] = true
	if len(r.order) < recentRuns {
		r.order = append(r.order, id)
		return true
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % recentRuns
	return true
}

// RunWatch gives runs as they end, on whichever server. Where the connection breaks it goes on from its cursor, at any server, and of the
// newest 10,000 runs gives none twice. It is for one goroutine, and ends by Close.
type RunWatch struct {
	calls   *calls
	ctx     context.Context
	cancel  context.CancelFunc
	options *callOptions
	request *pb.WatchRunsRequest
	onGap   func()

	next  func() (*pb.WatchRunsResponse, error, bool)
	stop  func()
	close sync.Once
	seen  recentIDs
	queue []*pb.Run
	// pending is the first answer, which came before anybody asked for a run.
	pending *pb.WatchRunsResponse
	// after is the cursor after the queued runs.
	after string
	// heard: something came: from then on a stream that ends leaves a gap.
	heard bool
	// missed is told once, with the first word of the stream that is there again, however many tries that took.
	missed bool
	cursor string
}

// WatchRuns begins a watch, and returns once the server watches: a run that ends after it is not missed. The watch ends with the context
// too; close it all the same. It reconnects by itself and goes on where it was, unless [WithRetry] rules that out.
func (c *Client) WatchRuns(ctx context.Context, input WatchInput, options ...CallOption) (*RunWatch, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	w := &toWire{}
	request := &pb.WatchRunsRequest{Filter: w.runFilter(input.Filter), View: number(w, views, input.View, "view")}
	if w.err != nil {
		return nil, w.err
	}
	watch := &RunWatch{calls: c.calls, options: o, request: request, cursor: input.Cursor, after: input.Cursor, onGap: input.OnGap}
	if watch.onGap == nil {
		watch.onGap = func() {}
	}
	watch.ctx, watch.cancel = context.WithCancel(ctx)
	watch.open()
	if watch.pending, err = watch.part(); err != nil {
		watch.Close()
		return nil, err
	}
	if first := watch.pending; first != nil && len(first.Runs) == 0 && first.Cursor != "" {
		watch.after, watch.cursor = first.Cursor, first.Cursor
	}
	return watch, nil
}

func (w *RunWatch) open() {
	request := func() *pb.WatchRunsRequest {
		// Nobody can say what was missed while the stream was down.
		w.missed = w.heard && w.after == ""
		return &pb.WatchRunsRequest{Filter: w.request.Filter, View: w.request.View, Cursor: w.after}
	}
	w.next, w.stop = iter.Pull2(stream(w.calls, w.ctx, pb.SchedulerClient.WatchRuns, request, w.options))
}

// part is the next answer of the server; nil: the stream has ended.
func (w *RunWatch) part() (*pb.WatchRunsResponse, error) {
	response, err, ok := w.next()
	if ok && w.heard && w.after != "" && isAboutCursor(err) {
		// A cursor that a server gave out and none takes any more: the store is another, or was only in memory. Goes on from now on.
		w.after = ""
		w.stop()
		w.open()
		response, err, ok = w.next()
	}
	if !ok {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w.heard = true
	return response, nil
}

func isAboutCursor(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Code != codes.InvalidArgument {
		return false
	}
	for _, violation := range e.Violations {
		if violation.Field == "cursor" {
			return true
		}
	}
	return false
}

// Next waits for a run. It fails with an [*Error]: [ErrCancelled] or [ErrDeadlineExceeded] after the end of the watch's context,
// [ErrCancelled] after Close.
func (w *RunWatch) Next() (*Run, error) {
	for {
		for len(w.queue) > 0 {
			wire := w.queue[0]
			w.queue = w.queue[1:]
			if w.seen.add(wire.RunId) {
				return fromWireRun(wire), nil
			}
		}
		w.cursor = w.after
		response := w.pending
		w.pending = nil
		if response == nil {
			var err error
			if response, err = w.part(); err != nil {
				return nil, err
			}
		}
		if response == nil {
			return nil, codeError(codes.Canceled, "the watch has ended", context.Canceled)
		}
		if response.Gap || w.missed {
			w.onGap()
		}
		w.missed = false
		w.queue = response.Runs
		if response.Cursor != "" {
			w.after = response.Cursor
		}
	}
}

// All are the runs until the watch ends; leaving the loop closes it. An error is the last that it gives.
func (w *RunWatch) All() iter.Seq2[*Run, error] {
	return func(yield func(*Run, error) bool) {
		defer w.Close()
		for {
			run, err := w.Next()
			if !yield(run, err) || err != nil {
				return
			}
		}
	}
}

// Cursor is where another watch with the same filter can go on after the runs seen so far.
func (w *RunWatch) Cursor() string { return w.cursor }

// Close ends the watch. Twice is fine.
func (w *RunWatch) Close() {
	w.close.Do(func() {
		w.cancel()
		w.stop()
	})
}
