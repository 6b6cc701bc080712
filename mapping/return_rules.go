package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// ReturnRules say what becomes of a channel's returns. Amounts are in the currency that is posted, tax included.
type ReturnRules struct {
	// Approve says which requests are approved without a person.
	Approve ReturnApprovalRule `yaml:"approve"`
	// Partial approves what can be returned of a request for more. Default: false, it is refused.
	Partial *bool `yaml:"partial"`
	// Window is how long the buyer may ask. Default: for ever.
	Window ReturnWindowRule `yaml:"window"`
	// FinalSale is what is not taken back.
	FinalSale FinalSaleRule `yaml:"final_sale"`
	// KitMembers allows the return of a component of a kit. Default: false, it is refused.
	KitMembers *bool `yaml:"kit_members"`
	// Refusals says what becomes of a request that may not be approved, by why. Default: [RefusedPerson].
	Refusals map[string]RefusedReturn `yaml:"refusals"`
	// DeclineReason is the platform's word for why a request is declined. Default: the name of the refusal.
	DeclineReason string `yaml:"decline_reason"`
	// Reasons are rules by the buyer's reason. What they say wins over what stands above and below.
	Reasons []ReturnReasonRule `yaml:"reasons"`
	// Dispositions says what becomes of units, by what was found in them. Defaults: sellable to stock, pays 100; damaged
	// and refurbish to quarantine, pay 100; missing pays 0; wrong_item to quarantine, and a person says what it pays.
	Dispositions map[canonical.Disposition]DispositionRule `yaml:"dispositions"`
	// Restocking is a fee that is kept back, unless the platform states one. Default: none.
	Restocking ReturnFeeRule `yaml:"restocking"`
	// ReturnShipping is kept back for the way back where the buyer pays it. Default: 0, the shop pays.
	ReturnShipping decimal.Decimal `yaml:"return_shipping"`
	// ShippingCharge says when the order's shipping charge is given back, unless the platform states it. Default:
	// [ShippingNever].
	ShippingCharge ShippingRefund `yaml:"shipping_charge"`
	// Label has the platform give the buyer a label once the return is approved. Default: false.
	Label *bool `yaml:"label"`
	// Instant refunds before the goods are looked at. Default: never.
	Instant InstantRule `yaml:"instant_refund"`
	// Inspection is the location where goods wait until somebody has looked at them. Default: none, they are received where Odoo puts
	// them, and count as stock at once.
	Inspection Ref `yaml:"inspection_location"`
	// Returnless lets the buyer keep goods worth at most this, per return. Default: 0, never (but see
	// [canonical.ReturnLine.KeepItem]).
	Returnless decimal.Decimal `yaml:"returnless_below"`
	// Refunds says how the money goes back.
	Refunds RefundRules `yaml:"refunds"`
	// Settle says when the money is dealt with. Default: [SettleWhole].
	Settle ReturnSettlement `yaml:"settle"`
	// Exchange says when exchanged goods leave and what becomes of a difference.
	Exchange ExchangeRules `yaml:"exchange"`
	// Close ends the return at the platform when goods and money are final. Default: true.
	Close *bool `yaml:"close"`
}

// ReturnApprovalRule says which requests are approved without a person; all conditions must hold.
type ReturnApprovalRule struct {
	// Automatic turns it on. Default: false, a person decides.
	Automatic *bool `yaml:"automatic"`
	// Reasons are patterns of the buyer's reason. Default: all.
	Reasons []string `yaml:"reasons"`
	// Below is the most that the goods may be worth. Default: 0, any.
	Below decimal.Decimal `yaml:"below"`
}

// ReturnWindowRule is how long a buyer may ask for a return.
type ReturnWindowRule struct {
	// Days of 24 hours. 0: no limit.
	Days int `yaml:"days"`
	// From is when they begin. Default: [WindowDelivery].
	From WindowStart `yaml:"from"`
}

// WindowStart is when the window of a return begins.
type WindowStart string

// The starts of a window. One that is not known is replaced by the next: delivery, shipment, order.
const (
	WindowDelivery WindowStart = "delivery"
	WindowShipment WindowStart = "shipment"
	WindowOrder    WindowStart = "order"
)

// FinalSaleRule names goods that are not taken back.
type FinalSaleRule struct {
	// SKUs are patterns.
	SKUs []string `yaml:"skus"`
	// Tags are names of the product's tags in Odoo.
	Tags []string `yaml:"tags"`
}

// RefusedReturn is what becomes of a request that may not be approved.
type RefusedReturn string

// The outcomes of a refusal.
const (
	RefusedPerson  RefusedReturn = "person"  // a person decides
	RefusedDecline RefusedReturn = "decline" // it is declined at the platform
)

