package tickwire

import (
	"sync"
	"time"
)

// loop runs a worker's protocol on one goroutine: everything that happens to it comes as a call, and none runs beside another.
type loop struct {
	mu    sync.Mutex
	calls []func()
	later []func()
	ended bool
	wake  chan struct{}
}

func newLoop() *loop { return &loop{wake: make(chan struct{}, 1)} }

// post has the call made after those that wait already. After the loop's end it never is.
func (l *loop) post(call func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.calls = append(l.calls, call)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// soon has the call made once what waits by then has been handled. Only from within the loop.
func (l *loop) soon(call func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.later = append(l.later, call)
}

// after has the call made once, after the span; the returned function calls it off. Only from within the loop.
func (l *loop) after(span time.Duration, call func()) func() {
	off := false
	timer := time.AfterFunc(max(0, span), func() {
		l.post(func() {
			if !off {
				call()
			}
		})
	})
	return func() {
		off = true
		timer.Stop()
	}
}

// run makes the calls until end is called.
func (l *loop) run() {
	for {
		calls, ended := l.take(&l.calls)
		if ended {
			return
		}
		for _, call := range calls {
			call()
		}
		later, _ := l.take(&l.later)
		for _, call := range later {
			call()
		}
		if len(calls)+len(later) == 0 {
			<-l.wake
		}
	}
}

func (l *loop) take(from *[]func()) (calls []func(), ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls, *from = *from, nil
	return calls, l.ended
}

func (l *loop) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.calls, l.later = nil, nil
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
