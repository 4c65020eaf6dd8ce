package tickwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// running is a worker that was started.
type running struct {
	*Worker
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, s *fakeServer, handler Handler, options ...WorkerOption) *running {
	t.Helper()
	w, err := NewWorker(append([]WorkerOption{WithAddress(s.address), WithWorkerID("w")}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	w.Handle("k", handler)
	ctx, stop := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	r := &running{w, stop, make(chan error, 1)}
	go func() { r.done <- w.Run(ctx) }()
	t.Cleanup(stop)
	return r
}

type key struct{}

func (r *running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		t.Fatal("the worker does not end")
		return nil
	}
}

// ends stops the worker, which has nothing left to do.
func (r *running) ends(t *testing.T) {
	t.Helper()
	r.stop()
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
}

func within[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case one := <-from:
		return one
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestWhatAHandlerSaysIsTheResult(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		handler Handler
		want    string
	}{
		"nothing": {func(context.Context, *Task) error { return nil }, `success:{}`},
		"a result": {func(_ context.Context, task *Task) error {
			task.SetResult(map[string]int{"a": 1})
			return nil
		}, `success:{result:"{\"a\":1}"}`},
		"more": {func(_ context.Context, task *Task) error {
			task.Complete(Completion{Result: "r", Payload: "", NextTime: at, LastRun: true})
			return nil
		}, `success:{result:"r" payload:"" next_time:{seconds:1767225600} last_run:true}`},
		"a failure":   {func(context.Context, *Task) error { return errors.New("no") }, `failure:{error:"no"}`},
		"a panic":     {func(context.Context, *Task) error { panic("boom") }, `failure:{error:"boom"}`},
		"its own end": {func(context.Context, *Task) error { runtime.Goexit(); return nil }, `failure:{error:"the handler ended its goroutine"}`},
		"a last one":  {func(context.Context, *Task) error { return Permanent(errors.New("gone")) }, `failure:{error:"gone" permanent:true}`},
		"a later one": {func(context.Context, *Task) error { return RetryAfter(time.Minute, io.EOF) }, `failure:{error:"EOF" retry_after:{seconds:60}}`},
		"not now":     {func(context.Context, *Task) error { return Snooze(time.Minute) }, `snoozed:{delay:{seconds:60}}`},
		"soon":        {func(context.Context, *Task) error { return Snooze(0) }, `snoozed:{delay:{seconds:1}}`},
		"back":        {func(context.Context, *Task) error { return Release() }, `released:{}`},
		"wrapped":     {func(context.Context, *Task) error { return fmt.Errorf("a: %w", Permanent(io.EOF)) }, `failure:{error:"a: EOF" permanent:true}`},
		"not encoded": {func(_ context.Context, task *Task) error { task.SetResult(func() {}); return nil }, `failure:{error:"the handler's result can't be sent: json: unsupported type: func()"}`},
		"out of range": {func(_ context.Context, task *Task) error {
			task.Complete(Completion{NextTime: at.AddDate(9000, 0, 0)})
			return nil
		}, `failure:{error:"the outcome can't be sent: next_time:`},
	}
	s := startServer(t)
	r := run(t, s, func(ctx context.Context, task *Task) error { return cases[task.Slug].handler(ctx, task) })
	stream := s.next(t)
	stream.welcome(t)
	for name, one := range cases {
		stream.task(t, &pb.Task{Slug: name})
		result := stream.result(t)
		text := strings.Join(strings.Fields(result.String()), " ")
		if result.Slug != name || string(result.Token) != "token of "+name || !strings.Contains(text, one.want) {
			t.Errorf("%s: got %s, not %s", name, text, one.want)
		}
		stream.receipt(t, result.Token)
	}
	r.ends(t)
}

func TestATaskHasAllThatWasSent(t *testing.T) {
	s := startServer(t)
	got := make(chan *Task, 1)
	r := run(t, s, func(ctx context.Context, task *Task) error {
		if ctx.Value(key{}) != "value" {
			t.Error("its context has not the values of Run's")
		}
		got <- task
		return nil
	})
	stream := s.next(t)
	hello := stream.welcome(t)
	if hello.WorkerId != "w" || len(hello.Instance) != 16 || hello.Stream != 1 || hello.ProtocolRevision != 1 || hello.Capacity.MaxTasks != 10 {
		t.Errorf("hello is %v", hello)
	}
	stream.task(t, &pb.Task{
		Slug: "a", JobUid: "uid", RunId: "run", OccurrenceId: "occ", Payload: []byte(`{"n":1}`), ContentType: "application/json",
		Labels: map[string]string{"a": "b"}, Attempt: 2, MaxAttempts: 3, Fence: 4, Timeout: durationpb.New(time.Second),
		PreviousError: "e", PreviousCheckpoint: []byte("c"), TraceContext: map[string]string{"traceparent": "x"},
	})
	task := within(t, got)
	var payload struct{ N int }
	if err := task.JSON(&payload); err != nil || payload.N != 1 {
		t.Errorf("payload: %v, %v", payload, err)
	}
	if task.JobUID != "uid" || task.RunID != "run" || task.OccurrenceID != "occ" || task.Labels["a"] != "b" || task.Attempt != 2 ||
		task.MaxAttempts != 3 || task.Fence != 4 || task.Timeout != time.Second || task.PreviousError != "e" ||
		string(task.PreviousCheckpoint) != "c" || task.TraceContext["traceparent"] != "x" {
		t.Errorf("task is %+v", task)
	}
	stream.receipt(t, stream.result(t).Token)
	<-r.Ready()
	if r.ID() != "w-1" {
		t.Errorf("the worker's id is %q", r.ID())
	}
	r.ends(t)
}

func TestACancelledTasksContextSaysWhy(t *testing.T) {
	for reason, why := range map[pb.CancelReason]AbortCause{
		pb.CancelReason_CANCEL_REASON_REQUESTED:   AbortCancelled,
		pb.CancelReason_CANCEL_REASON_TIMED_OUT:   AbortTimedOut,
		pb.CancelReason_CANCEL_REASON_LEASE_LOST:  AbortLeaseLost,
		pb.CancelReason_CANCEL_REASON_JOB_DELETED: AbortDeleted,
	} {
		t.Run(string(why), func(t *testing.T) {
			s := startServer(t)
			r := run(t, s, func(ctx context.Context, _ *Task) error {
				<-ctx.Done()
				var aborted *TaskAborted
				if cause := context.Cause(ctx); !errors.As(cause, &aborted) || aborted.Why != why || !errors.Is(cause, context.Canceled) {
					t.Errorf("the cause is %v", cause)
				}
				return ctx.Err()
			})
			stream := s.next(t)
			stream.welcome(t)
			stream.task(t, &pb.Task{Slug: "a"})
			stream.cancel(t, "a", reason)
			result := stream.result(t)
			if ended := why == AbortCancelled || why == AbortTimedOut; ended != (result.GetCancelled() != nil) || ended == (result.GetReleased() != nil) {
				t.Errorf("the result is %v", result)
			}
			stream.receipt(t, result.Token)
			r.ends(t)
		})
	}
}

func TestATaskAndAResultOutliveTheirStream(t *testing.T) {
	s := startServer(t)
	open := make(chan struct{})
	began := make(chan string, 2)
	r := run(t, s, func(_ context.Context, task *Task) error {
		began <- task.Slug
		if task.Slug == "slow" {
			<-open
		}
		task.SetResult(task.Slug)
		return nil
	})
	first := s.next(t)
	one := first.welcome(t)
	first.task(t, &pb.Task{Slug: "slow"})
	first.task(t, &pb.Task{Slug: "quick"})
	first.result(t)
	within(t, began)
	within(t, began)
	first.end <- status.Error(codes.Unavailable, "gone")

	second := s.next(t)
	two := second.welcome(t)
	if string(one.Instance) != string(two.Instance) || two.Stream != 2 || len(two.Held) != 2 || two.Held[0].Finished || !two.Held[1].Finished {
		t.Errorf("the second hello is %v", two)
	}
	result := second.result(t)
	if result.Slug != "quick" {
		t.Errorf("the unacknowledged result is not sent again: %v", result)
	}
	second.receipt(t, result.Token)
	close(open)
	result = second.result(t)
	if result.Slug != "slow" || r.InHand() == 0 {
		t.Errorf("got %v with %d in hand", result, r.InHand())
	}
	second.receipt(t, result.Token)
	r.ends(t)
}

func TestOnceItsGraceIsOverAWorkerGivesBackWhatStillRuns(t *testing.T) {
	s := startServer(t)
	r := run(t, s, func(ctx context.Context, _ *Task) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}, WithGrace(time.Millisecond))
	stream := s.next(t)
	stream.welcome(t)
	stream.task(t, &pb.Task{Slug: "a"})
	for r.InHand() == 0 {
		runtime.Gosched()
	}
	r.stop()
	if stream.frame(t).GetDrain() == nil {
		t.Error("no drain request came first")
	}
	result := stream.result(t)
	if result.GetReleased() == nil {
		t.Errorf("the result is %v", result)
	}
	stream.receipt(t, result.Token)
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
}

