package tickwire

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

const (
	// connectPatience: a connection that takes longer is not waited for while another server may be asked.
	connectPatience = 2 * time.Second
	// restSpan: after UNAVAILABLE, for the time that a server needs to be gone, or to be back.
	restSpan    = time.Second
	longestRest = 30 * time.Second
)

type memberState int

const (
	down memberState = iota
	pending
	ready
)

// member is one server of a pool, and the connection to it. The pool's lock guards it.
type member struct {
	server server
	conn   *grpc.ClientConn
	client pb.SchedulerClient

	restsUntil time.Time
	// pendingAt is since when it is being connected to; zero: it is not.
	pendingAt time.Time
	watched   bool
	// calls in progress on it.
	calls int
	// closed: it is asked no more.
	closed bool
}

// state: looking makes it connect. changed is called, in a goroutine that wait counts, when another may be there.
func (m *member) state(ctx context.Context, wait *sync.WaitGroup, changed func()) memberState {
	if m.closed {
		return down
	}
	state := m.conn.GetState()
	if state == connectivity.Idle {
		m.conn.Connect()
	}
	switch state {
	case connectivity.Ready:
		m.pendingAt = time.Time{}
		return ready
	case connectivity.Idle, connectivity.Connecting:
		if m.pendingAt.IsZero() {
			m.pendingAt = time.Now()
		}
		if !m.watched {
			m.watched = true
			wait.Go(func() {
				m.conn.WaitForStateChange(ctx, state)
				changed()
			})
		}
		if m.patience() > 0 {
			return pending
		}
		return down
	default:
		m.pendingAt = time.Time{}
		return down
	}
}

// patience is how long it may stay pending from now on; 0: it is not waited for any more, or need not be.
func (m *member) patience() time.Duration {
	if m.pendingAt.IsZero() {
		return 0
	}
	return max(0, connectPatience-time.Since(m.pendingAt))
}

func (m *member) rests() bool { return time.Now().Before(m.restsUntil) }

func (m *member) rest(askedFor time.Duration) {
	m.restsUntil = time.Now().Add(min(max(restSpan, askedFor), longestRest))
}
