package mapping

import (
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
)

// PaymentRule maps payment gateways of the channel.
type PaymentRule struct {
	// Gateway is a pattern of the channel's gateway ("stripe*"). Required. Of several that match,
	// the one with the most literal characters wins.
	Gateway string `yaml:"gateway"`
	// Journal is the clearing journal of the gateway.
	Journal Ref `yaml:"journal"`
	// Term is the payment term of the order.
	Term Ref `yaml:"term"`
	// Register has what the gateway took for an order registered in Odoo, as a payment in Journal that is matched with the order's
	// invoice once that is posted. Needs journal. Default: false.
	Register *bool `yaml:"register"`
}

// PlannedPayment is money that an order was paid with and that a rule wants registered.
type PlannedPayment struct {
	ExternalID odoo.ExternalID
	// ID is the channel's; it may be empty, and then nothing can be registered once.
	ID, Gateway string
	// Journal is the clearing journal of the gateway.
	Journal Ref
	// Amount is in the currency of the plan.
	Amount decimal.Decimal
	At     time.Time
	// Failed says that the money did not come, or did not stay.
	Failed bool
}

func (p PaymentRule) registers() bool { return p.Register != nil && *p.Register }

// Registering are the rules that have payments registered.
func (c Channel) Registering() []PaymentRule {
	var all []PaymentRule
	for _, rule := range c.PaymentMethods {
		if rule.registers() {
			all = append(all, rule)
		}
	}
	return all
}

// PaymentOf reads the External ID of a payment that was registered for an order of the channel, or for one of its exchanges.
func PaymentOf(channel canonical.Channel, id odoo.ExternalID) (paid PaidOrder, ok bool) {
	parts, ok := id.Parts()
	if !ok || id.Module != Module || len(parts) != 5 || parts[0] != channel.Name || parts[1] != channel.Account {
		return PaidOrder{}, false
	}
	kind, ok := strings.CutSuffix(parts[2], "payment")
	if !ok || kind != "" && kind != exchangeKind {
		return PaidOrder{}, false
	}
	return PaidOrder{
		Order: parts[3], Payment: parts[4], ExternalID: odoo.NewExternalID(Module, channel.Name, channel.Account, kind+"order", parts[3]),
	}, true
}

// PaidOrder is what a payment was registered for.
type PaidOrder struct {
	// Order is the channel's id of the order, or that of an exchange; Payment is the payment's id.
	Order, Payment string
	// ExternalID is that of the order in Odoo.
	ExternalID odoo.ExternalID
}

// PaymentReference is what registered payments of an order name it by in Odoo, given the External ID of the order.
func PaymentReference(order odoo.ExternalID) string { return order.Name }

// payments plans what is to be registered: money that was captured. What is only authorised is not paid yet, and gift cards and store
// credit are no cash.
func (m *mapper) payments() {
	if !slices.ContainsFunc(m.rules.PaymentMethods, PaymentRule.registers) {
		return
	}
	for _, payment := range m.order.Payments {
		taken := payment.Kind == canonical.PaymentSale || payment.Kind == canonical.PaymentCapture
		if !taken && payment.Kind != canonical.PaymentRefund || payment.Status == canonical.PaymentPending || !payment.Amount.Shop.IsPos() {
			continue
		}
		rule, err := m.rules.PaymentMethod(payment.Gateway)
		if err != nil {
			m.problem(err)
			continue
		}
		failed := payment.Status != canonical.PaymentSucceeded
		switch {
		case !rule.registers():
		case taken:
			m.result.Payments = append(m.result.Payments, PlannedPayment{
				ExternalID: m.externalID("payment", m.order.Key.ID, payment.ID), ID: payment.ID, Gateway: payment.Gateway, Journal: rule.Journal,
				Amount: payment.Amount.Shop, At: payment.At, Failed: failed,
			})
			if !failed {
				m.result.Paid = m.calc.Add(m.result.Paid, payment.Amount.Shop)
			}
		case !failed:
			m.result.Paid = m.calc.Sub(m.result.Paid, payment.Amount.Shop)
		}
	}
}

func (p PaymentRule) selector() string { return fold(p.Gateway) }

func (p PaymentRule) check(ps *problems, path string) {
	if p.Gateway == "" {
		ps.add(join(path, "gateway"), "gateway is missing", "write the channel's word or a pattern; * stands for anything")
	}
	checkPattern(ps, join(path, "gateway"), p.Gateway)
	checkRef(ps, join(path, "journal"), p.Journal)
	checkRef(ps, join(path, "term"), p.Term)
	if p.registers() && (p.Journal.IsZero() || p.Journal.IsNone()) {
		ps.add(join(path, "journal"), "register needs a journal", "name the gateway's clearing journal by its code or id, or remove register")
	}
	if p.Journal.IsZero() && p.Term.IsZero() {
		ps.add(path, "the rule says nothing", "add journal or term, or write journal: none")
	}
}
