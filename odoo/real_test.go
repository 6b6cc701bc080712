package odoo_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
)

// peers dials each real server in each protocol that it speaks.
func peers(t *testing.T, check func(t *testing.T, c *odoo.Client)) {
	t.Helper()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("%d jsonrpc", series), func(t *testing.T) {
			t.Parallel()
			p := peer.OdooServer(t, series)
			check(t, dial(t, p.URL, odoo.Password(p.Login, p.Password), odoo.WithDatabase(p.Database)))
		})
	}
	t.Run("19 json2", func(t *testing.T) {
		t.Parallel()
		p := peer.OdooServer(t, 19)
		check(t, dial(t, p.URL, odoo.APIKey(p.APIKey), odoo.WithDatabase(p.Database)))
	})
}

func dial(t *testing.T, url string, credential odoo.Credential, options ...odoo.Option) *odoo.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := odoo.Dial(ctx, url, credential, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// unique keeps records of different runs apart.
func unique() string { return fmt.Sprintf("t%d", time.Now().UnixNano()) }

type partner struct {
	ID      int64                        `odoo:"id"`
	Name    string                       `odoo:"name"`
	Email   odoo.Optional[string]        `odoo:"email"`
	Credit  decimal.Decimal              `odoo:"color"`
	Parent  odoo.Many2One                `odoo:"parent_id"`
	Country odoo.Optional[odoo.Many2One] `odoo:"country_id"`
	Company bool                         `odoo:"is_company"`
	Tags    []int64                      `odoo:"category_id"`
	Written time.Time                    `odoo:"write_date,readonly"`
	Mobile  string                       `odoo:"mobile,optional"`
}

func (partner) OdooModel() string { return "res.partner" }

func TestRealRecords(t *testing.T) {
	t.Parallel()
	peers(t, func(t *testing.T, c *odoo.Client) {
		ctx := t.Context()
		name := unique()
		ids, err := odoo.Create(ctx, c, partner{Name: name + " A", Email: odoo.Set("a@example.com"), Company: true}, partner{Name: name + " B"})
		if err != nil {
			t.Fatal(err)
		}
		if err := odoo.Write(ctx, c, ids[1:], partner{Parent: odoo.Many2One{ID: ids[0]}, Email: odoo.Clear[string]()}); err != nil {
			t.Fatal(err)
		}
		got, err := odoo.Read[partner](ctx, c, ids[1], ids[0])
		if err != nil {
			t.Fatal(err)
		}
		if got[0].ID != ids[1] || got[0].Parent.ID != ids[0] || got[0].Parent.Name == "" || !got[0].Email.IsCleared() || got[1].Email.Or("") != "a@example.com" || !got[1].Company {
			t.Errorf("read back %+v", got)
		}
		if got[0].Written.IsZero() || time.Since(got[0].Written).Abs() > time.Hour {
			t.Errorf("write_date %v", got[0].Written)
		}
		found, err := odoo.Find[partner](ctx, c, odoo.Or(odoo.Eq("name", name+" A"), odoo.And(odoo.Eq("name", name+" B"), odoo.Not(odoo.In("id", ids[:1])))), odoo.PageSize(1))
		if err != nil || len(found) != 2 {
			t.Errorf("found %d, %v", len(found), err)
		}
		if err := c.Unlink(ctx, "res.partner", ids[1]); err != nil {
			t.Fatal(err)
		}
		_, err = odoo.Read[partner](ctx, c, ids...)
		if odoo.CodeOf(err) != odoo.CodeMissingRecord {
			t.Errorf("after unlink: %v", err)
		}
	})
}

func TestRealLoad(t *testing.T) {
	t.Parallel()
	peers(t, func(t *testing.T, c *odoo.Client) {
		ctx := t.Context()
		name := unique()
		x := func(n string) odoo.ExternalID { return odoo.NewExternalID("retailsync", name, n+"_å.") }
		batch := odoo.LoadBatch{
			Model: "res.partner", Fields: []string{"name", "parent_id/id", "type"},
			Records: []odoo.LoadRecord{
				{ExternalID: x("p"), Rows: [][]string{{name + " parent", "", "contact"}}},
				{ExternalID: x("c"), Rows: [][]string{{name + " child", x("p").String(), "delivery"}}},
				{ExternalID: x("bad"), Rows: [][]string{{name + " bad", x("nowhere").String(), "delivery"}}},
				{ExternalID: x("bad2"), Rows: [][]string{{name + " bad2", "", "nonsense"}}},
				{ExternalID: x("q"), Rows: [][]string{{name + " q", x("p").String(), "invoice"}}},
			},
		}
		first, err := c.Load(ctx, batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range first {
			if bad := i == 2 || i == 3; bad != (r.Err != nil) || bad != (r.ID == 0) {
				t.Errorf("record %d: %+v", i, r)
			}
		}
		t.Log(first[2].Err, first[3].Err)
		before, err := odoo.Read[partner](ctx, c, first[0].ID, first[1].ID, first[4].ID)
		if err != nil {
			t.Fatal(err)
		}
		if before[1].Parent.ID != first[0].ID {
			t.Errorf("parent %+v", before[1].Parent)
		}
		batch.Records = []odoo.LoadRecord{batch.Records[0], batch.Records[1], batch.Records[4]}
		batch.Records[0].Rows[0][0] = name + " changed"
		time.Sleep(1100 * time.Millisecond) // write_date has whole seconds here
		again, err := c.Load(ctx, batch)
		if err != nil {
			t.Fatal(err)
		}
		if again[0].ID != first[0].ID || again[2].ID != first[4].ID {
			t.Errorf("again %+v", again)
		}
		after, err := odoo.Read[partner](ctx, c, first[0].ID, first[1].ID, first[4].ID)
		if err != nil {
			t.Fatal(err)
		}
		equal := cmp.AllowUnexported(odoo.Optional[string]{}, odoo.Optional[odoo.Many2One]{})
		if diff := cmp.Diff(before, after, equal, cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Cmp(b) == 0 })); diff != "" {
			t.Errorf("InsertMissing touched a record:\n%s", diff)
		}
		batch.Mode = odoo.Upsert
		if _, err := c.Load(ctx, batch); err != nil {
			t.Fatal(err)
		}
		after, err = odoo.Read[partner](ctx, c, first[0].ID)
		if err != nil || after[0].Name != name+" changed" {
			t.Errorf("upsert: %+v %v", after, err)
		}
		names, err := c.Lookup(ctx, "res.partner", []int64{first[0].ID, 999999999})
		if diff := cmp.Diff(map[int64]odoo.ExternalID{first[0].ID: x("p")}, names); diff != "" || err != nil {
			t.Errorf("lookup: %v %s", err, diff)
		}
	})
}

