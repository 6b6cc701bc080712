package odoo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// Product holds the fields of product.product that the examples use.
type Product struct {
	ID    int64           `odoo:"id"`
	SKU   string          `odoo:"default_code"`
	Name  string          `odoo:"name"`
	Price decimal.Decimal `odoo:"list_price"`
}

// OdooModel names the model.
func (Product) OdooModel() string { return "product.product" }

// Customer holds the fields of res.partner that the examples use.
type Customer struct {
	ID    int64                 `odoo:"id"`
	Name  string                `odoo:"name"`
	Email odoo.Optional[string] `odoo:"email"`
}

// OdooModel names the model.
func (Customer) OdooModel() string { return "res.partner" }

func connect(ctx context.Context) (*odoo.Client, func()) {
	server := odootest.Retail()
	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()))
	if err != nil {
		log.Fatal(err)
	}
	return erp, server.Close
}

// A connector of one environment refuses the database of another.
func ExampleWithIdentity() {
	ctx := context.Background()
	server := odootest.Retail() // stands for a database that is not ours
	defer server.Close()

	address, key, witness := server.Start(), server.APIKey(), odoo.APIKey(server.APIKey())
	erp, err := odoo.Dial(ctx, address, odoo.APIKey(key), odoo.WithIdentity(odoo.Identity{UUID: "…"}, witness))
	fmt.Println(erp == nil, odoo.CodeOf(err))
	// Output: true other_database
}

// A service looks daily whether a key of Odoo ends soon.
func ExampleClient_CheckKeys() {
	ctx := context.Background()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "error" {
			return slog.Attr{} // they differ from day to day
		}
		return a
	}}))
	server := odootest.Retail() // stands for an Odoo in which a key ends in five days
	defer server.Close()
	server.Define(odootest.Model{Name: "res.users.apikeys", Fields: []odootest.Field{
		{Name: "name", Type: odootest.Char},
		{Name: "user_id", Type: odootest.Many2One, Relation: "res.users"},
		{Name: "scope", Type: odootest.Char},
		{Name: "expiration_date", Type: odootest.Datetime},
	}})
	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer erp.Close()
	user, err := erp.UserID(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := server.Seed("res.users.apikeys", map[string]any{
		"name": "connector", "user_id": user, "scope": "rpc", "expiration_date": time.Now().UTC().AddDate(0, 0, 5).Format(time.DateTime),
	}); err != nil {
		fmt.Println(err)
		return
	}

	if err := warn(ctx, erp, log); err == nil {
		fmt.Println("no warning")
	}
	// Output: level=WARN msg="renew a key of Odoo"
}

func ExampleDial() {
	ctx := context.Background()
	server := odootest.Retail() // stands for https://erp.example.com
	defer server.Close()

	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()),
		odoo.WithInFlight(2), // as many as the server has workers
		odoo.WithTimeout(2*time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(erp.Version(), erp.Protocol())
	// Output: 19.0 json2
}

func ExampleSearch() {
	ctx := context.Background()
	erp, done := connect(ctx)
	defer done()

	shirts := odoo.And(odoo.Like("default_code", "TEE"), odoo.Gt("list_price", decimal.MustParse("5")))
	for product, err := range odoo.Search[Product](ctx, erp, shirts) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(product.SKU, product.Price)
	}
	// Output:
	// TEE-BLACK-M 19.99
	// TEE-WHITE-L 19.99
}

func ExampleClient_Load() {
	ctx := context.Background()
	erp, done := connect(ctx)
	defer done()

	batch := odoo.LoadBatch{
		Model:  "res.partner",
		Fields: []string{"name", "type"},
		Records: []odoo.LoadRecord{
			{ExternalID: odoo.NewExternalID("retailsync", "shop", "customer", "17"), Rows: [][]string{{"Ada", "contact"}}},
			{ExternalID: odoo.NewExternalID("retailsync", "shop", "customer", "18"), Rows: [][]string{{"Bob", "nonsense"}}},
		},
	}
	first, err := erp.Load(ctx, batch)
	if err != nil {
		log.Fatal(err)
	}
	again, err := erp.Load(ctx, batch) // as after a lost reply
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first[0].ID == again[0].ID, odoo.CodeOf(first[1].Err))
	// Output: true validation
}

func ExampleWrite() {
	ctx := context.Background()
	erp, done := connect(ctx)
	defer done()

	ids, err := odoo.Create(ctx, erp, Customer{Name: "Ada", Email: odoo.Set("ada@example.com")})
	if err != nil {
		log.Fatal(err)
	}
	// The name is left alone, the e-mail is cleared.
	if err := odoo.Write(ctx, erp, ids, Customer{Email: odoo.Clear[string]()}); err != nil {
		log.Fatal(err)
	}
	customers, err := odoo.Read[Customer](ctx, erp, ids...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customers[0].Name, customers[0].Email.Or("no e-mail"))
	// Output: Ada no e-mail
}

func ExampleInvoke() {
	ctx := context.Background()
	erp, done := connect(ctx)
	defer done()

	count, err := odoo.Invoke[int](ctx, erp, odoo.Call{
		Model: "product.product", Method: "search_count",
		Args: odoo.Args{"domain": odoo.In("default_code", []string{"MUG-01", "CAP-RED", "UNKNOWN"})},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(count)
	// Output: 2
}

func ExampleError() {
	ctx := context.Background()
	erp, done := connect(ctx)
	defer done()

	_, err := odoo.Read[Customer](ctx, erp, 424242)
	var e *odoo.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.IDs)
	}
	fmt.Println(odoo.Retryable(err), odoo.Ambiguous(err))
	// Output:
	// missing_record [424242]
	// false false
}

func ExampleDomain() {
	fmt.Println(odoo.And(
		odoo.Eq("state", "sale"),
		odoo.Or(odoo.Eq("partner_id.country_id.code", "SE"), odoo.Not(odoo.In("team_id", []int64{1, 2}))),
	))
	// Output: ["&",["state","=","sale"],"|",["partner_id.country_id.code","=","SE"],"!",["team_id","in",[1,2]]]
}

func ExampleNewExternalID() {
	fmt.Println(odoo.NewExternalID("retailsync", "woocommerce", "main", "order", "#10.5"))
	// Output: retailsync.woocommerce_main_order_~2310~2e5
}
