package sale

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Insert creates the orders that do not exist yet, with all their lines, and leaves those that do
// completely untouched. There is one result per draft, in order: the order's database id, whether
// it was created now or before, or why it could not be created. The error is for calls of which
// nothing is known.
//
// It is safe to repeat and to run concurrently, in several processes too.
func Insert(ctx context.Context, client *odoo.Client, drafts []Draft) ([]odoo.LoadResult, error) {
	return load(ctx, client, drafts, odoo.InsertMissing)
}

// Update writes the orders as drafted, creating what is missing: fields are overwritten, lines
// are matched by External ID, new lines added; lines that are not drafted stay as they are (draft
// them with quantity 0). One order is one transaction. Odoo refuses quantities below what has been
// delivered, and changes of locked orders.
//
// It is safe to repeat.
func Update(ctx context.Context, client *odoo.Client, drafts []Draft) ([]odoo.LoadResult, error) {
	return load(ctx, client, drafts, odoo.Upsert)
}

// load sends the drafts in groups that set the same fields: a column that one order leaves empty
// would clear the field instead of leaving it to Odoo's default.
func load(ctx context.Context, client *odoo.Client, drafts []Draft, mode odoo.LoadMode) ([]odoo.LoadResult, error) {
	results := make([]odoo.LoadResult, len(drafts))
	groups := map[uint]*group{}
	var order []*group
	for i := range drafts {
		signature := signatureOf(&drafts[i])
		g := groups[signature]
		if g == nil {
			g = &group{signature: signature}
			groups[signature] = g
			order = append(order, g)
		}
		g.members = append(g.members, i)
	}
	names, err := namesOf(ctx, client)
	if err != nil {
		return nil, err
	}
	for _, g := range order {
		loaded, err := client.Load(ctx, g.batch(drafts, names, mode))
		if err != nil {
			return nil, err
		}
		for k, i := range g.members {
			results[i] = loaded[k]
		}
	}
	return results, nil
}

// group is a set of drafts, by position, that set the same fields.
type group struct {
	signature uint
	members   []int
}

// header is an optional field of the order's first row.
type header struct {
	field string
	value func(*Draft) string
}

var headers = []header{
	{"client_order_ref", func(d *Draft) string { return d.Reference }},
	{"date_order", func(d *Draft) string { return datetime(d.Date) }},
	{"note", func(d *Draft) string { return d.Note }},
	{"partner_id/id", func(d *Draft) string { return d.Customer.external() }},
	{"partner_id/.id", func(d *Draft) string { return d.Customer.database() }},
	{"partner_invoice_id/id", func(d *Draft) string { return d.InvoiceAddress.external() }},
	{"partner_invoice_id/.id", func(d *Draft) string { return d.InvoiceAddress.database() }},
	{"partner_shipping_id/id", func(d *Draft) string { return d.DeliveryAddress.external() }},
	{"partner_shipping_id/.id", func(d *Draft) string { return d.DeliveryAddress.database() }},
	{"pricelist_id/.id", func(d *Draft) string { return id(d.PricelistID) }},
	{"fiscal_position_id/.id", func(d *Draft) string { return id(d.FiscalPositionID) }},
	{"warehouse_id/.id", func(d *Draft) string { return id(d.WarehouseID) }},
	{"team_id/.id", func(d *Draft) string { return id(d.TeamID) }},
	{"user_id/.id", func(d *Draft) string { return id(d.UserID) }},
	{"payment_term_id/.id", func(d *Draft) string { return id(d.PaymentTermID) }},
	{"carrier_id/.id", func(d *Draft) string { return id(d.CarrierID) }},
	{"company_id/.id", func(d *Draft) string { return id(d.CompanyID) }},
	{"tag_ids/.id", func(d *Draft) string { return ids(d.TagIDs) }},
}

func signatureOf(d *Draft) uint {
	var signature uint
	for bit, h := range headers {
		if h.value(d) != "" {
			signature |= 1 << bit
		}
	}
	return signature
}

// names are the fields of sale.order.line whose names depend on the version, and those that depend
// on what is installed ("" if absent).
type names struct {
	taxes, uom, stated, delivery string
}