// TestRealErrors checks that both protocols and both versions give the same codes.
func TestRealErrors(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		call odoo.Call
		code odoo.Code
	}{
		"unknown model":     {odoo.Call{Model: "helpdesk.ticket", Method: "search", Args: odoo.Args{"domain": odoo.And()}}, odoo.CodeUnknownModel},
		"unknown method":    {odoo.Call{Model: "res.partner", Method: "no_such", IDs: []int64{1}}, odoo.CodeUnknownMethod},
		"unknown argument":  {odoo.Call{Model: "res.partner", Method: "search", Args: odoo.Args{"domain": odoo.And(), "foo": 1}}, odoo.CodeBadArguments},
		"unknown field":     {odoo.Call{Model: "res.partner", Method: "search_read", Args: odoo.Args{"domain": odoo.And(), "fields": []string{"nofield"}, "limit": 1}}, odoo.CodeUnknownField},
		"field in domain":   {odoo.Call{Model: "res.partner", Method: "search", Args: odoo.Args{"domain": odoo.Eq("nofield", 1)}}, odoo.CodeUnknownField},
		"field in order":    {odoo.Call{Model: "res.partner", Method: "search", Args: odoo.Args{"domain": odoo.And(), "order": "nofield"}}, odoo.CodeUnknownField},
		"missing record":    {odoo.Call{Model: "res.partner", Method: "write", IDs: []int64{999999999}, Args: odoo.Args{"vals": odoo.Args{"name": "x"}}}, odoo.CodeMissingRecord},
		"duplicate":         {odoo.Call{Model: "res.currency", Method: "create", Args: odoo.Args{"vals_list": []odoo.Args{{"name": "USD", "symbol": "x"}}}}, odoo.CodeIntegrity},
		"missing value":     {odoo.Call{Model: "res.partner.bank", Method: "create", Args: odoo.Args{"vals_list": []odoo.Args{{}}}}, odoo.CodeIntegrity},
		"private":           {odoo.Call{Model: "res.partner", Method: "search", Args: odoo.Args{"domain": odoo.Eq("name", "x"), "limit": 1}}, ""},
		"model method":      {odoo.Call{Model: "res.users", Method: "context_get"}, ""},
		"empty domain leaf": {odoo.Call{Model: "res.partner", Method: "search", Args: odoo.Args{"domain": odoo.Or(odoo.In("id", []int64{}), odoo.NotIn("id", []int64{})), "limit": 1}}, ""},
	}
	peers(t, func(t *testing.T, c *odoo.Client) {
		for name, test := range calls {
			err := c.Call(t.Context(), test.call, nil)
			if odoo.CodeOf(err) != test.code {
				t.Errorf("%s: %v, want %q", name, err, test.code)
			}
		}
	})
}

