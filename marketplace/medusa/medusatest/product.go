package medusatest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// products is what the shop sells, and for how much.
type products struct {
	mu         sync.Mutex
	next       int
	currencies []string
	regions    map[string]string // id -> currency
	variants   []*soldVariant
	heads      map[string]map[string]any // products by id
	lists      []*priceList
}

type soldVariant struct {
	id, sku, product string
	fields           map[string]any
	prices           []price
}

// price is a price of a variant; amounts are kept as they were sent.
type price struct {
	id       string
	variant  string
	currency string
	amount   json.Number
	rest     map[string]any // min_quantity, max_quantity
	rules    map[string]string
}

type priceList struct {
	id          string
	fields      map[string]any
	from, until time.Time
	prices      []price
}

func (p *products) id(prefix string) string {
	p.next++
	return fmt.Sprintf("%s_%05d", prefix, p.next)
}

// AddProduct makes the shop sell a product with a variant per SKU, and returns its id. It is published and has no prices.
func (s *Server) AddProduct(title string, skus ...string) string {
	p := &s.products
	p.mu.Lock()
	defer p.mu.Unlock()
	product := p.id("prod")
	p.heads[product] = map[string]any{"id": product, "title": title, "description": nil, "status": "published", "metadata": map[string]any{}}
	for _, sku := range skus {
		p.variants = append(p.variants, &soldVariant{id: p.id("variant"), sku: sku, product: product, fields: map[string]any{
			"barcode": nil, "weight": nil, "hs_code": nil, "origin_country": nil,
		}})
	}
	return product
}

// AddRegion makes the shop sell in a region, in a currency ("sek"). A shop starts with the currency "eur" and the region
// "reg_eu".
func (s *Server) AddRegion(id, currency string) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	s.products.regions[id] = currency
	if !slices.Contains(s.products.currencies, currency) {
		s.products.currencies = append(s.products.currencies, currency)
	}
}

// SetPrice sets the regular price of a SKU as a person at the shop does, in a region or, without one, everywhere.
func (s *Server) SetPrice(sku, currency, region, amount string) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	v := s.products.bySKU(sku)
	if v == nil {
		return
	}
	v.prices = slices.DeleteFunc(v.prices, func(p price) bool { return p.of(currency, region) })
	v.prices = append(v.prices, price{id: s.products.id("price"), currency: currency, amount: json.Number(amount), rules: ruleOf(region)})
}

func ruleOf(region string) map[string]string {
	if region == "" {
		return map[string]string{}
	}
	return map[string]string{"region_id": region}
}

func (p price) of(currency, region string) bool {
	return p.currency == currency && p.rules["region_id"] == region && len(p.rest) == 0
}

// Price is the regular price of a SKU; empty if it has none.
func (s *Server) Price(sku, currency, region string) string {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	if v := s.products.bySKU(sku); v != nil {
		for _, p := range v.prices {
			if p.of(currency, region) {
				return p.amount.String()
			}
		}
	}
	return ""
}

// SalePrice is a price of a price list; times that are open are zero.
type SalePrice struct {
	Amount      string
	From, Until time.Time
}

// SalePrices are the prices of price lists that a SKU has.
func (s *Server) SalePrices(sku, currency, region string) []SalePrice {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	v := s.products.bySKU(sku)
	if v == nil {
		return nil
	}
	var found []SalePrice
	for _, list := range s.products.lists {
		for _, p := range list.prices {
			if p.variant == v.id && p.of(currency, region) {
				found = append(found, SalePrice{Amount: p.amount.String(), From: list.from, Until: list.until})
			}
		}
	}
	return found
}

// Says is what the shop says of a SKU: the fields of its variant and its product, by Medusa's names.
func (s *Server) Says(sku string) map[string]any {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	v := s.products.bySKU(sku)
	if v == nil {
		return nil
	}
	says := maps.Clone(s.products.heads[v.product])
	maps.Copy(says, v.fields)
	return says
}

