package ledgertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/worker"
)

// modelCases do the same random things with the ledger and with worker.Memory, and compare.
func modelCases() []testCase {
	return []testCase{{"it does what a simple ledger does", func(t *testing.T, h Harness) {
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			m := &model{t: rt, ctx: t.Context(), real: h.Ledger, simple: worker.NewMemory(), round: fmt.Sprintf("r%d", round), numbers: map[int64]int64{}, holds: map[string]*pair{}}
			for range rapid.IntRange(1, 25).Draw(rt, "steps") {
				m.step()
			}
			m.compare()
		})
	}}}
}

type model struct {
	t            *rapid.T
	ctx          context.Context
	real, simple worker.Ledger
	round        string
	tasks        []twin
	numbers      map[int64]int64 // the simple ledger's number of an event by the real one's
	holds        map[string]*pair
}

type twin struct{ real, simple worker.Task }

type pair struct{ real, simple worker.Hold }

func (m *model) step() {
	switch rapid.IntRange(0, 7).Draw(m.t, "op") {
	case 0, 1:
		m.accept()
	case 2, 3:
		m.take()
	case 4, 5:
		m.settle()
	case 6:
		m.decide()
	case 7:
		m.pause()
	}
}

func (m *model) channel() string {
	return "shop/" + m.round // so that rounds in one ledger know nothing of each other
}

func (m *model) accept() {
	var batch []worker.Event
	for range rapid.IntRange(1, 3).Draw(m.t, "events") {
		n := rapid.IntRange(0, 11).Draw(m.t, "event")
		e := event(fmt.Sprintf("key-%d", n%3), n)
		e.Channel, e.ID = m.channel(), m.round+e.ID
		batch = append(batch, e)
	}
	var realTasks, simpleTasks []worker.Task
	real, err := m.real.Accept(m.ctx, batch, func(_ context.Context, _ any, tasks []worker.Task) error { realTasks = tasks; return nil })
	m.must(err)
	simple, err := m.simple.Accept(m.ctx, batch, func(_ context.Context, _ any, tasks []worker.Task) error { simpleTasks = tasks; return nil })
	m.must(err)
	if len(realTasks) != len(simpleTasks) {
		m.t.Fatalf("%d tasks, want %d", len(realTasks), len(simpleTasks))
	}
	for i := range batch {
		if real[i].Duplicate != simple[i].Duplicate {
			m.t.Fatalf("receipt %+v, want like %+v", real[i], simple[i])
		}
		m.numbers[real[i].Seq] = simple[i].Seq
	}
	for i := range realTasks {
		m.tasks = append(m.tasks, twin{realTasks[i], simpleTasks[i]})
	}
}

func (m *model) take() {
	if len(m.tasks) == 0 {
		return
	}
	task := rapid.SampledFrom(m.tasks).Draw(m.t, "task")
	real, err := m.real.Take(m.ctx, task.real, "model", long)
	m.must(err)
	simple, err := m.simple.Take(m.ctx, task.simple, "model", long)
	m.must(err)
	if real.Status != simple.Status || real.Status == worker.Held && m.numbers[real.Record.Seq] != simple.Record.Seq {
		m.t.Fatalf("take: %+v, want like %+v", real, simple)
	}
	if real.Status == worker.Held {
		m.holds[task.real.Key] = &pair{real, simple}
	}
}

func (m *model) settle() {
	for _, key := range []string{"key-0", "key-1", "key-2"} {
		hold := m.holds[key]
		if hold == nil || !rapid.Bool().Draw(m.t, "settle "+key) {
			continue
		}
		s := worker.Settlement{
			State:  rapid.SampledFrom([]worker.State{worker.StateDone, worker.StatePending, worker.StateDead}).Draw(m.t, "state"),
			Blocks: rapid.Bool().Draw(m.t, "blocks"), Counted: rapid.Bool().Draw(m.t, "counted"), More: rapid.Bool().Draw(m.t, "more"), By: "model",
		}
		if s.State != worker.StateDone {
			s.Problem = problem("model")
		}
		if s.State == worker.StatePending {
			s.More = false // as the worker does; the event would be its own next
			s.After = rapid.SampledFrom([]time.Duration{0, long}).Draw(m.t, "after")
		}
		s.Seq = hold.real.Record.Seq
		real, err := m.real.Settle(m.ctx, hold.real.Lease, s)
		m.must(err)
		s.Seq = hold.simple.Record.Seq
		simple, err := m.simple.Settle(m.ctx, hold.simple.Lease, s)
		m.must(err)
		if (real == nil) != (simple == nil) || real != nil && m.numbers[real.Seq] != simple.Seq {
			m.t.Fatalf("next is %+v, want like %+v", real, simple)
		}
		if real == nil {
			delete(m.holds, key)
			continue
		}
		hold.real.Record, hold.simple.Record = *real, *simple
	}
}

