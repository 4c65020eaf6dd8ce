package tickwire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/netip"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// ClientOption is one of [NewClient].
type ClientOption interface{ toClient(*clientOptions) }

// WorkerOption is one of [NewWorker].
type WorkerOption interface{ toWorker(*workerOptions) }

// HandleOption is one of [Worker.Handle].
type HandleOption interface{ toHandle(*kindHandler) }

// ConnectionOption says where the servers are and how to reach them, to a [Client] as well as to a [Worker].
type ConnectionOption func(*connection)

func (o ConnectionOption) toClient(c *clientOptions) { o(&c.connection) }
func (o ConnectionOption) toWorker(w *workerOptions) { o(&w.connection) }

type clientOption func(*clientOptions)

func (o clientOption) toClient(c *clientOptions) { o(c) }

type workerOption func(*workerOptions)

func (o workerOption) toWorker(w *workerOptions) { o(w) }

type connection struct {
	addresses   []string
	tls         *tls.Config
	credentials credentials.TransportCredentials
	token       string
	headers     map[string]string
	lookup      lookup
}

type clientOptions struct {
	connection
	timeout time.Duration
	retry   RetryOptions
}

type workerOptions struct {
	connection
	maxTasks int
	workerID string
	info     map[string]string
	define   []KindInput
	grace    time.Duration
	log      *slog.Logger
}

// WithAddress names the servers, each as host:port; one text may hold several, with commas between them. A name that stands for several
// servers is the same as all of them. Default: 127.0.0.1:7070.
func WithAddress(addresses ...string) ConnectionOption {
	return func(c *connection) { c.addresses = append(c.addresses, addresses...) }
}

// WithTLS encrypts. Nil: with the certificates that the system trusts. A server's certificate must name the host of its address, or
// config's ServerName. Default: plain text.
func WithTLS(config *tls.Config) ConnectionOption {
	return func(c *connection) {
		if config == nil {
			config = &tls.Config{}
		}
		c.tls = config.Clone()
	}
}

// WithCredentials takes gRPC's own, in place of [WithTLS].
func WithCredentials(given credentials.TransportCredentials) ConnectionOption {
	return func(c *connection) { c.credentials = given }
}

// WithToken sends "authorization: Bearer ..." with every call. Without TLS whoever listens on the way reads it.
func WithToken(token string) ConnectionOption {
	return func(c *connection) { c.token = token }
}

// WithHeaders sends them with every call.
func WithHeaders(headers map[string]string) ConnectionOption {
	return func(c *connection) { c.headers = maps.Clone(headers) }
}

// WithClientTimeout is the time limit of each call that names none with [WithTimeout]; 0: none. Default: 30 s.
func WithClientTimeout(timeout time.Duration) ClientOption {
	return clientOption(func(c *clientOptions) { c.timeout = timeout })
}

// RetryOptions say how a call that found every server unavailable is tried again.
type RetryOptions struct {
	// Initial bounds the first wait, which is random; the bound doubles with each. 0: 100 ms.
	Initial time.Duration
	// Max: no wait is longer, unless the server asks for it. 0: 2 s.
	Max time.Duration
	// MaxTries of one call, the first included; each asks one server after the other. 0: as many as the deadline allows.
	MaxTries int
}

// WithRetryOptions says how UNAVAILABLE is tried again.
func WithRetryOptions(retry RetryOptions) ClientOption {
	return clientOption(func(c *clientOptions) { c.retry = retry })
}

// MaxTasksOption bounds the tasks at once: of a worker, or of one kind.
type MaxTasksOption int

func (n MaxTasksOption) toWorker(w *workerOptions) { w.maxTasks = int(n) }
func (n MaxTasksOption) toHandle(k *kindHandler) {
	most := int32(min(max(int(n), math.MinInt32), math.MaxInt32))
	k.maxTasks = &most
}

// WithMaxTasks bounds the tasks at once, 1 to 10,000: given to [NewWorker], of all kinds together (default: 10); given to
// [Worker.Handle], of this kind (default: the worker's alone).
func WithMaxTasks(n int) MaxTasksOption { return MaxTasksOption(n) }

