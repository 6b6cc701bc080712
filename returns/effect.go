package returns

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// Effect is something that is to be done outside. Carry it out so that a repeat is safe, then apply [Done] or [Failed].
type Effect struct {
	// ID is derived from the case, the kind and the units: the same units have the same id, and no two effects of a kind share
	// any.
	ID     string       `json:"id"`
	Kind   EffectKind   `json:"kind"`
	Status EffectStatus `json:"status"`
	// Lines are the units, for kinds that are about units.
	Lines []EffectLine `json:"lines,omitempty"`
	// Last: no more is expected, with [EffectReportReceived].
	Last bool `json:"last,omitempty"`
	// Exchange is the id of the exchange line, with [EffectExchange] for another article.
	Exchange string `json:"exchange,omitempty"`
	// Settlement and Leg name what is booked or moved (see [Case.SettlementOf], [Case.LegOf]).
	Settlement string `json:"settlement,omitempty"`
	Leg        string `json:"leg,omitempty"`
	// Amount is that of the leg, its bonus included; with [EffectExchange] what the goods cost less, since the buyer is not asked for it.
	Amount decimal.Decimal `json:"amount,omitzero"`
	// Reason is why it is declined, in the platform's word.
	Reason string `json:"reason,omitempty"`
	// Question is what a person is asked, with [EffectAskPerson], or no longer, with [EffectAnswered].
	Question string `json:"question,omitempty"`
	// Depends are the effects that must be done before.
	Depends []string `json:"depends,omitempty"`
	// Reference is what was made.
	Reference string `json:"reference,omitempty"`
	// Retries is how often a person had it tried again after it failed for good.
	Retries int `json:"retries,omitempty"`
	// Why is why it failed.
	Why string `json:"why,omitempty"`
}

// EffectLine is a number of units of one line.
type EffectLine struct {
	Line      string          `json:"line"`
	OrderLine string          `json:"order_line,omitempty"`
	SKU       string          `json:"sku,omitempty"`
	Qty       decimal.Decimal `json:"qty"`
	// From is how many units of the line came before these: they are the units From to From + Qty. For reports Qty is in all and
	// From is 0.
	From        decimal.Decimal       `json:"from,omitzero"`
	Disposition canonical.Disposition `json:"disposition,omitempty"`
	// Location is where they go, by rule; zero: the warehouse's own.
	Location mapping.Ref `json:"location,omitzero"`
	Lots     []LotUnits  `json:"lots,omitempty"`
}

// EffectStatus is how far an effect is.
type EffectStatus string

// The states of an effect.
const (
	EffectPending EffectStatus = "pending"
	EffectDone    EffectStatus = "done"
	EffectFailed  EffectStatus = "failed" // for good: a person was asked
	EffectDropped EffectStatus = "dropped"
)

// EffectKind is what is to be done.
type EffectKind string

// The kinds of effects, and where they are carried out.
const (
	EffectApprove         EffectKind = "approve"          // platform
	EffectDecline         EffectKind = "decline"          // platform
	EffectLabel           EffectKind = "label"            // platform
	EffectOpenReturn      EffectKind = "open_return"      // Odoo: expect the units
	EffectReceive         EffectKind = "receive"          // Odoo: the units have arrived
	EffectRestock         EffectKind = "restock"          // Odoo: to stock
	EffectQuarantine      EffectKind = "quarantine"       // Odoo: to a place that does not sell
	EffectScrap           EffectKind = "scrap"            // Odoo
	EffectReportReceived  EffectKind = "report_received"  // platform
	EffectReportInspected EffectKind = "report_inspected" // platform
	EffectExchange        EffectKind = "exchange"         // Odoo: send goods instead
	EffectShipBack        EffectKind = "ship_back"        // Odoo: send the units to the buyer as they are
	EffectRepair          EffectKind = "repair"           // Odoo: repair the units and send them back
	EffectCreditNote      EffectKind = "credit_note"      // Odoo: book a settlement
	EffectRefund          EffectKind = "refund"           // provider, or only Odoo if the channel moves it
	EffectStoreCredit     EffectKind = "store_credit"     // Odoo
	EffectGiftCard        EffectKind = "gift_card"        // Odoo
	EffectManual          EffectKind = "manual"           // a person pays
	EffectCharge          EffectKind = "charge"           // provider
	EffectAskPerson       EffectKind = "ask_person"       // Odoo: an activity
	EffectAnswered        EffectKind = "answered"         // Odoo: the activity of a question is done
	EffectClose           EffectKind = "close"            // platform
)

// AllEffects are the kinds of effects.
func AllEffects() []EffectKind {
	return []EffectKind{EffectApprove, EffectDecline, EffectLabel, EffectOpenReturn, EffectReceive, EffectRestock, EffectQuarantine, EffectScrap,
		EffectReportReceived, EffectReportInspected, EffectExchange, EffectShipBack, EffectRepair, EffectCreditNote, EffectRefund,
		EffectStoreCredit, EffectGiftCard, EffectManual, EffectCharge, EffectAskPerson, EffectAnswered, EffectClose}
}
