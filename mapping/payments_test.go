package mapping

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/odoo"
)

// What was captured or sold at once by a gateway that registers is planned, and nothing else.
func TestPlannedPayments(t *testing.T) {
	t.Parallel()
	order := canonicaltest.Order("A/1", canonicaltest.Item("SKU-1", 2, 5000))
	pay := func(id, gateway string, kind canonical.PaymentKind, status canonical.PaymentStatus, amount string) canonical.Payment {
		return canonical.Payment{ID: id, Gateway: gateway, Kind: kind, Status: status, Amount: canonical.Shop(dec(amount))}
	}
	order.Payments = []canonical.Payment{
		pay("au", "card", canonical.PaymentAuthorization, canonical.PaymentSucceeded, "100"),
		pay("ca", "Card", canonical.PaymentCapture, canonical.PaymentSucceeded, "60.50"),
		pay("sa", "card-eu", canonical.PaymentSale, canonical.PaymentSucceeded, "30"),
		pay("pe", "card", canonical.PaymentSale, canonical.PaymentPending, "7"),
		pay("fa", "card", canonical.PaymentSale, canonical.PaymentFailed, "8"),
		pay("vo", "card", canonical.PaymentCapture, canonical.PaymentCancelled, "9"),
		pay("gi", "card", canonical.PaymentGiftCard, canonical.PaymentSucceeded, "10"),
		pay("cr", "card", canonical.PaymentStoreCredit, canonical.PaymentSucceeded, "11"),
		pay("re", "card", canonical.PaymentRefund, canonical.PaymentSucceeded, "20.25"),
		pay("rf", "card", canonical.PaymentRefund, canonical.PaymentFailed, "20.25"),
		pay("ot", "card", canonical.PaymentOther, canonical.PaymentSucceeded, "1"),
		pay("ze", "card", canonical.PaymentSale, canonical.PaymentSucceeded, "0"),
		pay("in", "invoice", canonical.PaymentSale, canonical.PaymentSucceeded, "12"),
		pay("of", "off", canonical.PaymentSale, canonical.PaymentSucceeded, "13"),
	}
	rules := baseRules()
	rules.PaymentMethods = []PaymentRule{
		{Gateway: "card*", Journal: Name("CARD"), Register: Bool(true)}, {Gateway: "invoice", Journal: Name(RefNone)}, {Gateway: "off", Journal: Name("CARD"), Register: Bool(false)},
	}
	plan, err := planFor(t, rules, order)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range plan.Payments {
		text := p.ID + " " + p.Gateway + " " + p.Amount.String() + " " + p.Journal.String()
		if p.Failed {
			text += " failed"
		}
		got = append(got, text)
		paid, ok := PaymentOf(order.Key.Channel, p.ExternalID)
		if !ok || paid.Order != "A/1" || paid.Payment != p.ID || paid.ExternalID != plan.Order.ExternalID {
			t.Error(p.ExternalID, paid, ok)
		}
	}
	if diff := cmp.Diff([]string{"ca Card 60.50 CARD", "sa card-eu 30 CARD", "fa card 8 CARD failed", "vo card 9 CARD failed"}, got); diff != "" {
		t.Error(diff)
	}
	if plan.Paid.Cmp(dec("70.25")) != 0 {
		t.Error("paid", plan.Paid)
	}
	other := canonical.Channel{Name: order.Key.Channel.Name, Account: "other"}
	if _, ok := PaymentOf(other, plan.Payments[0].ExternalID); ok {
		t.Error("another channel's")
	}
	exchange := odoo.NewExternalID(Module, order.Key.Channel.Name, order.Key.Channel.Account, "exchangepayment", "A/1", "ca")
	if paid, ok := PaymentOf(order.Key.Channel, exchange); !ok || paid.ExternalID.Name == plan.Order.ExternalID.Name || !strings.Contains(paid.ExternalID.Name, "exchangeorder") {
		t.Error("the payment of an exchange:", paid, ok)
	}
	if _, ok := PaymentOf(order.Key.Channel, odoo.NewExternalID(Module, order.Key.Channel.Name, order.Key.Channel.Account, "order", "A/1")); ok {
		t.Error("an order is no payment")
	}
	// A cancelled order has them, too: what was kept for it is to be reported.
	order.Status = canonical.StatusCancelled
	if plan, err = planFor(t, rules, order); err != nil || plan.Target != TargetCancelled || len(plan.Payments) != 4 || plan.Paid.Cmp(dec("70.25")) != 0 {
		t.Error(plan, err)
	}
	// Off unless said.
	for i := range rules.PaymentMethods {
		rules.PaymentMethods[i].Register = nil
	}
	if plan, err = planFor(t, rules, order); err != nil || len(plan.Payments) != 0 || !plan.Paid.IsZero() {
		t.Error("off:", plan, err)
	}
}

// Of the rules that have payments registered, those that say where are good.
func TestRegisterNeedsAJournal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{gateway: a, journal: CARD, register: true}":        "",
		"{gateway: a, journal: 7, register: true, term: 30}": "",
		"{gateway: a, journal: none, register: false}":       "",
		"{gateway: a, journal: none, register: true}":        "register needs a journal",
		"{gateway: a, term: 30, register: true}":             "register needs a journal",
	} {
		_, err := LoadBytes([]byte("version: 1\nchannels:\n  shop/main:\n    payment_methods:\n      - "+text+"\n"), "rules.yaml")
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
