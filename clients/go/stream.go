package tickwire

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

const (
	// A frame has up to 1 MiB: with HTTP/2's own 64 KiB it would take 16 round trips.
	streamWindow = 1024 * 1024
	// streamBacklog: with so many frames unsent a stream takes no more for now.
	streamBacklog = 16
	// streamClose is how long a stream that was ended may take to send what was written.
	streamClose = time.Second
)

// streamEvents are posted to the worker's loop.
type streamEvents struct {
	// opened: the server is reached; the first frame may be written.
	opened func()
	frame  func(*pb.WorkResponse)
	// drained: it takes frames again after write returned false.
	drained func()
	// closed: it is gone, in whichever way; the last event. Nil: a normal end.
	closed func(*Error)
}

// workStream is one stream to a server, with a connection of its own: when to try again is the engine's business, not that of a pooled
// channel's backoff.
type workStream struct {
	post   func(func())
	events streamEvents
	cancel context.CancelFunc

	mu     sync.Mutex
	frames []*pb.WorkRequest
	full   bool
	closed bool
	more   chan struct{}
}

// openStream tries to reach the server; the events tell how it goes. The wait group counts its goroutines.
func openStream(l *link, s server, post func(func()), wait *sync.WaitGroup, events streamEvents) *workStream {
	ctx, cancel := context.WithCancel(context.Background())
	w := &workStream{post: post, events: events, cancel: cancel, more: make(chan struct{}, 1)}
	wait.Go(func() {
		err := w.serve(ctx, l, s)
		cancel()
		w.post(func() { w.events.closed(err) })
	})
	return w
}

func (w *workStream) serve(ctx context.Context, l *link, s server) *Error {
	conn, err := l.dial(s, grpc.WithDisableRetry(), grpc.WithInitialWindowSize(streamWindow), grpc.WithInitialConnWindowSize(streamWindow))
	if err != nil {
		return asError(err)
	}
	defer conn.Close()
	reached := reach(ctx, conn)
	// A call on a connection that failed fails at once, and says why.
	stream, err := pb.NewSchedulerClient(conn).Work(l.context(ctx))
	if err != nil {
		return asError(err)
	}
	if reached {
		w.post(w.events.opened)
		var sending sync.WaitGroup
		defer sending.Wait()
		defer w.cancel()
		sending.Go(func() { w.send(ctx, stream) })
	}
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return asError(err)
		}
		w.post(func() { w.events.frame(frame) })
	}
}

// reach waits until the server is reached, so that a hello is not drawn up for a connection that may take long.
func reach(ctx context.Context, conn *grpc.ClientConn) bool {
	conn.Connect()
	for {
		state := conn.GetState()
		switch state {
		case connectivity.Ready:
			return true
		case connectivity.TransientFailure, connectivity.Shutdown:
			return false
		case connectivity.Idle:
			conn.Connect()
		}
		if !conn.WaitForStateChange(ctx, state) {
			return false
		}
	}
}

// send sends frames until the stream is closed and all are sent, or it breaks.
func (w *workStream) send(ctx context.Context, stream grpc.BidiStreamingClient[pb.WorkRequest, pb.WorkResponse]) {
	for {
		frame, last := w.take()
		switch {
		case frame != nil:
			if stream.Send(frame) != nil {
				// Recv says why.
				return
			}
		case last:
			_ = stream.CloseSend()
			return
		default:
			select {
			case <-w.more:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (w *workStream) take() (frame *pb.WorkRequest, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.frames) == 0 {
		if w.full {
			w.full = false
			w.post(w.events.drained)
		}
		return nil, w.closed
	}
	frame = w.frames[0]
	w.frames = w.frames[1:]
	return frame, false
}

// write gives false where it takes no more until it is drained; this frame was taken.
func (w *workStream) write(frame *pb.WorkRequest) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames = append(w.frames, frame)
	w.full = w.full || len(w.frames) >= streamBacklog
	w.signal()
	return !w.full
}

// close ends it: what was written is sent if possible. What comes of it afterwards is the caller's to ignore. Twice is fine.
func (w *workStream) close(opened bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	w.signal()
	if !opened {
		w.cancel()
		return
	}
	// Its end cancels as well; a timer that fires later changes nothing.
	time.AfterFunc(streamClose, w.cancel)
}

func (w *workStream) signal() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}
