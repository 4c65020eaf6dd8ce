package tickwire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

var errGone = status.Error(codes.Unavailable, "gone")

func clientOf(t *testing.T, options ...ClientOption) *Client {
	t.Helper()
	c, err := NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// quick keeps the waits between tries short.
func quick() ClientOption {
	return WithRetryOptions(RetryOptions{Initial: time.Millisecond, Max: time.Millisecond})
}

func TestARepeatIsNamedAsOne(t *testing.T) {
	s := startServer(t)
	s.answer = func(_ context.Context, n int, _ proto.Message) (proto.Message, error) {
		if n < 3 {
			return nil, errGone
		}
		return &pb.ScheduleJobResponse{Job: &pb.Job{Slug: "a"}, Outcome: pb.ScheduleOutcome_SCHEDULE_OUTCOME_REPEATED}, nil
	}
	c := clientOf(t, WithAddress(s.address), quick())
	scheduled, err := c.ScheduleJob(t.Context(), JobInput{Kind: "k", Payload: "p"})
	if err != nil || scheduled.Outcome != OutcomeRepeated {
		t.Fatalf("got %v, %v", scheduled, err)
	}
	calls := s.asked()
	first, last := calls[0].(*pb.ScheduleJobRequest), calls[2].(*pb.ScheduleJobRequest)
	if first.RequestId == "" || first.RequestId != last.RequestId || first.Retry || !last.Retry || len(calls) != 3 {
		t.Errorf("asked %v", calls)
	}
}

// repeats are the calls of the contract: whether each may be sent again.
var repeats = map[string]struct {
	call func(context.Context, *Client, ...CallOption) error
	want bool
}{
	"ScheduleJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.ScheduleJob(ctx, JobInput{Kind: "k"}, o...)
		return err
	}, true},
	"ScheduleJobs": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.ScheduleJobs(ctx, []JobInput{{Kind: "k"}}, o...)
		return err
	}, true},
	"GetJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.GetJob(ctx, "a", o...)
		return err
	}, true},
	"ListJobs": {func(ctx context.Context, c *Client, o ...CallOption) error {
		return drain(c.ListJobs(ctx, JobQuery{}, o...))
	}, true},
	"UpdateJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.UpdateJob(ctx, "a", JobUpdate{}, o...)
		return err
	}, false},
	"DeleteJob": {func(ctx context.Context, c *Client, o ...CallOption) error { return c.DeleteJob(ctx, "a", o...) }, false},
	"DeleteJob by etag": {func(ctx context.Context, c *Client, o ...CallOption) error {
		return c.DeleteJob(ctx, "a", append(o, WithEtag("e"), WithAllowMissing())...)
	}, true},
	"ClearJobs": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.ClearJobs(ctx, BulkInput{All: true}, o...)
		return err
	}, false},
	"ClearJobs only": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.ClearJobs(ctx, BulkInput{ValidateOnly: true}, o...)
		return err
	}, true},
	"RequeueJobs": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.RequeueJobs(ctx, BulkInput{}, o...)
		return err
	}, false},
	"RequeueJobs only": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.RequeueJobs(ctx, BulkInput{ValidateOnly: true}, o...)
		return err
	}, true},
	"PauseJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.PauseJob(ctx, "a", append(o, WithReason("r"))...)
		return err
	}, false},
	"ResumeJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.ResumeJob(ctx, "a", o...)
		return err
	}, false},
	"RunJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, _, err := c.RunJob(ctx, "a", o...)
		return err
	}, true},
	"BackfillJob": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.BackfillJob(ctx, "a", BackfillInput{StartTime: time.Now(), EndTime: time.Now()}, o...)
		return err
	}, true},
	"PreviewTrigger": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.PreviewTrigger(ctx, *Every(time.Second), PreviewInput{}, o...)
		return err
	}, true},
	"ListRuns": {func(ctx context.Context, c *Client, o ...CallOption) error {
		return drain(c.ListRuns(ctx, RunQuery{}, o...))
	}, true},
	"CancelRun": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.CancelRun(ctx, "a", o...)
		return err
	}, false},
	"CancelRun by id": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.CancelRun(ctx, "a", append(o, WithRunID("r"))...)
		return err
	}, true},
	"RegisterKind": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, _, err := c.RegisterKind(ctx, KindInput{Name: "k"}, o...)
		return err
	}, true},
	"RegisterKind etag": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, _, err := c.RegisterKind(ctx, KindInput{Name: "k", Etag: "e"}, o...)
		return err
	}, false},
	"GetKind": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.GetKind(ctx, "k", o...)
		return err
	}, true},
	"ListKinds": {func(ctx context.Context, c *Client, o ...CallOption) error {
		return drain(c.ListKinds(ctx, PageInput{}, o...))
	}, true},
	"DeleteKind": {func(ctx context.Context, c *Client, o ...CallOption) error { return c.DeleteKind(ctx, "k", o...) }, false},
	"PauseKind": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.PauseKind(ctx, "k", o...)
		return err
	}, false},
	"ResumeKind": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.ResumeKind(ctx, "k", o...)
		return err
	}, false},
	"ListWorkers": {func(ctx context.Context, c *Client, o ...CallOption) error {
		return drain(c.ListWorkers(ctx, PageInput{}, o...))
	}, true},
	"GetStats": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.GetStats(ctx, nil, o...)
		return err
	}, true},
	"GetServerInfo": {func(ctx context.Context, c *Client, o ...CallOption) error {
		_, err := c.GetServerInfo(ctx, o...)
		return err
	}, true},
}

