package orderfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/figure"
	"github.com/retailsync/retailsync/internal/sheet"
)

// Rules say how a file of orders in columns is written, a row per line of an order. They can be read from YAML or JSON. The first six are those
// of package csvsettlement too.
type Rules struct {
	// Separator is between columns: one character, "," if empty; "\t" for tabs.
	Separator string `yaml:"separator" json:"separator"`
	// Encoding is "utf-8" (if empty), "iso-8859-1" or "windows-1252".
	Encoding string `yaml:"encoding" json:"encoding"`
	// HeaderRow is the line with the names of the columns, from 1; 0 counts as 1. The lines above it are left out.
	HeaderRow int `yaml:"header_row" json:"header_row"`
	// DecimalMark is "." or ",". Required.
	DecimalMark string `yaml:"decimal_mark" json:"decimal_mark"`
	// DateLayout is how dates are written, in the form of [time.Layout] ("02.01.2006 15:04"). Required. Zone is the IANA name of the zone that
	// they are in where they name none; UTC if empty.
	DateLayout string `yaml:"date_layout" json:"date_layout"`
	Zone       string `yaml:"zone" json:"zone"`
	// Footer is the text of the first cell that is not empty in the row that ends the table; empty where the file ends it.
	Footer string `yaml:"footer" json:"footer"`
	// Columns name the file's columns.
	Columns Columns `yaml:"columns" json:"columns"`
	// PricesIncludeTax says that all amounts of lines, shipping and discounts are gross.
	PricesIncludeTax bool `yaml:"prices_include_tax" json:"prices_include_tax"`
	// TaxRate is the rate in percent where a row states neither a rate nor a tax, "0" for none. It must be given unless there is a column for
	// one of them.
	TaxRate string `yaml:"tax_rate" json:"tax_rate"`
	// ShippingTaxRate is that of the shipping column; TaxRate if empty, or else the highest rate of the order's rows.
	ShippingTaxRate string `yaml:"shipping_tax_rate" json:"shipping_tax_rate"`
	// Currency is that of files without such a column.
	Currency canonical.Currency `yaml:"currency" json:"currency"`
	// Statuses are the states of orders by the word in the status column, without regard to case; words of this library need none. Status is
	// that of files without the column: confirmed if empty.
	Statuses map[string]canonical.Status `yaml:"statuses" json:"statuses"`
	Status   canonical.Status            `yaml:"status" json:"status"`
	// Kinds are the kinds of lines by the word in the kind column; rows without a word are products.
	Kinds map[string]canonical.LineKind `yaml:"kinds" json:"kinds"`
	// Countries are ISO 3166-1 alpha-2 codes by the word in the file; codes need none.
	Countries map[string]string `yaml:"countries" json:"countries"`
}

// Columns are the names of columns. Empty ones are not there. Those of a row are its own; those of an order are read from any of its rows, which
// must not contradict each other.
type Columns struct {
	// Order is the channel's immutable id of the order, required. Rows of an order follow each other.
	Order string `yaml:"order" json:"order"`
	// Number is what the shopper sees.
	Number string `yaml:"number" json:"number"`
	// Placed is when the order was placed, required; Updated when it changed last, Placed if empty.
	Placed   string `yaml:"placed" json:"placed"`
	Updated  string `yaml:"updated" json:"updated"`
	Status   string `yaml:"status" json:"status"`
	Currency string `yaml:"currency" json:"currency"`

	// Line is the channel's id of the line; without it lines are numbered within their order.
	Line string `yaml:"line" json:"line"`
	Kind string `yaml:"kind" json:"kind"`
	SKU  string `yaml:"sku" json:"sku"` // required
	// Barcode and Title are the product's.
	Barcode string `yaml:"barcode" json:"barcode"`
	Title   string `yaml:"title" json:"title"`
	// Quantity is required where rows are products. Price is of one unit before discounts, Discount what the row costs less, with either sign,
	// Amount what it costs then. Price or Amount is required; where all are there they must agree.
	Quantity string `yaml:"quantity" json:"quantity"`
	Price    string `yaml:"price" json:"price"`
	Discount string `yaml:"discount" json:"discount"`
	Amount   string `yaml:"amount" json:"amount"`
	// TaxRate is in percent, Tax the row's tax after all discounts, TaxCode the channel's name of it.
	TaxRate string `yaml:"tax_rate" json:"tax_rate"`
	Tax     string `yaml:"tax" json:"tax"`
	TaxCode string `yaml:"tax_code" json:"tax_code"`

	// Shipping is what shipping costs. OrderDiscount is what the whole order costs less, with either sign, without the rows' own discounts: it is
	// spread over the products by what they cost. DiscountCode is what the shopper typed.
	Shipping      string `yaml:"shipping" json:"shipping"`
	OrderDiscount string `yaml:"order_discount" json:"order_discount"`
	DiscountCode  string `yaml:"discount_code" json:"discount_code"`
	// Total is what the order costs with tax, TotalTax the tax in it: what the rows say must sum to them. Paid is what was captured.
	Total    string `yaml:"total" json:"total"`
	TotalTax string `yaml:"total_tax" json:"total_tax"`
	Paid     string `yaml:"paid" json:"paid"`
	// Gateway took what was paid, under the id in Payment.
	Gateway string `yaml:"gateway" json:"gateway"`
	Payment string `yaml:"payment" json:"payment"`

	Buyer  Buyer   `yaml:"buyer" json:"buyer"`
	BillTo Address `yaml:"bill_to" json:"bill_to"`
	ShipTo Address `yaml:"ship_to" json:"ship_to"`
	Note   string  `yaml:"note" json:"note"`
}

