package odootest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/govalues/decimal"
)

// insert creates a record of the server's own; the values are known to be right.
func (s *Server) insert(model string, vals map[string]any) int64 {
	id, err := s.seed(model, vals)
	if err != nil {
		panic(fmt.Sprintf("odootest: the foundation does not hold: %v", err)) // a mistake in this package
	}
	return id
}

// seed creates a record past access rights; the caller holds the lock or is alone.
func (s *Server) seed(model string, vals map[string]any) (int64, error) {
	t := s.store.tables[model]
	if t == nil {
		return 0, fmt.Errorf("odootest: no model %s", model)
	}
	e := s.system()
	known := make(map[string]any, len(vals))
	for name, v := range vals {
		if f := t.model.field(name); f != nil {
			known[name] = plainValue(v)
		}
	}
	ids, err := e.create(t, []map[string]any{known})
	if err != nil {
		e.tx.rollback(0)
		return 0, err
	}
	return ids[0], nil
}

func plainValue(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case float64:
		b, _ := json.Marshal(v)
		return json.Number(b)
	case []int64:
		list := make([]any, len(v))
		for i, id := range v {
			list[i] = id
		}
		return list
	}
	return v
}

// foundation is what a fresh database has.
func (s *Server) foundation() {
	for _, c := range []struct{ name, symbol, rounding string }{
		{"USD", "$", "0.01"}, {"EUR", "€", "0.01"}, {"GBP", "£", "0.01"}, {"JPY", "¥", "1"}, {"KWD", "د.ك", "0.001"}, {"CAD", "$", "0.01"}, {"AUD", "$", "0.01"}, {"CHF", "CHF", "0.01"}, {"SEK", "kr", "0.01"}, {"MXN", "$", "0.01"},
	} {
		s.insert("res.currency", map[string]any{"name": c.name, "symbol": c.symbol, "rounding": json.Number(c.rounding), "rate": 1})
	}
	for _, c := range [][2]string{{"US", "United States"}, {"CA", "Canada"}, {"GB", "United Kingdom"}, {"DE", "Germany"}, {"FR", "France"}, {"NL", "Netherlands"}, {"AT", "Austria"}, {"BE", "Belgium"},
		{"ES", "Spain"}, {"IT", "Italy"}, {"SE", "Sweden"}, {"CH", "Switzerland"}, {"JP", "Japan"}, {"KW", "Kuwait"}, {"AU", "Australia"}, {"MX", "Mexico"}, {"DK", "Denmark"}, {"PL", "Poland"}, {"IE", "Ireland"}, {"IN", "India"}} {
		s.insert("res.country", map[string]any{"code": c[0], "name": c[1]})
	}
	for _, c := range [][2]string{{"CA", "California"}, {"NY", "New York"}, {"TX", "Texas"}, {"WA", "Washington"}, {"FL", "Florida"}, {"IL", "Illinois"}} {
		s.insert("res.country.state", map[string]any{"code": c[0], "name": c[1], "country_id": 1})
	}
	company := s.insert("res.partner", map[string]any{"name": "My Company", "is_company": true})
	s.insert("res.company", map[string]any{"name": "My Company", "partner_id": company, "currency_id": 1, "country_id": 1})
	pieces, weight := int64(0), int64(0)
	if s.series < 19 {
		pieces, weight = s.insert("uom.category", map[string]any{"name": "Unit"}), s.insert("uom.category", map[string]any{"name": "Weight"})
	}
	s.insert("uom.uom", map[string]any{"name": "Units", "category_id": pieces})
	dozen := s.insert("uom.uom", map[string]any{
		"name": "Dozens", "category_id": pieces, "factor": json.Number("0.0833333333333333333"), "uom_type": "bigger", "relative_factor": 12, "relative_uom_id": 1,
	})
	kilogram := s.insert("uom.uom", map[string]any{"name": "kg", "category_id": weight})
	s.stockFoundation()
	s.insert("stock.warehouse", map[string]any{"name": "My Company", "code": "WH"})
	s.insert("crm.team", map[string]any{"name": "Sales"})
	list := "Default"
	if s.series < 19 {
		list = "Public Pricelist"
	}
	s.insert("product.pricelist", map[string]any{"name": list, "currency_id": 1})
	types := map[string]int64{}
	if s.series < 16 {
		for _, kind := range [][2]string{{"Receivable", "receivable"}, {"Current Assets", "other"}, {"Income", "other"}, {"Expenses", "other"}, {"Bank and Cash", "liquidity"}} {
			types[kind[0]] = s.insert("account.account.type", map[string]any{"name": kind[0], "type": kind[1]})
		}
	}
	sales := s.insert("account.account", map[string]any{"name": "Product Sales", "code": "400000", "account_type": "income", "user_type_id": types["Income"]})
	s.insert("account.account", map[string]any{"name": "Account Receivable", "code": receivableCode, "account_type": "asset_receivable", "user_type_id": types["Receivable"], "reconcile": true})
	for _, outstanding := range [][2]string{{"inbound", "Outstanding Receipts"}, {"outbound", "Outstanding Payments"}} {
		s.insert("account.account", map[string]any{"name": outstanding[1], "code": outstandingCodes[outstanding[0]], "account_type": "asset_current", "user_type_id": types["Current Assets"], "reconcile": true})
	}
	s.insert("account.journal", map[string]any{"name": "Sales", "code": "INV", "type": "sale", "default_account_id": sales})
	s.insert("account.journal", map[string]any{"name": "Bank", "code": "BNK1", "type": "bank"})
	s.insert("account.journal", map[string]any{"name": "Miscellaneous Operations", "code": "MISC", "type": "general"})
	for _, p := range [][2]any{{"Product Price", 2}, {"Discount", 2}, {"Product Unit of Measure", 2}, {"Payment Terms", 6}} {
		name := p[0]
		if s.series >= 19 && name == "Product Unit of Measure" {
			name = "Product Unit"
		}
		s.insert("decimal.precision", map[string]any{"name": name, "digits": p[1]})
	}
	s.insert("ir.config_parameter", map[string]any{"key": "database.uuid", "value": uuid()})
	// As in a real database: 1 is the system itself, 2 the administrator.
	s.insert("res.users", map[string]any{"name": "OdooBot", "login": "__system__", "active": false, "company_id": 1})
	s.addUser(&user{login: adminLogin, secret: adminSecret, key: adminKey, all: true})
	saleOrders := s.insert("ir.model", map[string]any{"name": "Sales Order", "model": "sale.order"})
	toDo := s.insert("mail.activity.type", map[string]any{"name": "To-Do"})
	for name, at := range map[string]target{
		"sale.model_sale_order": {"ir.model", saleOrders}, "mail.mail_activity_data_todo": {"mail.activity.type", toDo},
		"base.main_company": {"res.company", 1}, "base.main_partner": {"res.partner", company}, "base.USD": {"res.currency", 1}, "base.EUR": {"res.currency", 2},
		"base.us": {"res.country", 1}, "base.de": {"res.country", 4}, "uom.product_uom_unit": {"uom.uom", 1}, "uom.product_uom_dozen": {"uom.uom", dozen}, "uom.product_uom_kgm": {"uom.uom", kilogram}, "stock.warehouse0": {"stock.warehouse", 1}, "stock.stock_location_stock": {"stock.location", s.firstStock()}, "base.user_admin": {"res.users", 2},
	} {
		s.store.xidSeq++
		s.store.bind(name, &externalID{id: s.store.xidSeq, model: at.model, res: at.res, noupdate: true})
	}
}

