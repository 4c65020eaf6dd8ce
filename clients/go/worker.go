package tickwire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// mostPlaces is the server's bound.
const mostPlaces = 10_000

// Worker serves kinds of jobs over one stream, to a server that is drawn of those given. When that is lost or stops it goes to another,
// for ever, takes the tasks in hand along, and keeps every result until a server has recorded it.
type Worker struct {
	options workerOptions
	link    *link
	define  []*pb.Kind
	ready   chan struct{}

	mu       sync.Mutex
	kinds    []*kindHandler
	engine   *engine
	workerID string
	stopped  *time.Duration
}

// NewWorker makes a worker that does nothing before [Worker.Run]. It fails on an option that is wrong.
func NewWorker(options ...WorkerOption) (*Worker, error) {
	host, _ := os.Hostname()
	w := &Worker{ready: make(chan struct{}), options: workerOptions{
		maxTasks: 10, workerID: cutText(host, 100), grace: 30 * time.Second, log: slog.New(slog.DiscardHandler),
		info: map[string]string{"host": host, "pid": strconv.Itoa(os.Getpid()), "go": runtime.Version()},
	}}
	for _, option := range options {
		option.toWorker(&w.options)
	}
	if n := w.options.maxTasks; n < 1 || n > mostPlaces {
		return nil, fmt.Errorf("tickwire: max tasks must be from 1 to %d, not %d", mostPlaces, n)
	}
	var err error
	if w.link, err = newLink(w.options.connection); err != nil {
		return nil, err
	}
	for _, kind := range w.options.define {
		wire, err := toWireKind(kind)
		if err != nil {
			return nil, err
		}
		w.define = append(w.define, wire)
	}
	return w, nil
}

// Handle says what runs the tasks of a kind. It panics where the kind has a handler already, an option is wrong, or the worker runs.
func (w *Worker) Handle(kind string, handler Handler, options ...HandleOption) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine != nil {
		panic("tickwire: the worker runs: no kind can be added")
	}
	added := &kindHandler{kind: kind, handler: handler}
	for _, option := range options {
		option.toHandle(added)
	}
	if n := added.maxTasks; n != nil && (*n < 1 || *n > mostPlaces) {
		panic(fmt.Sprintf("tickwire: max tasks must be from 1 to %d, not %d", mostPlaces, *n))
	}
	for _, one := range w.kinds {
		if one.kind == kind {
			panic(fmt.Sprintf("tickwire: kind %q has a handler already", kind))
		}
	}
	w.kinds = append(w.kinds, added)
}

// Run connects, and runs tasks until its context ends or [Worker.Stop] is called. Then it takes no more tasks, waits until those in hand
// have ended and are recorded, and returns nil. After the grace their contexts are cancelled, and those that don't end soon after are
// left behind. It returns an [*Error] where the server refuses the worker's very first hello as broken, and another error only where
// the worker has no handler or was run already.
//
// The contexts of tasks have the values of ctx, and not its end.
func (w *Worker) Run(ctx context.Context) error {
	e, err := w.start(ctx)
	if err != nil {
		return err
	}
	callOff := context.AfterFunc(ctx, func() { w.Stop(w.options.grace) })
	defer callOff()
	var refused *Error
	var welcomed sync.Once
	e.onEnd = func(err *Error) { refused = err }
	e.onWelcome = func(welcome *pb.Welcome) {
		w.mu.Lock()
		defer w.mu.Unlock()
		welcomed.Do(func() { close(w.ready) })
		w.workerID = welcome.WorkerId
	}
	e.run()
	if refused != nil {
		return refused
	}
	return nil
}

func (w *Worker) start(ctx context.Context) (*engine, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine != nil {
		return nil, errors.New("tickwire: the worker was run already")
	}
	if len(w.kinds) == 0 {
		return nil, errors.New("tickwire: the worker has no handler")
	}
	instance := make([]byte, 16)
	_, _ = rand.Read(instance)
	hello := &pb.Hello{WorkerId: w.options.workerID, Info: w.options.info, Define: w.define, Instance: instance}
	w.engine = newEngine(context.WithoutCancel(ctx), w.link, w.options.log, w.kinds, w.options.maxTasks, hello)
	if w.stopped != nil {
		w.stopLocked(*w.stopped)
	}
	return w.engine, nil
}

// Stop makes Run return as the end of its context does, with this grace. Again: the newest grace holds, from then on. It does not wait.
func (w *Worker) Stop(grace time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = &grace
	if w.engine != nil {
		w.stopLocked(grace)
	}
}

func (w *Worker) stopLocked(grace time.Duration) {
	e := w.engine
	e.loop.post(func() { e.stop(grace) })
}

// Ready is closed with the first stream that a server welcomed. Where none ever does, it stays open, and Run returns.
func (w *Worker) Ready() <-chan struct{} { return w.ready }

// ID is the worker's as the server knows it; empty before Ready.
func (w *Worker) ID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.workerID
}

// InHand is how many tasks it holds, finished ones included until the server has recorded them.
func (w *Worker) InHand() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine == nil {
		return 0
	}
	return int(w.engine.inHand.held.Load())
}