// Buyer names the columns about the buyer.
type Buyer struct {
	ID       string `yaml:"id" json:"id"`
	Name     Names  `yaml:"name" json:"name"`
	Email    string `yaml:"email" json:"email"`
	Phone    string `yaml:"phone" json:"phone"`
	Company  string `yaml:"company" json:"company"`
	VAT      string `yaml:"vat" json:"vat"`
	Language string `yaml:"language" json:"language"`
}

// Address names the columns of an address.
type Address struct {
	Name    Names  `yaml:"name" json:"name"`
	Company string `yaml:"company" json:"company"`
	Street  Names  `yaml:"street" json:"street"`
	Street2 string `yaml:"street2" json:"street2"`
	City    string `yaml:"city" json:"city"`
	Zip     string `yaml:"zip" json:"zip"`
	State   string `yaml:"state" json:"state"`
	Country string `yaml:"country" json:"country"`
	Phone   string `yaml:"phone" json:"phone"`
}

// Names are one column, or several whose texts are joined by spaces, such as a first and a last name.
type Names []string

// UnmarshalYAML reads one name or a list.
func (n *Names) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*n = Names{one}
		return nil
	}
	var many []string
	err := decode(&many)
	*n = many
	return err
}

// UnmarshalJSON reads one name or a list.
func (n *Names) UnmarshalJSON(data []byte) error {
	return n.UnmarshalYAML(func(into any) error { return json.Unmarshal(data, into) })
}

// names are the columns that the rules use.
func (c Columns) names() []string {
	all := []string{
		c.Order, c.Number, c.Placed, c.Updated, c.Status, c.Currency, c.Line, c.Kind, c.SKU, c.Barcode, c.Title, c.Quantity, c.Price, c.Discount,
		c.Amount, c.TaxRate, c.Tax, c.TaxCode, c.Shipping, c.OrderDiscount, c.DiscountCode, c.Total, c.TotalTax, c.Paid, c.Gateway, c.Payment, c.Note,
		c.Buyer.ID, c.Buyer.Email, c.Buyer.Phone, c.Buyer.Company, c.Buyer.VAT, c.Buyer.Language,
	}
	all = append(all, c.Buyer.Name...)
	for _, a := range []Address{c.BillTo, c.ShipTo} {
		all = append(all, a.Company, a.Street2, a.City, a.Zip, a.State, a.Country, a.Phone)
		all = append(append(all, a.Name...), a.Street...)
	}
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
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
	return fmt.Sprintf("orderfile: rules: %s %s", e.Field, e.Problem)
}

// compiled are rules that work.
type compiled struct {
	Rules
	layout    sheet.Layout
	rate      rate
	shipping  rate
	statuses  map[string]canonical.Status
	kinds     map[string]canonical.LineKind
	countries map[string]string
}

// rate is a rate of tax that may not be known.
type rate struct {
	percent decimal.Decimal
	known   bool
}

