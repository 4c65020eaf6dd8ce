package tickwire

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// calls are those of the contract on the wire's own messages: deadlines, repeats, errors as the one type.
type calls struct {
	pool    *pool
	link    *link
	timeout time.Duration
	retry   RetryOptions
	// closing ends with the client.
	closing context.Context
	close   context.CancelFunc
}

func newCalls(l *link, timeout time.Duration, retry RetryOptions) *calls {
	c := &calls{link: l, timeout: timeout, retry: retry}
	c.closing, c.close = context.WithCancel(context.Background())
	c.pool = newPool(c.closing, l)
	return c
}

func errClosed() *Error {
	return &Error{Code: codes.Canceled, Reason: "CLIENT_CLOSED", Message: "the client is closed"}
}

// within gives a context that also ends with the client, and after the timeout; 0: none.
func (c *calls) within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	var cancel context.CancelFunc
	if timeout != 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	forget := context.AfterFunc(c.closing, cancel)
	return c.link.context(ctx), func() {
		forget()
		cancel()
	}
}

// stopped says why a call shall end; nil: it shall not. ctx is the caller's own.
func (c *calls) stopped(ctx context.Context) *Error {
	switch {
	case c.closing.Err() != nil:
		return errClosed()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return codeError(codes.DeadlineExceeded, "the deadline of the call's context has passed", context.DeadlineExceeded)
	case ctx.Err() != nil:
		return codeError(codes.Canceled, "the call was cancelled", errors.Join(ctx.Err(), context.Cause(ctx)))
	default:
		return nil
	}
}

// sleep gives false where the context ends first.
func sleep(ctx context.Context, span time.Duration) bool {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// method is how one unary call is made.
type method[Req, Res any] struct {
	call func(pb.SchedulerClient, context.Context, Req, ...grpc.CallOption) (Res, error)
	// repeatable: it may be sent again after UNAVAILABLE, when nobody knows whether it was carried out. It may where the repeat changes
	// nothing more: reads; calls that carry a request id; those that name the version (etag) or run that they mean. Not where it could
	// undo what another caller did in between: delete a job that was created anew, pause what was just resumed.
	repeatable bool
	// repeat is called before every further try: a job that an earlier one stored, and that ran and is gone, is not stored again.
	repeat func(Req)
}

func unary[Req, Res any](c *calls, ctx context.Context, m method[Req, Res], request Req, o *callOptions) (Res, error) {
	timeout := c.timeout
	if o.timeout != nil {
		timeout = *o.timeout
	}
	timed, cancel := c.within(ctx, timeout)
	defer cancel()
	again := m.repeatable
	if o.retry != nil {
		again = *o.retry
	}
	var none Res
	r := &round{}
	for number, rounds := 1, 0; ; number++ {
		if err := c.stopped(ctx); err != nil {
			return none, err
		}
		if number > 1 && m.repeat != nil {
			m.repeat(request)
		}
		response, failure := try(c, timed, r, m, request)
		if failure == nil {
			return response, nil
		}
		if err := c.stopped(ctx); err != nil {
			return none, err
		}
		if failure.Code != codes.Unavailable || !again {
			return none, failure
		}
		if c.pool.hasOther(r) {
			continue
		}
		rounds++
		wait := c.retry.wait(rounds, failure)
		if deadline, ok := timed.Deadline(); ok && time.Until(deadline) <= wait || !c.retry.allows(rounds) {
			return none, failure
		}
		sleep(timed, wait)
	}
}

func try[Req, Res any](c *calls, ctx context.Context, r *round, m method[Req, Res], request Req) (Res, *Error) {
	var none Res
	asked, err := c.pool.later(ctx, r)
	if err != nil {
		return none, asError(err)
	}
	defer c.pool.release(asked)
	response, err := m.call(asked.client, ctx, request)
	if err == nil {
		return response, nil
	}
	failure := asError(err)
	if failure.Code == codes.Unavailable {
		c.pool.unavailable(asked, failure)
	}
	return none, failure
}

type opener[Req, Res any] func(pb.SchedulerClient, context.Context, Req, ...grpc.CallOption) (grpc.ServerStreamingClient[Res], error)

// stream gives the responses of a streaming call. Where the server becomes UNAVAILABLE it is opened anew, at another one if there is one,
// with the request as it is then, unless a retry is ruled out. Leaving the loop ends the call.
func stream[Req, Res any](c *calls, ctx context.Context, open opener[Req, Res], request func() Req, o *callOptions) iter.Seq2[*Res, error] {
	return func(yield func(*Res, error) bool) {
		var timeout time.Duration
		if o.timeout != nil {
			timeout = *o.timeout
		}
		timed, cancel := c.within(ctx, timeout)
		defer cancel()
		r := &round{}
		for failures := 0; ; {
			if err := c.stopped(ctx); err != nil {
				yield(nil, err)
				return
			}
			heard, left, failure := streamOnce(c, timed, r, open, request, yield)
			if left || failure == nil {
				return
			}
			if heard {
				failures = 0
			}
			if err := c.stopped(ctx); err != nil {
				failure = err
			}
			if failure.Code != codes.Unavailable || o.retry != nil && !*o.retry {
				yield(nil, failure)
				return
			}
			// Those whom one server has left must not come to the next all at once.
			if !heard && c.pool.hasOther(r) {
				continue
			}
			failures++
			if !c.retry.allows(failures) {
				yield(nil, failure)
				return
			}
			sleep(timed, c.retry.wait(failures, failure))
		}
	}
}

// streamOnce: heard: something came; left: the caller has left the loop. No failure: the stream has ended.
func streamOnce[Req, Res any](
	c *calls, ctx context.Context, r *round, open opener[Req, Res], request func() Req, yield func(*Res, error) bool,
) (heard, left bool, failure *Error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked, err := c.pool.later(ctx, r)
	if err != nil {
		return false, false, asError(err)
	}
	defer c.pool.release(asked)
	responses, err := open(asked.client, ctx, request())
	for err == nil {
		var response *Res
		if response, err = responses.Recv(); err == nil {
			heard = true
			r.begin()
			if !yield(response, nil) {
				return heard, true, nil
			}
		}
	}
	if errors.Is(err, io.EOF) {
		return heard, false, nil
	}
	failure = asError(err)
	if failure.Code == codes.Unavailable {
		c.pool.unavailable(asked, failure)
	}
	return heard, false, failure
}

// newRequestID names a call, so that a repeat is known as one.
func newRequestID() string { return rand.Text() }