func TestARefusedWorkerReturnsTheError(t *testing.T) {
	s := startServer(t)
	r := run(t, s, func(context.Context, *Task) error { return nil })
	stream := s.next(t)
	stream.hello(t)
	stream.end <- refusal(codes.InvalidArgument, "BAD_FIELD")
	var e *Error
	if err := r.wait(t); !errors.As(err, &e) || !errors.Is(err, ErrBadField) {
		t.Errorf("got %v", err)
	}
}

func TestAStoppedWorkerThatReachesNobodyReturns(t *testing.T) {
	gone := startServer(t)
	gone.grpc.Stop()
	r := run(t, gone, func(context.Context, *Task) error { return nil })
	r.ends(t)
	select {
	case <-r.Ready():
		t.Error("it is ready")
	default:
	}
}

func TestAWorkerIsStoppedBeforeItRuns(t *testing.T) {
	s := startServer(t)
	w, err := NewWorker(WithAddress(s.address))
	if err != nil {
		t.Fatal(err)
	}
	w.Handle("k", func(context.Context, *Task) error { return nil })
	w.Stop(0)
	if err := w.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if err := w.Run(t.Context()); err == nil {
		t.Error("it ran twice")
	}
}

func TestProgressAndCheckpointsAreMerged(t *testing.T) {
	s := startServer(t)
	r := run(t, s, func(_ context.Context, task *Task) error {
		task.Note(strings.Repeat("a", 300))
		return errors.Join(
			task.Progress(7, ""),
			task.Checkpoint([]byte("old")),
			task.Checkpoint([]byte("new")),
			task.Checkpoint(make([]byte, checkpointLimit+1)),
			task.Progress(0/zero, ""),
		)
	})
	stream := s.next(t)
	stream.welcome(t)
	stream.task(t, &pb.Task{Slug: "a"})
	report := stream.frame(t).GetProgress().GetReports()[0]
	if report.GetProgress() != 1 || string(report.Checkpoint) != "new" || len(report.GetNote()) != noteLimit || !strings.HasSuffix(report.GetNote(), "…") {
		t.Errorf("the report is %v", report)
	}
	result := stream.result(t)
	if message := result.GetFailure().GetError(); !strings.Contains(message, "65537") || !strings.Contains(message, "NaN") {
		t.Errorf("the result is %v", result)
	}
	stream.receipt(t, result.Token)
	r.ends(t)
}