func TestRealDial(t *testing.T) {
	t.Parallel()
	for _, series := range []int{14, 19} {
		p := peer.OdooServer(t, series)
		for name, test := range map[string]struct {
			credential odoo.Credential
			database   string
			code       odoo.Code
		}{
			"wrong password": {odoo.Password(p.Login, "wrong"), p.Database, odoo.CodeUnauthenticated},
			"unknown login":  {odoo.Password("nobody", "wrong"), p.Database, odoo.CodeUnauthenticated},
			"wrong database": {odoo.Password(p.Login, p.Password), "no_such_database", odoo.CodeWrongDatabase},
			"no database":    {odoo.Password(p.Login, p.Password), "", odoo.CodeNoDatabase},
		} {
			_, err := odoo.Dial(t.Context(), p.URL, test.credential, odoo.WithDatabase(test.database))
			if odoo.CodeOf(err) != test.code {
				t.Errorf("%d %s: %v", series, name, err)
			}
		}
	}
	p := peer.OdooServer(t, 19)
	if _, err := odoo.Dial(t.Context(), p.URL, odoo.APIKey("wrong"), odoo.WithDatabase(p.Database)); odoo.CodeOf(err) != odoo.CodeUnauthenticated {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := odoo.Dial(t.Context(), p.URL, odoo.APIKey(p.APIKey), odoo.WithDatabase("no_such_database")); odoo.CodeOf(err) != odoo.CodeWrongDatabase {
		t.Errorf("wrong database by key: %v", err)
	}
}

type saleOrder struct {
	ID      int64           `odoo:"id"`
	State   string          `odoo:"state"`
	Lines   []int64         `odoo:"order_line"`
	Total   decimal.Decimal `odoo:"amount_total"`
	Written time.Time       `odoo:"write_date,readonly"`
}

func (saleOrder) OdooModel() string { return "sale.order" }

type product struct {
	ID int64 `odoo:"id"`
}

func (product) OdooModel() string { return "product.product" }

// TestRealConcurrentOrders loads one order with sub-lines from several goroutines at once: one order, its
// lines once. Then it loads it again with other values and sees that nothing was touched.
func TestRealConcurrentOrders(t *testing.T) {
	t.Parallel()
	peers(t, func(t *testing.T, c *odoo.Client) {
		ctx := t.Context()
		goods, ok, err := odoo.First[product](ctx, c, odoo.Eq("sale_ok", true))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			ids, err := odoo.Invoke[[]int64](ctx, c, odoo.Call{Model: "product.product", Method: "create", Args: odoo.Args{"vals_list": []odoo.Args{{"name": unique()}}}})
			if err != nil {
				t.Fatal(err)
			}
			goods.ID = ids[0]
		}
		buyer, err := odoo.Create(ctx, c, partner{Name: unique()})
		if err != nil {
			t.Fatal(err)
		}
		name := unique()
		id := fmt.Sprint(goods.ID)
		batch := func(quantity string) odoo.LoadBatch {
			return odoo.LoadBatch{
				Model:  "sale.order",
				Fields: []string{"partner_id/.id", "order_line/id", "order_line/product_id/.id", "order_line/name", "order_line/product_uom_qty", "order_line/price_unit", "order_line/tax_ids/.id"},
				Records: []odoo.LoadRecord{{ExternalID: odoo.NewExternalID("retailsync", name), Rows: [][]string{
					{fmt.Sprint(buyer[0]), odoo.NewExternalID("retailsync", name, "1").String(), id, "first", quantity, "19.99", ""},
					{"", odoo.NewExternalID("retailsync", name, "2").String(), id, "second", "2", "0.1", ""},
				}}},
			}
		}
		var wg sync.WaitGroup
		loaded := make([]int64, 4)
		for n := range loaded {
			wg.Go(func() {
				results, err := c.Load(ctx, batch("3"))
				if err != nil || results[0].Err != nil {
					t.Error(err, results)
					return
				}
				loaded[n] = results[0].ID
			})
		}
		wg.Wait()
		before, err := odoo.Read[saleOrder](ctx, c, loaded...)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range before {
			if order.ID != loaded[0] || len(order.Lines) != 2 || order.State != "draft" {
				t.Errorf("%+v", order)
			}
		}
		if results, err := c.Load(ctx, batch("7")); err != nil || results[0].ID != loaded[0] {
			t.Fatal(results, err)
		}
		after, err := odoo.Read[saleOrder](ctx, c, loaded[0])
		if err != nil {
			t.Fatal(err)
		}
		if after[0].Total.Cmp(before[0].Total) != 0 || !after[0].Written.Equal(before[0].Written) || len(after[0].Lines) != 2 {
			t.Errorf("touched: %+v, was %+v", after[0], before[0])
		}
		update := batch("7")
		update.Mode = odoo.Upsert
		if results, err := c.Load(ctx, update); err != nil || results[0].Err != nil {
			t.Fatal(results, err)
		}
		after, err = odoo.Read[saleOrder](ctx, c, loaded[0])
		if err != nil || after[0].Total.Cmp(before[0].Total) <= 0 || len(after[0].Lines) != 2 {
			t.Errorf("not updated: %+v %v", after, err)
		}
	})
}

// TestRealVersionTable checks the table of version differences against both servers.
func TestRealVersionTable(t *testing.T) {
	t.Parallel()
	peers(t, func(t *testing.T, c *odoo.Client) {
		for model, fields := range map[string][]string{
			"sale.order.line": {"tax_ids", "product_uom_id", "price_unit"},
			"res.users":       {"group_ids"},
			"res.groups":      {"user_ids"},
		} {
			if err := c.Require(t.Context(), model, fields...); err != nil {
				t.Error(err)
			}
		}
		err := c.Require(t.Context(), "sale.order.line", "extra_tax_data")
		if (err == nil) != c.Version().AtLeast(19) {
			t.Errorf("extra_tax_data: %v", err)
		}
		fields, err := c.Fields(t.Context(), "sale.order.line")
		if err != nil {
			t.Fatal(err)
		}
		if f := fields["order_id"]; f.Type != "many2one" || f.Relation != "sale.order" || !f.Required {
			t.Errorf("%+v", f)
		}
		if f := fields["discount"]; f.Type != "float" || len(f.Digits) != 2 {
			t.Errorf("%+v", f)
		}
	})
}
