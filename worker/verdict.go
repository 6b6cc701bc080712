package worker

import (
	"context"
	"errors"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/returns"
)

// Verdict is what may be done about an error.
type Verdict string

// The verdicts.
const (
	// Retry: it may work the next time. Counts as an attempt.
	Retry Verdict = "retry"
	// Wait: something is down or asks to wait. Counts as no attempt; see [Policy.Patience].
	Wait Verdict = "wait"
	// Unknown: a write may or may not have happened. The next try looks for it first, as all flows do. Counts as an attempt.
	Unknown Verdict = "unknown"
	// Permanent: it will never work as it is.
	Permanent Verdict = "permanent"
	// Person: a person must decide or repair something; then it can be replayed.
	Person Verdict = "person"
)

// Judgement is a verdict and what follows from it.
type Judgement struct {
	Verdict Verdict
	// After is how long to wait at least.
	After time.Duration
	// Runbook names the page that says what to do.
	Runbook string
	// Down is set when the error shows that a server is down or hangs: the breaker counts it.
	Down bool
}

// The runbooks that [Judge] names.
const (
	RunbookOdooDown     = "odoo-down"
	RunbookChannelDown  = "channel-down"
	RunbookRateLimited  = "rate-limited"
	RunbookCredentials  = "credentials"
	RunbookRules        = "rules"
	RunbookOrderData    = "order-data"
	RunbookTotals       = "totals"
	RunbookConflict     = "conflict"
	RunbookUnknown      = "unknown-outcome"
	RunbookBusy         = "busy"
	RunbookNotFound     = "not-found"
	RunbookRefused      = "refused-by-odoo"
	RunbookNoHandler    = "no-handler"
	RunbookUnclassified = "unclassified"
)

type judged struct {
	err       error
	judgement Judgement
}

func (e *judged) Error() string { return e.err.Error() }
func (e *judged) Unwrap() error { return e.err }

// Judged makes err an error with a judgement of its own, which wins over those of the errors that it wraps. Nil stays nil.
func Judged(err error, judgement Judgement) error {
	if err == nil {
		return nil
	}
	return &judged{err: err, judgement: judgement}
}

// WaitFor makes err one that is waited for.
func WaitFor(err error, after time.Duration) error {
	return Judged(err, Judgement{Verdict: Wait, After: after, Runbook: RunbookBusy})
}

// GiveUp makes err a permanent one.
func GiveUp(err error) error {
	return Judged(err, Judgement{Verdict: Permanent, Runbook: RunbookUnclassified})
}

// AskPerson makes err one that a person decides about.
func AskPerson(err error, runbook string) error {
	return Judged(err, Judgement{Verdict: Person, Runbook: runbook})
}

// rank orders verdicts for joined errors: what a person must do is not hidden by what passes, and an unknown outcome by nothing else.
var rank = []Verdict{Wait, Retry, Unknown, Permanent, Person}

// Judge says what may be done about an error of a flow, an adapter, Odoo or a store. Of joined errors the gravest counts. An
// error that it does not know is [Retry]: attempts are bounded.
func Judge(err error) Judgement {
	if own, ok := err.(*judged); ok {
		return own.judgement
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return gravest(err, many.Unwrap())
	}
	if judgement, ok := judgeOne(err); ok {
		return judgement
	}
	if inner := errors.Unwrap(err); inner != nil {
		return Judge(inner)
	}
	return Judgement{Verdict: Retry, Runbook: RunbookUnclassified}
}

// gravest judges joined errors. Sentinels, such as those that are joined to say the kind of an error, tell nothing and do not count
// beside one that does.
func gravest(err error, parts []error) Judgement {
	worst, known := Judgement{Verdict: Retry, Runbook: RunbookUnclassified}, false
	for _, part := range parts {
		if part == nil {
			continue
		}
		judgement := Judge(part)
		told := judgement.Runbook != RunbookUnclassified || judgement.Verdict != Retry
		switch {
		case told && (!known || graver(judgement.Verdict, worst.Verdict)):
			judgement.After = max(judgement.After, worst.After)
			judgement.Down = judgement.Down || worst.Down
			worst, known = judgement, true
		case told:
			worst.After = max(worst.After, judgement.After)
			worst.Down = worst.Down || judgement.Down
		}
	}
	if !known {
		if judgement, ok := judgeOne(err); ok {
			return judgement
		}
	}
	return worst
}

func graver(a, b Verdict) bool {
	var at, bt int
	for i, verdict := range rank {
		if verdict == a {
			at = i
		}
		if verdict == b {
			bt = i
		}
	}
	return at > bt
}

