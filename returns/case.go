package returns

import (
	"cmp"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// CaseSchema is the version of the JSON form of a [Case].
const CaseSchema = 1

// Case is a return while it is dealt with: what is known of it, what is to be done and what it waits for. It is a value: store
// it as JSON under its key, load it, [Case.Apply] an event, carry out the effects, store it. The zero value with Key set is a
// new case. Amounts are in Currency, which is the one that is posted in Odoo.
//
// What is observed only ever grows: units are counted in all, and a lower count is an old one. So events may come late, twice
// and in any order. What follows from them is derived anew with each event.
type Case struct {
	Schema int           `json:"schema"`
	Key    canonical.Key `json:"key"`
	Order  canonical.Key `json:"order,omitzero"`
	// Number is the platform's number of the return.
	Number string `json:"number,omitempty"`
	// Revision is that of the newest statement.
	Revision canonical.Revision `json:"revision,omitzero"`
	Currency canonical.Currency `json:"currency,omitempty"`
	// RequestedAt is when the buyer asked, UTC.
	RequestedAt time.Time `json:"requested_at,omitzero"`

	Approval  canonical.ReturnApproval  `json:"approval,omitempty"`
	Logistics canonical.ReturnLogistics `json:"logistics,omitempty"`
	Status    CaseStatus                `json:"status"`
	// ApprovedBy is who has approved; empty: the rules.
	ApprovedBy Source `json:"approved_by,omitempty"`
	// DeclineReason is the reason for the platform, with a refusal of ours.
	DeclineReason string `json:"decline_reason,omitempty"`
	// Refusals are why the request may not be approved as it stands; empty once it is decided without them.
	Refusals []*Refusal `json:"refusals,omitempty"`

	Lines    []CaseLine     `json:"lines,omitempty"`
	Exchange []CaseExchange `json:"exchange,omitempty"`
	// Money is every movement of money that the case has asked for.
	Money []MoneyLeg `json:"money,omitempty"`
	// Settlements are the credit notes, one for each time that money was dealt with.
	Settlements []Settlement `json:"settlements,omitempty"`
	// Effects are all that were ever wanted, the done ones included.
	Effects []Effect `json:"effects,omitempty"`
	// Waits are what the case waits for now.
	Waits []Wait `json:"waits,omitempty"`
	// Questions are what people were asked, and their answers.
	Questions []Question `json:"questions,omitempty"`

	// Stated is what the platform said of money; see [canonical.Return].
	Stated StatedMoney `json:"stated,omitzero"`
	// ShippingGiven: the order's shipping charge was dealt with; ReturnShippingTaken: that of the way back.
	ShippingGiven       bool `json:"shipping_given,omitempty"`
	ReturnShippingTaken bool `json:"return_shipping_taken,omitempty"`
	// ClosedThere: the platform regards the return as finished.
	ClosedThere bool `json:"closed_there,omitempty"`
}

// CaseStatus is how far a case is.
type CaseStatus string

// The states of a case.
const (
	CaseOpen CaseStatus = "open"
	// CaseClosed: goods and money are final. A refund that is reversed opens it again.
	CaseClosed CaseStatus = "closed"
)

// CaseLine is one line of a return. Quantities are in all and only grow; Approved is at most Requested, and what is received
// at most Approved (see [CaseLine.Received]).
type CaseLine struct {
	// ID is the platform's, OrderLine the channel's line of the order; empty while it is not known.
	ID        string `json:"id"`
	OrderLine string `json:"order_line,omitempty"`
	SKU       string `json:"sku,omitempty"`
	Reason    string `json:"reason,omitempty"`

	Requested decimal.Decimal `json:"requested"`
	Approved  decimal.Decimal `json:"approved,omitzero"`
	// Granted is what was approved in somebody's word; Approved is what of it can be returned.
	Granted decimal.Decimal `json:"granted,omitzero"`
	// Keep: the buyer keeps the goods.
	Keep bool `json:"keep,omitempty"`
	// Seen are units that have arrived in anybody's word, SeenThere in the platform's, SeenInOdoo those received in Odoo; they
	// may be more than was approved.
	Seen       decimal.Decimal `json:"seen,omitzero"`
	SeenThere  decimal.Decimal `json:"seen_there,omitzero"`
	SeenInOdoo decimal.Decimal `json:"seen_in_odoo,omitzero"`
	// Short: no more is expected; what has not arrived is missing.
	Short bool `json:"short,omitempty"`
	// Found are units by what was found in them, in all, as reported.
	Found map[canonical.Disposition]decimal.Decimal `json:"found,omitempty"`
	// Lots are the lots that were read from the goods, or that a person named.
	Lots []LotUnits `json:"lots,omitempty"`
	// LotsInOdoo are the lots that were received in Odoo, in all; FoundLots are lots by what was found in them, as far as they were read.
	LotsInOdoo []LotUnits                           `json:"lots_in_odoo,omitempty"`
	FoundLots  map[canonical.Disposition][]LotUnits `json:"found_lots,omitempty"`

	Resolution    canonical.Resolution `json:"resolution"`
	RawResolution string               `json:"raw_resolution,omitempty"`
	// ResolvedBy is who said so.
	ResolvedBy Source `json:"resolved_by,omitempty"`
	// Refund is the platform's word for the line's worth, tax included.
	Refund      decimal.Decimal `json:"refund,omitzero"`
	RefundKnown bool            `json:"refund_known,omitempty"`

	// What effects were asked for, in units: equal units are never asked for twice.
	Opened   decimal.Decimal                           `json:"opened,omitzero"`
	Booked   decimal.Decimal                           `json:"booked,omitzero"`
	Linked   decimal.Decimal                           `json:"linked,omitzero"`
	Moved    map[canonical.Disposition]decimal.Decimal `json:"moved,omitempty"`
	SentBack decimal.Decimal                           `json:"sent_back,omitzero"`
	Swapped  decimal.Decimal                           `json:"swapped,omitzero"`
	Settled  map[canonical.Disposition]decimal.Decimal `json:"settled,omitempty"`
	// SwapShipped: what the units were exchanged for has left.
	SwapShipped bool                                      `json:"swap_shipped,omitempty"`
	Reported    decimal.Decimal                           `json:"reported,omitzero"`
	Told        map[canonical.Disposition]decimal.Decimal `json:"told,omitempty"`
	ShortTold   bool                                      `json:"short_told,omitempty"`
	// SettledNet, SettledTax and SettledFees are what was dealt with so far.
	SettledNet  decimal.Decimal `json:"settled_net,omitzero"`
	SettledTax  decimal.Decimal `json:"settled_tax,omitzero"`
	SettledFees decimal.Decimal `json:"settled_fees,omitzero"`
}

// LotUnits are units of one lot or serial number.
type LotUnits struct {
	Lot string          `json:"lot"`
	Qty decimal.Decimal `json:"qty"`
}

// CaseExchange is goods that the buyer gets for returned ones.
type CaseExchange struct {
	ID string `json:"id"`
	// Line is the line of the return; empty: any.
	Line string          `json:"line,omitempty"`
	SKU  string          `json:"sku,omitempty"`
	Qty  decimal.Decimal `json:"qty"`
	Net  decimal.Decimal `json:"net"`
	Tax  decimal.Decimal `json:"tax"`
	// OrderID is the channel's own order for it: none is made.
	OrderID string `json:"order_id,omitempty"`
	Asked   bool   `json:"asked,omitempty"`
	Settled bool   `json:"settled,omitempty"`
	// Shipped: the goods have left. Dropped: a person took the exchange back, and its worth is refunded.
	Shipped bool `json:"shipped,omitempty"`
	Dropped bool `json:"dropped,omitempty"`
}

// StatedMoney is what the platform said of money, tax included.
type StatedMoney struct {
	Fees        []StatedFee     `json:"fees,omitempty"`
	Shipping    decimal.Decimal `json:"shipping,omitzero"`
	Refund      decimal.Decimal `json:"refund,omitzero"`
	RefundKnown bool            `json:"refund_known,omitempty"`
}

// StatedFee is a fee in the platform's word.
type StatedFee struct {
	Kind canonical.ReturnFeeKind `json:"kind"`
	// Line is the line of the return; empty for all of it.
	Line   string          `json:"line,omitempty"`
	Amount decimal.Decimal `json:"amount"`
	// Taken is what of it was kept back so far.
	Taken decimal.Decimal `json:"taken,omitzero"`
}

// Settlement is one time that money was dealt with: what a credit note says. Due is
// Σ (Net + Tax) of Lines + ShippingNet + ShippingTax − Σ Fees − ExchangeNet − ExchangeTax + Adjustment.
type Settlement struct {
	ID string `json:"id"`
	// Instant: before the goods were looked at.
	Instant     bool            `json:"instant,omitempty"`
	Lines       []SettledLine   `json:"lines,omitempty"`
	ShippingNet decimal.Decimal `json:"shipping_net,omitzero"`
	ShippingTax decimal.Decimal `json:"shipping_tax,omitzero"`
	Fees        []SettledFee    `json:"fees,omitempty"`
	// Swap: the units are exchanged for the same article. They are credited, and what goes out instead is invoiced anew for as much.
	Swap bool `json:"swap,omitempty"`
	// Exchange are the exchanged goods that are netted.
	Exchange    []string        `json:"exchange,omitempty"`
	ExchangeNet decimal.Decimal `json:"exchange_net,omitzero"`
	ExchangeTax decimal.Decimal `json:"exchange_tax,omitzero"`
	// Adjustment is what the platform's word differs from ours, where a person let it win.
	Adjustment decimal.Decimal `json:"adjustment,omitzero"`
	// Due is what the buyer gets, tax included; negative: what the buyer owes.
	Due decimal.Decimal `json:"due"`
	// OnAccount is the part of Due that was never paid: it settles the invoice and no money moves.
	OnAccount decimal.Decimal `json:"on_account,omitzero"`
	// Waived is what the buyer owes and is not asked for.
	Waived decimal.Decimal `json:"waived,omitzero"`
}

// SettledLine is the part of a settlement that is for one line. Net and tax of all units of an order line, one by one or at
// once, come to those of the line.
type SettledLine struct {
	Line        string                `json:"line"`
	OrderLine   string                `json:"order_line"`
	Disposition canonical.Disposition `json:"disposition"`
	Qty         decimal.Decimal       `json:"qty"`
	Net         decimal.Decimal       `json:"net"`
	Tax         decimal.Decimal       `json:"tax"`
}

// SettledFee is a fee that is kept back, tax included.
type SettledFee struct {
	Kind   canonical.ReturnFeeKind `json:"kind"`
	Line   string                  `json:"line,omitempty"`
	Amount decimal.Decimal         `json:"amount"`
}

// MoneyLeg is one movement of money.
type MoneyLeg struct {
	// ID is also the reference under which the provider is asked: equal for repeats, another for each new attempt.
	ID         string  `json:"id"`
	Settlement string  `json:"settlement"`
	Kind       LegKind `json:"kind"`
	// Payment is the payment that is refunded; empty if Odoo knows of none.
	Payment string `json:"payment,omitempty"`
	// Amount is positive, tax included. Bonus is given on top, with [LegStoreCredit].
	Amount decimal.Decimal `json:"amount"`
	Bonus  decimal.Decimal `json:"bonus,omitzero"`
	// ByChannel: the channel moves it; only the books follow.
	ByChannel bool        `json:"by_channel,omitempty"`
	Status    MoneyStatus `json:"status"`
	// Reference is the provider's.
	Reference string `json:"reference,omitempty"`
	// Why is why it failed, or what is in doubt about it.
	Why string `json:"why,omitempty"`
	// Link is where the buyer pays a submitted charge, and Until until when, UTC; zero if it is not said.
	Link  string    `json:"link,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// Paid is what came in for a charge that succeeded, as its provider has it.
	Paid canonical.Payment `json:"paid,omitzero"`
	// Doubt is the question whether the money of a submitted leg moved, which a person must find out; empty if it is known, or will be.
	Doubt string `json:"doubt,omitempty"`
	// Replaces is the leg that failed or was reversed, ReplacedBy the one that is tried instead.
	Replaces   string `json:"replaces,omitempty"`
	ReplacedBy string `json:"replaced_by,omitempty"`
	// Dropped: a person said that nothing more is to be done about its failure.
	Dropped bool `json:"dropped,omitempty"`
	// Waiver is set once a person gave a charge up, which ends it when nobody can pay it any more.
	Waiver *Waiver `json:"waiver,omitempty"`
}

// LegKind is how money moves.
type LegKind string

// The kinds of legs.
const (
	LegRefund      LegKind = "refund" // to the means of payment
	LegStoreCredit LegKind = "store_credit"
	LegGiftCard    LegKind = "gift_card"
	LegManual      LegKind = "manual" // a person pays it
	LegCharge      LegKind = "charge" // the buyer pays
)

// MoneyStatus is how far a leg is.
type MoneyStatus string

// The states of a leg.
const (
	MoneyWanted    MoneyStatus = "wanted"
	MoneySubmitted MoneyStatus = "submitted"
	MoneySucceeded MoneyStatus = "succeeded"
	MoneyFailed    MoneyStatus = "failed"
	MoneyReversed  MoneyStatus = "reversed" // succeeded, and the money came back
)

// Title is how records in Odoo name the return: "Return RMA-1". Records of people that name it so are its own.
func (c Case) Title() string { return "Return " + cmp.Or(c.Number, c.Key.ID) }

// Wait is something that a case waits for.
type Wait struct {
	Gate Gate `json:"gate"`
	// Line is the line of the return, or empty.
	Line string `json:"line,omitempty"`
	// Why is a sentence for people.
	Why string `json:"why"`
}

// Gate is what opens a stage.
type Gate string

// The gates.
const (
	GateOrder      Gate = "order"      // the order must be known
	GateApproval   Gate = "approval"   // somebody must approve
	GateGoods      Gate = "goods"      // the goods must arrive
	GateLot        Gate = "lot"        // the lot must be named
	GateInspection Gate = "inspection" // somebody must look at the goods
	GateResolution Gate = "resolution" // it must be said what the buyer gets
	GatePerson     Gate = "person"     // a question must be answered
	GateEffect     Gate = "effect"     // something that was asked for must be done
	GateMoney      Gate = "money"      // money must have moved
	GateExchange   Gate = "exchange"   // exchanged goods must leave
)

// Question is what a person is asked. Answer it with [Decided].
type Question struct {
	ID    string `json:"id"`
	Topic Topic  `json:"topic"`
	Line  string `json:"line,omitempty"`
	Leg   string `json:"leg,omitempty"`
	// Text is a sentence for people, Answers the possible ones.
	Text    string   `json:"text"`
	Answers []Answer `json:"answers"`
	// Answer is empty while it is open.
	Answer Answer `json:"answer,omitempty"`
	// Percent goes with [AnswerPays].
	Percent decimal.Decimal `json:"percent,omitzero"`
}

// Topic is what a question is about.
type Topic string

// The topics.
const (
	TopicApproval   Topic = "approval"   // approve, decline
	TopicExcess     Topic = "excess"     // more arrived or was found than approved: accept (nothing follows)
	TopicPays       Topic = "pays"       // what units in a condition pay: pays
	TopicRelease    Topic = "release"    // a large refund: release
	TopicDifference Topic = "difference" // the platform's amount is not ours: ours, platform
	TopicMoney      Topic = "money"      // a leg failed or was reversed: retry, store_credit, manual, drop
	TopicDoubt      Topic = "doubt"      // whether a leg's money moved: accept (it did), retry (it did not and never will), drop (the same, and it is not tried again that way)
	TopicCharge     Topic = "charge"     // the buyer owes: charge, waive
	TopicInstant    Topic = "instant"    // more was refunded at once than the goods are worth: accept
	TopicExchange   Topic = "exchange"   // fewer units are good than are exchanged: release, drop
	TopicEffect     Topic = "effect"     // an effect failed for good: retry, drop
	TopicUnwanted   Topic = "unwanted"   // goods of a return that nobody approved: approve, accept
	TopicLot        Topic = "lot"        // which lots arrived, or were found to be what: answer with Received or Inspected
	TopicAstray     Topic = "astray"     // a person moved units to where they do not belong: accept (they stay there; tell what was found with Inspected)
	TopicResolution Topic = "resolution" // an unknown resolution: answer with Resolved
)

// Answer is a person's.
type Answer string

// The answers.
const (
	AnswerApprove     Answer = "approve"
	AnswerDecline     Answer = "decline"
	AnswerAccept      Answer = "accept"
	AnswerPays        Answer = "pays" // with Percent
	AnswerRelease     Answer = "release"
	AnswerOurs        Answer = "ours"
	AnswerPlatform    Answer = "platform"
	AnswerRetry       Answer = "retry"
	AnswerStoreCredit Answer = "store_credit"
	AnswerManual      Answer = "manual"
	AnswerDrop        Answer = "drop"
	AnswerCharge      Answer = "charge"
	AnswerWaive       Answer = "waive"
	AnswerResolved    Answer = "resolved" // it no longer matters, or an event has answered it
)

// Policy is the rules of the channel for returns.
type Policy = mapping.ReturnRules

// Source is who says something.
type Source string

// The sources.
const (
	FromPlatform Source = "platform"
	FromOdoo     Source = "odoo"   // seen in Odoo, whoever did it
	FromPerson   Source = "person" // said to us
)

// AllGates are the gates.
func AllGates() []Gate {
	return []Gate{GateOrder, GateApproval, GateGoods, GateLot, GateInspection, GateResolution, GatePerson, GateEffect, GateMoney, GateExchange}
}
