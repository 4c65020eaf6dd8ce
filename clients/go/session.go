package tickwire

import (
	"log/slog"
	"time"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// manyResults: a worker with thousands of places may end all of its tasks in one turn; sent only then, server and worker would wait for
// each other in turns.
const manyResults = 250

type sessionEvents struct {
	welcomed func(*pb.Welcome)
	// drainNotice: the server stops; go elsewhere after the delay.
	drainNotice func(grace, reconnectDelay time.Duration)
	silent      func()
}

// session is one stream's protocol: hello, welcome, then frames both ways. Results and reports wait here until the stream takes them; the
// tasks themselves outlive it.
type session struct {
	loop     *loop
	log      *slog.Logger
	inHand   *inHand
	reports  *reports
	capacity func() *pb.Capacity
	stream   *workStream
	events   sessionEvents

	queue           []*held
	liveness        *liveness
	welcomed        bool
	full            bool
	flushing        bool
	capacityWaiting bool
	drainWaiting    bool
	ended           bool
}

func (s *session) begin(hello *pb.Hello) {
	s.write(&pb.WorkRequest{Frame: &pb.WorkRequest_Hello{Hello: hello}})
}

func (s *session) frame(response *pb.WorkResponse) {
	s.liveness.heard()
	switch f := response.Frame.(type) {
	case *pb.WorkResponse_Welcome:
		s.welcome(f.Welcome)
	case *pb.WorkResponse_Tasks:
		s.inHand.accept(f.Tasks.GetTasks())
	case *pb.WorkResponse_Receipts:
		for _, receipt := range f.Receipts.GetReceipts() {
			s.inHand.receipt(receipt)
		}
	case *pb.WorkResponse_Cancellations:
		for _, cancellation := range f.Cancellations.GetCancellations() {
			s.inHand.cancel(cancellation)
		}
	case *pb.WorkResponse_Drain:
		grace, delay := f.Drain.GetGrace().AsDuration(), f.Drain.GetReconnectDelay().AsDuration()
		s.log.Info("server stops", "grace", grace, "reconnectDelay", delay)
		s.events.drainNotice(grace, delay)
	}
}

func (s *session) welcome(welcome *pb.Welcome) {
	if s.welcomed {
		return
	}
	s.welcomed = true
	interval := 3 * time.Second
	if welcome.PingInterval != nil {
		interval = min(max(welcome.PingInterval.AsDuration(), 10*time.Millisecond), time.Hour)
	}
	s.liveness = newLiveness(s.loop, interval, func() {
		// A stream that takes nothing has frames enough in it.
		if !s.full {
			s.write(&pb.WorkRequest{Frame: &pb.WorkRequest_Ping{Ping: &pb.Ping{}}})
		}
	}, s.events.silent)
	for _, stale := range welcome.Stale {
		s.inHand.stale(stale.GetToken())
	}
	// Whatever was sent on an earlier stream may be lost: without a receipt it is sent again.
	s.queue = s.inHand.finished()
	s.events.welcomed(welcome)
	s.flush()
}

// result is sent with whatever else ends in this turn, or with so many that the server can work on them meanwhile.
func (s *session) result(h *held) {
	if !s.welcomed {
		return
	}
	s.queue = append(s.queue, h)
	if len(s.queue) >= manyResults && !s.full {
		s.flush()
	} else {
		s.flushSoon()
	}
}

func (s *session) capacityChanged() {
	s.capacityWaiting = true
	s.flushSoon()
}

func (s *session) reportsDue() { s.flushSoon() }

// drain: no more tasks, please.
func (s *session) drain() {
	s.drainWaiting = true
	s.flushSoon()
}

// drained: the stream takes frames again.
func (s *session) drained() {
	s.full = false
	s.flush()
}

func (s *session) flushSoon() {
	if s.flushing || s.ended || !s.welcomed {
		return
	}
	s.flushing = true
	s.loop.soon(func() {
		s.flushing = false
		s.flush()
	})
}

// flush writes what waits, for as long as the stream takes it.
func (s *session) flush() {
	if s.ended || !s.welcomed || s.full {
		return
	}
	if s.drainWaiting {
		s.drainWaiting = false
		s.write(&pb.WorkRequest{Frame: &pb.WorkRequest_Drain{Drain: &pb.DrainRequest{}}})
	}
	if s.capacityWaiting {
		s.capacityWaiting = false
		s.write(&pb.WorkRequest{Frame: &pb.WorkRequest_Capacity{Capacity: s.capacity()}})
	}
	if s.reports.timely() {
		for _, frame := range s.reports.take() {
			s.write(frame)
		}
	}
	s.writeResults()
}

func (s *session) writeResults() {
	parts := inFrames(s.queue, func(h *held) int { return h.size })
	s.queue = nil
	for i, part := range parts {
		if s.full {
			for _, rest := range parts[i:] {
				s.queue = append(s.queue, rest...)
			}
			return
		}
		results := make([]*pb.Result, len(part))
		for j, h := range part {
			if report := s.reports.takeOf(h); report != nil {
				s.write(report)
			}
			results[j] = h.result
		}
		s.write(&pb.WorkRequest{Frame: &pb.WorkRequest_Results{Results: &pb.Results{Results: results}}})
	}
}

func (s *session) write(frame *pb.WorkRequest) {
	s.liveness.sent()
	if !s.stream.write(frame) {
		s.full = true
	}
}

// end ends the stream; what comes of it afterwards is ignored.
func (s *session) end() {
	if s.ended {
		return
	}
	s.ended = true
	s.liveness.stop()
	s.stream.close(true)
}
