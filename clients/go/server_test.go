package tickwire

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for what is known to come.
const patience = 10 * time.Second

// fakeServer answers unary calls as its test says, and hands its test each worker's stream.
type fakeServer struct {
	pb.UnimplementedSchedulerServer
	address string
	grpc    *grpc.Server
	streams chan *fakeStream
	slugs   func(grpc.ServerStreamingServer[pb.ListJobSlugsResponse]) error
	watch   func(*pb.WatchRunsRequest, grpc.ServerStreamingServer[pb.WatchRunsResponse]) error

	mu sync.Mutex
	// answer takes a call's request, counted from 1 over all calls.
	answer func(ctx context.Context, n int, request proto.Message) (proto.Message, error)
	calls  []proto.Message
}

func startServer(t testing.TB, options ...grpc.ServerOption) *fakeServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeServer{address: listener.Addr().String(), streams: make(chan *fakeStream, 100)}
	s.grpc = grpc.NewServer(append(options, grpc.UnaryInterceptor(s.unary))...)
	pb.RegisterSchedulerServer(s.grpc, s)
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.grpc.Serve(listener) })
	t.Cleanup(func() {
		s.grpc.Stop()
		serving.Wait()
	})
	return s
}

func (s *fakeServer) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
	s.mu.Lock()
	s.calls = append(s.calls, proto.Clone(request.(proto.Message)))
	n, answer := len(s.calls), s.answer
	s.mu.Unlock()
	return answer(ctx, n, request.(proto.Message))
}

func (s *fakeServer) asked() []proto.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]proto.Message{}, s.calls...)
}

func (s *fakeServer) WatchRuns(r *pb.WatchRunsRequest, stream grpc.ServerStreamingServer[pb.WatchRunsResponse]) error {
	return s.watch(r, stream)
}

func (s *fakeServer) ListJobSlugs(_ *pb.ListJobSlugsRequest, stream grpc.ServerStreamingServer[pb.ListJobSlugsResponse]) error {
	return s.slugs(stream)
}

// fakeStream is a worker's, in the hands of a test. It ends when the worker ends it, or the test.
type fakeStream struct {
	pb.Scheduler_WorkServer
	frames chan *pb.WorkRequest
	end    chan error
}

func (s *fakeServer) Work(stream pb.Scheduler_WorkServer) error {
	f := &fakeStream{stream, make(chan *pb.WorkRequest, 1000), make(chan error, 2)}
	s.streams <- f
	go func() {
		defer close(f.frames)
		for {
			frame, err := stream.Recv()
			if err != nil {
				f.end <- nil
				return
			}
			if frame.GetPing() == nil {
				f.frames <- frame
			}
		}
	}()
	return <-f.end
}

// next is the worker's next stream.
func (s *fakeServer) next(t testing.TB) *fakeStream {
	t.Helper()
	select {
	case stream := <-s.streams:
		return stream
	case <-time.After(patience):
		t.Fatal("no worker came")
		return nil
	}
}

// frame reads the next one that is no ping.
func (f *fakeStream) frame(t testing.TB) *pb.WorkRequest {
	t.Helper()
	select {
	case frame, ok := <-f.frames:
		if !ok {
			t.Fatal("the worker's stream ended")
		}
		return frame
	case <-time.After(patience):
		t.Fatal("no frame came")
		return nil
	}
}

func (f *fakeStream) hello(t testing.TB) *pb.Hello {
	t.Helper()
	hello := f.frame(t).GetHello()
	if hello == nil {
		t.Fatal("the first frame is no hello")
	}
	return hello
}

func (f *fakeStream) result(t testing.TB) *pb.Result {
	t.Helper()
	frame := f.frame(t)
	if len(frame.GetResults().GetResults()) != 1 {
		t.Fatalf("not one result: %v", frame)
	}
	return frame.GetResults().Results[0]
}

func (f *fakeStream) send(t testing.TB, frame *pb.WorkResponse) {
	t.Helper()
	if err := f.Send(frame); err != nil {
		t.Fatal(err)
	}
}

func (f *fakeStream) welcome(t testing.TB) *pb.Hello {
	t.Helper()
	return f.welcomeWith(t, &pb.Welcome{PingInterval: durationpb.New(time.Minute)})
}

func (f *fakeStream) welcomeWith(t testing.TB, welcome *pb.Welcome) *pb.Hello {
	t.Helper()
	hello := f.hello(t)
	welcome.WorkerId, welcome.ServerId, welcome.ProtocolRevision = "w-1", "s-1", 1
	f.send(t, &pb.WorkResponse{Frame: &pb.WorkResponse_Welcome{Welcome: welcome}})
	return hello
}

func (f *fakeStream) task(t testing.TB, task *pb.Task) {
	t.Helper()
	if task.Kind == "" {
		task.Kind = "k"
	}
	if task.Token == nil {
		task.Token = []byte("token of " + task.Slug)
	}
	f.send(t, &pb.WorkResponse{Frame: &pb.WorkResponse_Tasks{Tasks: &pb.Tasks{Tasks: []*pb.Task{task}}}})
}

func (f *fakeStream) receipt(t testing.TB, token []byte) {
	t.Helper()
	receipt := &pb.Receipt{Token: token, State: pb.ReceiptState_RECEIPT_STATE_RECORDED}
	f.send(t, &pb.WorkResponse{Frame: &pb.WorkResponse_Receipts{Receipts: &pb.Receipts{Receipts: []*pb.Receipt{receipt}}}})
}

func (f *fakeStream) cancel(t testing.TB, slug string, reason pb.CancelReason) {
	t.Helper()
	one := &pb.Cancellation{Slug: slug, Token: []byte("token of " + slug), Reason: reason}
	list := &pb.Cancellations{Cancellations: []*pb.Cancellation{one}}
	f.send(t, &pb.WorkResponse{Frame: &pb.WorkResponse_Cancellations{Cancellations: list}})
}

// refusal is an error as a server tells it.
func refusal(code codes.Code, reason string, details ...protoadapt.MessageV1) error {
	s, err := status.New(code, "message of "+reason).WithDetails(
		append([]protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: reason, Domain: "tickwire", Metadata: map[string]string{"slug": "a"}}}, details...)...)
	if err != nil {
		panic(err)
	}
	return s.Err()
}

func badRequest(field string) *errdetails.BadRequest {
	return &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: "wrong"}}}
}