// ReturnReasonRule is what differs for a buyer's reason.
type ReturnReasonRule struct {
	// Reason is the platform's word, or a pattern. Required.
	Reason string `yaml:"reason"`
	// Automatic approves without a person, or never does. Default: what stands above.
	Automatic *bool `yaml:"automatic"`
	// BuyerPays says whether the buyer pays the way back. Default: true where return_shipping is set.
	BuyerPays *bool `yaml:"buyer_pays"`
	// Restocking says whether the restocking fee is kept back. Default: true where there is one.
	Restocking *bool `yaml:"restocking"`
	// ShippingCharge says when the order's shipping charge is given back.
	ShippingCharge ShippingRefund `yaml:"shipping_charge"`
}

func (r ReturnReasonRule) selector() string { return fold(r.Reason) }

// DispositionRule is what becomes of units in one condition.
type DispositionRule struct {
	// To is where they go. See [ReturnRules.Dispositions] for the default.
	To ReturnDestination `yaml:"to"`
	// Location in Odoo, for stock and quarantine, by id or full name. Default: the warehouse's stock; quarantine needs one.
	Location Ref `yaml:"location"`
	// Pays is how much of the value is refunded, in percent.
	Pays *decimal.Decimal `yaml:"pays"`
	// Restocking says whether the restocking fee is kept back of them. Default: true where there is one.
	Restocking *bool `yaml:"restocking"`
}

// ReturnDestination is where returned units go.
type ReturnDestination string

// The destinations.
const (
	ToStock      ReturnDestination = "stock"
	ToQuarantine ReturnDestination = "quarantine"
	ToScrap      ReturnDestination = "scrap"
)

// ReturnFeeRule is a fee per returned unit: the sum of both parts, never above what the unit is worth.
type ReturnFeeRule struct {
	PerUnit decimal.Decimal `yaml:"per_unit"`
	Percent decimal.Decimal `yaml:"percent"`
}

// ShippingRefund is when the order's shipping charge is given back.
type ShippingRefund string

// When the shipping charge is given back.
const (
	ShippingNever      ShippingRefund = "never"
	ShippingFullReturn ShippingRefund = "full_return" // all that was shipped of the order has come back
	ShippingAlways     ShippingRefund = "always"
)

// InstantRule allows refunds before inspection.
type InstantRule struct {
	// After is how far the goods must be. Empty: never.
	After InstantStage `yaml:"after"`
	// Below is the most that is refunded so, per return. 0: any.
	Below decimal.Decimal `yaml:"below"`
}

// InstantStage is how far the goods are when an instant refund is made.
type InstantStage string

// The stages of an instant refund.
const (
	InstantApproved  InstantStage = "approved"
	InstantInTransit InstantStage = "in_transit"
	InstantArrived   InstantStage = "arrived"
	InstantReceived  InstantStage = "received" // counted, not looked at
)

// RefundRules say how the money of returns goes back.
type RefundRules struct {
	// By says who makes them. Default: [RefundByUs].
	By RefundMaker `yaml:"by"`
	// Split is how a refund is spread over several payments. Default: [SplitInOrder].
	Split RefundSplit `yaml:"split"`
	// First are kinds of payments that are refunded first, in this order ("gift_card"); the others follow as they were
	// made.
	First []canonical.PaymentKind `yaml:"first"`
	// StoreCreditProgram and GiftCardProgram are Odoo's loyalty programs (eWallet, gift card) that cards are issued of. Default: none;
	// the credit note then stays open as the customer's credit.
	StoreCreditProgram Ref `yaml:"store_credit_program"`
	GiftCardProgram    Ref `yaml:"gift_card_program"`
	// Bonus is added to what is given as store credit, in percent. Default: 0.
	Bonus decimal.Decimal `yaml:"bonus"`
	// PersonAbove has a person release refunds of more than that. Default: 0, none.
	PersonAbove decimal.Decimal `yaml:"person_above"`
	// OnFailure is what becomes of a refund that failed for good. Default: [FailurePerson].
	OnFailure RefundFallback `yaml:"on_failure"`
}

// RefundMaker is who gives the money back.
type RefundMaker string

// Who gives the money back.
const (
	RefundByUs      RefundMaker = "us"
	RefundByChannel RefundMaker = "channel" // it has done so, or will: Odoo only books it
)

// RefundSplit is how a refund is spread over payments.
type RefundSplit string

// The splits.
const (
	SplitInOrder      RefundSplit = "in_order" // each payment in full before the next
	SplitProportional RefundSplit = "proportional"
)

// RefundFallback is what becomes of a refund that failed.
type RefundFallback string

// The fallbacks.
const (
	FailurePerson      RefundFallback = "person"
	FailureStoreCredit RefundFallback = "store_credit"
	FailureManual      RefundFallback = "manual" // a person pays it by hand
)

// ReturnSettlement is when the money of a return is dealt with.
type ReturnSettlement string

