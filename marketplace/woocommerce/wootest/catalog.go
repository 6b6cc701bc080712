package wootest

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// catalog is what the shop sells.
type catalog struct {
	mu       sync.Mutex
	articles []*article // by id
	nextID   int
	// settings are WooCommerce's options, such as woocommerce_currency.
	settings map[string]string
	// fractions says that a plugin lets the shop count parts of units.
	fractions bool
	// vetoes are the SKUs that a plugin lets nobody write.
	vetoes map[string]bool
}

// article is a product, or a variation of the product parent.
type article struct {
	id, parent int
	// fields are what REST v3 shows and takes, without what is counted.
	fields fakeshop.Object
	counts bool
	stock  decimal.Decimal
}

func newCatalog() catalog {
	return catalog{
		nextID: 5000, vetoes: map[string]bool{},
		settings: map[string]string{
			"woocommerce_currency": "EUR", "woocommerce_weight_unit": "kg", "woocommerce_manage_stock": "yes",
			"woocommerce_prices_include_tax": "no",
		},
	}
}

// PutProduct adds or replaces a product, a JSON object as REST v3 shows it, and returns its id. What it does not
// state is as WooCommerce presets it; without an id it gets one.
func (s *Server) PutProduct(product string) int { return s.catalog.put(0, product) }

// PutVariation adds or replaces a variation of a product, as [Server.PutProduct].
func (s *Server) PutVariation(productID int, variation string) int {
	return s.catalog.put(productID, variation)
}

func (c *catalog) put(parent int, content string) int {
	var stated fakeshop.Object
	decoder := json.NewDecoder(strings.NewReader(content))
	decoder.UseNumber()
	if decoder.Decode(&stated) != nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one := &article{parent: parent, fields: fakeshop.Object{
		"name": "", "type": "simple", "status": "publish", "description": "", "sku": "", "global_unique_id": "",
		"regular_price": "", "sale_price": "", "date_on_sale_from_gmt": nil, "date_on_sale_to_gmt": nil,
		"stock_status": "instock", "backorders": "no", "weight": "", "virtual": false,
	}}
	if parent != 0 {
		one.fields["type"] = "variation"
	}
	for name, value := range stated {
		if _, known := one.fields[name]; known {
			one.fields[name] = value
		}
	}
	one.id = number(fakeshop.Text(stated, "id"))
	if one.id == 0 {
		c.nextID++
		one.id = c.nextID
	}
	one.counts = stated["manage_stock"] == true
	one.stock = c.amount(stated["stock_quantity"])
	c.settle(one)
	c.articles = slices.DeleteFunc(c.articles, func(other *article) bool { return other.id == one.id })
	c.articles = append(c.articles, one)
	slices.SortFunc(c.articles, func(a, b *article) int { return a.id - b.id })
	return one.id
}

// SetStock makes the shop count an article and sets how many units it has. A SKU that the shop does not have becomes a
// simple product.
func (s *Server) SetStock(sku string, units int) {
	s.catalog.mu.Lock()
	one := s.catalog.bySKU(sku)
	if one != nil {
		one.counts, one.stock = true, decimal.MustNew(int64(units), 0)
		s.catalog.settle(one)
	}
	s.catalog.mu.Unlock()
	if one == nil {
		content, err := json.Marshal(map[string]any{
			"sku": sku, "name": sku, "regular_price": "10.00", "manage_stock": true, "stock_quantity": units,
		})
		if err == nil {
			s.PutProduct(string(content))
		}
	}
}

// Stock is what the shop has of a SKU; false if it does not count it, itself or by its product.
func (s *Server) Stock(sku string) (units decimal.Decimal, counted bool) {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	one := s.catalog.counter(s.catalog.bySKU(sku))
	if one == nil {
		return decimal.Zero, false
	}
	return one.stock, true
}

// Sell takes units out of the stock, as an order does; negative units come back. An order with lines is placed by
// [Server.Place].
func (s *Server) Sell(sku string, units int) {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	s.catalog.take(s.catalog.bySKU(sku), decimal.MustNew(int64(units), 0))
}

// Product is a product or variation as the API shows it to those who edit it; nil if there is none with this SKU.
func (s *Server) Product(sku string) map[string]any {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	if one := s.catalog.bySKU(sku); one != nil {
		return s.catalog.show(one, true)
	}
	return nil
}

