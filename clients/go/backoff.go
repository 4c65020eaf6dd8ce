package tickwire

import "time"

const (
	// longestWithTasks is the longest wait between two tries with tasks in hand: their server waits 10 s for this worker, so several
	// tries must fit.
	longestWithTasks = 2 * time.Second
	longestWait      = 10 * time.Second
	firstWait        = 100 * time.Millisecond
	longestTold      = 5 * time.Minute
)

// reconnectDelay is the wait before the next try, after so many tries in a row that came to nothing (0: a stream that worked broke).
// Full jitter: uniform below a bound that doubles, so that the workers of a server that died do not come back at once. unit is drawn
// from [0, 1).
func reconnectDelay(failures int, withTasks bool, unit float64) time.Duration {
	longest := longestWait
	if withTasks {
		longest = longestWithTasks
	}
	return time.Duration(unit * float64(min(firstWait<<min(failures, 16), longest)))
}

// tryTimeout is how long a try may take, from its start to the welcome, after so many of them in a row that took too long.
func tryTimeout(timeouts int, withTasks bool) time.Duration {
	if !withTasks {
		return longestWait
	}
	return min(longestWithTasks<<min(timeouts, 16), longestWait)
}

// drainDelay is the wait that a drain notice asks for: the span, and a random part of it more.
func drainDelay(told time.Duration, unit float64) time.Duration {
	return time.Duration(float64(min(max(told, 0), longestTold)) * (1 + unit))
}