func namesOf(ctx context.Context, client *odoo.Client) (names, error) {
	fields, err := client.Fields(ctx, "sale.order.line")
	if err != nil {
		return names{}, err
	}
	pick := func(candidates ...string) string {
		for _, name := range candidates {
			if _, ok := fields[name]; ok {
				return name
			}
		}
		return ""
	}
	return names{
		taxes:    pick("tax_ids", "tax_id"),
		uom:      pick("product_uom_id", "product_uom"),
		stated:   pick("extra_tax_data"),
		delivery: pick("is_delivery"),
	}, nil
}

func (g *group) batch(drafts []Draft, names names, mode odoo.LoadMode) odoo.LoadBatch {
	batch := odoo.LoadBatch{Model: "sale.order", Mode: mode, Context: odoo.Unattended(), Records: make([]odoo.LoadRecord, 0, len(g.members))}
	var used []header
	for bit, h := range headers {
		if g.signature&(1<<bit) != 0 {
			used = append(used, h)
			batch.Fields = append(batch.Fields, h.field)
		}
	}
	batch.Fields = append(batch.Fields, "origin",
		"order_line/id", "order_line/product_id/.id", "order_line/name", "order_line/product_uom_qty",
		"order_line/"+names.uom+"/.id", "order_line/price_unit", "order_line/discount", "order_line/"+names.taxes+"/.id")
	if names.stated != "" {
		batch.Fields = append(batch.Fields, "order_line/"+names.stated)
	}
	if names.delivery != "" {
		batch.Fields = append(batch.Fields, "order_line/"+names.delivery)
	}
	for _, i := range g.members {
		batch.Records = append(batch.Records, odoo.LoadRecord{
			ExternalID: drafts[i].ExternalID,
			Rows:       rows(&drafts[i], used, names, len(batch.Fields)),
		})
	}
	return batch
}

// rows writes a draft as the rows of load: the order with its first line, then a row per further line.
func rows(d *Draft, used []header, names names, width int) [][]string {
	all := make([][]string, 0, max(1, len(d.Lines)))
	cells := make([]string, width*max(1, len(d.Lines)))
	for n := range max(1, len(d.Lines)) {
		row := cells[n*width : n*width : (n+1)*width]
		if n == 0 {
			for _, h := range used {
				row = append(row, h.value(d))
			}
			row = append(row, d.Origin)
		} else {
			row = row[:len(used)+1]
		}
		if n < len(d.Lines) {
			row = appendLine(row, &d.Lines[n], names)
		}
		all = append(all, row[:width])
	}
	return all
}

func appendLine(row []string, line *DraftLine, names names) []string {
	row = append(row, line.ExternalID.String(), id(line.ProductID), line.Name, line.Quantity.String(),
		id(line.UoMID), line.Price.String(), line.Discount.String(), ids(line.TaxIDs))
	if names.stated != "" {
		row = append(row, statedJSON(line))
	}
	if names.delivery != "" {
		row = append(row, strconv.FormatBool(line.Delivery))
	}
	return row
}

// statedJSON is the value of extra_tax_data. Amounts in the company's currency are left out: Odoo
// derives them by its own rate of the day.
func statedJSON(line *DraftLine) string {
	if line.Stated == nil {
		return ""
	}
	b := make([]byte, 0, 256)
	b = append(b, `{"currency_id":`...)
	b = strconv.AppendInt(b, line.Stated.CurrencyID, 10)
	b = appendNumber(append(b, `,"price_unit":`...), line.Price)
	b = appendNumber(append(b, `,"discount":`...), line.Discount)
	b = appendNumber(append(b, `,"quantity":`...), line.Quantity)
	b = appendNumber(append(b, `,"manual_total_excluded_currency":`...), line.Stated.Net)
	b = append(b, `,"manual_tax_amounts":{`...)
	for i, tax := range line.Stated.Taxes {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '"'), tax.TaxID, 10)
		b = appendNumber(append(b, `":{"tax_amount_currency":`...), tax.Amount)
		b = appendNumber(append(b, `,"base_amount_currency":`...), line.Stated.Net)
		b = append(b, '}')
	}
	return string(append(b, "}}"...))
}

func appendNumber(b []byte, d decimal.Decimal) []byte { return append(b, d.String()...) }

func (r PartnerRef) external() string {
	if r.ExternalID == (odoo.ExternalID{}) {
		return ""
	}
	return r.ExternalID.String()
}

func (r PartnerRef) database() string {
	if r.external() != "" {
		return ""
	}
	return id(r.ID)
}

// ids is how load takes several records of an x2many.
func ids(all []int64) string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = id(n)
	}
	return strings.Join(texts, ",")
}

func id(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func datetime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}
