package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/internal/backbone"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// store is a small retailer: an article of a real Medusa, and what the rules name in a real Odoo.
type store struct {
	*testing.T
	*backbone.Odoo
	shop    *mine
	channel canonical.Channel
	tag     string
	variant string
	goods   int64
}

// openStore makes the records, all of them with a name of their own.
func openStore(t *testing.T, env map[string]string) *store {
	t.Helper()
	s := &store{T: t, tag: "HR" + rand.Text()[:10], shop: openMine(t)}
	s.channel = canonical.Channel{Name: "medusa", Account: strings.ToLower(s.tag)}
	s.variant = s.shop.NewPricedArticles(t, s.tag, []string{s.tag + "-LAMP"}, []string{"20"})[s.tag+"-LAMP"]
	var err error
	if s.Odoo, err = backbone.Open(t.Context(), func(name string) string { return env[name] }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	house := s.make("stock.warehouse", map[string]any{"name": s.tag, "code": s.tag[len(s.tag)-5:]})
	s.goods = s.make("product.product", map[string]any{"name": "Lamp", "default_code": s.tag + "-LAMP", "type": "consu", "is_storable": true, "invoice_policy": "order"})
	s.make("product.product", map[string]any{"name": "Shipping", "default_code": s.tag + "-SHIP", "type": "service", "invoice_policy": "order"})
	s.make("account.tax", map[string]any{"name": s.tag + " 25%", "amount": 25, "type_tax_use": "sale"})
	euro, err := odoo.Invoke[[]int64](t.Context(), s.Client, odoo.Call{
		Model: "res.currency", Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("name", "EUR")}, Context: odoo.Context{"active_test": false},
	})
	if err != nil || len(euro) != 1 {
		t.Fatal(euro, err)
	}
	s.call("res.currency", "write", euro, odoo.Args{"vals": map[string]any{"active": true}}, nil)
	s.make("product.pricelist", map[string]any{"name": s.tag, "currency_id": euro[0]})
	place := rows[struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](s, "stock.warehouse", odoo.Eq("id", house), "lot_stock_id")[0].Stock.ID
	counting := odoo.Context{"inventory_mode": true}
	quants, err := odoo.Invoke[[]int64](t.Context(), s.Client, odoo.Call{Model: "stock.quant", Method: "create", Context: counting, Args: odoo.Args{
		"vals_list": []any{map[string]any{"product_id": s.goods, "location_id": place, "inventory_quantity": 20}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.call("stock.quant", "action_apply_inventory", quants, nil, counting)
	return s
}

// rules writes the rules into a file, as an integrator does, and returns its name.
func (s *store) rules() string {
	s.Helper()
	name := filepath.Join(s.TempDir(), "rules.yaml")
	text := strings.NewReplacer("{channel}", s.channel.String(), "{tag}", s.tag).Replace(`
version: 1
channels:
  {channel}:
    order_prefix: {tag}-
    warehouse: {tag}
    products: {match: [sku], unknown: block}
    lines:
      shipping: {product: {tag}-SHIP}
    taxes:
      - {rate: 25, tax: {tag} 25%}
    pricelist: {EUR: {tag}}
    workflows: {stock: false} # others' articles are in this Odoo and in this shop, too
    shipments:
      notify: true
    returns:
      approve: {automatic: true}
      instant_refund: {after: received}
`)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return name
}

func (s *store) call(model, method string, ids []int64, args odoo.Args, in odoo.Context) {
	s.Helper()
	if err := s.Do(s.Context(), odoo.Call{Model: model, Method: method, IDs: ids, Args: args, Context: in}); err != nil {
		s.Fatal(err)
	}
}

func (s *store) make(model string, values map[string]any) int64 {
	s.Helper()
	made, err := odoo.Invoke[[]int64](s.Context(), s.Client, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	if err != nil {
		s.Fatal(err)
	}
	return made[0]
}

// rows are records, the oldest first.
func rows[R any](s *store, model string, domain odoo.Domain, fields ...string) []R {
	s.Helper()
	found, err := odoo.Invoke[[]R](s.Context(), s.Client, odoo.Call{Model: model, Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": domain, "fields": fields, "order": "id",
	}})
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// move moves what is open of an order, out or back in, as the warehouse does.
func (s *store) move(order int64, direction, tracking string) {
	s.Helper()
	var picking int64
	for _, move := range rows[struct {
		ID       int64           `json:"id"`
		Picking  odoo.Many2One   `json:"picking_id"`
		Quantity decimal.Decimal `json:"product_uom_qty"`
	}](s, "stock.move", odoo.And(odoo.Eq("picking_id.sale_id", order), odoo.Eq("picking_id.picking_type_code", direction), odoo.NotIn("state", []string{"done", "cancel"})),
		"picking_id", "product_uom_qty") {
		s.call("stock.move", "write", []int64{move.ID}, odoo.Args{"vals": map[string]any{"quantity": move.Quantity, "picked": true}}, nil)
		picking = move.Picking.ID
	}
	if picking == 0 {
		s.Fatalf("order %d has nothing that is %s", order, direction)
	}
	if tracking != "" {
		s.call("stock.picking", "write", []int64{picking}, odoo.Args{"vals": map[string]any{"carrier_tracking_ref": tracking}}, nil)
	}
	s.call("stock.picking", "button_validate", []int64{picking}, nil, odoo.Context{"skip_sms": true, "skip_backorder": true})
}

// An order of a real Medusa comes to a real Odoo by the shop's webhook, is packed there, and the shop has the parcel. A lamp comes back, and the
// buyer gets the money. The pages and the metrics say so.
func TestRealMedusa(t *testing.T) {
	t.Parallel()
	env := odooVariables(peer.OdooServer(t, 19))
	s := openStore(t, env)
	env["MEDUSA_URL"], env["MEDUSA_KEY"], env["MEDUSA_WEBHOOK_SECRET"] = s.shop.URL, s.shop.SecretKey, s.shop.WebhookSecret
	env["MEDUSA_ACCOUNT"], env["HUB_RULES"], env["HUB_FOLDER"], env["HUB_FIRST_POLL"] = s.channel.Account, s.rules(), t.TempDir(), "1m"
	r := serve(t, env)
	if want := []string{"/webhooks/" + s.channel.String()}; cmp.Diff(want, r.paths) != "" {
		t.Fatal(r.paths)
	}
	s.shop.receivedAt(r.address() + r.paths[0])

	sold := s.shop.buy(t, s.variant, 2)
	story := "/orders/" + s.channel.String() + "/" + sold.ID
	r.says(t, story, "Order confirmed", "Shop told that we have it")
	name := odoo.NewExternalID("retailsync", s.channel.Name, s.channel.Account, "order", sold.ID).Name
	order := rows[struct {
		ID int64 `json:"res_id"`
	}](s, "ir.model.data", odoo.And(odoo.Eq("module", "retailsync"), odoo.Eq("name", name)), "res_id")[0].ID

	s.move(order, "outgoing", "TRACK-"+s.tag)
	r.run(t, s.channel, "publish-shipments")
	r.says(t, story, "Shipment told to the shop")
	if diff := cmp.Diff([]string{"TRACK-" + s.tag}, s.tracking(sold.ID)); diff != "" {
		t.Error("the shop's parcels:", diff)
	}

	if _, err := account.InvoiceOrder(t.Context(), s.Client, order, "1"); err != nil {
		t.Fatal(err)
	}
	back := s.shop.AskReturn(t, sold, 1, 0)
	r.says(t, story, "Return asked for", "Return expected in the warehouse")
	s.move(order, "incoming", "")
	r.run(t, s.channel, "process-returns")
	r.says(t, story, "Goods came back", "Credit note posted", "Money given back")
	if diff := cmp.Diff([]string{"25"}, s.shop.Refunds(t, sold.PaymentID)); diff != "" {
		t.Error("the buyer got back:", diff)
	}
	var there struct {
		Return struct{ Status string }
	}
	s.shop.Admin(t, "GET", "/admin/returns/"+back+"?fields=id,status", nil, &there)
	if there.Return.Status != "received" {
		t.Errorf("the shop's return is %s", there.Return.Status)
	}
	r.run(t, s.channel, "survey-orders")
	s.pages(r, sold)
}

// pages says what each page shows of the story.
func (s *store) pages(r running, sold peer.MedusaOrder) {
	s.Helper()
	channel := s.channel.String()
	for path, wants := range map[string][]string{
		"/":                    {"Medusa shop", "Returns", "1 order, all in Odoo"},
		"/channels/" + channel: {"Shipments out", "Returns checked", "orders: 1, not in Odoo: 0"},
		"/orders":              {"/orders/" + channel + "/" + sold.ID},
		"/metrics": {`retailsync_event_accepted_total{retailsync_channel="` + channel + `"`, `retailsync_endpoint_up{retailsync_endpoint="` + channel + `"`,
			`retailsync_order_completeness_ratio{retailsync_channel="` + channel + `"} 1`},
	} {
		status, text := r.get(s.T, path)
		if status != http.StatusOK {
			s.Errorf("%s: %d", path, status)
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				s.Errorf("%s does not say %q:\n%s", path, want, text)
			}
		}
	}
}

// tracking are the numbers of the parcels that the shop knows of.
func (s *store) tracking(order string) []string {
	s.Helper()
	var shows struct {
		Order struct {
			Fulfillments []struct {
				Shipped *time.Time `json:"shipped_at"`
				Labels  []struct {
					Number string `json:"tracking_number"`
				}
			}
		}
	}
	s.shop.Admin(s.T, "GET", "/admin/orders/"+order+"?fields=id,*fulfillments,*fulfillments.labels", nil, &shows)
	var numbers []string
	for _, fulfilment := range shows.Order.Fulfillments {
		for _, label := range fulfilment.Labels {
			if fulfilment.Shipped != nil {
				numbers = append(numbers, label.Number)
			}
		}
	}
	return numbers
}

// run runs a flow and waits until it is done.
func (r running) run(t *testing.T, channel canonical.Channel, flow string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := r.Run(ctx, channel, flow); err != nil {
		t.Fatal(fmt.Errorf("%w\n%s", err, r.out))
	}
}