// Describe sets a field of a SKU's product, as a person at the shop does.
func (s *Server) Describe(sku, field string, value any) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	if v := s.products.bySKU(sku); v != nil {
		s.products.heads[v.product][field] = value
	}
}

func (p *products) bySKU(sku string) *soldVariant {
	for _, v := range p.variants {
		if v.sku == sku {
			return v
		}
	}
	return nil
}

func (p *products) byID(id string) *soldVariant {
	for _, v := range p.variants {
		if v.id == id {
			return v
		}
	}
	return nil
}

func (s *Server) serveProducts(mux *http.ServeMux) {
	s.products.currencies = []string{"eur"}
	s.products.regions = map[string]string{"reg_eu": "eur"}
	s.products.heads = map[string]map[string]any{}
	mux.HandleFunc("GET /admin/product-variants", s.listVariants)
	mux.HandleFunc("GET /admin/stores", s.listStores)
	mux.HandleFunc("GET /admin/regions", s.listRegions)
	mux.HandleFunc("POST /admin/products/{id}", s.updateProduct)
	mux.HandleFunc("POST /admin/products/{id}/variants/batch", s.updateVariants)
	mux.HandleFunc("GET /admin/price-lists", s.listPriceLists)
	mux.HandleFunc("POST /admin/price-lists", s.createPriceList)
	mux.HandleFunc("DELETE /admin/price-lists/{id}", s.deletePriceList)
	mux.HandleFunc("GET /admin/price-lists/{id}/prices", s.listPrices)
	mux.HandleFunc("POST /admin/price-lists/{id}/prices/batch", s.changePrices)
}

// page cuts a list as the Admin API does.
func page[T any](w http.ResponseWriter, r *http.Request, name string, found []T) {
	limit, offset := pageOf(r.URL.Query().Get("limit"), r.URL.Query().Get("offset"))
	count := len(found)
	part := found[min(offset, count):min(offset+limit, count)]
	if part == nil {
		part = []T{}
	}
	write(w, map[string]any{name: part, "count": count, "offset": offset, "limit": limit})
}

func (s *Server) listVariants(w http.ResponseWriter, r *http.Request) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	query := r.URL.Query()
	fields := query.Get("fields")
	var found []map[string]any
	for _, v := range s.products.variants {
		if wanted, ok := query["sku[]"]; ok && !slices.Contains(wanted, v.sku) {
			continue
		}
		shown := map[string]any{"id": v.id, "sku": v.sku, "product_id": v.product}
		maps.Copy(shown, v.fields)
		if strings.Contains(fields, "*prices") {
			prices := []map[string]any{}
			for _, p := range v.prices {
				one := map[string]any{"id": p.id, "currency_code": p.currency, "amount": p.amount, "min_quantity": nil, "max_quantity": nil, "rules": map[string]string{}, "variant_id": v.id}
				maps.Copy(one, p.rest)
				if strings.Contains(fields, "*prices.price_rules") {
					one["rules"] = p.rules // without it they look like prices for everybody
				}
				prices = append(prices, one)
			}
			shown["prices"] = prices
		}
		if strings.Contains(fields, "product.") {
			shown["product"] = s.products.heads[v.product]
		}
		found = append(found, shown)
	}
	page(w, r, "variants", found)
}

func (s *Server) listStores(w http.ResponseWriter, _ *http.Request) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	currencies := []map[string]any{}
	for _, code := range s.products.currencies {
		currencies = append(currencies, map[string]any{"currency_code": code})
	}
	write(w, map[string]any{"stores": []any{map[string]any{"id": "store_1", "supported_currencies": currencies}}, "count": 1, "offset": 0, "limit": 50})
}

func (s *Server) listRegions(w http.ResponseWriter, r *http.Request) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	var found []map[string]any
	for _, id := range slices.Sorted(maps.Keys(s.products.regions)) {
		if wanted, ok := r.URL.Query()["id[]"]; !ok || slices.Contains(wanted, id) {
			found = append(found, map[string]any{"id": id, "currency_code": s.products.regions[id]})
		}
	}
	page(w, r, "regions", found)
}

