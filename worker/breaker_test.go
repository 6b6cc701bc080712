package worker

import (
	"testing"
	"testing/synctest"
	"time"
)

// While one event is the probe the others wait without taking their keys, and go on once it has ended, however it ends.
func TestOthersWaitForTheProbe(t *testing.T) {
	t.Parallel()
	down, limited := Judgement{Verdict: Wait, Down: true}, Judgement{Verdict: Wait}
	pending, done := Settlement{State: StatePending}, Settlement{State: StateDone}
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(Breaker{Failures: 1, Open: 10 * time.Second}, func() {})
		begin := func() func(Settlement, Judgement) {
			t.Helper()
			report, err := b.allow()
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		expect := func(when string, want time.Duration) {
			t.Helper()
			if got := b.wait(); got != want {
				t.Errorf("%s: wait %s, want %s", when, got, want)
			}
		}
		expect("in the beginning", 0)
		begin()(pending, down)
		expect("open", 10*time.Second)
		time.Sleep(11 * time.Second)
		expect("when a probe may be made", 0)
		probe := begin()
		expect("while it is made", probePause)
		probe(pending, limited)
		expect("when it said nothing about the servers", 0)
		probe = begin()
		expect("while another is made", probePause)
		probe(pending, down)
		expect("when that found them down", 10*time.Second)
		time.Sleep(11 * time.Second)
		begin()(done, Judgement{})
		expect("when they are back", 0)
		begin()
		expect("while an event is handled after that", 0)
	})
}
