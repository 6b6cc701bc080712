package odootest

import (
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// Hooks of the models whose create, write and unlink do more than store values.
var (
	creating = map[string]func(*env, *table, map[string]any) map[string]any{
		"sale.order": prepareOrder, "stock.backorder.confirmation": prepareWizard, "stock.immediate.transfer": prepareWizard, "stock.return.picking": prepareReturn, "sale.advance.payment.inv": prepareInvoicing,
	}
	// making may find a record that stands for the one to be created.
	making = map[string]func(*env, *table, map[string]any) (id int64, made bool, err error){
		"stock.quant": makeQuant, "stock.return.picking": checkReturn, "mail.activity": checkActivity,
	}
	created = map[string]func(*env, *table, *record){
		"sale.order.line": deliverNewLine,
		"stock.move":      joinPicking,
		"stock.move.line": holdNewLine,
	}
	// writing returns what is to be done once the values are written, or nil.
	writing = map[string]func(*env, *table, []int64, map[string]any) (after func() error, err error){
		"sale.order":      guardOrder,
		"sale.order.line": guardLines,
		"stock.warehouse": renameWarehouse,
		"stock.move":      guardMoves,
		"stock.move.line": guardMoveLines,
		"account.move":    guardAccountMoves,
	}
	unlinking = map[string]func(*env, *table, []int64) error{
		"sale.order":      guardOrderUnlink,
		"sale.order.line": guardLineUnlink,
		"stock.move.line": dropMoveLines,
		"account.move":    guardAccountUnlink,
	}
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// prepareOrder numbers an order.
func prepareOrder(e *env, _ *table, vals map[string]any) map[string]any {
	vals = cloneMap(vals)
	if name, given := vals["name"]; !given || name == "New" || name == "/" {
		e.store.order++
		n := itoa(e.store.order)
		vals["name"] = "S" + "00000"[min(len(n), 5):] + n
	}
	return vals
}

// complete fills what Odoo computes on create where the caller said nothing.
func (e *env) complete(t *table, r *record, vals map[string]any) error {
	given := func(name string) bool { _, ok := vals[name]; return ok }
	put := func(name string, v any) {
		if f := t.model.field(name); f != nil && !given(name) {
			r.v[f.index] = v
		}
	}
	switch t.model.Name {
	case "sale.order":
		e.completeOrder(t, r, given, put)
	case "sale.order.line":
		e.completeLine(t, r, given, put)
	case "account.move":
		e.completeAccountMove(t, r, put)
	case "account.payment":
		put("date", e.start().Format(dateLayout))
	case "account.move.line":
		e.completeAccountLine(t, r, given, put)
	case "stock.warehouse":
		e.completeWarehouse(t, r, put)
	case "stock.picking":
		e.completePicking(t, r, given, put)
	case "stock.move":
		e.completeMove(t, r, put)
	case "stock.move.line":
		e.completeMoveLine(t, r, put)
	case "mail.activity":
		e.completeActivity(put)
	case "stock.scrap":
		e.completeScrap(t, r, put)
	case "product.product":
		if t.ref(r, "product_tmpl_id") == 0 {
			template := e.table("product.template")
			vals := map[string]any{"name": t.str(r, "name"), "type": t.str(r, "type")}
			if e.series >= 18 {
				vals["is_storable"] = t.truth(r, "is_storable")
			}
			ids, err := e.create(template, []map[string]any{vals})
			if err != nil {
				return err
			}
			put("product_tmpl_id", ids[0])
		}
		if !given("taxes_id") {
			if tax := e.table("res.company").ref(e.company(), "account_sale_tax_id"); tax != 0 {
				put("taxes_id", []int64{tax})
			}
		}
	}
	return nil
}

func (e *env) completeOrder(t *table, r *record, given func(string) bool, put func(string, any)) {
	partners := e.table("res.partner")
	partner := t.ref(r, "partner_id")
	put("date_order", e.now())
	put("user_id", e.user.id)
	put("company_id", int64(1))
	if partner != 0 {
		put("partner_invoice_id", e.address(partners, partner, "invoice"))
		put("partner_shipping_id", e.address(partners, partner, "delivery"))
		if p := partners.rows[partner]; p != nil {
			if list := partners.ref(p, "property_product_pricelist"); list != 0 {
				put("pricelist_id", list)
			} else {
				put("pricelist_id", e.first("product.pricelist"))
			}
			put("fiscal_position_id", nilZero(partners.ref(p, "property_account_position_id")))
		}
	}
	put("warehouse_id", e.first("stock.warehouse"))
	put("team_id", e.first("crm.team"))
	currency := t.model.field("currency_id")
	if e.series < 19 || !given("currency_id") || r.v[currency.index] == nil {
		r.v[currency.index] = e.orderCurrency(t, r)
	}
}

// orderCurrency is the pricelist's, else the company's.
func (e *env) orderCurrency(t *table, r *record) any {
	lists := e.table("product.pricelist")
	if list := lists.rows[t.ref(r, "pricelist_id")]; list != nil {
		return lists.ref(list, "currency_id")
	}
	return e.table("res.company").ref(e.company(), "currency_id")
}

// first is the first active record by id, or nil.
func (e *env) first(model string) any {
	t := e.table(model)
	active := t.model.field("active")
	for _, id := range t.ids {
		if active == nil || t.rows[id].get(active) == true {
			return id
		}
	}
	return nil
}

func nilZero(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// address finds the contact of a kind: the partner's own child of that type, else the partner.
func (e *env) address(t *table, partner int64, kind string) int64 {
	if r := t.rows[partner]; r == nil || t.str(r, "type") == kind {
		return partner
	}
	parent := t.model.field("parent_id")
	for _, id := range t.by(parent, partner) {
		if child := t.rows[id]; t.str(child, "type") == kind && t.truth(child, "active") {
			return id
		}
	}
	return partner
}

func (e *env) completeLine(t *table, r *record, given func(string) bool, put func(string, any)) {
	products := e.table("product.product")
	product := products.rows[t.ref(r, "product_id")]
	if !given("product_uom_qty") {
		put("product_uom_qty", decimal.One)
	}
	if t.str(r, "display_type") != "" {
		r.v[t.model.field("product_uom_qty").index] = decimal.Zero
		return
	}
	if product == nil {
		return
	}
	name := e.displayName(products, product)
	if more := products.str(product, "description_sale"); more != "" {
		name += "\n" + more
	}
	put("name", name)
	put(e.uomField(), products.ref(product, "uom_id"))
	put("price_unit", e.pricePerUnit(products.num(product, "list_price"), products.ref(product, "uom_id"), t.ref(r, e.uomField())))
	if !given(e.taxField()) {
		put(e.taxField(), products.list(product, "taxes_id"))
	}
}

func (e *env) uomField() string {
	if e.series >= 19 {
		return "product_uom_id"
	}
	return "product_uom"
}

func (e *env) taxField() string {
	if e.series >= 19 {
		return "tax_ids"
	}
	return "tax_id"
}

// checkLine is the database's check on order lines.
func checkLine(t *table, r *record, series int) error {
	if series < 19 && t.str(r, "display_type") == "" && (t.ref(r, "product_id") == 0 || t.ref(r, "product_uom") == 0) {
		return &integrity{kind: "check", table: t, field: "product_id", check: "accountable_required_fields", text: "Missing required fields on accountable sale order line."}
	}
	if t.str(r, "display_type") != "" && t.ref(r, "product_id") != 0 {
		return &integrity{kind: "check", table: t, field: "product_id", check: "non_accountable_null_fields", text: "Forbidden values on non-accountable sale order line"}
	}
	return nil
}

// touch notes which orders and invoices a change of this record concerns.
func (e *env) touch(t *table, r *record) {
	var id int64
	switch t.model.Name {
	case "account.move":
		e.touchMove(r.id)
	case "account.move.line":
		e.touchMove(t.ref(r, "move_id"))
		if e.written(r) {
			e.recut = append(e.recut, t.ref(r, "move_id"))
		}
		for _, line := range t.list(r, "sale_line_ids") {
			e.touchInvoiced(line)
		}
	case "sale.order":
		id = r.id
	case "sale.order.line":
		id = t.ref(r, "order_id")
	}
	if id != 0 && !slices.Contains(e.dirty, id) {
		e.dirty = append(e.dirty, id)
	}
}

// settle computes the amounts of the orders that changed, once the outermost change is done.
func (e *env) settle() error {
	if e.depth > 0 {
		return nil
	}
	if err := e.settleMoves(); err != nil {
		return err
	}
	orders := e.table("sale.order")
	for _, id := range e.dirty {
		if r := orders.rows[id]; r != nil {
			if err := e.computeAmounts(orders, r); err != nil {
				return err
			}
		}
	}
	e.dirty = e.dirty[:0]
	return nil
}

// guardOrder refuses a new pricelist on a confirmed order and lets the currency follow the pricelist.
func guardOrder(e *env, t *table, ids []int64, vals map[string]any) (func() error, error) {
	if _, changes := vals["pricelist_id"]; !changes {
		return nil, nil
	}
	for _, id := range ids {
		if e.series >= 19 && t.str(t.rows[id], "state") == "sale" {
			return nil, userError("You cannot change the pricelist of a confirmed order !")
		}
	}
	return nil, nil
}

var protectedFields = []string{"product_id", "name", "price_unit", "product_uom", "product_uom_id", "product_uom_qty", "tax_id", "tax_ids", "discount"}

// guardLines refuses changes to what a locked order protects, and lets deliveries follow quantities.
func guardLines(e *env, t *table, ids []int64, vals map[string]any) (func() error, error) {
	orders := e.table("sale.order")
	for _, id := range ids {
		order := orders.rows[t.ref(t.rows[id], "order_id")]
		if order == nil || !e.locked(orders, order) {
			continue
		}
		changed := ""
		for i := range t.model.Fields { // in the order of the model, so that the message is always the same
			f := &t.model.Fields[i]
			if _, writes := vals[f.Name]; writes && slices.Contains(protectedFields, f.Name) && (f.Name != "discount" || e.series >= 19) {
				changed += "\n" + f.Label
			}
		}
		if changed != "" {
			return nil, userError("It is forbidden to modify the following fields in a locked order:%s", changed)
		}
	}
	return e.followQuantities(t, ids, vals)
}

func (e *env) locked(t *table, r *record) bool {
	return t.str(r, "state") == "done" || t.truth(r, "locked")
}

func guardOrderUnlink(e *env, t *table, ids []int64) error {
	for _, id := range ids {
		if s := t.str(t.rows[id], "state"); s != "draft" && s != "cancel" {
			return userError("You can not delete a sent quotation or a confirmed sales order. You must first cancel it.")
		}
	}
	for _, id := range ids {
		e.orphan(id)
	}
	return nil
}

func guardLineUnlink(e *env, t *table, ids []int64) error {
	orders := e.table("sale.order")
	for _, id := range ids {
		order := orders.rows[t.ref(t.rows[id], "order_id")]
		if order == nil {
			continue
		}
		s := orders.str(order, "state")
		switch {
		case e.series >= 19 && s == "sale" && t.str(t.rows[id], "display_type") == "":
			return userError("Once a sales order is confirmed, you can't remove one of its lines (we need to track if something gets invoiced or delivered).\n                Set the quantity to 0 instead.")
		case e.series < 19 && (s == "sale" || s == "done"):
			return userError("You can not remove an order line once the sales order is confirmed.\nYou should rather set the quantity to 0.")
		}
	}
	return nil
}
