package csvsettlement

import (
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/sheet"
)

// Rules say how a report is written. They can be read from YAML or JSON.
type Rules struct {
	// Separator is between columns: one character, "," if empty; "\t" for tabs.
	Separator string `yaml:"separator" json:"separator"`
	// Encoding is "utf-8" (if empty), "iso-8859-1" or "windows-1252".
	Encoding string `yaml:"encoding" json:"encoding"`
	// HeaderRow is the line with the names of the columns, from 1; 0 counts as 1. The lines above it are left out.
	HeaderRow int `yaml:"header_row" json:"header_row"`
	// DecimalMark is "." or ",". Required.
	DecimalMark string `yaml:"decimal_mark" json:"decimal_mark"`
	// DateLayout is how dates are written, in the form of [time.Layout] ("02.01.2006"), and Zone the IANA name of the zone that
	// they are in where they name none; UTC if empty.
	DateLayout string `yaml:"date_layout" json:"date_layout"`
	Zone       string `yaml:"zone" json:"zone"`
	// Columns name the report's columns.
	Columns Columns `yaml:"columns" json:"columns"`
	// Currency is that of reports without such a column.
	Currency canonical.Currency `yaml:"currency" json:"currency"`
	// Kinds are the kinds of entries by the word in the kind column, without regard to case. Kind is that of reports without the
	// column.
	Kinds map[string]canonical.EntryKind `yaml:"kinds" json:"kinds"`
	Kind  canonical.EntryKind            `yaml:"kind" json:"kind"`
	// Negative are the kinds whose amounts are written without a sign and take money from the merchant. Inverted turns every sign
	// of the amount column: reports that are written from the provider's side.
	Negative []canonical.EntryKind `yaml:"negative" json:"negative"`
	Inverted bool                  `yaml:"inverted" json:"inverted"`
	// FeesPositive: the fee column holds what is taken, without a sign.
	FeesPositive bool `yaml:"fees_positive" json:"fees_positive"`
	// Skip are words in the kind column whose rows are no entries (an opening balance).
	Skip []string `yaml:"skip" json:"skip"`
	// Total is where the sum stands.
	Total Total `yaml:"total" json:"total"`
	// OrderChannel is the channel of the orders; the provider's own if empty.
	OrderChannel canonical.Channel `yaml:"order_channel" json:"order_channel"`
}

// Columns are the names of columns. Empty ones are not there; Amount is required.
type Columns struct {
	// ID is the provider's of the movement, another one in each row. Without it entries are named by their line.
	ID   string `yaml:"id" json:"id"`
	Kind string `yaml:"kind" json:"kind"`
	// Amount is the movement before fees. Fee, where the report has one, is an entry of its own beside it.
	Amount      string `yaml:"amount" json:"amount"`
	Fee         string `yaml:"fee" json:"fee"`
	Currency    string `yaml:"currency" json:"currency"`
	Date        string `yaml:"date" json:"date"`
	Order       string `yaml:"order" json:"order"`
	OrderNumber string `yaml:"order_number" json:"order_number"`
	Line        string `yaml:"line" json:"line"`
	SKU         string `yaml:"sku" json:"sku"`
	Payment     string `yaml:"payment" json:"payment"`
	Refund      string `yaml:"refund" json:"refund"`
	Reference   string `yaml:"reference" json:"reference"`
	Exchange    string `yaml:"exchange" json:"exchange"`
}

// Total says where a report states its sum, which the entries must meet: in a footer row, or as a row's kind. Without either the
// payout is what the entries sum to, and the report cannot show that it is whole.
type Total struct {
	// Footer is the text of the first cell that is not empty in the footer row; the sum stands in the amount column there. Rows
	// after it are left out.
	Footer string `yaml:"footer" json:"footer"`
	// Payout is the word in the kind column of the row that pays out: its amount, without regard to its sign turned to what the
	// merchant gets, is the sum, and the row is no entry.
	Payout string `yaml:"payout" json:"payout"`
}

// Validate says what of the rules cannot work, as a [*RulesError], or returns nil.
func (r Rules) Validate() error {
	_, err := r.compile()
	return err
}

// RulesError says which rule cannot work.
type RulesError struct{ Field, Problem string }

// Error names the field and what would be right.
func (e *RulesError) Error() string {
	return fmt.Sprintf("csvsettlement: rules: %s %s", e.Field, e.Problem)
}

// compiled are rules that work.
type compiled struct {
	Rules
	layout   sheet.Layout
	kinds    map[string]canonical.EntryKind
	negative map[canonical.EntryKind]bool
	skip     map[string]bool
}

func (r Rules) compile() (compiled, error) {
	c := compiled{Rules: r, kinds: map[string]canonical.EntryKind{}, negative: map[canonical.EntryKind]bool{}, skip: map[string]bool{}}
	wrong := func(field, problem string) (compiled, error) { return c, &RulesError{field, problem} }
	var err error
	c.layout, err = sheet.Format{
		Separator: r.Separator, Encoding: r.Encoding, HeaderRow: r.HeaderRow, DecimalMark: r.DecimalMark, DateLayout: r.DateLayout, Zone: r.Zone,
	}.Compile()
	if format := (*sheet.FormatError)(nil); errors.As(err, &format) {
		return wrong(format.Field, format.Problem)
	}
	if r.Columns.Amount == "" {
		return wrong("columns.amount", "must be given")
	}
	if r.Columns.Date != "" && r.DateLayout == "" {
		return wrong("date_layout", `must be given with a date column, such as "02.01.2006"`)
	}
	if r.Columns.Currency == "" && !r.Currency.Valid() {
		return wrong("currency", "must be an ISO 4217 code, or columns.currency be given")
	}
	if r.Columns.Kind == "" && r.Kind == "" {
		return wrong("kind", "must be given, or columns.kind")
	}
	if r.Columns.Kind == "" && (len(r.Kinds)+len(r.Skip) > 0 || r.Total.Payout != "") {
		return wrong("columns.kind", "must be given with kinds, skip or total.payout")
	}
	if r.Kind != "" && !known(r.Kind) {
		return wrong("kind", "must be a kind of settlement entries")
	}
	for text, kind := range r.Kinds {
		if !known(kind) {
			return wrong("kinds."+text, "must be a kind of settlement entries")
		}
		c.kinds[sheet.Fold(text)] = kind
	}
	for _, kind := range r.Negative {
		if !known(kind) {
			return wrong("negative", "must list kinds of settlement entries")
		}
		c.negative[kind] = true
	}
	for _, text := range r.Skip {
		c.skip[sheet.Fold(text)] = true
	}
	return c, nil
}

func known(kind canonical.EntryKind) bool {
	switch kind {
	case canonical.EntrySale, canonical.EntryRefund, canonical.EntryFee, canonical.EntryTaxWithheld, canonical.EntryChargeback,
		canonical.EntryReserve, canonical.EntryAdjustment, canonical.EntryTransfer, canonical.EntryExchange, canonical.EntryOther:
		return true
	}
	return false
}