func (r Rules) compile() (compiled, error) {
	c := compiled{Rules: r, statuses: map[string]canonical.Status{}, kinds: map[string]canonical.LineKind{}, countries: map[string]string{}}
	wrong := func(field, problem string) (compiled, error) { return c, &RulesError{field, problem} }
	var err error
	c.layout, err = sheet.Format{
		Separator: r.Separator, Encoding: r.Encoding, HeaderRow: r.HeaderRow, DecimalMark: r.DecimalMark, DateLayout: r.DateLayout, Zone: r.Zone,
	}.Compile()
	if format := (*sheet.FormatError)(nil); errors.As(err, &format) {
		return wrong(format.Field, format.Problem)
	}
	for _, required := range []struct{ field, text string }{
		{"date_layout", r.DateLayout}, {"columns.order", r.Columns.Order}, {"columns.placed", r.Columns.Placed}, {"columns.sku", r.Columns.SKU},
		{"columns.quantity", r.Columns.Quantity}, {"columns.price", r.Columns.Price + r.Columns.Amount},
	} {
		if required.text == "" {
			return wrong(required.field, "must be given")
		}
	}
	for _, each := range []struct {
		field, text string
		into        *rate
	}{{"tax_rate", r.TaxRate, &c.rate}, {"shipping_tax_rate", r.ShippingTaxRate, &c.shipping}} {
		if each.text == "" {
			continue
		}
		percent, _, err := figure.Amount(each.text, figure.Point)
		if err != nil || percent.IsNeg() || percent.Cmp(decimal.Hundred) > 0 {
			return wrong(each.field, `must be a rate in percent, such as "19"`)
		}
		*each.into = rate{percent, true}
	}
	if !c.rate.known && r.Columns.TaxRate == "" && r.Columns.Tax == "" {
		return wrong("tax_rate", `must be given, "0" for none, or columns.tax_rate, or columns.tax`)
	}
	if r.Columns.Currency == "" && !r.Currency.Valid() {
		return wrong("currency", "must be an ISO 4217 code, or columns.currency be given")
	}
	if r.Columns.Paid == "" && r.Columns.Gateway+r.Columns.Payment != "" {
		return wrong("columns.paid", "must be given with gateway or payment")
	}
	return c, c.words()
}

// words takes the words of the rules over.
func (c *compiled) words() error {
	if c.Status == "" {
		c.Status = canonical.StatusConfirmed
	}
	if !knownStatus(c.Status) {
		return &RulesError{"status", "must be a state of orders, such as confirmed"}
	}
	for word, status := range c.Statuses {
		if !knownStatus(status) {
			return &RulesError{"statuses." + word, "must be a state of orders, such as confirmed"}
		}
		c.statuses[sheet.Fold(word)] = status
	}
	for word, kind := range c.Kinds {
		if !knownKind(kind) {
			return &RulesError{"kinds." + word, "must be a kind of lines, such as product, shipping or fee"}
		}
		c.kinds[sheet.Fold(word)] = kind
	}
	for word, country := range c.Countries {
		if !isCountry(country) {
			return &RulesError{"countries." + word, "must be two capital letters"}
		}
		c.countries[sheet.Fold(word)] = country
	}
	if len(c.kinds) > 0 && c.Columns.Kind == "" {
		return &RulesError{"columns.kind", "must be given with kinds"}
	}
	return nil
}

func knownStatus(status canonical.Status) bool {
	switch status {
	case canonical.StatusPending, canonical.StatusOnHold, canonical.StatusConfirmed, canonical.StatusPartiallyShipped, canonical.StatusShipped,
		canonical.StatusDelivered, canonical.StatusClosed, canonical.StatusCancelled:
		return true
	}
	return false
}

// knownKind leaves out bundles, whose members a row cannot name, and what is no line by itself.
func knownKind(kind canonical.LineKind) bool {
	switch kind {
	case canonical.LineProduct, canonical.LineShipping, canonical.LineHandling, canonical.LineGiftWrap, canonical.LineFee, canonical.LineCOD,
		canonical.LineTip, canonical.LineDuty, canonical.LineDonation, canonical.LineDiscount, canonical.LineRounding, canonical.LineGiftCard:
		return true
	}
	return false
}

func isCountry(code string) bool {
	return len(code) == 2 && code == strings.ToUpper(code) && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}
