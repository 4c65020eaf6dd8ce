package tickwire

import (
	"container/list"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// Handler runs one task. Its context is cancelled on cancel, timeout, loss of the task, deletion of its job, or when the worker stops and
// its grace is over; [context.Cause] then gives a [*TaskAborted] that says which. Nil is success, with what was given to
// [Task.SetResult] or [Task.Complete]; [Snooze] and [Release] say something else; every other error is a failure, and so is a panic.
type Handler func(ctx context.Context, task *Task) error

type kindHandler struct {
	kind    string
	handler Handler
	// maxTasks nil: bounded by the worker's places alone.
	maxTasks *int32
}

type inHandEvents struct {
	// ended: a result waits to be sent.
	ended func(*held)
	// capacityChanged: capacity gives another.
	capacityChanged func()
	// left: a task has left, or a handler has ended.
	left func()
}

// answerWait: after so long the server has settled a cancelled attempt without its handler, and given its place away.
const answerWait = 5 * time.Second

// inHand are the tasks that this worker holds, over all its streams: by token, from arrival to receipt. A place is taken while a handler
// runs; where the server thinks that it is free and the handler still runs, the capacity that the worker tells is lower by it.
type inHand struct {
	ctx      context.Context
	loop     *loop
	log      *slog.Logger
	kinds    []*kindHandler
	maxTasks int
	reports  *reports
	events   inHandEvents

	byToken map[string]*held
	// held is their number, for whoever asks from outside the loop.
	held atomic.Int64
	// order is that of arrival; its values are *held.
	order     *list.List
	placeless map[*held]bool
	// running are handlers that have not ended, wanted or not.
	running int
}

func (in *inHand) size() int { return len(in.byToken) }

// all of them, oldest first.
func (in *inHand) all() iter.Seq[*held] {
	return func(yield func(*held) bool) {
		for at := in.order.Front(); at != nil; at = at.Next() {
			if !yield(at.Value.(*held)) {
				return
			}
		}
	}
}

func (in *inHand) accept(tasks []*pb.Task) {
	now := time.Now()
	for _, wire := range tasks {
		h := &held{slug: wire.Slug, token: wire.Token, kind: wire.Kind, arrivedAt: now}
		if in.byToken[string(h.token)] != nil {
			in.log.Debug("task came twice", "slug", wire.Slug, "runId", wire.RunId)
			continue
		}
		in.byToken[string(h.token)] = h
		in.held.Add(1)
		h.place = in.order.PushBack(h)
		at := slices.IndexFunc(in.kinds, func(k *kindHandler) bool { return k.kind == wire.Kind })
		switch {
		case at < 0:
			in.log.Error("task of a kind without a handler was handed back", "slug", wire.Slug, "kind", wire.Kind)
			in.end(h, released)
		case in.running >= in.maxTasks:
			in.log.Warn("task beyond the worker's places was handed back", "slug", wire.Slug, "running", in.running)
			in.end(h, released)
		default:
			in.begin(h, wire, in.kinds[at].handler)
		}
	}
}

func (in *inHand) begin(h *held, wire *pb.Task, handler Handler) {
	in.running++
	var ctx context.Context
	ctx, h.cancel = context.WithCancelCause(in.ctx)
	task := newTask(wire, func(report *pb.ProgressReport) {
		in.loop.post(func() {
			if h.result == nil && !h.dropped {
				in.reports.add(h, report)
			}
		})
	})
	go in.invoke(ctx, handler, task, func(o outcome) {
		h.cancel(nil)
		in.loop.post(func() { in.handlerEnded(h, o) })
	})
}

// invoke calls done exactly once, and never panics.
func (in *inHand) invoke(ctx context.Context, handler Handler, task *Task, done func(outcome)) {
	var o outcome
	returned := false
	defer func() {
		if returned {
			done(o)
			return
		}
		// A handler that ends its goroutine (runtime.Goexit) has thrown nothing.
		message := "the handler ended its goroutine"
		if thrown := recover(); thrown != nil {
			message = fmt.Sprint(thrown)
			in.log.Error("handler panicked", "slug", task.Slug, "kind", task.Kind, "panic", message, "stack", string(debug.Stack()))
		}
		o = failed(message)
		o.threw = true
		done(o)
	}()
	err := handler(ctx, task)
	if err != nil {
		o = outcomeOfError(err)
	} else {
		o = outcomeOfCompletion(task.completed())
	}
	returned = true
}

func (in *inHand) handlerEnded(h *held, o outcome) {
	in.running--
	if h.patience != nil {
		h.patience()
	}
	if h.placeless {
		h.placeless = false
		delete(in.placeless, h)
		in.events.capacityChanged()
	}
	if h.dropped {
		in.log.Info("dropped task's handler ended", "slug", h.slug, "why", h.abortedBy)
		in.events.left()
		return
	}
	in.end(h, o.afterAbort(h.abortedBy))
}

func (in *inHand) end(h *held, o outcome) {
	if o.failure != nil {
		in.log.Warn("task failed", "slug", h.slug, "kind", h.kind, "error", o.failure.Error, "permanent", o.failure.Permanent)
	}
	// Only the next attempt after one that did not succeed wants to know where this one was.
	if o.success != nil {
		in.reports.forget(h)
	}
	h.result, h.size = o.wire(h.slug, h.token)
	in.events.ended(h)
}

func (in *inHand) remove(h *held) {
	delete(in.byToken, string(h.token))
	in.held.Add(-1)
	in.order.Remove(h.place)
}

func (in *inHand) receipt(receipt *pb.Receipt) {
	h := in.byToken[string(receipt.Token)]
	if h == nil {
		return
	}
	if h.result == nil {
		in.log.Warn("receipt for a task that still runs was ignored", "slug", h.slug, "state", receipt.State)
		return
	}
	in.remove(h)
	switch receipt.State {
	case pb.ReceiptState_RECEIPT_STATE_STALE:
		level := slog.LevelWarn
		if h.abortedBy == AbortLeaseLost || h.abortedBy == AbortDeleted {
			level = slog.LevelDebug
		}
		in.log.Log(context.Background(), level, "result was stale", "slug", h.slug)
	case pb.ReceiptState_RECEIPT_STATE_REJECTED:
		in.log.Error("result was rejected", "slug", h.slug, "message", receipt.Message)
	}
	in.events.left()
}

func (in *inHand) cancel(cancellation *pb.Cancellation) {
	h := in.byToken[string(cancellation.Token)]
	if h == nil || h.result != nil {
		return
	}
	why := abortCauseOf(cancellation.Reason)
	in.log.Info("task is cancelled", "slug", h.slug, "why", why)
	h.abort(why)
	if h.patience == nil {
		h.patience = in.loop.after(answerWait, func() {
			in.log.Warn("handler does not stop", "slug", h.slug, "why", why)
			in.takePlace(h)
		})
	}
}

// stale is of a hello: no longer this worker's. A result that is there is sent all the same, and its receipt says what became of it.
func (in *inHand) stale(token []byte) {
	h := in.byToken[string(token)]
	if h == nil || h.result != nil {
		return
	}
	in.log.Warn("task was dropped", "slug", h.slug)
	in.remove(h)
	in.reports.forget(h)
	h.dropped = true
	if h.patience != nil {
		h.patience()
	}
	in.takePlace(h)
	h.abort(AbortLeaseLost)
	in.events.left()
}

func (in *inHand) takePlace(h *held) {
	if h.placeless {
		return
	}
	h.placeless = true
	in.placeless[h] = true
	in.events.capacityChanged()
}

// abortAll: the worker stops, and its grace is over.
func (in *inHand) abortAll() {
	for h := range in.all() {
		if h.result == nil {
			h.abort(AbortStopping)
		}
	}
}

// stopTimers, for an engine that ends with tasks left behind.
func (in *inHand) stopTimers() {
	for h := range in.all() {
		if h.patience != nil {
			h.patience()
		}
	}
}

// finished are tasks whose results wait for their receipts, oldest first.
func (in *inHand) finished() []*held {
	var list []*held
	for h := range in.all() {
		if h.result != nil {
			list = append(list, h)
		}
	}
	return list
}

// inHello is what hello says about them.
func (in *inHand) inHello() []*pb.HeldTask {
	var list []*pb.HeldTask
	for h := range in.all() {
		elapsed := durationpb.New(time.Since(h.arrivedAt))
		list = append(list, &pb.HeldTask{Slug: h.slug, Token: h.token, Elapsed: elapsed, Finished: h.result != nil})
	}
	return list
}

func (in *inHand) capacity() *pb.Capacity {
	stuck := map[string]int32{}
	for h := range in.placeless {
		stuck[h.kind]++
	}
	capacity := &pb.Capacity{MaxTasks: int32(max(0, in.maxTasks-len(in.placeless)))}
	for _, k := range in.kinds {
		one := &pb.KindCapacity{Kind: k.kind}
		if k.maxTasks != nil {
			one.MaxTasks = new(max(0, *k.maxTasks-stuck[k.kind]))
		}
		capacity.Kinds = append(capacity.Kinds, one)
	}
	return capacity
}
