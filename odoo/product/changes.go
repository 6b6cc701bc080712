package product

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Watch says what [Reader.Changes] looks at besides the products themselves.
type Watch struct {
	// Pricelists are watched with those that they build upon: their rules, the beginnings and ends of rules with dates,
	// exchange rates. None: only what products are, not what they cost.
	Pricelists []int64
	// Taxes also watches sale taxes, for prices that are converted by them.
	Taxes bool
}

// Changed is what changed since a cursor.
type Changed struct {
	// Products are the ids of the products that may have changed, ascending, each once; archived ones too.
	Products []int64
	// Everything says that any product may have: a rule for all products, an exchange rate or a tax changed, or a rule was
	// deleted or given to other products. Products are then those that changed by themselves.
	Everything bool
	// Cursor is where to go on. Store it when the changes have been dealt with: a crash before that repeats them.
	Cursor Cursor
}

// Changes names the products that may have changed since the cursor, or whose price may have: by a write to the product,
// its template, an attribute value with an extra price, a category, a rule of the pricelists, or because the time of a
// rule with dates began or ended. An empty cursor begins now: it names none, so compare everything once after it.
//
// It takes about ten calls, whatever the size of the catalog, and two more per rule that changed; when one did, all rules of the
// pricelists are read. A product may be named
// without a change. Not seen are what add-ons compute from elsewhere, and a change of a row within a second of
// another that was seen, if its transaction ends seconds later: a full comparison finds those. It only reads, so
// it is safe to repeat.
func (r *Reader) Changes(ctx context.Context, cursor Cursor, watch Watch) (Changed, error) {
	now := r.now()
	p := position{At: time.Unix(0, 0).UTC(), Dates: now}
	var err error
	if cursor != "" {
		p, err = parseCursor(cursor)
	} else {
		p.At, err = r.latest(ctx)
	}
	if err != nil {
		return Changed{}, err
	}
	c := &changes{Reader: r, position: &p, now: now, since: odoo.Ge("write_date", p.At.Add(-r.overlap)), products: map[int64]bool{}}
	if err := c.own(ctx); err != nil {
		return Changed{}, err
	}
	if len(watch.Pricelists) > 0 {
		if err := c.prices(ctx, watch); err != nil {
			return Changed{}, err
		}
	}
	if cursor == "" {
		clear(c.products) // what was there before the beginning
		c.everything = false
	}
	p.Dates = now
	p.trim(p.At.Add(-r.overlap))
	next, err := p.cursor()
	return Changed{Products: slices.Sorted(maps.Keys(c.products)), Everything: c.everything, Cursor: next}, err
}

// latest is when anything that is watched was last written, by Odoo's clock.
func (r *Reader) latest(ctx context.Context) (time.Time, error) {
	at := time.Unix(0, 0).UTC()
	for _, model := range []string{"product.product", "product.template"} {
		rows, err := odoo.Invoke[[]struct {
			Written string `json:"write_date"`
		}](ctx, r.client, odoo.Call{Model: model, Method: "search_read", Context: odoo.Context{"active_test": false}, Args: odoo.Args{
			"domain": odoo.And(), "fields": []string{"write_date"}, "order": "write_date desc", "limit": 1,
		}})
		if err != nil {
			return at, err
		}
		for _, row := range rows {
			if written, err := time.Parse(time.DateTime, row.Written); err == nil && written.After(at) {
				at = written
			}
		}
	}
	return at, nil
}

// changes is one run of [Reader.Changes].
type changes struct {
	*Reader
	position   *position
	now        time.Time
	since      odoo.Domain
	products   map[int64]bool
	everything bool
}

