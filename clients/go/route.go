package tickwire

import (
	"math/rand/v2"
	"time"
)

// route says at which server a worker tries next, after which wait, and how long.
type route struct {
	round round
	// found are the servers that there were for the newest try.
	found []string
	// failures and timeouts are rounds in a row that came to nothing, and those of them in which a try took too long.
	failures, timeouts int
	timedOut           bool
}

// draw chooses by lot, so that a fleet spreads evenly: at its start, and when one of the servers is gone.
func (r *route) draw(found []server) server {
	byAddress := make(map[string]server, len(found))
	r.found = nil
	for _, one := range found {
		r.found = append(r.found, one.address)
		byAddress[one.address] = one
	}
	rest := r.round.rest(r.found)
	if len(rest) == 0 {
		r.round.begin()
		rest = r.round.rest(r.found)
	}
	chosen := rest[rand.IntN(len(rest))]
	r.round.asked(chosen)
	return byAddress[chosen]
}

func (r *route) timeout(withTasks bool) time.Duration { return tryTimeout(r.timeouts, withTasks) }

func (r *route) tookTooLong() { r.timedOut = true }

func (r *route) welcomed() {
	r.failures, r.timeouts, r.timedOut = 0, 0, false
	r.round.begin()
}

// waitAfterLoss is the wait after a stream that worked broke.
func (r *route) waitAfterLoss(withTasks bool) time.Duration {
	return reconnectDelay(0, withTasks, rand.Float64())
}

// waitAfterFailure is the wait after a try that came to nothing: none before a server that was not tried in this round.
func (r *route) waitAfterFailure(withTasks bool) time.Duration {
	if len(r.round.rest(r.found)) > 0 {
		return 0
	}
	if r.timedOut {
		r.timeouts++
	}
	r.timedOut = false
	r.failures++
	return reconnectDelay(r.failures, withTasks, rand.Float64())
}
