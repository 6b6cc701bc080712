package returns

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryTransitionIsTaken walks every axis, state, event and condition: each row of the table must decide at least once.
func TestEveryTransitionIsTaken(t *testing.T) {
	t.Parallel()
	table := Transitions()
	taken := make([]bool, len(table))
	states := map[Axis][]string{}
	events := map[Axis][]string{}
	for _, r := range table {
		states[r.Axis] = append(states[r.Axis], r.From, r.To)
		events[r.Axis] = append(events[r.Axis], r.Event)
	}
	for axis := range states {
		for _, list := range []map[Axis][]string{states, events} {
			slices.Sort(list[axis])
			list[axis] = slices.Compact(list[axis])
		}
		for _, from := range states[axis] {
			for _, event := range append(events[axis], "no such event") {
				for n := range 1 << 5 {
					bit := func(i int) bool { return n>>i&1 == 1 }
					in := conditions{clean: bit(0), newer: bit(1), open: bit(2), more: bit(3), live: bit(4)}
					to, ok := step(table, axis, from, event, in)
					row := slices.IndexFunc(table, func(r Transition) bool {
						return r.Axis == axis && r.From == from && r.Event == event && r.Guard.holds(in)
					})
					switch {
					case row < 0 && (ok || to != from):
						t.Fatalf("%s: %s leads from %q to %q: no row says so", axis, event, from, to)
					case row < 0:
						continue
					case !ok || to != table[row].To:
						t.Fatalf("%s: %s leads from %q to %q, want %q", axis, event, from, to, table[row].To)
					}
					taken[row] = true
					// The same event again changes nothing more.
					if again, ok := step(table, axis, to, event, in); ok && again != to {
						t.Errorf("%s: %s twice leads from %q to %q and %q", axis, event, from, to, again)
					}
				}
			}
		}
	}
	perAxis := map[Axis][2]int{}
	for i, r := range table {
		count := perAxis[r.Axis]
		count[1]++
		if taken[i] {
			count[0]++
		} else {
			t.Errorf("never taken: %+v", r)
		}
		perAxis[r.Axis] = count
	}
	total := 0
	for axis, count := range perAxis {
		t.Logf("%s: %d of %d rows taken", axis, count[0], count[1])
		total += count[0]
	}
	t.Logf("%d of %d rows taken: %d %%", total, len(table), 100*total/len(table))
}

// TestStatesAreDocumented keeps docs/returns.md equal to the table.
func TestStatesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/returns.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[Axis][]string{}
	var want []string
	for _, axis := range []Axis{AxisApproval, AxisLogistics, AxisInspection, AxisResolution, AxisMoney, AxisCase} {
		for _, r := range Transitions() {
			if r.Axis != axis || r.From == r.To && r.Guard == "" {
				continue // a late or doubled event
			}
			from, guard := r.From, string(r.Guard)
			if from == "" {
				from = "nothing"
			}
			if guard == "" {
				guard = "always"
			}
			rows[axis] = append(rows[axis], fmt.Sprintf("| %s | `%s` | `%s` | `%s` | %s |", axis, from, r.Event, r.To, guard))
		}
		want = append(want, short(axis, rows[axis])...)
	}
	var got []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| ") && slices.ContainsFunc([]Axis{AxisApproval, AxisLogistics, AxisInspection, AxisResolution, AxisMoney, AxisCase}, func(a Axis) bool {
			return strings.HasPrefix(line, "| "+string(a)+" | `")
		}) {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/returns.md (-want +got):\n%s", diff)
	}
	for _, effect := range AllEffects() {
		if !strings.Contains(string(page), "| `"+string(effect)+"` |") {
			t.Errorf("docs/returns.md does not say who carries out %s", effect)
		}
	}
	for _, gate := range AllGates() {
		if !strings.Contains(string(page), "| `"+string(gate)+"` |") {
			t.Errorf("docs/returns.md does not say who opens the gate %s", gate)
		}
	}
}

// short writes the rows of an axis in which every state may become every other as one.
func short(axis Axis, rows []string) []string {
	if axis != AxisResolution {
		return rows
	}
	return []string{fmt.Sprintf("| %s | `any` | `any other` | `that` | %s |", axis, GuardOpen)}
}