// ChangeProduct edits the fields of a product or variation, other than those of its stock.
func (s *Server) ChangeProduct(sku string, edit func(fields map[string]any)) bool {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	one := s.catalog.bySKU(sku)
	if one != nil {
		edit(one.fields)
		s.catalog.settle(one)
	}
	return one != nil
}

// DeleteProduct removes a product or variation for good.
func (s *Server) DeleteProduct(sku string) {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	s.catalog.articles = slices.DeleteFunc(s.catalog.articles, func(one *article) bool { return one.fields["sku"] == sku })
}

// Veto lets a plugin of the shop refuse every write to an article.
func (s *Server) Veto(sku string) {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	s.catalog.vetoes[sku] = true
}

// Set changes a setting of WooCommerce, such as woocommerce_currency, woocommerce_weight_unit or
// woocommerce_manage_stock.
func (s *Server) Set(option, value string) {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	s.catalog.settings[option] = value
}

// CountFractions lets the shop count parts of units, as a plugin can do.
func (s *Server) CountFractions() {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	s.catalog.fractions = true
}

// bySKU finds an article that is not in the trash.
func (c *catalog) bySKU(sku string) *article {
	for _, one := range c.articles {
		if sku != "" && one.fields["sku"] == sku && one.listed() {
			return one
		}
	}
	return nil
}

func (c *catalog) byID(id int) *article {
	for _, one := range c.articles {
		if one.id == id {
			return one
		}
	}
	return nil
}

// listed reports whether lists of any status have the article.
func (a *article) listed() bool {
	return a.fields["status"] != "trash" && a.fields["status"] != "auto-draft"
}

// counter is the article by whose stock one is sold, nil if it is not counted.
func (c *catalog) counter(one *article) *article {
	switch {
	case one == nil || c.settings["woocommerce_manage_stock"] != "yes":
		return nil
	case one.counts:
		return one
	case one.parent != 0:
		return c.counter(c.byID(one.parent))
	default:
		return nil
	}
}

func (c *catalog) take(one *article, units decimal.Decimal) {
	if counter := c.counter(one); counter != nil {
		if left, err := counter.stock.Sub(units); err == nil {
			counter.stock = left
			c.settle(counter)
		}
	}
}

// amount reads a quantity as wc_stock_amount does: whole, unless a plugin says otherwise; what is no number is 0.
func (c *catalog) amount(value any) decimal.Decimal {
	var text string
	switch value := value.(type) {
	case string:
		text = value
	case json.Number:
		text = value.String()
	}
	amount, err := decimal.Parse(text)
	if err != nil {
		return decimal.Zero
	}
	if !c.fractions {
		amount = amount.Trunc(0)
	}
	return amount.Trim(0)
}

// settle derives what follows from the other fields when an article is saved.
func (c *catalog) settle(one *article) {
	if one.counts {
		switch {
		case one.stock.IsPos():
			one.fields["stock_status"] = "instock"
		case one.fields["backorders"] != "no":
			one.fields["stock_status"] = "onbackorder"
		default:
			one.fields["stock_status"] = "outofstock"
		}
	}
}

// show renders an article, for those who view or those who edit it.
func (c *catalog) show(one *article, edit bool) fakeshop.Object {
	shown := fakeshop.Object{"id": one.id, "parent_id": one.parent, "manage_stock": false, "stock_quantity": nil}
	for name, value := range one.fields {
		shown[name] = value
	}
	if shown["sale_price"] == "0" {
		shown["sale_price"] = "" // PHP takes the text "0" for nothing
	}
	if parent := c.byID(one.parent); parent != nil && !edit {
		// What a variation does not have itself it shows from its product.
		for _, name := range []string{"sku", "weight"} {
			if shown[name] == "" {
				shown[name] = parent.fields[name]
			}
		}
	}
	if description := fakeshop.Text(shown, "description"); description != "" && !edit {
		shown["description"] = "<p>" + strings.ReplaceAll(description, "\n\n", "</p>\n<p>") + "</p>\n"
	}
	if counter := c.counter(one); counter != nil {
		shown["manage_stock"], shown["stock_quantity"] = any(true), json.Number(counter.stock.String())
		if counter != one {
			shown["manage_stock"] = "parent"
		}
	}
	return shown
}
