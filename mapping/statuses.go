package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/retailsync/retailsync/canonical"
)

// StatusRules say which orders are imported.
type StatusRules struct {
	// Import lists the states in which an order enters Odoo. Default: confirmed, on_hold,
	// partially_shipped, shipped, delivered and closed. An order that is in Odoo follows its channel in any
	// state.
	Import []canonical.Status `yaml:"import"`
	// Words maps the channel's own status words. They win over what the adapter made of them.
	Words map[string]canonical.Status `yaml:"words"`
	// Pending is what becomes of an order that is not accepted yet, Hold of one that waits for a
	// decision: [IntakeDraft] or [IntakeSkip]. Default: draft if Import lists the state, skip
	// otherwise. Neither is ever confirmed.
	Pending Intake `yaml:"pending"`
	Hold    Intake `yaml:"hold"`
}

// Intake is what becomes of an order that is not in Odoo yet.
type Intake string

// The ways an order is taken in.
const (
	IntakeSkip    Intake = "skip"    // not imported
	IntakeDraft   Intake = "draft"   // imported as a quotation
	IntakeConfirm Intake = "confirm" // imported and confirmed
)

// defaultImport are the states that are imported when the rules do not list them.
func defaultImport(s StatusRules) []canonical.Status {
	states := []canonical.Status{
		canonical.StatusConfirmed, canonical.StatusPartiallyShipped, canonical.StatusShipped,
		canonical.StatusDelivered, canonical.StatusClosed,
	}
	if s.Hold != IntakeSkip {
		states = append(states, canonical.StatusOnHold)
	}
	if s.Pending == IntakeDraft {
		states = append(states, canonical.StatusPending)
	}
	return states
}

// listed is what becomes of a waiting order when only Import says so.
func (s StatusRules) listed(status canonical.Status) Intake {
	if slices.Contains(s.Import, status) {
		return IntakeDraft
	}
	return IntakeSkip
}

func knownStatuses() []canonical.Status {
	return []canonical.Status{
		canonical.StatusPending, canonical.StatusOnHold, canonical.StatusConfirmed, canonical.StatusPartiallyShipped,
		canonical.StatusShipped, canonical.StatusDelivered, canonical.StatusClosed, canonical.StatusCancelled,
	}
}

func (s StatusRules) check(ps *problems, path string) {
	for i, status := range s.Import {
		inner := index(path, "import", i)
		switch {
		case status == "":
			ps.add(inner, "an empty state", "remove it")
		case status == canonical.StatusCancelled:
			ps.add(inner, "a cancelled order is never imported", "remove it; orders that are in Odoo are cancelled there")
		default:
			oneOf(ps, inner, status, knownStatuses()...)
		}
		if slices.Index(s.Import, status) != i {
			ps.add(inner, "the state is here twice", "keep one of them")
		}
	}
	folded := map[string]string{}
	for _, word := range slices.Sorted(maps.Keys(s.Words)) {
		inner := join(join(path, "words"), word)
		if fold(word) == "" {
			ps.addKey(inner, "an empty word", "write the channel's word")
		}
		if s.Words[word] == "" {
			ps.add(inner, "no state", "write what the word means, for example confirmed")
		}
		oneOf(ps, inner, s.Words[word], knownStatuses()...)
		if first, dup := folded[fold(word)]; dup {
			ps.addKey(inner, fmt.Sprintf("the same word as %q: letter case does not matter", first), "keep one of them")
		}
		folded[fold(word)] = word
	}
	oneOf(ps, join(path, "pending"), s.Pending, IntakeSkip, IntakeDraft)
	oneOf(ps, join(path, "hold"), s.Hold, IntakeSkip, IntakeDraft)
}

// checkComplete refuses an import list that contradicts pending and hold.
func (s StatusRules) checkComplete(ps *problems, path string) {
	for _, waiting := range []struct {
		key    string
		intake Intake
		status canonical.Status
	}{{"pending", s.Pending, canonical.StatusPending}, {"hold", s.Hold, canonical.StatusOnHold}} {
		listed := slices.Contains(s.Import, waiting.status)
		if waiting.intake == IntakeSkip && listed {
			ps.add(join(path, waiting.key), fmt.Sprintf("%s: skip contradicts import, which lists %s", waiting.key, waiting.status),
				"write draft, or remove it from import")
		}
		if waiting.intake == IntakeDraft && len(s.Import) > 0 && !listed {
			ps.add(join(path, waiting.key), fmt.Sprintf("%s: draft contradicts import, which does not list %s", waiting.key, waiting.status),
				"write skip, or add it to import")
		}
	}
}