func drain[T any](items func(func(T, error) bool)) error {
	for _, err := range items {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestOnlyWhatARepeatCantHurtIsRepeated(t *testing.T) {
	for name, one := range repeats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			s.answer = func(_ context.Context, n int, _ proto.Message) (proto.Message, error) {
				if n == 1 {
					return nil, errGone
				}
				return nil, refusal(codes.NotFound, "JOB_NOT_FOUND")
			}
			c := clientOf(t, WithAddress(s.address), quick())
			want, tries := ErrJobNotFound, 2
			if !one.want {
				want, tries = ErrUnavailable, 1
			}
			if err := one.call(t.Context(), c); !errors.Is(err, want) || len(s.asked()) != tries {
				t.Errorf("after %d tries: %v", len(s.asked()), err)
			}
			// The other way, because the caller says so.
			s.mu.Lock()
			s.calls = nil
			s.mu.Unlock()
			if err := one.call(t.Context(), c, WithRetry(!one.want)); err == nil || len(s.asked()) != 3-tries {
				t.Errorf("with WithRetry(%t) after %d tries: %v", !one.want, len(s.asked()), err)
			}
		})
	}
}

func TestAnUnavailableServerIsLeftOutWhileThereIsAnother(t *testing.T) {
	var asked [2]atomic.Int32
	var addresses []string
	for i := range asked {
		s := startServer(t)
		s.answer = func(context.Context, int, proto.Message) (proto.Message, error) {
			asked[i].Add(1)
			if i == 0 {
				return nil, errGone
			}
			return &pb.GetServerInfoResponse{Version: "1"}, nil
		}
		addresses = append(addresses, s.address)
	}
	c := clientOf(t, WithAddress(addresses...), WithRetryOptions(RetryOptions{Initial: time.Hour, Max: time.Hour}))
	for range 10 {
		if _, err := c.GetServerInfo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// It rests for a second after each time.
	if first := asked[0].Load(); first > 5 || asked[1].Load() != 10 {
		t.Errorf("asked %d and %d times", first, asked[1].Load())
	}
}

func TestWhoCantBeReachedIsSaidSo(t *testing.T) {
	gone := startServer(t)
	gone.grpc.Stop()
	c := clientOf(t, WithAddress(gone.address))
	if err := c.DeleteJob(t.Context(), "a"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestEndsOfACall(t *testing.T) {
	s := startServer(t)
	reached := make(chan struct{}, 10)
	s.answer = func(ctx context.Context, _ int, _ proto.Message) (proto.Message, error) {
		reached <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c := clientOf(t, WithAddress(s.address))
	if _, err := c.GetJob(t.Context(), "a", WithTimeout(50*time.Millisecond)); !errors.Is(err, ErrDeadlineExceeded) {
		t.Errorf("its timeout: %v", err)
	}
	<-reached
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-reached; cancel(why) }()
	if _, err := c.GetJob(ctx, "a"); !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Errorf("its context: %v", err)
	}
	limited, forget := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer forget()
	if _, err := c.GetJob(limited, "a"); !errors.Is(err, ErrDeadlineExceeded) {
		t.Errorf("its context's deadline: %v", err)
	}
	<-reached
	go func() { <-reached; c.Close() }()
	if _, err := c.GetJob(t.Context(), "a"); !errors.Is(err, ErrClientClosed) {
		t.Errorf("the client's end: %v", err)
	}
	if _, err := c.GetJob(t.Context(), "a"); !errors.Is(err, ErrClientClosed) {
		t.Errorf("after the client's end: %v", err)
	}
	c.Close()
}

func TestAnOptionOfAnotherCallIsRefused(t *testing.T) {
	c := clientOf(t)
	if _, err := c.GetJob(t.Context(), "a", WithReason("r")); !errors.Is(err, ErrBadField) {
		t.Errorf("got %v", err)
	}
}

func TestAListGoesOnPageAfterPage(t *testing.T) {
	s := startServer(t)
	s.answer = func(_ context.Context, _ int, request proto.Message) (proto.Message, error) {
		r := request.(*pb.ListJobsRequest)
		pages := map[string]*pb.ListJobsResponse{
			"":  {Jobs: []*pb.Job{{Slug: "a"}}, NextPageToken: "1"},
			"1": {NextPageToken: "2"},
			"2": {Jobs: []*pb.Job{{Slug: "b"}, {Slug: "c"}}},
		}
		return pages[r.PageToken], nil
	}
	c := clientOf(t, WithAddress(s.address))
	query := JobQuery{Filter: &JobFilter{Kinds: []string{"k"}, States: []JobState{JobDead}}, View: ViewFull, PageInput: PageInput{PageSize: 2}}
	for range 2 {
		var slugs []string
		for job, err := range c.ListJobs(t.Context(), query) {
			if err != nil {
				t.Fatal(err)
			}
			slugs = append(slugs, job.Slug)
		}
		if !slices.Equal(slugs, []string{"a", "b", "c"}) {
			t.Errorf("got %v", slugs)
		}
	}
	for range c.ListJobs(t.Context(), query) {
		break
	}
	calls := s.asked()
	r := calls[0].(*pb.ListJobsRequest)
	if len(calls) != 7 || r.PageSize != 2 || r.View != pb.View_VIEW_FULL || r.Filter.States[0] != pb.JobState_JOB_STATE_DEAD {
		t.Errorf("asked %v", calls)
	}
}

func TestAWatchGoesOnFromItsCursor(t *testing.T) {
	s := startServer(t)
	var opened atomic.Int32
	asked := make(chan string, 10)
	s.watch = func(r *pb.WatchRunsRequest, stream grpc.ServerStreamingServer[pb.WatchRunsResponse]) error {
		asked <- r.Cursor
		send := func(cursor string, ids ...string) {
			response := &pb.WatchRunsResponse{Cursor: cursor}
			for _, id := range ids {
				response.Runs = append(response.Runs, &pb.Run{RunId: id, State: pb.RunState_RUN_STATE_LOST})
			}
			_ = stream.Send(response)
		}
		switch opened.Add(1) {
		case 1:
			send("c0")
			send("c1", "a", "b")
			return errGone
		case 2:
			send("c2", "b", "c")
			return errGone
		case 3:
			return refusal(codes.InvalidArgument, "BAD_FIELD", badRequest("cursor"))
		default:
			send("c9", "d")
			<-stream.Context().Done()
			return nil
		}
	}
	c := clientOf(t, WithAddress(s.address), quick())
	gaps := 0
	watch, err := c.WatchRuns(t.Context(), WatchInput{OnGap: func() { gaps++ }})
	if err != nil {
		t.Fatal(err)
	}
	if watch.Cursor() != "c0" {
		t.Errorf("the first word's cursor is %q", watch.Cursor())
	}
	var ids []string
	for run, err := range watch.All() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, run.RunID)
		if run.RunID == "d" {
			break
		}
	}
	cursors := []string{<-asked, <-asked, <-asked, <-asked}
	if !slices.Equal(ids, []string{"a", "b", "c", "d"}) || !slices.Equal(cursors, []string{"", "c1", "c2", ""}) || gaps != 1 {
		t.Errorf("got %v by %q with %d gaps", ids, cursors, gaps)
	}
	watch.Close()
}

