package worker

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Breaker says when a channel's breaker opens. The zero value has the defaults.
type Breaker struct {
	// Failures is how many tries in a row must find something down; 5 by default.
	Failures int
	// Open is how long the channel's queues pause before a probe, 30 s by default. One event is the probe; its success closes the breaker.
	Open time.Duration
}

func (b Breaker) withDefaults() Breaker {
	if b.Failures < 1 {
		b.Failures = 5
	}
	if b.Open <= 0 {
		b.Open = 30 * time.Second
	}
	return b
}

// breaker is a channel's, in this process.
type breaker struct {
	gate  *gobreaker.TwoStepCircuitBreaker[struct{}]
	until atomic.Int64 // when the next probe may be made, in nanoseconds since 1970
}

var (
	errDown      = errors.New("down")
	errNoMeasure = errors.New("says nothing about the servers")
)

// newBreaker calls opened each time it opens; opened must not block.
func newBreaker(settings Breaker, opened func()) *breaker {
	b := &breaker{}
	b.gate = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     settings.Open,
		ReadyToTrip: func(counts gobreaker.Counts) bool { return int(counts.ConsecutiveFailures) >= settings.Failures },
		IsExcluded:  func(err error) bool { return errors.Is(err, errNoMeasure) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to != gobreaker.StateOpen {
				b.until.Store(0)
				return
			}
			b.until.Store(time.Now().Add(settings.Open).UnixNano())
			opened()
		},
	})
	return b
}

// probePause is how long others wait while one event is the probe.
const probePause = time.Second

// wait returns how long the breaker stays open, 0 if it is not. While one event is the probe, the others wait too: they need not take their
// keys to find out that they may not begin.
func (b *breaker) wait() time.Duration {
	if until := b.until.Load(); until > 0 {
		return max(0, time.Until(time.Unix(0, until)))
	}
	if counts := b.gate.Counts(); b.gate.State() == gobreaker.StateHalfOpen && counts.Requests > counts.TotalExclusions {
		return probePause
	}
	return 0
}

// state is 0 for closed, 1 for half-open and 2 for open.
func (b *breaker) state() int { return int(b.gate.State()) }

// allow asks for one try; report says how it went.
func (b *breaker) allow() (report func(Settlement, Judgement), err error) {
	done, err := b.gate.Allow()
	if err != nil {
		return nil, err
	}
	return func(settlement Settlement, judgement Judgement) {
		switch {
		case settlement.Clean:
			done(errNoMeasure)
		case settlement.State == StateDone:
			done(nil)
		case judgement.Down:
			done(errDown)
		case judgement.Verdict == Wait:
			done(errNoMeasure) // busy or rate limited: neither up nor down
		default:
			done(nil) // it answered
		}
	}, nil
}
