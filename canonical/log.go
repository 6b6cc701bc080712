package canonical

import "log/slog"

// LogValue is what slog prints of an order: which it is and how far, and nothing of the buyer.
func (o Order) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order", o.Key.String()), slog.String("status", string(o.Status)), slog.Time("updated_at", o.Revision.UpdatedAt),
		slog.Int("lines", len(o.Lines)), slog.String("total", o.Totals.Grand.Shop.String()))
}

// LogValue is what slog prints of a return: which it is and how far.
func (r Return) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("return", r.Key.String()), slog.String("order", r.Order.String()), slog.String("approval", string(r.Approval)),
		slog.String("logistics", string(r.Logistics)), slog.Int("lines", len(r.Lines)))
}

// hiddenParty is what slog prints of people.
const hiddenParty = "[personal data]"

// LogValue keeps the buyer out of logs.
func (Party) LogValue() slog.Value { return slog.StringValue(hiddenParty) }

// LogValue keeps addresses out of logs.
func (Address) LogValue() slog.Value { return slog.StringValue(hiddenParty) }