type (
	writtenProduct struct {
		ID      int64     `odoo:"id"`
		Written time.Time `odoo:"write_date"`
	}
	writtenTemplate struct {
		ID      int64     `odoo:"id"`
		Written time.Time `odoo:"write_date"`
	}
	writtenValue struct {
		ID       int64         `odoo:"id"`
		Template odoo.Many2One `odoo:"product_tmpl_id"`
		Written  time.Time     `odoo:"write_date"`
	}
	writtenCategory struct {
		ID      int64     `odoo:"id"`
		Written time.Time `odoo:"write_date"`
	}
	writtenTax struct {
		ID      int64     `odoo:"id"`
		Written time.Time `odoo:"write_date"`
	}
	writtenList struct {
		ID       int64         `odoo:"id"`
		Currency odoo.Many2One `odoo:"currency_id"`
		Written  time.Time     `odoo:"write_date"`
	}
	writtenRate struct {
		ID      int64     `odoo:"id"`
		Day     odoo.Date `odoo:"name"`
		Written time.Time `odoo:"write_date"`
	}
)

func (writtenProduct) OdooModel() string  { return "product.product" }
func (writtenTemplate) OdooModel() string { return "product.template" }
func (writtenValue) OdooModel() string    { return "product.template.attribute.value" }
func (writtenCategory) OdooModel() string { return "product.category" }
func (writtenTax) OdooModel() string      { return "account.tax" }
func (writtenList) OdooModel() string     { return "product.pricelist" }
func (writtenRate) OdooModel() string     { return "res.currency.rate" }

func (c *changes) add(ids []int64) {
	for _, id := range ids {
		c.products[id] = true
	}
}

// addWhere adds the products that fit.
func (c *changes) addWhere(ctx context.Context, domain odoo.Domain) error {
	ids, err := c.search(ctx, domain)
	c.add(ids)
	return err
}

// own notes products that were written, and their templates.
func (c *changes) own(ctx context.Context) error {
	products, err := odoo.Find[writtenProduct](ctx, c.client, c.since, odoo.Archived(), odoo.PageSize(5000))
	if err != nil {
		return err
	}
	for _, row := range products {
		if c.position.note("p", row.ID, row.Written, c.now) {
			c.products[row.ID] = true
		}
	}
	templates, err := odoo.Find[writtenTemplate](ctx, c.client, c.since, odoo.Archived(), odoo.PageSize(5000))
	if err != nil {
		return err
	}
	var changed []int64
	for _, row := range templates {
		if c.position.note("t", row.ID, row.Written, c.now) {
			changed = append(changed, row.ID)
		}
	}
	for part := range slices.Chunk(changed, 5000) {
		if err := c.addWhere(ctx, odoo.In("product_tmpl_id", part)); err != nil {
			return err
		}
	}
	return nil
}

// prices notes whatever else a price follows from.
func (c *changes) prices(ctx context.Context, watch Watch) error {
	values, err := odoo.Find[writtenValue](ctx, c.client, c.since)
	if err != nil {
		return err
	}
	for _, row := range values {
		if c.position.note("v", row.ID, row.Written, c.now) {
			if err := c.addWhere(ctx, odoo.Eq("product_tmpl_id", row.Template.ID)); err != nil {
				return err
			}
		}
	}
	categories, err := odoo.Find[writtenCategory](ctx, c.client, c.since)
	if err != nil {
		return err
	}
	for _, row := range categories {
		if c.position.note("c", row.ID, row.Written, c.now) {
			if err := c.addWhere(ctx, odoo.ChildOf("categ_id", row.ID)); err != nil {
				return err
			}
		}
	}
	lists, err := c.tree(ctx, watch.Pricelists)
	if err != nil {
		return err
	}
	if err := c.rules(ctx, lists); err != nil {
		return err
	}
	if err := c.rates(ctx, lists); err != nil {
		return err
	}
	if !watch.Taxes {
		return nil
	}
	taxes, err := odoo.Find[writtenTax](ctx, c.client, c.since, odoo.Archived())
	for _, row := range taxes {
		if c.position.note("x", row.ID, row.Written, c.now) {
			c.everything = true
		}
	}
	return err
}

