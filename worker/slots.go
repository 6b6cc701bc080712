package worker

import (
	"context"
	"slices"
	"sync"
	"time"
)

// slotWait is how long a task waits for a slot before it comes again later.
const slotWait = time.Second

// slots bound how many events of all channels of one Odoo database are handled at once. A nil one bounds nothing.
type slots struct {
	mu      sync.Mutex
	free    int
	share   int            // the most that one channel may hold
	held    map[string]int // by channel
	waiting []*slotWaiter  // in the order in which they came
	granted int
}

type slotWaiter struct {
	channel string
	class   Class
	ready   chan struct{}
}

// shareSlots gives the channels of each database its slots: one channel can have all but one for each other, so that none holds the
// others up by hanging.
func (w *Worker) shareSlots() {
	users := map[string]int{}
	for _, c := range w.channels {
		users[c.Database]++
	}
	shared := map[string]*slots{}
	for name, limit := range w.databases {
		shared[name] = &slots{free: limit, share: max(1, limit-max(0, users[name]-1)), held: map[string]int{}}
	}
	for _, c := range w.channels {
		c.slots = shared[c.Database]
	}
}

// acquire waits a little for a slot; false if there was none.
func (s *slots) acquire(ctx context.Context, channel string, class Class) (release func(), ok bool) {
	if s == nil {
		return func() {}, true
	}
	waiter := &slotWaiter{channel: channel, class: class, ready: make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, waiter)
	s.grant()
	s.mu.Unlock()
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	select {
	case <-waiter.ready:
		return func() { s.release(channel) }, true
	case <-ctx.Done():
	case <-timer.C:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, waiter); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		return nil, false
	}
	return func() { s.release(channel) }, true // granted meanwhile
}

func (s *slots) release(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free++
	s.held[channel]--
	s.grant()
}

// grant gives free slots to those who wait: the most urgent class first, but every fourth to whoever waits longest, so that none
// starves.
func (s *slots) grant() {
	for s.free > 0 {
		best := -1
		for i, waiter := range s.waiting {
			if s.held[waiter.channel] >= s.share {
				continue
			}
			if best < 0 || urgency(waiter.class) < urgency(s.waiting[best].class) {
				best = i
			}
			if s.granted%4 == 3 {
				break
			}
		}
		if best < 0 {
			return
		}
		waiter := s.waiting[best]
		s.waiting = slices.Delete(s.waiting, best, best+1)
		s.free--
		s.granted++
		s.held[waiter.channel]++
		close(waiter.ready)
	}
}

func urgency(class Class) int { return slices.Index(Classes(), class) }
