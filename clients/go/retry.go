package tickwire

import (
	"math/rand/v2"
	"time"
)

const (
	firstRetryWait   = 100 * time.Millisecond
	longestRetryWait = 2 * time.Second
)

// wait is the one before the next try. Full jitter: random below a bound that doubles with each; or what the server asks for, if that is
// more.
func (r RetryOptions) wait(failedTries int, err *Error) time.Duration {
	initial, longest := r.Initial, r.Max
	if initial <= 0 {
		initial = firstRetryWait
	}
	if longest <= 0 {
		longest = longestRetryWait
	}
	bound := initial
	for n := 1; n < failedTries && bound < longest; n++ {
		bound *= 2
	}
	return max(time.Duration(rand.Float64()*float64(min(bound, longest))), err.RetryAfter)
}

// allows: whether there may be another try after so many.
func (r RetryOptions) allows(failedTries int) bool {
	return r.MaxTries <= 0 || failedTries < r.MaxTries
}
