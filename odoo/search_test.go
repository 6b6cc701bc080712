package odoo_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/odoo"
)

// rows is a stub of records with ids 1 to n that can be searched by id.
type rows struct{ n int }

func (x rows) reply(q request) response {
	arg := func(name string, position int) any {
		if v, ok := q.Args[name]; ok {
			return v
		}
		if position < len(q.Positional) {
			return q.Positional[position]
		}
		return nil
	}
	switch q.Method {
	case "fields_get":
		return response{result: map[string]any{"id": field("integer"), "name": field("char"), "write_date": field("datetime"), "tax_id": field("many2many")}}
	case "search_count":
		return response{result: x.n}
	case "write":
		return response{result: true}
	case "create":
		list, _ := arg("vals_list", 0).([]any)
		created := make([]int, len(list))
		for i := range list {
			created[i] = i + 1
		}
		return response{result: created}
	}
	after, within := int64(0), map[int64]bool(nil)
	for _, term := range arg("domain", 0).([]any) {
		if leaf, ok := term.([]any); ok && leaf[0] == "id" {
			switch leaf[1] {
			case ">":
				after = int64(leaf[2].(float64))
			case "in":
				within = map[int64]bool{}
				for _, id := range leaf[2].([]any) {
					within[int64(id.(float64))] = true
				}
			}
		}
	}
	limit := int(q.Args["limit"].(float64))
	list := []any{}
	for id := after + 1; id <= int64(x.n) && len(list) < limit; id++ {
		if within == nil || within[id] {
			list = append(list, map[string]any{"id": id, "name": fmt.Sprintf("n%d", id), "write_date": fmt.Sprintf("2026-01-01 00:00:%02d", 59-id%60)})
		}
	}
	return response{result: list}
}

type row struct {
	ID      int64                 `odoo:"id"`
	Name    string                `odoo:"name"`
	Note    odoo.Optional[string] `odoo:"note,optional"`
	Written time.Time             `odoo:"write_date,readonly"`
	Taxes   odoo.Commands         `odoo:"tax_ids,was=tax_id"`
}

func (row) OdooModel() string { return "sale.order.line" }

func TestSearchPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		n        int
		options  []odoo.SearchOption
		found    int
		requests int // without fields_get
	}{
		"none":           {0, nil, 0, 1},
		"one page":       {3, nil, 3, 1},
		"three pages":    {25, []odoo.SearchOption{odoo.PageSize(10)}, 25, 3},
		"full last page": {20, []odoo.SearchOption{odoo.PageSize(10)}, 20, 3},
		"limit":          {25, []odoo.SearchOption{odoo.PageSize(10), odoo.Limit(12)}, 12, 2},
		"limit at page":  {25, []odoo.SearchOption{odoo.PageSize(10), odoo.Limit(10)}, 10, 1},
		"own order":      {25, []odoo.SearchOption{odoo.OrderBy("name, id"), odoo.PageSize(3), odoo.Limit(7)}, 7, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, rows{n: test.n}.reply, func(t *testing.T, s *stub, c *odoo.Client) {
				found, err := odoo.Find[row](t.Context(), c, odoo.Ne("name", "x"), test.options...)
				if err != nil || len(found) != test.found {
					t.Fatalf("%d found, %v", len(found), err)
				}
				for i, r := range found {
					if r.ID != int64(i+1) || r.Name != fmt.Sprintf("n%d", i+1) {
						t.Errorf("at %d: %+v", i, r)
					}
				}
				calls := s.calls()[1:]
				if len(calls) != test.requests {
					t.Errorf("%d requests, want %d", len(calls), test.requests)
				}
				for _, q := range calls {
					if q.Args["order"] == "" || q.Args["limit"] == nil {
						t.Errorf("order or limit is not explicit: %v", q.Args)
					}
				}
			})
		})
	}
}

func TestSearchStopsEarly(t *testing.T) {
	t.Parallel()
	both(t, rows{n: 1000}.reply, func(t *testing.T, s *stub, c *odoo.Client) {
		for r, err := range odoo.Search[row](t.Context(), c, odoo.And(), odoo.PageSize(10)) {
			if err != nil {
				t.Fatal(err)
			}
			if r.ID == 5 {
				break
			}
		}
		if n := len(s.calls()); n != 2 {
			t.Errorf("%d requests", n)
		}
		if _, err := odoo.Find[row](t.Context(), c, odoo.And(), odoo.OrderBy("name")); odoo.CodeOf(err) != odoo.CodeBadArguments {
			t.Errorf("unbounded order: %v", err)
		}
		first, ok, err := odoo.First[row](t.Context(), c, odoo.Gt("id", 7))
		if err != nil || !ok || first.ID != 8 {
			t.Errorf("first: %+v %v %v", first, ok, err)
		}
		if n, err := odoo.Count[row](t.Context(), c, odoo.And()); n != 1000 || err != nil {
			t.Errorf("count: %d %v", n, err)
		}
	})
}

