package worker

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestSlotsShare(t *testing.T) {
	t.Parallel()
	s := &slots{free: 4, share: 3, held: map[string]int{}}
	var releases []func()
	for range 3 {
		release, ok := s.acquire(t.Context(), "hanging", Orders)
		if !ok {
			t.Fatal("no slot")
		}
		releases = append(releases, release)
	}
	// The hanging channel may have no more; the other still has one.
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := s.acquire(ended, "hanging", Money); ok {
		t.Error("a fourth slot for one channel")
	}
	release, ok := s.acquire(t.Context(), "other", Backfill)
	if !ok {
		t.Fatal("the other channel has no slot")
	}
	release()
	for _, release := range releases {
		release()
	}
	if s.free != 4 || len(s.waiting) != 0 {
		t.Errorf("%d free, %d waiting", s.free, len(s.waiting))
	}
	var none *slots
	if _, ok := none.acquire(ended, "any", Orders); !ok {
		t.Error("without slots nothing is bounded")
	}
}

func TestSlotsByUrgency(t *testing.T) {
	t.Parallel()
	s := &slots{free: 1, share: 1, held: map[string]int{}}
	first, _ := s.acquire(t.Context(), "first", Orders)
	// Waiting: the longest has the least hurry.
	var granted []string
	add := func(channel string, class Class) {
		s.waiting = append(s.waiting, &slotWaiter{channel: channel, class: class, ready: make(chan struct{})})
	}
	add("b", Backfill)
	for _, channel := range []string{"1", "2", "3", "4"} {
		add(channel, Money)
	}
	release := first
	for len(s.waiting) > 0 {
		before := slices.Clone(s.waiting)
		release()
		for _, waiter := range before {
			if !slices.Contains(s.waiting, waiter) {
				granted = append(granted, waiter.channel)
				release = func() { s.release(waiter.channel) }
			}
		}
	}
	// Every fourth slot goes to who waited longest, so even backfill comes.
	if want := []string{"1", "2", "b", "3", "4"}; !slices.Equal(granted, want) {
		t.Errorf("granted %v, want %v", granted, want)
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	policy, err := Policy{FirstDelay: time.Second, MaxDelay: 10 * time.Second}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 5: 10 * time.Second, 1000: 10 * time.Second} {
		if got := policy.delay(failures, 0); got < want || got > want+want/5 {
			t.Errorf("after %d failures %s, want %s and up to a fifth more", failures, got, want)
		}
	}
	if got := policy.delay(1, time.Hour); got != time.Hour {
		t.Errorf("%s, the server asked for an hour", got)
	}
}
