package worker

import (
	"context"
	"math/rand/v2"
	"time"
)

// Handler brings about what an event asks for. Nil means done. It must be safe to repeat: look for the effect before acting, as all
// flows of this module do. Its context ends with [Policy.Timeout], with the lease, and when the worker is stopped in haste.
type Handler func(ctx context.Context, delivery Delivery) error

// Delivery is one try of an event.
type Delivery struct {
	Event Event
	Seq   int64
	// Try counts from 1. Above 1, or after a crash, effects of an earlier try may be there.
	Try int
	// Token is the lease's: it grows with every owner of the key, for servers that can refuse older ones.
	Token int64
}

// Policy says how the failures of a kind of event are treated. The zero value has the defaults.
type Policy struct {
	// MaxAttempts is how many failures make a dead letter; 8 by default. What [Judge] tells to wait for does not count.
	MaxAttempts int
	// FirstDelay is the wait after the first failure, 5 s by default; it doubles up to MaxDelay, 10 min by default. Waits vary by a fifth.
	FirstDelay, MaxDelay time.Duration
	// Patience is how long an event may fail, for what is waited for too, before it becomes a dead letter; 72 h by default.
	Patience time.Duration
	// Timeout bounds one try; 30 s by default. Longer work is several events.
	Timeout time.Duration
	// OnDead is what happens to the key's later events; [BlockKey] by default.
	OnDead OnDead
	// Judge replaces [Judge].
	Judge func(error) Judgement
}

// OnDead is what a dead letter means for the events behind it on its key.
type OnDead string

const (
	// BlockKey holds them until a person has decided: for commands that build on each other.
	BlockKey OnDead = "block"
	// SkipEvent lets them pass: for events that only say that something changed.
	SkipEvent OnDead = "skip"
)

func (p Policy) withDefaults() (Policy, error) {
	for _, value := range []struct {
		name string
		at   *time.Duration
		by   time.Duration
	}{
		{"first delay", &p.FirstDelay, 5 * time.Second}, {"max delay", &p.MaxDelay, 10 * time.Minute},
		{"patience", &p.Patience, 72 * time.Hour}, {"timeout", &p.Timeout, 30 * time.Second},
	} {
		if *value.at < 0 {
			return p, &InvalidError{Field: "policy " + value.name, Reason: "is negative"}
		}
		if *value.at == 0 {
			*value.at = value.by
		}
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 8
	}
	if p.OnDead == "" {
		p.OnDead = BlockKey
	}
	if p.Judge == nil {
		p.Judge = Judge
	}
	switch {
	case p.MaxAttempts < 1:
		return p, &InvalidError{Field: "policy max attempts", Reason: "must be at least 1"}
	case p.OnDead != BlockKey && p.OnDead != SkipEvent:
		return p, &InvalidError{Field: "policy on dead", Reason: "is neither block nor skip"}
	}
	return p, nil
}

// delay returns the wait after the given number of failures, at least the one asked for.
func (p Policy) delay(failures int, asked time.Duration) time.Duration {
	wait := p.FirstDelay
	for range min(failures-1, 40) {
		if wait *= 2; wait >= p.MaxDelay {
			break
		}
	}
	wait = min(wait, p.MaxDelay)
	wait += time.Duration(rand.Int64N(int64(wait)/5 + 1))
	return max(wait, asked)
}