func TestReadKeepsOrderAndNamesMissing(t *testing.T) {
	t.Parallel()
	both(t, rows{n: 9}.reply, func(t *testing.T, s *stub, c *odoo.Client) {
		got, err := odoo.Read[row](t.Context(), c, 7, 3, 7, 1)
		if err != nil || len(got) != 4 || got[0].ID != 7 || got[1].ID != 3 || got[2].ID != 7 || got[3].ID != 1 {
			t.Errorf("%+v %v", got, err)
		}
		got, err = odoo.Read[row](t.Context(), c, 3, 42, 1, 43)
		e, _ := err.(*odoo.Error)
		if e == nil || e.Code != odoo.CodeMissingRecord || cmp.Diff([]int64{42, 43}, e.IDs) != "" || len(got) != 2 {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := odoo.Read[row](t.Context(), c); got != nil || err != nil {
			t.Errorf("no ids: %v %v", got, err)
		}
	})
}

func TestWrites(t *testing.T) {
	t.Parallel()
	both(t, rows{n: 9}.reply, func(t *testing.T, s *stub, c *odoo.Client) {
		ctx := t.Context()
		created, err := odoo.Create(ctx, c, row{ID: 8, Name: "a", Note: odoo.Set("left out: the database lacks it")}, row{Taxes: odoo.Commands{odoo.LinkCmd(3)}})
		if diff := cmp.Diff([]int64{1, 2}, created); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if err := odoo.Write(ctx, c, []int64{1, 2}, row{Name: "b", Written: time.Now()}); err != nil {
			t.Error(err)
		}
		if err := odoo.Write(ctx, c, []int64{1}, row{}); odoo.CodeOf(err) != odoo.CodeBadArguments {
			t.Errorf("empty write: %v", err)
		}
		if err := odoo.Write(ctx, c, nil, row{Name: "b"}); odoo.CodeOf(err) != odoo.CodeBadArguments {
			t.Errorf("write to nothing: %v", err)
		}
		sent := s.calls()[1:]
		if len(sent) != 2 {
			t.Fatalf("%d requests", len(sent))
		}
		got := []any{sent[0].Args["vals_list"], sent[1].Args["vals"]}
		if c.Protocol() == odoo.JSONRPC {
			got = []any{sent[0].Positional[0], sent[1].Positional[1]}
		}
		text, _ := json.Marshal(got)
		if want := `[[{"name":"a"},{"tax_id":[[4,3,0]]}],{"name":"b"}]`; string(text) != want {
			t.Errorf("sent %s, want %s", text, want)
		}
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	both(t, rows{n: 25}.reply, func(t *testing.T, s *stub, c *odoo.Client) {
		since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		feed := odoo.Changes[row](c, since, time.Minute, odoo.Eq("name", "x"), odoo.PageSize(10))
		n := 0
		for _, err := range feed.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if !feed.Next().Equal(since) {
				t.Fatal("the cursor moved before the end")
			}
		}
		if n != 25 || !feed.Next().Equal(since.Add(58*time.Second)) {
			t.Errorf("%d changes until %v", n, feed.Next())
		}
		q := s.calls()[1]
		domain := q.Args["domain"]
		if domain == nil {
			domain = q.Positional[0]
		}
		want := []any{"&", []any{"write_date", ">=", "2025-12-31 23:59:00"}, []any{"name", "=", "x"}}
		if diff := cmp.Diff(want, domain); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRequire(t *testing.T) {
	t.Parallel()
	both(t, rows{}.reply, func(t *testing.T, s *stub, c *odoo.Client) {
		if err := c.Require(t.Context(), "sale.order.line", "name", "is_delivery", "id"); odoo.CodeOf(err) != odoo.CodeUnknownField {
			t.Errorf("%v", err)
		}
		if err := c.Require(t.Context(), "sale.order.line", "name"); err != nil || len(s.calls()) != 1 {
			t.Errorf("%v after %d requests", err, len(s.calls()))
		}
	})
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]map[int64]odoo.ExternalID{
		`{"1":"base.main_partner","2":"","3":false,"4":"nodot"}`: {1: {Module: "base", Name: "main_partner"}},
		`{}`: {},
	} {
		both(t, always(response{result: json.RawMessage(body)}), func(t *testing.T, s *stub, c *odoo.Client) {
			got, err := c.Lookup(t.Context(), "res.partner", []int64{1, 2, 3, 4})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if got, err := c.Lookup(t.Context(), "res.partner", nil); len(got) != 0 || err != nil {
				t.Error(got, err)
			}
		})
	}
}
