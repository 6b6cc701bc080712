package worker

import (
	"context"
	"fmt"
)

// Explanation is what a person needs to decide about an event. It can be shown: payload and texts are redacted.
type Explanation struct {
	Record Record
	// Payload is the event's with secrets and personal data taken out; Record holds none.
	Payload string
	// Meaning says in a sentence how the event stands, WayOut what to do.
	Meaning, WayOut string
	// Waiting are the events of the same key that are held up by this one, at most a page.
	Waiting int
	// History is the event's part of the audit trail.
	History []Entry
}

// Explain says how an event stands and what to do about it. [ErrNotFound] if there is none.
func (w *Worker) Explain(ctx context.Context, seq int64) (Explanation, error) {
	found, err := w.ledger.Find(ctx, Filter{Seqs: []int64{seq}, Limit: 1})
	if err != nil {
		return Explanation{}, err
	}
	if len(found) == 0 {
		return Explanation{}, fmt.Errorf("worker: event %d: %w", seq, ErrNotFound)
	}
	record := found[0]
	e := Explanation{Record: record, Payload: Redact(record.Payload), Meaning: meaning(record), WayOut: wayOut(record)}
	e.Record.Payload = nil
	if e.History, err = w.ledger.Audit(ctx, AuditFilter{Seq: seq, Limit: MaxPage}); err != nil {
		return Explanation{}, err
	}
	if record.State == StateDead && record.Blocks {
		behind, err := w.ledger.Find(ctx, Filter{Channel: record.Channel, Key: record.Key, States: []State{StatePending}, AfterSeq: seq, Limit: MaxPage})
		if err != nil {
			return Explanation{}, err
		}
		e.Waiting = len(behind)
	}
	return e, nil
}

func meaning(r Record) string {
	switch r.State {
	case StateDone:
		return "It is done."
	case StateDiscarded:
		return "A person has decided against it."
	case StatePending:
		if r.Tries == 0 {
			return "It waits for its turn."
		}
		return fmt.Sprintf("It failed %d times and is tried again.", r.Tries)
	}
	switch r.Problem.Verdict {
	case Permanent:
		return "It cannot work as it is."
	case Person:
		return "A person must repair or decide something."
	case Wait:
		return "What it needs was out of reach for longer than the policy waits."
	case Unknown:
		return "A write may or may not have happened, and it could not be found out."
	}
	return fmt.Sprintf("It failed %d times.", r.Attempts)
}

func wayOut(r Record) string {
	if r.State != StateDead {
		return "Nothing."
	}
	const then = " Then replay it."
	switch r.Problem.Runbook {
	case RunbookOdooDown:
		return "See that Odoo answers." + then
	case RunbookChannelDown:
		return "See that the channel answers, and whether it hangs on this object." + then
	case RunbookRateLimited:
		return "Lower the rate of calls, or ask the channel for more." + then
	case RunbookCredentials:
		return "Renew the credential or grant the right that the error names." + then
	case RunbookRules:
		return "Add the rule that the error shows." + then
	case RunbookOrderData:
		return "Correct the object at the channel, or enter it by hand and discard this." + then
	case RunbookTotals:
		return "Correct the tax rules, or the order in Odoo." + then
	case RunbookConflict:
		return "Decide what is right, and make channel and Odoo agree." + then
	case RunbookUnknown:
		return "Look in Odoo and at the provider whether it has happened. Replay it if not; if it has and a replay would not find it, discard it."
	case RunbookNotFound:
		return "The object is gone at the channel: discard it, unless it is there again."
	case RunbookRefused:
		return "Do what Odoo's message says." + then
	case RunbookNoHandler:
		return "Deploy a version that handles this kind of events." + then
	}
	return "Remove the cause that the error names." + then
}
