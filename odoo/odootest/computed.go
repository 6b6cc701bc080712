package odootest

import (
	"slices"
	"strings"
)

func partnerName(e *env, t *table, r *record) string {
	name := t.str(r, "name")
	parent := t.rows[t.ref(r, "parent_id")]
	if parent == nil || t.truth(r, "is_company") {
		return name
	}
	if name == "" {
		for _, o := range t.model.field("type").Selection {
			if o[0] == t.str(r, "type") {
				name = o[1]
			}
		}
	}
	return t.str(parent, "name") + ", " + name
}

func commercialPartner(_ *env, t *table, r *record) any {
	for range 100 {
		parent := t.rows[t.ref(r, "parent_id")]
		if parent == nil || t.truth(r, "is_company") {
			break
		}
		r = parent
	}
	return r.id
}

// normalizedEmail is the address in lower case; false for what is no single address.
func normalizedEmail(_ *env, t *table, r *record) any {
	email := strings.ToLower(strings.TrimSpace(t.str(r, "email")))
	if local, domain, ok := strings.Cut(email, "@"); !ok || local == "" || domain == "" || strings.ContainsAny(email, " ,;<>") {
		return false
	}
	return email
}

func productName(_ *env, t *table, r *record) string {
	if code := t.str(r, "default_code"); code != "" {
		return "[" + code + "] " + t.str(r, "name")
	}
	return t.str(r, "name")
}

// allTags are a variant's own tags and its template's.
func allTags(e *env, t *table, r *record) any {
	templates := e.table("product.template")
	tags := slices.Clone(t.list(r, "additional_product_tag_ids"))
	if template := templates.rows[t.ref(r, "product_tmpl_id")]; template != nil {
		tags = append(tags, templates.list(template, "product_tag_ids")...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

func pricelistName(e *env, t *table, r *record) string {
	currencies := e.table("res.currency")
	if c := currencies.rows[t.ref(r, "currency_id")]; c != nil {
		return t.str(r, "name") + " (" + currencies.str(c, "name") + ")"
	}
	return t.str(r, "name")
}

func lineName(e *env, t *table, r *record) string {
	orders := e.table("sale.order")
	if o := orders.rows[t.ref(r, "order_id")]; o != nil {
		return orders.str(o, "name") + " - " + t.str(r, "name")
	}
	return t.str(r, "name")
}

// toDeliver is what an order's line still waits for.
func toDeliver(_ *env, t *table, r *record) any {
	return minus(t.num(r, "product_uom_qty"), t.num(r, "qty_delivered"))
}

// priceInclude follows the tax's own setting, else the company's.
func priceInclude(e *env, t *table, r *record) any {
	switch t.str(r, "price_include_override") {
	case "tax_included":
		return true
	case "tax_excluded":
		return false
	}
	return e.table("res.company").str(e.company(), "account_price_include") == "tax_included"
}