func TestAWatchThatIsRefusedIsNone(t *testing.T) {
	s := startServer(t)
	s.watch = func(*pb.WatchRunsRequest, grpc.ServerStreamingServer[pb.WatchRunsResponse]) error {
		return refusal(codes.InvalidArgument, "BAD_FIELD")
	}
	c := clientOf(t, WithAddress(s.address))
	if _, err := c.WatchRuns(t.Context(), WatchInput{Cursor: "x"}); !errors.Is(err, ErrBadField) {
		t.Errorf("got %v", err)
	}
}

func TestTokenHeadersAndCertificates(t *testing.T) {
	ca, cert := certificates(t, "tickwire.test")
	headers := make(chan metadata.MD, 1)
	s := startServer(t, grpc.Creds(credentials.NewServerTLSFromCert(&cert)))
	s.answer = func(ctx context.Context, _ int, _ proto.Message) (proto.Message, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		headers <- md
		return &pb.GetServerInfoResponse{}, nil
	}
	options := []ClientOption{WithAddress(s.address), WithToken("secret"), WithHeaders(map[string]string{"x-a": "b"})}
	trusting := clientOf(t, append(options, WithTLS(&tls.Config{RootCAs: ca, ServerName: "tickwire.test"}))...)
	if _, err := trusting.GetServerInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if md := <-headers; md.Get("authorization")[0] != "Bearer secret" || md.Get("x-a")[0] != "b" {
		t.Errorf("headers are %v", md)
	}
	for name, option := range map[string]ClientOption{
		"another name": WithTLS(&tls.Config{RootCAs: ca, ServerName: "other.test"}),
		"no authority": WithTLS(nil),
	} {
		c := clientOf(t, append(options, option)...)
		if _, err := c.GetServerInfo(t.Context(), WithRetry(false)); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewClient(WithTLS(nil), WithCredentials(credentials.NewTLS(nil))); err == nil {
		t.Error("TLS and credentials were taken")
	}
}

// certificates are an authority's, and one of a server with this name.
func certificates(t *testing.T, name string) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestAnAnswerWithoutWhatItMustHoldIsAnError(t *testing.T) {
	s := startServer(t)
	s.answer = func(context.Context, int, proto.Message) (proto.Message, error) { return &pb.GetJobResponse{}, nil }
	c := clientOf(t, WithAddress(s.address))
	if _, err := c.GetJob(t.Context(), "a", WithView(ViewBasic)); !errors.Is(err, ErrInternal) {
		t.Errorf("got %v", err)
	}
	if fmt.Sprint(s.asked()[0].(*pb.GetJobRequest).View) != "VIEW_BASIC" {
		t.Errorf("asked %v", s.asked()[0])
	}
}

func TestAServerBehindANameIsKnownByIt(t *testing.T) {
	ca, cert := certificates(t, "tickwire.test")
	s := startServer(t, grpc.Creds(credentials.NewServerTLSFromCert(&cert)))
	s.answer = func(context.Context, int, proto.Message) (proto.Message, error) {
		return &pb.GetServerInfoResponse{Version: "1"}, nil
	}
	// Nobody listens at the second of its addresses.
	found := ConnectionOption(func(c *connection) {
		c.lookup = func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}, nil
		}
	})
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	for name, known := range map[string]bool{"tickwire.test": true, "other.test": false} {
		for _, secure := range []ConnectionOption{WithTLS(&tls.Config{RootCAs: ca}), WithCredentials(credentials.NewTLS(&tls.Config{RootCAs: ca}))} {
			c := clientOf(t, WithAddress(name+":"+port), secure, found)
			if _, err := c.GetServerInfo(t.Context(), WithRetry(known)); (err == nil) != known {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	c := clientOf(t, WithAddress("other.test:"+port), WithTLS(&tls.Config{RootCAs: ca, ServerName: "tickwire.test"}), found)
	if _, err := c.GetServerInfo(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestATimeoutThatIsOverIsOver(t *testing.T) {
	s := startServer(t)
	c := clientOf(t, WithAddress(s.address))
	if _, err := c.GetServerInfo(t.Context(), WithTimeout(-time.Second)); !errors.Is(err, ErrDeadlineExceeded) || len(s.asked()) > 0 {
		t.Errorf("got %v", err)
	}
}

func TestSlugsGoOnWhereTheirStreamBroke(t *testing.T) {
	s := startServer(t)
	var opened atomic.Int32
	s.slugs = func(stream grpc.ServerStreamingServer[pb.ListJobSlugsResponse]) error {
		if opened.Add(1) == 1 {
			_ = stream.Send(&pb.ListJobSlugsResponse{Slugs: []string{"a", "b"}})
			return errGone
		}
		return stream.Send(&pb.ListJobSlugsResponse{Slugs: []string{"a", "b", "c"}})
	}
	c := clientOf(t, WithAddress(s.address), quick())
	var slugs []string
	for slug, err := range c.ListJobSlugs(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		slugs = append(slugs, slug)
	}
	if !slices.Equal(slugs, []string{"a", "b", "c"}) {
		t.Errorf("got %v", slugs)
	}
	opened.Store(0)
	err := drain(c.ListJobSlugs(t.Context(), &JobFilter{Kinds: []string{"k"}}, WithRetry(false)))
	if !errors.Is(err, ErrUnavailable) || opened.Load() != 1 {
		t.Errorf("without a retry: %v", err)
	}
}

func TestKindsAndWorkersAreRead(t *testing.T) {
	s := startServer(t)
	s.answer = func(_ context.Context, _ int, request proto.Message) (proto.Message, error) {
		switch request.(type) {
		case *pb.RegisterKindRequest:
			return &pb.RegisterKindResponse{Kind: &pb.Kind{Name: "k", MaxRunning: 3, Pause: &pb.Pause{Reason: "r"}}, Created: true}, nil
		case *pb.ListWorkersRequest:
			kinds := []*pb.KindCapacity{{Kind: "k", MaxTasks: new(int32(2))}}
			return &pb.ListWorkersResponse{Workers: []*pb.WorkerStatus{{WorkerId: "w", Capacity: &pb.Capacity{MaxTasks: 7, Kinds: kinds}}}}, nil
		default:
			return &pb.GetStatsResponse{Kinds: []*pb.KindStats{{Kind: "k", Dead: 4}}, Servers: []*pb.ServerStatus{{ServerId: "s", Workers: 1}}}, nil
		}
	}
	c := clientOf(t, WithAddress(s.address))
	kind, created, err := c.RegisterKind(t.Context(), KindInput{Name: "k", Replace: true})
	if err != nil || !created || kind.MaxRunning != 3 || kind.Pause.Reason != "r" || !kind.CreateTime.IsZero() {
		t.Errorf("got %+v, %v", kind, err)
	}
	for worker, err := range c.ListWorkers(t.Context(), PageInput{}) {
		if err != nil || worker.WorkerID != "w" || worker.MaxTasks != 7 || *worker.Kinds[0].MaxTasks != 2 {
			t.Errorf("got %+v, %v", worker, err)
		}
	}
	stats, err := c.GetStats(t.Context(), []string{"k"})
	if err != nil || stats.Kinds[0].Dead != 4 || stats.Servers[0].Workers != 1 {
		t.Errorf("got %+v, %v", stats, err)
	}
}
