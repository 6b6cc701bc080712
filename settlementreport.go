package retailsync

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments/settlement"
)

// SettlementOutcome is what became of one settlement in a run.
type SettlementOutcome string

// The outcomes of a settlement.
const (
	SettlementPosted    SettlementOutcome = "posted"    // something was booked or matched, or would be in a dry run; nothing is left over
	SettlementUnchanged SettlementOutcome = "unchanged" // all of it was booked before
	SettlementExcepted  SettlementOutcome = "excepted"  // entries are left for a person; the others are booked. See SettlementResult.Exceptions
	SettlementFailed    SettlementOutcome = "failed"    // see Err; the next run tries again
)

var settlementOutcomes = []SettlementOutcome{SettlementPosted, SettlementUnchanged, SettlementExcepted, SettlementFailed}

// SettlementResult is what became of one settlement, and why.
type SettlementResult struct {
	Settlement canonical.Key
	Outcome    SettlementOutcome
	// Entries is how many it has, Booked how many of them this run booked (or a dry run would), Known how many were booked before.
	Entries, Booked, Known int
	// Moves are the journal entries in Odoo that this run made.
	Moves []int64
	// Postings are what this run booked by account, or what a dry run would book, in order of account and currency.
	Postings []SettlementPosting
	// Exceptions are what a person must look at, in the order of the entries.
	Exceptions []SettlementException
	// Payouts say what became of each payout, in their order.
	Payouts []SettledPayout
	// Err is set when the outcome is [SettlementFailed]; it is a [*SettlementError].
	Err error
}

// SettlementPosting is what was booked on an account: the sums of its items.
type SettlementPosting struct {
	Account  odoo.Many2One
	Currency canonical.Currency
	// Debit and Credit are positive, in Currency.
	Debit, Credit decimal.Decimal
	// Items is how many journal items it is.
	Items int
}

// SettlementException is something that a person must look at. Nothing of it is booked.
type SettlementException struct {
	Reason settlement.Reason
	// Entries are the provider's ids.
	Entries []string
	// Order and OrderNumber are those of the first entry that names one.
	Order       canonical.Key
	OrderNumber string
	Currency    canonical.Currency
	// Amount is what the entries come to, Difference what that is more than what is owed, with [settlement.ReasonAmount].
	Amount, Difference decimal.Decimal
	// Moves are invoices, credit notes or payments in Odoo that the entries seem to be for.
	Moves []int64
	// NextStep says what to do.
	NextStep string
	// Err is what the settlement breaks, with [settlement.ReasonUnbalanced].
	Err error
}

// String is one line for a person.
func (e SettlementException) String() string {
	text := fmt.Sprintf("%s: entries %s", e.Reason, strings.Join(e.Entries[:min(len(e.Entries), 5)], ", "))
	if len(e.Entries) > 5 {
		text += fmt.Sprintf(" and %d more", len(e.Entries)-5)
	}
	if e.Currency != "" {
		text += fmt.Sprintf(" over %s %s", e.Amount, e.Currency)
	}
	if !e.Difference.IsZero() {
		text += fmt.Sprintf(" (%s more than is owed)", e.Difference)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + ": " + e.NextStep
}

// PayoutState is how far a payout is in Odoo.
type PayoutState string

// The states of a payout.
const (
	PayoutNothing PayoutState = "nothing" // it is zero
	PayoutBooked  PayoutState = "booked"  // out of the clearing account; the bank does not have it yet
	PayoutAtBank  PayoutState = "at_bank" // matched with the bank's statement line
	// PayoutReturned: it failed, and is matched with what came back of it, in another settlement.
	PayoutReturned PayoutState = "returned"
)

// SettledPayout is what became of a payout.
type SettledPayout struct {
	canonical.Payout
	State PayoutState
	// Move is its journal entry, Line the bank's statement line; 0 if there is none.
	Move, Line int64
}

// SettlementError says at which step a settlement failed. Its text holds no personal data and no secrets.
type SettlementError struct {
	Settlement canonical.Key
	// Step is what was being done: "fetch", "read", "book", "match", "pay out".
	Step string
	// Err is the cause: a [*marketplace.Error], an [*odoo.Error], an [*account.InvalidDraft] and so on.
	Err error
}

// Error implements error.
func (e *SettlementError) Error() string {
	return fmt.Sprintf("settlement %s: %s: %v", e.Settlement, e.Step, e.Err)
}

// Unwrap returns the cause.
func (e *SettlementError) Unwrap() error { return e.Err }

// SettlementReport sums up a run over settlements. It is complete when the run has returned.
type SettlementReport struct {
	// DryRun is set when nothing was written.
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	mu      sync.Mutex
	counts  map[SettlementOutcome]int
	results []SettlementResult
}

// Count returns how many settlements had the outcome.
func (r *SettlementReport) Count(outcome SettlementOutcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[outcome]
}

// Results returns what became of each settlement, at most the first 10,000 of a run.
func (r *SettlementReport) Results() []SettlementResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]SettlementResult(nil), r.results...)
}

// Failed returns those that failed.
func (r *SettlementReport) Failed() []SettlementResult {
	var failed []SettlementResult
	for _, result := range r.Results() {
		if result.Outcome == SettlementFailed {
			failed = append(failed, result)
		}
	}
	return failed
}

// String is one line for a log: "3 settlements: 2 posted, 1 excepted".
func (r *SettlementReport) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := sumUp(r.counts, settlementOutcomes, "settlement", "settlements")
	if r.DryRun {
		text += " (dry run)"
	}
	return text
}

func (r *SettlementReport) add(result SettlementResult, then func(SettlementResult)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[SettlementOutcome]int{}
	}
	r.counts[result.Outcome]++
	if len(r.results) < maxFailures {
		r.results = append(r.results, result)
	}
	if then != nil {
		then(result)
	}
}

func (r *SettlementReport) end(started time.Time) {
	r.Started, r.Took = started.UTC(), time.Since(started)
}
