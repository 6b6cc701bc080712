package mapping

import "github.com/retailsync/retailsync/canonical"

// fiscalPosition is chosen by destination and kind of buyer.
func (m *mapper) fiscalPosition() {
	if !m.rules.Ownership.MayWrite(FieldOrderFiscalPosition, false) {
		return
	}
	country, state := m.destination()
	ref := m.rules.FiscalPosition(country, state, m.order.Flags.Business)
	m.result.Order.FiscalPositionID = m.records.positions[ref]
}

// warehouse is the one of the first goods that name a location.
func (m *mapper) warehouse() {
	if !m.rules.Ownership.MayWrite(FieldOrderWarehouse, false) {
		return
	}
	location := ""
	for _, line := range m.order.Lines {
		if IsGoods(line.Kind) && line.Location != "" {
			location = line.Location
			break
		}
	}
	ref, err := m.rules.WarehouseAt(location)
	if err != nil {
		m.problem(err)
		return
	}
	m.result.Order.WarehouseID = m.records.warehouses[ref]
}

// payment takes the payment term of the gateway that paid. Its journal is for the payments flow.
func (m *mapper) payment() {
	if !m.rules.Ownership.MayWrite(FieldOrderPaymentTerm, false) {
		return
	}
	for _, payment := range m.order.Payments {
		if payment.Gateway == "" || payment.Kind == canonical.PaymentGiftCard || payment.Kind == canonical.PaymentStoreCredit ||
			payment.Kind == canonical.PaymentRefund {
			continue
		}
		rule, err := m.rules.PaymentMethod(payment.Gateway)
		if err != nil {
			m.problem(err)
			return
		}
		m.result.Order.PaymentTermID = m.records.terms[rule.Term]
		return
	}
}
