package mapping

import "github.com/retailsync/retailsync/canonical"

// target is what the order should be in Odoo, by its status and flags and the status rules.
func (m *mapper) target() Target {
	status, err := m.rules.Status(m.order)
	if err != nil {
		m.problem(err)
		return TargetQuotation
	}
	if status == canonical.StatusCancelled {
		return TargetCancelled
	}
	if m.order.Flags.Hold && status != canonical.StatusPending {
		status = canonical.StatusOnHold
	}
	switch m.rules.Statuses.Intake(status) {
	case IntakeConfirm:
		return TargetConfirmed
	case IntakeDraft:
		return TargetQuotation
	default:
		return TargetSkip
	}
}