// The settlements.
const (
	SettleWhole  ReturnSettlement = "whole"        // once, when all units are final
	SettleByUnit ReturnSettlement = "as_inspected" // whenever units are final; returns with an exchange as a whole all the same
)

// ExchangeRules say when exchanged goods leave and what becomes of a difference in value.
type ExchangeRules struct {
	// After is how far the returned goods must be. Default: [ExchangeInspected].
	After ExchangeStage `yaml:"after"`
	// Dearer says what becomes of what the buyer owes. Default: [DearerPerson].
	Dearer DearerExchange `yaml:"dearer"`
	// WaiveBelow is the most that is not asked for. Default: 0.
	WaiveBelow decimal.Decimal `yaml:"waive_below"`
	// Payment says how the buyer is asked for it.
	Payment ExchangePaymentRule `yaml:"payment"`
}

// ExchangePaymentRule says how the buyer is asked for what an exchange costs more.
type ExchangePaymentRule struct {
	// Hours is how long the buyer has to pay each request; a provider may give less. Default: 0, a day.
	Hours int `yaml:"hours"`
	// Requests is how often the buyer is asked, one request after the other, until a person decides. Default: 0, once unless the
	// collector's own rules say otherwise.
	Requests int `yaml:"requests"`
}

// ExchangeStage is how far returned goods are when the exchanged ones leave.
type ExchangeStage string

// The stages of an exchange.
const (
	ExchangeApproved  ExchangeStage = "approved"
	ExchangeInTransit ExchangeStage = "in_transit"
	ExchangeReceived  ExchangeStage = "received"
	ExchangeInspected ExchangeStage = "inspected"
)

// DearerExchange is what becomes of what the buyer owes after an exchange for something dearer.
type DearerExchange string

// What becomes of it.
const (
	DearerCharge DearerExchange = "charge" // the buyer is charged, and the goods leave once that is paid
	DearerPerson DearerExchange = "person" // a person decides
	DearerWaive  DearerExchange = "waive"  // nobody asks for it
)

// Reason returns the rule for a buyer's reason, the narrowest that fits.
func (r ReturnRules) Reason(word string) (ReturnReasonRule, bool) {
	return narrowest(r.Reasons, func(rule ReturnReasonRule) string { return rule.Reason }, word)
}

// Allows tells whether the reason is one of those that are approved.
func (r ReturnApprovalRule) Allows(reason string) bool {
	return len(r.Reasons) == 0 || fitsAny(r.Reasons, reason)
}

// Has tells whether an article is not taken back.
func (r FinalSaleRule) Has(sku string, tags []string) bool {
	return fitsAny(r.SKUs, sku) || slices.ContainsFunc(tags, func(tag string) bool { return fitsAny(r.Tags, tag) })
}

func fitsAny(patterns []string, word string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return globMatches(pattern, word) })
}

// ReturnRefusals are the words of [ReturnRules.Refusals]: why a request may not be approved. Package returns says what they mean.
func ReturnRefusals() []string {
	return []string{"order_cancelled", "order_locked", "unknown_line", "not_goods", "kit_member", "not_shipped", "too_many",
		"line_twice", "late", "final_sale", "currency"}
}