// judgeOne looks at one node of an error's tree.
func judgeOne(err error) (Judgement, bool) {
	switch e := err.(type) {
	case *odoo.Error:
		return judgeOdoo(e), true
	case *marketplace.Error:
		return judgeChannel(e), true
	case *idempotency.ConflictError:
		return judgeClaim(e), true
	case *idempotency.FailedError:
		return Judgement{Verdict: Permanent, Runbook: RunbookUnclassified}, true
	case *mapping.UnmappedError:
		return Judgement{Verdict: Person, Runbook: RunbookRules}, true
	case *canonical.ValidationError:
		return Judgement{Verdict: Person, Runbook: RunbookOrderData}, true
	case *retailsync.TotalMismatch:
		return Judgement{Verdict: Person, Runbook: RunbookTotals}, true
	case *retailsync.Conflict, *returns.Refusal:
		return Judgement{Verdict: Person, Runbook: RunbookConflict}, true
	case *InvalidError:
		return Judgement{Verdict: Permanent, Runbook: RunbookUnclassified}, true
	}
	switch err { //nolint:errorlint // this node of the tree only: what wraps it knows more, and Judge goes down itself
	case context.DeadlineExceeded:
		return Judgement{Verdict: Retry, Runbook: RunbookChannelDown, Down: true}, true
	case idempotency.ErrInFlight:
		return Judgement{Verdict: Wait, Runbook: RunbookBusy}, true
	}
	return Judgement{}, false
}

func judgeOdoo(e *odoo.Error) Judgement {
	switch e.Code {
	// The address was right when the client dialed it. An Odoo 19 whose PostgreSQL restarts says that there is no such database, and a page for
	// maintenance is no Odoo: none of them is a fault of the event.
	case odoo.CodeUnreachable, odoo.CodeTimeout, odoo.CodeNoDatabase, odoo.CodeWrongDatabase, odoo.CodeNotOdoo:
		return Judgement{Verdict: Wait, After: e.RetryAfter, Runbook: RunbookOdooDown, Down: true}
	case odoo.CodeRateLimited:
		return Judgement{Verdict: Wait, After: e.RetryAfter, Runbook: RunbookRateLimited}
	case odoo.CodeLock, odoo.CodeConcurrency:
		return Judgement{Verdict: Retry, After: e.RetryAfter, Runbook: RunbookBusy}
	case odoo.CodeAmbiguous:
		return Judgement{Verdict: Unknown, Runbook: RunbookUnknown, Down: hung(e)}
	case odoo.CodeUnauthenticated, odoo.CodeAccess:
		return Judgement{Verdict: Person, Runbook: RunbookCredentials}
	case odoo.CodeCanceled, odoo.CodeServer:
		return Judgement{Verdict: Retry, Runbook: RunbookRefused}
	}
	return Judgement{Verdict: Person, Runbook: RunbookRefused}
}

func judgeChannel(e *marketplace.Error) Judgement {
	switch e.Code {
	case marketplace.CodeUnavailable:
		return Judgement{Verdict: Wait, After: e.RetryAfter, Runbook: RunbookChannelDown, Down: true}
	case marketplace.CodeRateLimited:
		return Judgement{Verdict: Wait, After: e.RetryAfter, Runbook: RunbookRateLimited}
	case marketplace.CodeUnauthenticated, marketplace.CodePermission:
		return Judgement{Verdict: Person, Runbook: RunbookCredentials}
	case marketplace.CodeNotFound:
		return Judgement{Verdict: Permanent, Runbook: RunbookNotFound}
	case marketplace.CodeInvalid:
		return Judgement{Verdict: Person, Runbook: RunbookOrderData}
	case marketplace.CodeConflict:
		return Judgement{Verdict: Retry, Runbook: RunbookConflict}
	case marketplace.CodeUnknown:
		return Judgement{Verdict: Unknown, Runbook: RunbookUnknown, Down: hung(e)}
	}
	return Judgement{Verdict: Retry, Runbook: RunbookUnclassified}
}

// hung says that a server took a write and did not answer in time: it may have been done, and the server is as good as down.
func hung(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

func judgeClaim(e *idempotency.ConflictError) Judgement {
	switch {
	case errors.Is(e.Err, idempotency.ErrInFlight):
		return Judgement{Verdict: Wait, After: max(0, min(time.Until(e.LeaseUntil), time.Minute)), Runbook: RunbookBusy}
	case errors.Is(e.Err, idempotency.ErrLeaseLost):
		return Judgement{Verdict: Retry, Runbook: RunbookBusy}
	}
	return Judgement{Verdict: Person, Runbook: RunbookUnknown} // indeterminate, or used for another request
}