// WithWorkerID gives the worker a label for people, at most 100 bytes. Default: the host's name.
func WithWorkerID(id string) WorkerOption {
	return workerOption(func(w *workerOptions) { w.workerID = id })
}

// WithInfo says more for people, at most 16 pairs. Default: host, process id and Go's version.
func WithInfo(info map[string]string) WorkerOption {
	return workerOption(func(w *workerOptions) { w.info = maps.Clone(info) })
}

// WithDefine registers kinds with the connection, for jobs of any client. One that is stored is left as it is; where the two differ the
// worker says so in its log, and serves it all the same.
func WithDefine(kinds ...KindInput) WorkerOption {
	return workerOption(func(w *workerOptions) { w.define = append(w.define, kinds...) })
}

// WithGrace is how long a worker whose context has ended waits for the tasks in hand. Default: 30 s.
func WithGrace(grace time.Duration) WorkerOption {
	return workerOption(func(w *workerOptions) { w.grace = grace })
}

// WithLogger takes the worker's log. Its messages are constant, and the facts are attributes. Default: none.
func WithLogger(log *slog.Logger) WorkerOption {
	return workerOption(func(w *workerOptions) { w.log = log })
}

// link is a checked connection: how each server is dialled.
type link struct {
	addresses []address
	lookup    lookup
	metadata  metadata.MD
	// named: the credentials name the server themselves.
	named   bool
	options []grpc.DialOption
}

func newLink(c connection) (*link, error) {
	if len(c.addresses) == 0 {
		c.addresses = []string{defaultAddress}
	}
	addresses, err := parseAddresses(c.addresses)
	if err != nil {
		return nil, err
	}
	if c.tls != nil && c.credentials != nil {
		return nil, errors.New("tickwire: give TLS or credentials, not both")
	}
	l := &link{addresses: addresses, lookup: c.lookup, metadata: metadata.MD{}}
	if l.lookup == nil {
		l.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	for name, value := range c.headers {
		l.metadata.Set(name, value)
	}
	if c.token != "" {
		l.metadata.Set("authorization", "Bearer "+c.token)
	}
	secure := c.credentials
	switch {
	case c.tls != nil:
		secure = credentials.NewTLS(c.tls)
	case secure == nil:
		secure = insecure.NewCredentials()
	}
	// TLS without a name takes it from the authority; one that contradicts the credentials is refused.
	//lint:ignore SA1019 gRPC compares the authority with it.
	l.named = secure.Info().ServerName != ""
	l.options = []grpc.DialOption{
		grpc.WithTransportCredentials(secure),
		grpc.WithDisableServiceConfig(),
		grpc.WithUserAgent(clientName),
		// A broken connection is noticed within 30 s, also on a quiet stream; and a server that is back is tried again after 2 s at
		// most, where gRPC would wait up to 2 min.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 20 * time.Second,
		}),
	}
	return l, nil
}

// dial makes a connection, and does not connect yet.
func (l *link) dial(s server, more ...grpc.DialOption) (*grpc.ClientConn, error) {
	options := append(append([]grpc.DialOption{}, l.options...), more...)
	scheme := "dns:///"
	if s.name != nil {
		scheme = "passthrough:///"
		// Certificates and proxies go by the name, not by the number behind it.
		if !l.named {
			options = append(options, grpc.WithAuthority(s.name.String()))
		}
	}
	conn, err := grpc.NewClient(scheme+s.address, options...)
	if err != nil {
		return nil, fmt.Errorf("tickwire: %s: %w", s.address, err)
	}
	return conn, nil
}

// context adds the headers.
func (l *link) context(ctx context.Context) context.Context {
	if len(l.metadata) == 0 {
		return ctx
	}
	if own, ok := metadata.FromOutgoingContext(ctx); ok {
		return metadata.NewOutgoingContext(ctx, metadata.Join(own, l.metadata))
	}
	return metadata.NewOutgoingContext(ctx, l.metadata)
}