// Seed creates a record with no regard to access rights and returns its id. Fields that this series
// lacks are left out. The values are as JSON-RPC would bring them, with decimals as json.Number.
func (s *Server) Seed(model string, vals map[string]any) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed(model, vals)
}

// Product is a product to seed. Price is a decimal such as "19.99", in the company's currency.
type Product struct {
	SKU, Barcode, Name, Price string
	Service                   bool
	// Stock is how much of it the first warehouse holds, a decimal; with it Odoo keeps stock of the product.
	// Empty means that it does not.
	Stock string
	Taxes []int64
}

// SeedProduct creates a product and returns its id.
func (s *Server) SeedProduct(p Product) (int64, error) {
	if p.Price == "" {
		p.Price = "0"
	}
	if _, err := decimal.Parse(p.Price); err != nil {
		return 0, fmt.Errorf("odootest: price %q of product %s: %w", p.Price, p.SKU, err)
	}
	kind := "consu"
	if p.Service {
		kind = "service"
	}
	taxes := make([]any, len(p.Taxes))
	for i, id := range p.Taxes {
		taxes[i] = id
	}
	if p.Stock != "" && s.series < 18 {
		kind = "product"
	}
	vals := map[string]any{"is_storable": p.Stock != "", "name": p.Name, "default_code": p.SKU, "list_price": json.Number(p.Price), "type": kind, "taxes_id": taxes}
	if p.Barcode != "" {
		vals["barcode"] = p.Barcode
	}
	id, err := s.Seed("product.product", vals)
	if err != nil || p.Stock == "" {
		return id, err
	}
	return id, s.SetStock(id, 1, p.Stock)
}

// Tax is a sales tax to seed: Percent, or with Fixed an amount per unit; Amount is a decimal.
type Tax struct {
	Name, Amount    string
	Fixed, Included bool
	AffectsBase     bool
	Sequence        int
}

// SeedTax creates a tax and returns its id.
func (s *Server) SeedTax(t Tax) (int64, error) {
	if _, err := decimal.Parse(t.Amount); err != nil {
		return 0, fmt.Errorf("odootest: amount %q of tax %s: %w", t.Amount, t.Name, err)
	}
	vals := map[string]any{"name": t.Name, "amount": json.Number(t.Amount), "amount_type": "percent", "include_base_amount": t.AffectsBase, "sequence": 1}
	if t.Fixed {
		vals["amount_type"] = "fixed"
	}
	if t.Sequence != 0 {
		vals["sequence"] = t.Sequence
	}
	vals["price_include_override"] = "tax_excluded"
	if t.Included {
		vals["price_include"], vals["price_include_override"] = true, "tax_included"
	}
	if s.series >= 18 {
		delete(vals, "price_include")
	}
	return s.Seed("account.tax", vals)
}

// SeedPricelist creates a pricelist in a currency by its ISO code and returns its id.
func (s *Server) SeedPricelist(name, currency string) (int64, error) {
	s.mu.Lock()
	t := s.store.tables["res.currency"]
	ids := t.by(t.model.field("name"), currency)
	s.mu.Unlock()
	if len(ids) == 0 {
		return 0, fmt.Errorf("odootest: no currency %q; seed a res.currency first", currency)
	}
	return s.Seed("product.pricelist", map[string]any{"name": name, "currency_id": ids[0]})
}

// RoundGlobally makes the company round taxes on the order's sums (true) or on each line.
func (s *Server) RoundGlobally(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.store.tables["res.company"]
	method := "round_per_line"
	if on {
		method = "round_globally"
	}
	t.set(t.rows[1], t.model.field("tax_calculation_rounding_method").index, method)
}

// uuid is a random one, as Odoo gives each new database.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
