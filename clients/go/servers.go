package tickwire

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// server is one: where it is reached and, if that was looked up, under which name.
type server struct {
	address string
	// name is the address as the caller wrote it; nil where that is what is dialled.
	name *address
}

// lookup is what the system knows of a name: /etc/hosts, DNS, or whatever else it asks.
type lookup func(ctx context.Context, host string) ([]netip.Addr, error)

// lookupPatience: whoever has an older answer does not wait for a new one longer than this, since a worker with tasks in hand has 2 s
// for each try.
const lookupPatience = time.Second

// servers are those behind the addresses that were given. A name is looked up as often as somebody asks, where gRPC itself would do so
// only after a failure, and would never learn of a server that was added. Safe for concurrent use.
type servers struct {
	addresses []address
	lookup    lookup
	ctx       context.Context
	wait      sync.WaitGroup

	mu      sync.Mutex
	answers map[address][]server
	list    []server
	// round of lookups in progress; nil: none. Closed when it has ended.
	looking chan struct{}
}

// newServers makes lookups that end with the context; see close.
func newServers(ctx context.Context, addresses []address, look lookup) *servers {
	s := &servers{addresses: addresses, lookup: look, ctx: ctx, answers: map[address][]server{}}
	for _, one := range addresses {
		if !one.isName() {
			s.answers[one] = []server{{address: one.String()}}
		}
	}
	s.gather()
	return s
}

// named: names are among the addresses.
func (s *servers) named() bool { return slices.ContainsFunc(s.addresses, address.isName) }

// known is by the newest answers; empty until a first name is looked up.
func (s *servers) known() []server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list
}

// refresh looks every name up, once at a time; the channel is closed when that is done, and one server at least is known then.
func (s *servers) refresh() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.looking != nil {
		return s.looking
	}
	looking := make(chan struct{})
	s.looking = looking
	s.wait.Add(1)
	go func() {
		defer s.wait.Done()
		var all sync.WaitGroup
		for _, one := range s.addresses {
			if one.isName() {
				all.Go(func() { s.ask(one) })
			}
		}
		all.Wait()
		s.mu.Lock()
		s.looking = nil
		s.mu.Unlock()
		close(looking)
	}()
	return looking
}

func (s *servers) ask(name address) {
	found, err := s.lookup(s.ctx, name.host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.answers[name] = serversOf(name, found)
	} else if s.answers[name] == nil {
		// gRPC, or the proxy that it uses, may know the name. What was true before may still be.
		s.answers[name] = []server{{address: name.String()}}
	}
	s.gather()
}

// gather is called with mu held.
func (s *servers) gather() {
	var list []server
	seen := map[string]bool{}
	for _, one := range s.addresses {
		for _, found := range s.answers[one] {
			if !seen[found.address] {
				seen[found.address] = true
				list = append(list, found)
			}
		}
	}
	s.list = list
}

// look gives the servers as of now: at once where no name is to be looked up. Nil where the context ends first.
func (s *servers) look(ctx context.Context) []server {
	if !s.named() {
		return s.known()
	}
	done := s.refresh()
	patience := time.NewTimer(lookupPatience)
	defer patience.Stop()
	select {
	case <-done:
	case <-ctx.Done():
		return nil
	case <-patience.C:
		if known := s.known(); len(known) > 0 {
			return known
		}
		select {
		case <-done:
		case <-ctx.Done():
			return nil
		}
	}
	return s.known()
}

// close waits for lookups, once their context has ended.
func (s *servers) close() { s.wait.Wait() }

// serversOf: several addresses are several servers. But one of each family is one server with two ways to it, as localhost is: gRPC
// finds the way that works.
func serversOf(name address, found []netip.Addr) []server {
	families := map[bool]bool{}
	var hosts []string
	for _, one := range found {
		one = one.Unmap()
		families[one.Is4()] = true
		hosts = append(hosts, one.String())
	}
	// Names are answered in another order each time, and /etc/hosts may say the same twice.
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	if len(hosts) <= len(families) {
		return []server{{address: name.String()}}
	}
	list := make([]server, len(hosts))
	for i, host := range hosts {
		list[i] = server{address{host, name.port}.String(), &name}
	}
	return list
}