// body decodes a request; false if it was refused.
func body(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20))
	decoder.UseNumber()
	if decoder.Decode(into) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request")
		return false
	}
	return true
}

func (s *Server) updateProduct(w http.ResponseWriter, r *http.Request) {
	var fields map[string]any
	if !body(w, r, &fields) {
		return
	}
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	head := s.products.heads[r.PathValue("id")]
	if head == nil {
		refuse(w, http.StatusNotFound, "not_found", "Product with id: "+r.PathValue("id")+" was not found")
		return
	}
	if title, ok := fields["title"]; ok && title == "" {
		refuse(w, http.StatusBadRequest, "invalid_data", "Product title is required")
		return
	}
	for name, value := range fields {
		if changes, ok := value.(map[string]any); ok && name == "metadata" {
			merged, _ := head["metadata"].(map[string]any)
			merged = maps.Clone(merged)
			for key, text := range changes {
				if merged[key] = text; text == "" {
					delete(merged, key)
				}
			}
			value = merged
		}
		head[name] = value
	}
	write(w, map[string]any{"product": head})
}

// wirePrice is a price as it is sent.
type wirePrice struct {
	ID       string            `json:"id"`
	Variant  string            `json:"variant_id"`
	Currency string            `json:"currency_code"`
	Amount   json.Number       `json:"amount"`
	From     json.Number       `json:"min_quantity"`
	To       json.Number       `json:"max_quantity"`
	Rules    map[string]string `json:"rules"`
}

func (p *products) take(sent wirePrice) price {
	if sent.ID == "" {
		sent.ID = p.id("price")
	}
	rest := map[string]any{}
	if sent.From != "" {
		rest["min_quantity"] = sent.From
	}
	if sent.To != "" {
		rest["max_quantity"] = sent.To
	}
	if sent.Rules == nil {
		sent.Rules = map[string]string{}
	}
	return price{id: sent.ID, variant: sent.Variant, currency: sent.Currency, amount: sent.Amount, rest: rest, rules: sent.Rules}
}

// updateVariants is all or nothing; prices replace all that a variant has.
func (s *Server) updateVariants(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		Update []map[string]json.RawMessage `json:"update"`
	}
	if !body(w, r, &sent) {
		return
	}
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	type change struct {
		of     *soldVariant
		fields map[string]any
		prices []price
	}
	var changes []change
	for _, update := range sent.Update {
		var id string
		_ = json.Unmarshal(update["id"], &id)
		c := change{of: s.products.byID(id), fields: map[string]any{}}
		if c.of == nil || c.of.product != r.PathValue("id") {
			refuse(w, http.StatusBadRequest, "invalid_data", "Cannot update non-existing variants with ids: "+id)
			return
		}
		for name, raw := range update {
			switch name {
			case "id":
			case "prices":
				var prices []wirePrice
				if json.Unmarshal(raw, &prices) != nil {
					refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: prices")
					return
				}
				c.prices = []price{}
				for _, one := range prices {
					c.prices = append(c.prices, s.products.take(one))
				}
			default:
				var value any
				decoder := json.NewDecoder(bytes.NewReader(raw))
				decoder.UseNumber() // a weight keeps its digits
				_ = decoder.Decode(&value)
				if name == "barcode" && value != nil && s.products.barcodeOfOther(c.of, value) {
					refuse(w, http.StatusBadRequest, "invalid_data", fmt.Sprintf("Product variant with barcode: %v, already exists.", value))
					return
				}
				c.fields[name] = value
			}
		}
		changes = append(changes, c)
	}
	for _, c := range changes {
		maps.Copy(c.of.fields, c.fields)
		if c.prices != nil {
			c.of.prices = c.prices
		}
	}
	write(w, map[string]any{"created": []any{}, "updated": []any{}, "deleted": map[string]any{}})
}

