package odoo_test

import (
	"context"
	"fmt"
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
