package tickwire

import "time"

// CallOption is one of a call, as its last arguments. [WithTimeout] and [WithRetry] are for every call; each of the others says for
// which, and any other call that gets it fails with [ErrBadField].
type CallOption func(*callOptions)

type callOptions struct {
	timeout      *time.Duration
	retry        *bool
	view         View
	etag         string
	reason       string
	runID        string
	requestID    string
	allowMissing bool
	// given are the names of those that are for some calls only.
	given []string
}

// WithTimeout limits the whole call, further tries included, and all pages of a list each; 0: no limit. Its context's deadline holds as
// well. Default: the client's; of streams: none.
func WithTimeout(timeout time.Duration) CallOption {
	return func(c *callOptions) { c.timeout = &timeout }
}

// WithRetry says whether a try that found the server UNAVAILABLE is followed by another: at once at another server, and once all were
// asked with a growing, random wait, for as long as the deadline allows. Default: only for calls that a repeat can't hurt, see [Client].
func WithRetry(retry bool) CallOption {
	return func(c *callOptions) { c.retry = &retry }
}

// WithView is for GetJob: how much of the job is given. Default: [ViewFull].
func WithView(view View) CallOption {
	return func(c *callOptions) { c.view = view; c.given = append(c.given, "view") }
}

// WithEtag is for DeleteJob: refused as [ErrEtagMismatch] where it is not the stored one.
func WithEtag(etag string) CallOption {
	return func(c *callOptions) { c.etag = etag; c.given = append(c.given, "etag") }
}

// WithAllowMissing is for DeleteJob: a job that is not there is no error.
func WithAllowMissing() CallOption {
	return func(c *callOptions) { c.allowMissing = true; c.given = append(c.given, "allow_missing") }
}

// WithReason is for PauseJob and PauseKind: for people.
func WithReason(reason string) CallOption {
	return func(c *callOptions) { c.reason = reason; c.given = append(c.given, "reason") }
}

// WithRunID is for CancelRun: only that run. Default: whichever is in progress.
func WithRunID(id string) CallOption {
	return func(c *callOptions) { c.runID = id; c.given = append(c.given, "run_id") }
}

// WithRequestID is for RunJob: names the call, at most 64 bytes. Default: drawn before the first try.
func WithRequestID(id string) CallOption {
	return func(c *callOptions) { c.requestID = id; c.given = append(c.given, "request_id") }
}

// optionsOf takes those that are for every call, and the named ones.
func optionsOf(options []CallOption, taken ...string) (*callOptions, error) {
	c := &callOptions{}
	for _, option := range options {
		option(c)
	}
	for _, given := range c.given {
		known := false
		for _, one := range taken {
			known = known || one == given
		}
		if !known {
			return nil, badField(given, "is no option of this call")
		}
	}
	return c, nil
}
