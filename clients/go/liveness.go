package tickwire

import "time"

const (
	// lateTimer: one that fires so late was not fired by silence: the process was stopped, and must read before it judges.
	lateTimer = 500 * time.Millisecond
	// silentIntervals of silence are death.
	silentIntervals = 3
)

// liveness is one stream's signs of life: asks for a ping where nothing was sent for an interval, and tells when nothing came for three.
type liveness struct {
	loop     *loop
	interval time.Duration
	ping     func()
	silent   func()

	sentAt, heardAt         time.Time
	callOffPing, callOffEnd func()
}

func newLiveness(l *loop, interval time.Duration, ping, silent func()) *liveness {
	now := time.Now()
	v := &liveness{loop: l, interval: interval, ping: ping, silent: silent, sentAt: now, heardAt: now}
	v.armPing(interval)
	v.armSilence(silentIntervals*interval, false)
	return v
}

func (v *liveness) sent() {
	if v != nil {
		v.sentAt = time.Now()
	}
}

func (v *liveness) heard() {
	if v != nil {
		v.heardAt = time.Now()
	}
}

func (v *liveness) stop() {
	if v != nil {
		v.callOffPing()
		v.callOffEnd()
	}
}

func (v *liveness) armPing(span time.Duration) {
	v.callOffPing = v.loop.after(span, func() {
		if rest := v.interval - time.Since(v.sentAt); rest > 0 {
			v.armPing(rest)
			return
		}
		v.armPing(v.interval)
		v.ping()
	})
}

func (v *liveness) armSilence(span time.Duration, again bool) {
	dueAt := time.Now().Add(span)
	v.callOffEnd = v.loop.after(span, func() {
		rest := silentIntervals*v.interval - time.Since(v.heardAt)
		switch {
		case rest > 0:
			v.armSilence(rest, false)
		case !again && time.Since(dueAt) > lateTimer:
			v.armSilence(v.interval, true)
		default:
			v.silent()
		}
	})
}