func (m *model) decide() {
	filter := worker.Filter{Channel: m.channel(), States: []worker.State{worker.StateDead}, Key: rapid.SampledFrom([]string{"", "key-0", "key-1"}).Draw(m.t, "key")}
	act := worker.Ledger.Replay
	if rapid.Bool().Draw(m.t, "discard") {
		act = worker.Ledger.Discard
	}
	var realTasks, simpleTasks []worker.Task
	real, err := act(m.real, m.ctx, filter, decision, func(_ context.Context, _ any, tasks []worker.Task) error { realTasks = tasks; return nil })
	m.must(err)
	simple, err := act(m.simple, m.ctx, filter, decision, func(_ context.Context, _ any, tasks []worker.Task) error { simpleTasks = tasks; return nil })
	m.must(err)
	if diff := cmp.Diff(seqs(simple), m.translated(seqs(real))); diff != "" {
		m.t.Fatalf("decided: %s", diff)
	}
	woken := func(tasks []worker.Task) []int64 {
		var all []int64
		for _, task := range tasks {
			all = append(all, task.Seq)
		}
		return all
	}
	if diff := cmp.Diff(woken(simpleTasks), m.translated(woken(realTasks)), cmpopts.SortSlices(func(a, b int64) bool { return a < b })); diff != "" {
		m.t.Fatalf("woken: %s", diff)
	}
}

func (m *model) pause() {
	lasting := rapid.SampledFrom([]time.Duration{0, long}).Draw(m.t, "lasting")
	if rapid.Bool().Draw(m.t, "resume") {
		real, err := m.real.Resume(m.ctx, m.channel(), worker.ByPerson, decision)
		m.must(err)
		simple, err := m.simple.Resume(m.ctx, m.channel(), worker.ByPerson, decision)
		m.must(err)
		if real != simple {
			m.t.Fatalf("resumed %t, want %t", real, simple)
		}
		return
	}
	m.must(m.real.Pause(m.ctx, m.channel(), worker.ByPerson, decision, lasting))
	m.must(m.simple.Pause(m.ctx, m.channel(), worker.ByPerson, decision, lasting))
}

// compare compares all events and the audit trails.
func (m *model) compare() {
	real, err := m.real.Find(m.ctx, worker.Filter{Channel: m.channel()})
	m.must(err)
	simple, err := m.simple.Find(m.ctx, worker.Filter{Channel: m.channel()})
	m.must(err)
	for i := range real {
		real[i].Seq = m.numbers[real[i].Seq]
	}
	times := cmpopts.IgnoreFields(worker.Record{}, "Touched", "Due", "FailingSince")
	if diff := cmp.Diff(simple, real, times); diff != "" {
		m.t.Fatal(diff)
	}
	for i := range real {
		if real[i].FailingSince.IsZero() != simple[i].FailingSince.IsZero() {
			m.t.Fatalf("failing since %s, want like %s", real[i].FailingSince, simple[i].FailingSince)
		}
	}
	realTrail, err := m.real.Audit(m.ctx, worker.AuditFilter{Channel: m.channel()})
	m.must(err)
	simpleTrail, err := m.simple.Audit(m.ctx, worker.AuditFilter{Channel: m.channel()})
	m.must(err)
	for i := range realTrail {
		realTrail[i].Seq = m.numbers[realTrail[i].Seq]
	}
	if diff := cmp.Diff(simpleTrail, realTrail, cmpopts.IgnoreFields(worker.Entry{}, "ID", "At")); diff != "" {
		m.t.Fatal(diff)
	}
}

func (m *model) translated(real []int64) []int64 {
	var all []int64
	for _, seq := range real {
		all = append(all, m.numbers[seq])
	}
	return all
}

func seqs(records []worker.Record) []int64 {
	var all []int64
	for _, record := range records {
		all = append(all, record.Seq)
	}
	return all
}

func (m *model) must(err error) {
	if err != nil {
		m.t.Fatal(err)
	}
}
