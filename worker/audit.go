package worker

import "context"

// Audit returns the entries of the audit trail that fit, by ID, at most a page of them; [AuditFilter.AfterID] goes on.
func (w *Worker) Audit(ctx context.Context, filter AuditFilter) ([]Entry, error) {
	if filter.Limit < 0 {
		return nil, &InvalidError{Field: "audit filter", Reason: "has a negative limit"}
	}
	if filter.Limit == 0 || filter.Limit > MaxPage {
		filter.Limit = MaxPage
	}
	return w.ledger.Audit(ctx, filter)
}