var zero float64

func TestAHelloDefinesKindsAndTheirBounds(t *testing.T) {
	s := startServer(t)
	w, err := NewWorker(WithAddress(s.address), WithMaxTasks(7), WithInfo(map[string]string{"a": "b"}), WithDefine(KindInput{Name: "k", MaxRunning: 3}))
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context, *Task) error { return nil }
	w.Handle("b", nothing, WithMaxTasks(2))
	w.Handle("a", nothing)
	for name, call := range map[string]func(){
		"a second handler": func() { w.Handle("a", nothing) },
		"no place":         func() { w.Handle("c", nothing, WithMaxTasks(0)) },
	} {
		if !panics(call) {
			t.Errorf("%s was taken", name)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	hello := s.next(t).welcome(t)
	kinds := hello.Capacity.Kinds
	if hello.Capacity.MaxTasks != 7 || kinds[0].Kind != "b" || kinds[0].GetMaxTasks() != 2 || kinds[1].Kind != "a" || kinds[1].MaxTasks != nil {
		t.Errorf("the capacity is %v", hello.Capacity)
	}
	if hello.Define[0].MaxRunning != 3 || hello.Info["a"] != "b" || len(hello.Info) != 1 || hello.Client != clientName {
		t.Errorf("the hello is %v", hello)
	}
	stop()
	if err := within(t, done); err != nil {
		t.Error(err)
	}
	if !panics(func() { w.Handle("d", nothing) }) {
		t.Error("a kind was added to a worker that runs")
	}
}

func panics(call func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	call()
	return false
}

func TestWrongOptionsOfAWorker(t *testing.T) {
	for name, option := range map[string]WorkerOption{
		"no places":    WithMaxTasks(0),
		"too many":     WithMaxTasks(10_001),
		"no address":   WithAddress("nowhere"),
		"no such kind": WithDefine(KindInput{Name: "k", Trigger: &Trigger{}}),
	} {
		if _, err := NewWorker(option); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	w, err := NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); err == nil {
		t.Error("a worker without a handler ran")
	}
}

func TestAFullWorkerHandsTasksBack(t *testing.T) {
	s := startServer(t)
	open := make(chan struct{})
	r := run(t, s, func(context.Context, *Task) error { <-open; return nil }, WithMaxTasks(1))
	stream := s.next(t)
	stream.welcome(t)
	stream.task(t, &pb.Task{Slug: "a"})
	stream.task(t, &pb.Task{Slug: "b"})
	stream.task(t, &pb.Task{Slug: "other", Kind: "other"})
	var back []string
	for len(back) < 2 {
		for _, result := range stream.frame(t).GetResults().GetResults() {
			if result.GetReleased() == nil {
				t.Errorf("got %v", result)
			}
			back = append(back, result.Slug)
			stream.receipt(t, result.Token)
		}
	}
	if !slices.Equal(back, []string{"b", "other"}) {
		t.Errorf("handed back: %v", back)
	}
	close(open)
	stream.receipt(t, stream.result(t).Token)
	r.ends(t)
}

func TestAReportIsSentWhileItsTaskRuns(t *testing.T) {
	s := startServer(t)
	open := make(chan struct{})
	r := run(t, s, func(_ context.Context, task *Task) error {
		if err := task.Progress(0.5, "half"); err != nil {
			return err
		}
		<-open
		return nil
	})
	stream := s.next(t)
	stream.welcome(t)
	stream.task(t, &pb.Task{Slug: "a"})
	report := stream.frame(t).GetProgress().GetReports()[0]
	if report.GetProgress() != 0.5 || report.GetNote() != "half" || report.Slug != "a" || report.Checkpoint != nil {
		t.Errorf("the report is %v", report)
	}
	close(open)
	stream.receipt(t, stream.result(t).Token)
	r.ends(t)
}

func TestAWorkerLeavesAServerThatStops(t *testing.T) {
	s := startServer(t)
	open := make(chan struct{})
	r := run(t, s, func(context.Context, *Task) error { <-open; return nil })
	first := s.next(t)
	first.welcome(t)
	first.task(t, &pb.Task{Slug: "a"})
	notice := &pb.DrainNotice{Grace: durationpb.New(time.Minute)}
	first.send(t, &pb.WorkResponse{Frame: &pb.WorkResponse_Drain{Drain: notice}})
	close(open)
	first.receipt(t, first.result(t).Token)
	// With nothing in hand it waits for no grace.
	if hello := s.next(t).welcome(t); hello.Stream != 2 || len(hello.Held) != 0 {
		t.Errorf("the hello is %v", hello)
	}
	r.ends(t)
}

func TestAStaleTaskIsDropped(t *testing.T) {
	s := startServer(t)
	why := make(chan AbortCause, 1)
	r := run(t, s, func(ctx context.Context, _ *Task) error {
		<-ctx.Done()
		var aborted *TaskAborted
		errors.As(context.Cause(ctx), &aborted)
		why <- aborted.Why
		return ctx.Err()
	}, WithMaxTasks(2))
	first := s.next(t)
	first.welcome(t)
	first.task(t, &pb.Task{Slug: "a"})
	for r.InHand() == 0 {
		runtime.Gosched()
	}
	first.end <- status.Error(codes.Unavailable, "gone")
	second := s.next(t)
	second.welcomeWith(t, &pb.Welcome{PingInterval: durationpb.New(time.Minute), Stale: []*pb.HeldTask{{Slug: "a", Token: []byte("token of a")}}})
	if got := within(t, why); got != AbortLeaseLost {
		t.Errorf("its context says %s", got)
	}
	// It has its place again once the handler has ended; until then it offers one less.
	for places := int32(0); places != 2; {
		frame := second.frame(t)
		if frame.GetCapacity() == nil {
			t.Fatalf("got %v", frame)
		}
		places = frame.GetCapacity().MaxTasks
	}
	r.ends(t)
}

func TestASilentServerIsLeft(t *testing.T) {
	s := startServer(t)
	r := run(t, s, func(context.Context, *Task) error { return nil })
	s.next(t).welcomeWith(t, &pb.Welcome{PingInterval: durationpb.New(20 * time.Millisecond)})
	if hello := s.next(t).welcome(t); hello.Stream != 2 {
		t.Errorf("the hello is %v", hello)
	}
	r.ends(t)
}

func TestAWorkerLooksItsServersUp(t *testing.T) {
	s := startServer(t)
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	found := ConnectionOption(func(c *connection) {
		c.addresses = []string{"tickwire.test:" + port}
		c.lookup = func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}, nil
		}
	})
	r := run(t, s, func(context.Context, *Task) error { return nil }, found)
	s.next(t).welcome(t)
	r.ends(t)
}

func TestAWorkerEndsWhileALookupHangs(t *testing.T) {
	asked := make(chan struct{}, 1)
	w, err := NewWorker(WithAddress("tickwire.test:1"), ConnectionOption(func(c *connection) {
		c.lookup = func(ctx context.Context, _ string) ([]netip.Addr, error) {
			asked <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	w.Handle("k", func(context.Context, *Task) error { return nil })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	within(t, asked)
	stop()
	if err := within(t, done); err != nil {
		t.Error(err)
	}
}
