package mapping

import (
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo/sale"
)

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
	if !m.rules.ChannelWarehouse.IsZero() {
		switch own, all := m.shippedByChannel(); {
		case all:
			m.result.Order.WarehouseID = m.records.warehouses[m.rules.ChannelWarehouse]
			return
		case own:
			m.problem(m.rules.unmapped(UnmappedWarehouse, "", "", Detail{"order", "that the channel ships a part of"}).advise(
				"an order is delivered from one warehouse: import it by hand as two orders"))
			return
		}
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

// shippedByChannel reports whether the channel ships any of the goods itself, and whether all.
func (m *mapper) shippedByChannel() (own, all bool) {
	all = true
	for i := range m.order.Lines {
		line := &m.order.Lines[i]
		switch {
		case !IsGoods(line.Kind):
		case line.FulfilledBy == canonical.FulfilledByChannel:
			own = true
		default:
			all = false
		}
	}
	return own, own && all
}

// shipped notes what the channel has shipped itself of a line that was posted as drafts.
func (m *mapper) shipped(line *canonical.Line, drafts []sale.DraftLine) {
	if m.rules.ChannelWarehouse.IsZero() || line.FulfilledBy != canonical.FulfilledByChannel || !IsGoods(line.Kind) {
		return
	}
	left := line.Qty.Shipped
	for _, draft := range drafts {
		part := left.Min(draft.Quantity)
		if !part.IsPos() {
			return
		}
		m.result.Shipped = append(m.result.Shipped, ShippedLine{ExternalID: draft.ExternalID, Quantity: part})
		left = m.calc.Sub(left, part)
	}
}