func (r ReturnRules) check(ps *problems, path string) {
	checkPatterns(ps, join(path, "approve.reasons"), r.Approve.Reasons)
	checkPatterns(ps, join(path, "final_sale.skus"), r.FinalSale.SKUs)
	checkPatterns(ps, join(path, "final_sale.tags"), r.FinalSale.Tags)
	if r.Window.Days < 0 {
		ps.add(join(path, "window.days"), "the number of days is negative", "write how long the buyer may ask, or remove the key")
	}
	oneOf(ps, join(path, "window.from"), r.Window.From, WindowDelivery, WindowShipment, WindowOrder)
	for _, code := range slices.Sorted(maps.Keys(r.Refusals)) {
		inner := join(join(path, "refusals"), code)
		if knownKey(ps, inner, code, ReturnRefusals()...) {
			knownWord(ps.add, inner, r.Refusals[code], []RefusedReturn{RefusedPerson, RefusedDecline})
		}
	}
	for i, rule := range r.Reasons {
		inner := index(path, "reasons", i)
		if strings.TrimSpace(rule.Reason) == "" {
			ps.add(join(inner, "reason"), "reason is missing", "write the platform's word, or a pattern")
		}
		checkPattern(ps, join(inner, "reason"), rule.Reason)
		oneOf(ps, join(inner, "shipping_charge"), rule.ShippingCharge, ShippingNever, ShippingFullReturn, ShippingAlways)
	}
	for _, disposition := range slices.Sorted(maps.Keys(r.Dispositions)) {
		inner, rule := join(join(path, "dispositions"), string(disposition)), r.Dispositions[disposition]
		knownKey(ps, inner, disposition, canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionRefurbish,
			canonical.DispositionMissing, canonical.DispositionWrongItem)
		oneOf(ps, join(inner, "to"), rule.To, ToStock, ToQuarantine, ToScrap)
		checkRef(ps, join(inner, "location"), rule.Location)
		if rule.Pays != nil {
			checkPercent(ps, join(inner, "pays"), *rule.Pays)
		}
		if disposition == canonical.DispositionMissing && (rule.To != "" || !rule.Location.IsZero()) {
			ps.add(join(inner, "to"), "what is missing goes nowhere", "remove to and location")
		}
	}
	checkRef(ps, join(path, "inspection_location"), r.Inspection)
	checkRef(ps, join(path, "refunds.store_credit_program"), r.Refunds.StoreCreditProgram)
	checkRef(ps, join(path, "refunds.gift_card_program"), r.Refunds.GiftCardProgram)
	checkPercent(ps, join(path, "restocking.percent"), r.Restocking.Percent)
	checkPercent(ps, join(path, "refunds.bonus"), r.Refunds.Bonus)
	for _, amount := range []struct {
		key   string
		value decimal.Decimal
	}{
		{"approve.below", r.Approve.Below}, {"restocking.per_unit", r.Restocking.PerUnit}, {"return_shipping", r.ReturnShipping},
		{"instant_refund.below", r.Instant.Below}, {"returnless_below", r.Returnless}, {"refunds.person_above", r.Refunds.PersonAbove},
		{"exchange.waive_below", r.Exchange.WaiveBelow},
	} {
		if amount.value.IsNeg() {
			ps.add(join(path, amount.key), "the amount is negative", "write a positive amount, or remove the key")
		}
	}
	oneOf(ps, join(path, "shipping_charge"), r.ShippingCharge, ShippingNever, ShippingFullReturn, ShippingAlways)
	oneOf(ps, join(path, "instant_refund.after"), r.Instant.After, InstantApproved, InstantInTransit, InstantArrived, InstantReceived)
	oneOf(ps, join(path, "settle"), r.Settle, SettleWhole, SettleByUnit)
	oneOf(ps, join(path, "refunds.by"), r.Refunds.By, RefundByUs, RefundByChannel)
	oneOf(ps, join(path, "refunds.split"), r.Refunds.Split, SplitInOrder, SplitProportional)
	oneOf(ps, join(path, "refunds.on_failure"), r.Refunds.OnFailure, FailurePerson, FailureStoreCredit, FailureManual)
	for i, kind := range r.Refunds.First {
		inner := index(path, "refunds.first", i)
		knownWord(ps.add, inner, kind, []canonical.PaymentKind{canonical.PaymentCapture, canonical.PaymentSale, canonical.PaymentGiftCard, canonical.PaymentStoreCredit})
		if slices.Index(r.Refunds.First, kind) != i {
			ps.add(inner, "the kind is here twice", "keep one of them")
		}
	}
	oneOf(ps, join(path, "exchange.after"), r.Exchange.After, ExchangeApproved, ExchangeInTransit, ExchangeReceived, ExchangeInspected)
	oneOf(ps, join(path, "exchange.dearer"), r.Exchange.Dearer, DearerCharge, DearerPerson, DearerWaive)
	if r.Exchange.Payment.Hours < 0 || r.Exchange.Payment.Requests < 0 {
		ps.add(join(path, "exchange.payment"), "hours or requests is negative", "write a positive number, or remove the key")
	}
}

// checkComplete checks what belongs together, after joining with the defaults.
func (r ReturnRules) checkComplete(ps *problems, path string) {
	if r.Instant.After == "" && !r.Instant.Below.IsZero() {
		ps.add(join(path, "instant_refund.after"), "below needs an after", "say how far the goods must be, or remove below")
	}
	if r.Window.Days == 0 && r.Window.From != "" {
		ps.add(join(path, "window.days"), "from needs days", "say how many, or remove from")
	}
	for _, disposition := range slices.Sorted(maps.Keys(r.Dispositions)) {
		if rule := r.Dispositions[disposition]; rule.To == ToQuarantine && rule.Location.IsZero() {
			ps.add(join(join(path, "dispositions"), string(disposition))+".location", "quarantine needs a location", "name the location in Odoo, or give its id")
		}
	}
}

func checkPatterns(ps *problems, path string, patterns []string) {
	for i, pattern := range patterns {
		inner := fmt.Sprintf("%s[%d]", path, i)
		if strings.TrimSpace(pattern) == "" {
			ps.add(inner, "the pattern is empty", "write a word, or * for any")
		}
		checkPattern(ps, inner, pattern)
	}
}

func checkPercent(ps *problems, path string, percent decimal.Decimal) {
	if percent.IsNeg() || percent.Cmp(decimal.Hundred) > 0 {
		ps.add(path, "not a percentage", "write a number from 0 to 100")
	}
}
