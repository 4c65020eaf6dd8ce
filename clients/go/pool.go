package tickwire

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

const (
	// Names are looked up this often while calls are made; sooner where a server failed.
	lookupFresh             = 30 * time.Second
	lookupFreshAfterFailure = time.Second
)

// pool has a connection to each server. Calls take those that are reached, one after the other; one that is not reached, or has just
// answered UNAVAILABLE, is left out while there is another.
type pool struct {
	ctx     context.Context
	link    *link
	servers *servers
	wait    sync.WaitGroup

	mu         sync.Mutex
	known      []server
	members    []*member
	next       int
	lookedUpAt time.Time
	failed     bool
	closed     bool
	// change is closed when a member's state may be another.
	change chan struct{}
}

// newPool: ctx ends with the client.
func newPool(ctx context.Context, l *link) *pool {
	return &pool{ctx: ctx, link: l, servers: newServers(ctx, l.addresses, l.lookup), next: -1, change: make(chan struct{})}
}

// now gives the server to ask next, until release; nil: none is reached yet, see later.
func (p *pool) now(r *round) (*member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed()
	}
	if err := p.update(); err != nil {
		return nil, err
	}
	var chosen *member
	if len(p.members) == 1 {
		chosen = p.members[0]
	} else {
		chosen = p.choose(r)
	}
	if chosen == nil {
		return nil, nil
	}
	chosen.calls++
	r.asked(chosen.server.address)
	for i, one := range p.members {
		if one == chosen {
			p.next = i + 1
		}
	}
	return chosen, nil
}

func (p *pool) state(m *member) memberState {
	return m.state(p.ctx, &p.wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		m.watched = false
		p.changed()
	})
}

func (p *pool) choose(r *round) *member {
	ring := p.ring()
	rest := p.rest(r, ring)
	if !p.anyUp(rest) {
		r.begin()
		rest = p.rest(r, ring)
	}
	var best *member
	waiting := false
	for _, one := range rest {
		switch p.state(one) {
		case ready:
			if best == nil || best.rests() && !one.rests() {
				best = one
			}
		case pending:
			waiting = true
		}
	}
	if best != nil || waiting {
		return best
	}
	// Nobody else is there. A call to a server that can't be reached fails at once, and says why.
	for _, one := range ring {
		if p.state(one) == ready {
			return one
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest[0]
}

func (p *pool) anyUp(members []*member) bool {
	up := false
	for _, one := range members {
		// Each is looked at, so that each connects.
		up = p.state(one) != down || up
	}
	return up
}

// ring is from the one on whose turn it is.
func (p *pool) ring() []*member {
	n := len(p.members)
	if n == 0 {
		return nil
	}
	if p.next < 0 {
		p.next = rand.IntN(n)
	}
	at := p.next % n
	return append(append(make([]*member, 0, n), p.members[at:]...), p.members[:at]...)
}

// rest are those that this round may ask next.
func (p *pool) rest(r *round, all []*member) []*member {
	addresses := make([]string, len(all))
	byAddress := make(map[string]*member, len(all))
	for i, one := range all {
		addresses[i] = one.server.address
		byAddress[one.server.address] = one
	}
	var rest []*member
	for _, one := range r.rest(addresses) {
		rest = append(rest, byAddress[one])
	}
	return rest
}

// later waits until a server is reached, or is known not to be.
func (p *pool) later(ctx context.Context, r *round) (*member, error) {
	for {
		p.mu.Lock()
		change := p.change
		p.mu.Unlock()
		chosen, err := p.now(r)
		if chosen != nil || err != nil {
			return chosen, err
		}
		if err := p.await(ctx, change); err != nil {
			return nil, err
		}
	}
}

// await waits for a change, or for the end of a member's patience.
func (p *pool) await(ctx context.Context, change <-chan struct{}) error {
	var patience <-chan time.Time
	switch shortest, members := p.shortestPatience(); {
	case shortest > 0:
		timer := time.NewTimer(shortest)
		defer timer.Stop()
		patience = timer.C
	case members:
		// The last one's has ended since it was asked for.
		return nil
	}
	select {
	case <-change:
	case <-patience:
	case <-ctx.Done():
		if ctx.Err() == context.DeadlineExceeded {
			return codeError(codes.DeadlineExceeded, "no server was reached in time", nil)
		}
		return codeError(codes.Canceled, "the call was cancelled", nil)
	}
	return nil
}

// shortestPatience is 0 where no member is waited for; members: whether there are any at all.
func (p *pool) shortestPatience() (shortest time.Duration, members bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.members {
		if d := one.patience(); d > 0 && (shortest == 0 || d < shortest) {
			shortest = d
		}
	}
	return shortest, len(p.members) > 0
}

// changed is called with mu held.
func (p *pool) changed() {
	close(p.change)
	p.change = make(chan struct{})
}

// hasOther: this round has another server to ask, now that one was UNAVAILABLE.
func (p *pool) hasOther(r *round) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.anyUp(p.rest(r, p.members))
}

// unavailable: others are asked first for a while.
func (p *pool) unavailable(m *member, err *Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.rest(err.RetryAfter)
	p.failed = true
}

// update is called with mu held.
func (p *pool) update() error {
	fresh := lookupFresh
	if p.failed {
		fresh = lookupFreshAfterFailure
	}
	if p.servers.named() && (p.lookedUpAt.IsZero() || time.Since(p.lookedUpAt) >= fresh) {
		p.lookedUpAt = time.Now()
		p.failed = false
		done := p.servers.refresh()
		p.wait.Go(func() {
			<-done
			p.mu.Lock()
			defer p.mu.Unlock()
			p.changed()
		})
	}
	return p.follow(p.servers.known())
}

// follow keeps the members whose servers are still there.
func (p *pool) follow(known []server) error {
	if len(known) == len(p.known) && (len(known) == 0 || &known[0] == &p.known[0]) {
		return nil
	}
	before := map[string]*member{}
	for _, one := range p.members {
		before[one.server.address] = one
	}
	members := make([]*member, 0, len(known))
	for _, one := range known {
		m := before[one.address]
		if m == nil {
			conn, err := p.link.dial(one)
			if err != nil {
				return asError(err)
			}
			m = &member{server: one, conn: conn, client: pb.NewSchedulerClient(conn)}
		}
		delete(before, one.address)
		members = append(members, m)
	}
	p.known, p.members = known, members
	for _, gone := range before {
		p.retire(gone)
	}
	return nil
}

// retire closes a member's connection once what it carries has gone on to its end. Called with mu held.
func (p *pool) retire(m *member) {
	m.closed = true
	if m.calls == 0 {
		_ = m.conn.Close()
	}
}

// release is called for each member that now or later gave, once the call on it has ended.
func (p *pool) release(m *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.calls--
	if m.closed && m.calls == 0 {
		_ = m.conn.Close()
	}
}

// close fails the calls in progress, and those that wait.
func (p *pool) close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for _, one := range p.members {
			one.closed = true
			_ = one.conn.Close()
		}
		p.changed()
	}
	p.mu.Unlock()
	p.servers.close()
	p.wait.Wait()
}