func (p *products) barcodeOfOther(v *soldVariant, barcode any) bool {
	return slices.ContainsFunc(p.variants, func(other *soldVariant) bool { return other != v && other.fields["barcode"] == barcode })
}

func (l *priceList) shown() map[string]any {
	shown := maps.Clone(l.fields)
	shown["id"] = l.id
	return shown
}

func (s *Server) listPriceLists(w http.ResponseWriter, r *http.Request) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	var found []map[string]any
	for _, list := range s.products.lists {
		if title, _ := list.fields["title"].(string); strings.Contains(title, r.URL.Query().Get("q")) {
			found = append(found, list.shown())
		}
	}
	page(w, r, "price_lists", found)
}

func (s *Server) createPriceList(w http.ResponseWriter, r *http.Request) {
	var fields map[string]any
	if !body(w, r, &fields) {
		return
	}
	for _, name := range []string{"title", "description"} {
		if text, _ := fields[name].(string); text == "" {
			refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: Field '"+name+"' is required")
			return
		}
	}
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	list := &priceList{id: s.products.id("plist"), fields: fields}
	for name, into := range map[string]*time.Time{"starts_at": &list.from, "ends_at": &list.until} {
		if text, ok := fields[name].(string); ok {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: "+name)
				return
			}
			*into = at
			fields[name] = at.UTC().Format(millis)
		}
	}
	s.products.lists = append(s.products.lists, list)
	write(w, map[string]any{"price_list": list.shown()})
}

func (s *Server) deletePriceList(w http.ResponseWriter, r *http.Request) {
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	s.products.lists = slices.DeleteFunc(s.products.lists, func(l *priceList) bool { return l.id == r.PathValue("id") })
	write(w, map[string]any{"id": r.PathValue("id"), "object": "price_list", "deleted": true})
}

func (p *products) list(id string) *priceList {
	for _, list := range p.lists {
		if list.id == id {
			return list
		}
	}
	return nil
}

func (s *Server) listPrices(w http.ResponseWriter, r *http.Request) {
	for name := range r.URL.Query() {
		// Medusa refuses here what it does not know.
		if !slices.Contains([]string{"limit", "offset", "fields"}, name) {
			refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: Unrecognized fields: '"+name+"'")
			return
		}
	}
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	list := s.products.list(r.PathValue("id"))
	if list == nil {
		refuse(w, http.StatusNotFound, "not_found", "Price list with id: "+r.PathValue("id")+" was not found")
		return
	}
	var found []map[string]any
	for _, p := range list.prices {
		rules := []map[string]string{}
		for name, value := range p.rules {
			rules = append(rules, map[string]string{"attribute": name, "value": value})
		}
		found = append(found, map[string]any{
			"id": p.id, "currency_code": p.currency, "amount": p.amount, "price_rules": rules,
			"price_set": map[string]any{"variant": map[string]any{"id": p.variant}},
		})
	}
	page(w, r, "prices", found)
}

func (s *Server) changePrices(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		Create, Update []wirePrice
		Delete         []string
	}
	if !body(w, r, &sent) {
		return
	}
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	list := s.products.list(r.PathValue("id"))
	if list == nil {
		refuse(w, http.StatusNotFound, "not_found", "Price list with id: "+r.PathValue("id")+" was not found")
		return
	}
	for _, one := range append(sent.Create, sent.Update...) {
		if s.products.byID(one.Variant) == nil {
			refuse(w, http.StatusBadRequest, "invalid_data", "No price set exist for variants: "+one.Variant)
			return
		}
	}
	list.prices = slices.DeleteFunc(list.prices, func(p price) bool { return slices.Contains(sent.Delete, p.id) })
	for i := range list.prices {
		for _, one := range sent.Update {
			if one.ID == list.prices[i].id {
				list.prices[i].amount = one.Amount
			}
		}
	}
	for _, one := range sent.Create {
		list.prices = append(list.prices, s.products.take(one))
	}
	write(w, map[string]any{"created": []any{}, "updated": []any{}, "deleted": map[string]any{}})
}
