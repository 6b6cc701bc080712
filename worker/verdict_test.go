package worker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/worker"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	order := func(err error) error { return &retailsync.OrderError{Stage: retailsync.StageInsert, Err: err} }
	shopDown := &marketplace.Error{Code: marketplace.CodeUnavailable}
	for _, each := range []struct {
		err     error
		verdict worker.Verdict
		runbook string
		down    bool
		after   time.Duration
	}{
		{errors.New("whatever"), worker.Retry, worker.RunbookUnclassified, false, 0},
		{context.DeadlineExceeded, worker.Retry, worker.RunbookChannelDown, true, 0},
		{order(&odoo.Error{Code: odoo.CodeUnreachable}), worker.Wait, worker.RunbookOdooDown, true, 0},
		{order(&odoo.Error{Code: odoo.CodeWrongDatabase}), worker.Wait, worker.RunbookOdooDown, true, 0}, // Odoo 19 without its PostgreSQL
		{order(&odoo.Error{Code: odoo.CodeNoDatabase}), worker.Wait, worker.RunbookOdooDown, true, 0},
		{order(&odoo.Error{Code: odoo.CodeNotOdoo}), worker.Wait, worker.RunbookOdooDown, true, 0}, // a page for maintenance
		{order(&odoo.Error{Code: odoo.CodeOtherDatabase}), worker.Person, worker.RunbookRefused, false, 0},
		{order(&odoo.Error{Code: odoo.CodeRateLimited, RetryAfter: time.Minute}), worker.Wait, worker.RunbookRateLimited, false, time.Minute},
		{order(&odoo.Error{Code: odoo.CodeConcurrency}), worker.Retry, worker.RunbookBusy, false, 0},
		{order(&odoo.Error{Code: odoo.CodeAmbiguous}), worker.Unknown, worker.RunbookUnknown, false, 0},
		{order(&odoo.Error{Code: odoo.CodeAccess}), worker.Person, worker.RunbookCredentials, false, 0},
		{order(&odoo.Error{Code: odoo.CodeUserError}), worker.Person, worker.RunbookRefused, false, 0},
		{order(&odoo.Error{Code: odoo.CodeServer}), worker.Retry, worker.RunbookRefused, false, 0},
		{order(shopDown), worker.Wait, worker.RunbookChannelDown, true, 0},
		{order(&marketplace.Error{Code: marketplace.CodeNotFound}), worker.Permanent, worker.RunbookNotFound, false, 0},
		{order(&marketplace.Error{Code: marketplace.CodeInvalid}), worker.Person, worker.RunbookOrderData, false, 0},
		{order(&marketplace.Error{Code: marketplace.CodeUnknown}), worker.Unknown, worker.RunbookUnknown, false, 0},
		{order(&marketplace.Error{Code: marketplace.CodeUnknown, Err: context.DeadlineExceeded}), worker.Unknown, worker.RunbookUnknown, true, 0}, // a write that hangs
		{order(&marketplace.Error{Code: marketplace.CodeUnauthenticated}), worker.Person, worker.RunbookCredentials, false, 0},
		{order(&mapping.UnmappedError{}), worker.Person, worker.RunbookRules, false, 0},
		{order(&canonical.ValidationError{}), worker.Person, worker.RunbookOrderData, false, 0},
		{order(&retailsync.TotalMismatch{}), worker.Person, worker.RunbookTotals, false, 0},
		{order(&retailsync.Conflict{}), worker.Person, worker.RunbookConflict, false, 0},
		{&retailsync.ReturnError{Step: "approve", Err: &returns.Refusal{}}, worker.Person, worker.RunbookConflict, false, 0},
		{order(&idempotency.ConflictError{Err: idempotency.ErrInFlight}), worker.Wait, worker.RunbookBusy, false, 0},
		{order(&idempotency.ConflictError{Err: idempotency.ErrIndeterminate}), worker.Person, worker.RunbookUnknown, false, 0},
		{order(&idempotency.FailedError{Err: errors.New("x")}), worker.Permanent, worker.RunbookUnclassified, false, 0},
		// Of several the gravest counts, and waits add up.
		{errors.Join(shopDown, &mapping.UnmappedError{}), worker.Person, worker.RunbookRules, true, 0},
		{errors.Join(errors.New("x"), shopDown), worker.Wait, worker.RunbookChannelDown, true, 0},
		{fmt.Errorf("%w: %w", shopDown, &odoo.Error{Code: odoo.CodeAmbiguous}), worker.Unknown, worker.RunbookUnknown, true, 0},
		// A handler's own word wins.
		{worker.GiveUp(shopDown), worker.Permanent, worker.RunbookUnclassified, false, 0},
		{fmt.Errorf("more: %w", worker.WaitFor(errors.New("x"), time.Hour)), worker.Wait, worker.RunbookBusy, false, time.Hour},
		{worker.AskPerson(errors.New("x"), "refund-by-hand"), worker.Person, "refund-by-hand", false, 0},
	} {
		want := worker.Judgement{Verdict: each.verdict, Runbook: each.runbook, Down: each.down, After: each.after}
		if got := worker.Judge(each.err); got != want {
			t.Errorf("%v: %+v, want %+v", each.err, got, want)
		}
	}
	if worker.GiveUp(nil) != nil {
		t.Error("no error became one")
	}
	if got := worker.Judge(&idempotency.ConflictError{Err: idempotency.ErrInFlight, LeaseUntil: time.Now().Add(20 * time.Second)}); got.After < 10*time.Second || got.After > 20*time.Second {
		t.Errorf("in flight: %+v", got)
	}
}
