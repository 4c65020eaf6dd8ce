package tickwire

import (
	"container/list"
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// lastWords: after its grace, what was aborted gets so long to end and to be delivered.
const lastWords = 2 * time.Second

// protocolRevision is the newest that this worker speaks.
const protocolRevision = 1

// attempt is one try to serve: from opening a stream to its end. What comes from any but the current one is ignored.
type attempt struct {
	// address is empty until the server is drawn.
	address   string
	number    int64
	startedAt time.Time
	stream    *workStream
	session   *session
	callOff   func()
}

func (a *attempt) serving() *session {
	if a == nil {
		return nil
	}
	return a.session
}

// engine is a worker's protocol: keeps one stream at a time, for ever, and the tasks across all of them. All of it runs on one loop.
//
//	waiting -> trying (opened, hello) -> serving (welcome) -> waiting ...
//	stopping: the same, without places, until nothing is in hand -> ended
type engine struct {
	ctx     context.Context
	loop    *loop
	log     *slog.Logger
	link    *link
	servers *servers
	hello   *pb.Hello
	// welcomed is told of every welcome; ended once, with an error where the server refuses this worker's very first hello as broken:
	// trying again would change nothing.
	onWelcome func(*pb.Welcome)
	onEnd     func(*Error)
	wait      sync.WaitGroup

	inHand        *inHand
	reports       *reports
	route         route
	current       *attempt
	streams       int64
	everWelcomed  bool
	stopping      bool
	graceOver     bool
	ended         bool
	callOffWait   func()
	callOffStop   func()
	leaving       func()
	cancelLookups context.CancelFunc
}

// newEngine: ctx is that of every task.
func newEngine(ctx context.Context, l *link, log *slog.Logger, kinds []*kindHandler, maxTasks int, hello *pb.Hello) *engine {
	e := &engine{
		ctx: ctx, loop: newLoop(), log: log, link: l, hello: hello,
		onWelcome: func(*pb.Welcome) {}, onEnd: func(*Error) {}, callOffWait: func() {}, callOffStop: func() {},
	}
	var lookups context.Context
	lookups, e.cancelLookups = context.WithCancel(context.Background())
	e.servers = newServers(lookups, l.addresses, l.lookup)
	e.reports = &reports{loop: e.loop, due: func() {
		if s := e.current.serving(); s != nil {
			s.reportsDue()
		}
	}}
	e.inHand = &inHand{
		ctx: ctx, loop: e.loop, log: log, kinds: kinds, maxTasks: maxTasks, reports: e.reports,
		byToken: map[string]*held{}, order: list.New(), placeless: map[*held]bool{},
		events: inHandEvents{
			ended: func(h *held) {
				if s := e.current.serving(); s != nil {
					s.result(h)
				}
			},
			capacityChanged: func() {
				if s := e.current.serving(); s != nil {
					s.capacityChanged()
				}
			},
			left: e.left,
		},
	}
	return e
}

// run serves until it has ended, and leaves no goroutine but those of handlers that don't end.
func (e *engine) run() {
	e.loop.post(e.try)
	e.loop.run()
	e.cancelLookups()
	// Whoever waits for a lookup could still begin one.
	e.wait.Wait()
	e.servers.close()
}

func (e *engine) try() {
	// One that was stopped before it ran has ended in the loop's first turn, before this call of the same turn.
	if e.ended {
		return
	}
	e.streams++
	a := &attempt{number: e.streams, startedAt: time.Now()}
	e.current = a
	callOffTimeout := e.loop.after(e.route.timeout(e.inHand.size() > 0), func() {
		e.route.tookTooLong()
		e.broken(a, codeError(codes.DeadlineExceeded, "the server does not answer", nil))
	})
	a.callOff = callOffTimeout
	if !e.servers.named() {
		e.open(a, e.servers.known())
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.callOff = func() {
		callOffTimeout()
		cancel()
	}
	e.wait.Go(func() {
		defer cancel()
		if found := e.servers.look(ctx); len(found) > 0 {
			e.loop.post(func() { e.open(a, found) })
		}
	})
}

func (e *engine) open(a *attempt, found []server) {
	if e.current != a {
		return
	}
	chosen := e.route.draw(found)
	a.address = chosen.address
	a.stream = openStream(e.link, chosen, e.loop.post, &e.wait, streamEvents{
		opened: func() { e.opened(a) },
		frame: func(frame *pb.WorkResponse) {
			if e.current == a && a.session != nil {
				a.session.frame(frame)
			}
		},
		drained: func() {
			if e.current == a && a.session != nil {
				a.session.drained()
			}
		},
		closed: func(err *Error) { e.closed(a, err) },
	})
}

func (e *engine) opened(a *attempt) {
	if e.current != a {
		return
	}
	a.session = &session{
		loop: e.loop, log: e.log, inHand: e.inHand, reports: e.reports, capacity: e.capacity, stream: a.stream,
		events: sessionEvents{
			welcomed:    func(welcome *pb.Welcome) { e.welcomed(a, welcome) },
			drainNotice: func(grace, delay time.Duration) { e.drainNotice(a, grace, delay) },
			silent:      func() { e.broken(a, codeError(codes.Unavailable, "the server is silent", nil)) },
		},
	}
	a.session.begin(&pb.Hello{
		WorkerId:         e.hello.WorkerId,
		Client:           clientName,
		Info:             maps.Clone(e.hello.Info),
		Capacity:         e.capacity(),
		Define:           slices.Clone(e.hello.Define),
		Held:             e.inHand.inHello(),
		ProtocolRevision: protocolRevision,
		Instance:         e.hello.Instance,
		Stream:           a.number,
	})
}

// capacity: while it stops, a worker offers no place.
func (e *engine) capacity() *pb.Capacity {
	capacity := e.inHand.capacity()
	if e.stopping {
		capacity.MaxTasks = 0
	}
	return capacity
}

func (e *engine) welcomed(a *attempt, welcome *pb.Welcome) {
	a.callOff()
	e.route.welcomed()
	e.everWelcomed = true
	e.log.Info("connected", "address", a.address, "serverId", welcome.ServerId, "workerId", welcome.WorkerId, "stream", a.number,
		"adopted", len(welcome.Adopted), "stale", len(welcome.Stale))
	if len(welcome.ConflictingKinds) > 0 {
		e.log.Warn("kinds are stored that differ from this worker's", "kinds", welcome.ConflictingKinds)
	}
	if e.stopping {
		a.session.drain()
	}
	e.onWelcome(welcome)
	e.left()
}

// drainNotice: the server stops handing out; until it closes, or its grace is over, it still takes the results of what is in hand.
func (e *engine) drainNotice(a *attempt, grace, delay time.Duration) {
	leave := func() { e.leave(a, drainDelay(delay, rand.Float64())) }
	if grace <= 0 || e.inHand.size() == 0 {
		leave()
		return
	}
	a.callOff()
	a.callOff = e.loop.after(grace, leave)
	// Set between a drain notice and the end of its stream.
	e.leaving = leave
}

func (e *engine) closed(a *attempt, err *Error) {
	switch {
	case e.current != a:
	case e.leaving != nil:
		e.leaving()
	case err != nil && err.Code == codes.InvalidArgument && !e.everWelcomed:
		e.log.Error("server refuses this worker", "address", a.address, "error", err)
		e.finish(err)
	case err == nil:
		e.broken(a, codeError(codes.Unavailable, "the server ended the stream", nil))
	default:
		e.broken(a, err)
	}
}

func (e *engine) broken(a *attempt, err *Error) {
	if e.current != a {
		return
	}
	message := "connection failed"
	worked := a.session != nil && a.session.welcomed
	if worked {
		message = "connection lost"
	}
	wait := e.waitAfter(a, worked)
	e.log.Warn(message, "address", a.address, "code", codeName(err.Code), "reason", err.Reason, "error", err.Message,
		"inHand", e.inHand.size(), "wait", wait)
	e.leave(a, wait)
}

func (e *engine) waitAfter(a *attempt, worked bool) time.Duration {
	withTasks := e.inHand.size() > 0
	if worked {
		return e.route.waitAfterLoss(withTasks)
	}
	wait := e.route.waitAfterFailure(withTasks)
	if withTasks {
		// A try that took long has used up its wait.
		wait = min(wait, max(0, longestWithTasks-time.Since(a.startedAt)))
	}
	return wait
}

// leave: from here on the stream's frames are ignored; the next one is opened after the wait, at another server if there is one.
func (e *engine) leave(a *attempt, wait time.Duration) {
	if e.current != a {
		return
	}
	e.end(a)
	if e.stopping && e.done() {
		e.finish(nil)
	} else {
		e.callOffWait = e.loop.after(wait, e.try)
	}
}

func (e *engine) end(a *attempt) {
	e.current = nil
	e.leaving = nil
	a.callOff()
	if a.session != nil {
		a.session.end()
	} else if a.stream != nil {
		a.stream.close(false)
	}
}

func (e *engine) left() {
	if e.stopping && e.done() {
		e.finish(nil)
	} else if e.leaving != nil && e.inHand.size() == 0 {
		e.leaving()
	}
}

func (e *engine) done() bool {
	return e.inHand.size() == 0 && (e.graceOver || e.inHand.running == 0)
}

// stop takes no more tasks, delivers the results of those in hand, and ends; after the grace their contexts are cancelled, and what has
// not ended soon after is left behind: it ends as lost. Again: the newest grace holds.
func (e *engine) stop(grace time.Duration) {
	if e.ended {
		return
	}
	if !e.stopping {
		e.log.Info("worker stops", "inHand", e.inHand.size(), "grace", grace)
		e.stopping = true
		if s := e.current.serving(); s != nil {
			s.drain()
		}
	}
	if e.done() {
		e.finish(nil)
	} else if !e.graceOver {
		e.armGrace(grace)
	}
}

func (e *engine) armGrace(grace time.Duration) {
	e.callOffStop()
	e.callOffStop = e.loop.after(grace, func() {
		e.graceOver = true
		e.inHand.abortAll()
		e.callOffStop = e.loop.after(lastWords, func() {
			e.log.Warn("tasks were left behind", "inHand", e.inHand.size())
			e.finish(nil)
		})
		if e.done() {
			e.finish(nil)
		}
	})
}

func (e *engine) finish(err *Error) {
	if e.ended {
		return
	}
	e.ended = true
	e.callOffWait()
	e.callOffStop()
	e.reports.stop()
	e.inHand.stopTimers()
	if e.current != nil {
		e.end(e.current)
	}
	if err == nil {
		e.log.Info("worker stopped", "inHand", e.inHand.size())
	}
	e.onEnd(err)
	e.loop.end()
}
