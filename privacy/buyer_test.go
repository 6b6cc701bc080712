package privacy_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/privacy"
)

// TestFindBuyer finds a person's orders in Odoo, whatever way the address is written there, and nobody else's.
func TestFindBuyer(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		tag := strings.ToLower(rand.Text())
		ours, theirs := canonical.Channel{Name: "shop", Account: tag}, canonical.Channel{Name: "market", Account: tag}
		order := func(partner int64, channel canonical.Channel, id string) int64 {
			t.Helper()
			record := w.Create("sale.order", map[string]any{"partner_id": partner}, nil)
			if id != "" {
				name := odoo.NewExternalID(mapping.Module, channel.Name, channel.Account, "order", id)
				w.Create("ir.model.data", map[string]any{"module": name.Module, "name": name.Name, "model": "sale.order", "res_id": record}, nil)
			}
			return record
		}
		written := "Jane." + strings.ToUpper(tag) + "@Example.com"
		if w.Real() { // the in-process one reads no names beside addresses
			written = "Jane Doe <" + written + ">"
		}
		jane := w.Create("res.partner", map[string]any{"name": "Jane", "email": written}, nil)
		again := w.Create("res.partner", map[string]any{"name": "J. Doe", "email": "jane." + tag + "@example.com"}, nil)
		below := w.Create("res.partner", map[string]any{"name": "Jane, at work", "parent_id": jane}, nil)
		joe := w.Create("res.partner", map[string]any{"name": "Joe", "email": "xjane." + tag + "@example.com"}, nil)
		order(jane, ours, "1")
		order(again, theirs, "2")
		order(below, ours, "3")
		byHand := order(jane, ours, "")
		order(joe, ours, "4")
		warehouse.Call[any](w, "res.partner", "write", []int64{again}, odoo.Args{"vals": map[string]any{"active": false}}, nil)
		groups, err := docs.Groups(w.Series, string(mapping.WorkflowOrders)) // it needs no right beyond those of the order flow
		if err != nil {
			t.Fatal(err)
		}
		erp := w.As(groups...)
		found, err := privacy.FindBuyer(t.Context(), erp, []canonical.Channel{ours, theirs}, " jane."+tag+"@EXAMPLE.com ")
		if err != nil {
			t.Fatal(err)
		}
		want := privacy.Buyer{
			Hash:     found.Hash,
			Orders:   []canonical.Key{{Channel: ours, ID: "1"}, {Channel: theirs, ID: "2"}, {Channel: ours, ID: "3"}},
			Partners: []int64{jane, again, below}, OtherOrders: []int64{byHand},
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if text := fmt.Sprint(found); found.Hash == "" || strings.Contains(strings.ToLower(text), "jane") {
			t.Errorf("found %s", text)
		}
		none, err := privacy.FindBuyer(t.Context(), erp, []canonical.Channel{ours}, "nobody."+tag+"@example.com")
		if err != nil || len(none.Orders)+len(none.Partners)+len(none.OtherOrders) > 0 || none.Hash == found.Hash {
			t.Errorf("%+v, %v", none, err)
		}
		for _, bad := range []string{"", "jane", "@example.com", "jane@", "Jane <jane@example.com>", "a@b@c", "jane@example.com, joe@example.com"} {
			if _, err := privacy.FindBuyer(t.Context(), erp, []canonical.Channel{ours}, bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}