// rules notes rules that were written, vanished, begin or end.
func (c *changes) rules(ctx context.Context, lists []int64) error {
	ofLists := odoo.In("pricelist_id", lists)
	written, err := odoo.Find[ruleRecord](ctx, c.client, odoo.And(ofLists, c.since))
	if err != nil {
		return err
	}
	rules := slices.DeleteFunc(written, func(rule ruleRecord) bool { return !c.position.note("i", rule.ID, rule.Written, c.now) })
	// A rule that ends at a second holds through it.
	begun := func(field string, from, until time.Time) odoo.Domain {
		return odoo.And(odoo.Gt(field, from), odoo.Le(field, until))
	}
	turned, err := odoo.Find[ruleRecord](ctx, c.client, odoo.And(ofLists, odoo.Or(
		begun("date_start", c.position.Dates, c.now), begun("date_end", c.position.Dates.Add(-time.Second), c.now.Add(-time.Second)),
	)))
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, rule := range append(rules, turned...) {
		if rule.Product.ID == 0 && rule.Template.ID == 0 && rule.Category.ID == 0 {
			c.everything = true
			continue
		}
		if domain := rule.concerns(); !seen[domain.String()] {
			seen[domain.String()] = true
			if err := c.addWhere(ctx, domain); err != nil {
				return err
			}
		}
	}
	before := *c.position
	if err := c.vanished(ctx, ofLists); err != nil {
		return err
	}
	if len(rules) == 0 && before.Rules == c.position.Rules && before.LastRule == c.position.LastRule {
		return nil
	}
	return c.moved(ctx, ofLists, before)
}

// moved notices rules that price others than before, by the sum of their aims.
func (c *changes) moved(ctx context.Context, ofLists odoo.Domain, before position) error {
	rules, err := odoo.Find[ruleAim](ctx, c.client, ofLists, odoo.PageSize(5000))
	if err != nil {
		return err
	}
	var known uint64
	c.position.Aims = 0
	for _, rule := range rules {
		if rule.ID <= c.position.LastRule {
			c.position.Aims += rule.sum()
		}
		if rule.ID <= before.LastRule {
			known += rule.sum()
		}
	}
	if known != before.Aims {
		c.everything = true
	}
	return nil
}

// vanished notices rules that were deleted, by their number.
func (c *changes) vanished(ctx context.Context, ofLists odoo.Domain) error {
	count := func(domain odoo.Domain) (int, error) {
		return odoo.Invoke[int](ctx, c.client, odoo.Call{Model: "product.pricelist.item", Method: "search_count", Args: odoo.Args{"domain": domain}})
	}
	there, err := count(ofLists)
	if err != nil {
		return err
	}
	fresh, err := count(odoo.And(ofLists, odoo.Gt("id", c.position.LastRule)))
	if err != nil {
		return err
	}
	if there-fresh != c.position.Rules {
		c.everything = true
	}
	if fresh > 0 || there != c.position.Rules {
		last, err := odoo.Find[ruleRecord](ctx, c.client, ofLists, odoo.OrderBy("id desc"), odoo.Limit(1))
		if err != nil {
			return err
		}
		for _, rule := range last {
			c.position.LastRule = max(c.position.LastRule, rule.ID)
		}
	}
	c.position.Rules = there
	return nil
}

// rates notes pricelists that were written and, where they have a currency that is not the products' own, exchange rates
// that were written or have begun.
func (c *changes) rates(ctx context.Context, lists []int64) error {
	pricelists, err := odoo.Find[writtenList](ctx, c.client, odoo.In("id", lists), odoo.Archived())
	if err != nil {
		return err
	}
	for _, row := range pricelists {
		if !row.Written.Before(c.position.At.Add(-c.overlap)) && c.position.note("l", row.ID, row.Written, c.now) {
			c.everything = true
		}
	}
	rates, err := odoo.Find[writtenRate](ctx, c.client, odoo.Or(c.since, odoo.And(
		odoo.Gt("name", odoo.NewDate(c.position.Dates)), odoo.Le("name", odoo.NewDate(c.now)),
	)))
	switch odoo.CodeOf(err) {
	case odoo.CodeAccess:
		return nil // a database with one currency has nobody who may see rates
	}
	if err != nil {
		return err
	}
	for _, row := range rates {
		begins := row.Day.Time().After(c.position.Dates) && !row.Day.Time().After(c.now)
		if c.position.note("r", row.ID, row.Written, c.now) || begins {
			c.everything = true
		}
	}
	return nil
}
