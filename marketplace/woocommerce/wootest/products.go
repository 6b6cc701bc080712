package wootest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// listProducts finds by SKU without regard to upper and lower case, in products and variations; otherwise it lists
// products only, the newest first unless asked for another order.
func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) {
	sku := r.URL.Query().Get("sku")
	s.listArticles(w, r, func(one *article) bool {
		// PHP takes the text "0" for nothing.
		if sku == "" || sku == "0" {
			return one.parent == 0
		}
		wanted := append(strings.Split(sku, ","), sku)
		return slices.ContainsFunc(wanted, func(text string) bool { return text != "" && strings.EqualFold(text, fakeshop.Text(one.fields, "sku")) })
	})
}

func (s *Server) listVariations(w http.ResponseWriter, r *http.Request) {
	parent := number(r.PathValue("id"))
	s.listArticles(w, r, func(one *article) bool { return one.parent == parent })
}

func (s *Server) listArticles(w http.ResponseWriter, r *http.Request, keep func(*article) bool) {
	size, offset, ok := pageOf(w, r)
	if !ok {
		return
	}
	query := r.URL.Query()
	var include []string
	if list := query.Get("include"); list != "" {
		include = strings.Split(list, ",")
	}
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	found := []fakeshop.Object{}
	for _, one := range s.catalog.articles {
		if one.listed() && keep(one) && (include == nil || slices.Contains(include, strconv.Itoa(one.id))) {
			found = append(found, s.catalog.show(one, query.Get("context") == "edit"))
		}
	}
	if query.Get("order") != "asc" {
		slices.Reverse(found)
	}
	w.Header().Set("X-WP-Total", strconv.Itoa(len(found)))
	page := found[min(offset, len(found)):min(offset+size, len(found))]
	for i := range page {
		page[i] = only(page[i], query.Get("_fields"))
	}
	write(w, page)
}

func (s *Server) getArticle(w http.ResponseWriter, r *http.Request) {
	parent, id := 0, number(r.PathValue("id"))
	if variation := r.PathValue("variation"); variation != "" {
		parent, id = id, number(variation)
	}
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	one := s.catalog.byID(id)
	switch {
	case one == nil && parent != 0:
		refuse(w, http.StatusNotFound, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
	case one == nil:
		refuse(w, http.StatusNotFound, "woocommerce_rest_product_invalid_id", "Invalid ID.")
	default:
		write(w, only(s.catalog.show(one, r.URL.Query().Get("context") == "edit"), r.URL.Query().Get("_fields")))
	}
}

// batchArticles updates products, or the variations of one product. Each is updated or refused by itself.
func (s *Server) batchArticles(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Update []fakeshop.Object `json:"update"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20))
	decoder.UseNumber()
	if decoder.Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
		return
	}
	if len(body.Update) > 100 {
		refuse(w, http.StatusRequestEntityTooLarge, "woocommerce_rest_request_entity_too_large", "Unable to accept more than 100 items for this request.")
		return
	}
	parent := number(r.PathValue("id"))
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	answers := []fakeshop.Object{}
	for _, change := range body.Update {
		answer := s.catalog.update(parent, change)
		if answer["error"] != nil {
			answer["id"] = change["id"]
		}
		answers = append(answers, answer)
	}
	write(w, map[string]any{"update": answers})
}

// update changes one article and shows it, or says why not.
func (c *catalog) update(parent int, change fakeshop.Object) fakeshop.Object {
	kind := "product"
	if parent != 0 {
		kind = "product_variation"
	}
	one := c.byID(number(fakeshop.Text(change, "id")))
	switch {
	case one == nil:
		return failed(http.StatusBadRequest, "woocommerce_rest_"+kind+"_invalid_id", "Invalid ID.")
	case parent == 0 && one.parent != 0:
		return failed(http.StatusNotFound, "woocommerce_rest_product_invalid_id", "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.")
	case c.vetoes[fakeshop.Text(one.fields, "sku")]:
		return failed(http.StatusBadRequest, "plugin_veto", "This product is managed elsewhere.")
	}
	if code, message := c.checkBarcode(one, change); code != "" {
		return failed(http.StatusBadRequest, code, message)
	}
	if parent != 0 {
		one.parent = parent
	}
	for _, name := range []string{"name", "description", "status", "weight", "global_unique_id"} {
		if value, stated := change[name]; stated && value != nil && !(name == "name" && one.parent != 0) {
			one.fields[name] = fakeshop.Text(change, name)
		}
	}
	c.updatePrice(one, change)
	c.updateStock(one, change)
	c.settle(one)
	return c.show(one, true)
}

// updateStock ignores quantities of what is not counted.
func (c *catalog) updateStock(one *article, change fakeshop.Object) {
	if c.settings["woocommerce_manage_stock"] != "yes" && one.parent == 0 {
		return
	}
	switch manage := change["manage_stock"].(type) {
	case bool:
		one.counts = manage
	case string:
		one.counts = manage == "yes" || manage == "true" || manage == "1"
	}
	if one.fields["type"] == "grouped" || one.fields["type"] == "external" {
		one.counts = false
	}
	if value, stated := change["stock_quantity"]; one.counts && stated && value != nil {
		one.stock = c.amount(value)
	}
}

// updatePrice takes any price, as WooCommerce does; products with variations have none.
func (c *catalog) updatePrice(one *article, change fakeshop.Object) {
	if one.fields["type"] == "variable" || one.fields["type"] == "grouped" {
		return
	}
	for _, name := range []string{"regular_price", "sale_price"} {
		if value, stated := change[name]; stated && value != nil {
			one.fields[name] = fakeshop.Text(change, name)
		}
	}
	for _, name := range []string{"date_on_sale_from_gmt", "date_on_sale_to_gmt"} {
		value, stated := change[name]
		if !stated || value == nil {
			continue // PHP's isset is false for null
		}
		one.fields[name] = nil
		for _, layout := range []string{time.RFC3339, naive} {
			if at, err := time.Parse(layout, fakeshop.Text(change, name)); err == nil {
				one.fields[name] = at.UTC().Format(naive)
			}
		}
	}
}

// checkBarcode refuses one that another article has.
func (c *catalog) checkBarcode(one *article, change fakeshop.Object) (code, message string) {
	barcode := fakeshop.Text(change, "global_unique_id")
	for _, other := range c.articles {
		if barcode != "" && other != one && other.fields["global_unique_id"] == barcode {
			return "product_invalid_global_unique_id", "Invalid or duplicated GTIN, UPC, EAN or ISBN."
		}
	}
	return "", ""
}

func failed(status int, code, message string) fakeshop.Object {
	return fakeshop.Object{"error": map[string]any{"code": code, "message": message, "data": map[string]any{"status": status}}}
}

// only keeps the fields that are asked for.
func only(object fakeshop.Object, names string) fakeshop.Object {
	if names == "" {
		return object
	}
	part := fakeshop.Object{}
	for _, name := range strings.Split(names, ",") {
		if value, ok := object[name]; ok {
			part[name] = value
		}
	}
	return part
}

// getSetting shows one setting of a group.
func (s *Server) getSetting(w http.ResponseWriter, r *http.Request) {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	value, ok := s.catalog.settings[r.PathValue("option")]
	if !ok {
		refuse(w, http.StatusNotFound, "rest_setting_setting_invalid", "Invalid setting.")
		return
	}
	write(w, map[string]any{"id": r.PathValue("option"), "value": value, "group_id": r.PathValue("group")})
}
