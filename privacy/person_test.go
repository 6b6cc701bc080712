package privacy_test

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/privacy"
)

// TestFindPerson finds a person by telephone numbers, however they are written, by a channel's number of the customer, and by all of them at once.
func TestFindPerson(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		tag := strings.ToLower(rand.Text())
		n, err := rand.Int(rand.Reader, big.NewInt(9_000_000))
		if err != nil {
			t.Fatal(err)
		}
		last := fmt.Sprint(n.Int64() + 1_000_000) // seven digits that nobody else has
		shop := canonical.Channel{Name: "shop", Account: tag}
		order := func(partner int64, id string) {
			t.Helper()
			record := w.Create("sale.order", map[string]any{"partner_id": partner}, nil)
			name := odoo.NewExternalID(mapping.Module, shop.Name, shop.Account, "order", id)
			w.Create("ir.model.data", map[string]any{"module": name.Module, "name": name.Name, "model": "sale.order", "res_id": record}, nil)
		}
		partner := func(values map[string]any) int64 {
			t.Helper()
			values["name"] = "Jane " + tag
			return w.Create("res.partner", values, nil)
		}
		abroad := partner(map[string]any{"phone": "+49 (0)151 " + last[:3] + "-" + last[3:]})
		home := partner(map[string]any{"phone": "Tel. 0151/" + last})
		bare := partner(map[string]any{"phone": "0151 " + last})
		danish := partner(map[string]any{"phone": "+45 151" + last})
		longer := partner(map[string]any{"phone": "+49 151 " + last + "9"})
		known := partner(map[string]any{"ref": "shop/" + tag + "/77"})
		mailed := partner(map[string]any{"email": "jane." + tag + "@example.com"})
		elsewhere := partner(map[string]any{"ref": "market/" + tag + "/77"})
		for i, id := range []int64{abroad, home, bare, danish, longer, known, mailed, elsewhere} {
			order(id, fmt.Sprint(i))
		}
		mobile := int64(0)
		if w.Series < 19 {
			mobile = partner(map[string]any{"mobile": "0049151" + last})
		}
		groups, err := docs.Groups(w.Series, string(mapping.WorkflowOrders))
		if err != nil {
			t.Fatal(err)
		}
		erp := w.As(groups...)
		seen := map[string]string{}
		for _, test := range []struct {
			name   string
			person privacy.Person
			want   []int64
		}{
			{"with its country", privacy.Person{Phones: []string{"+49 151 " + last}}, []int64{abroad, home, bare, mobile}},
			{"with noughts", privacy.Person{Phones: []string{"0049(151)" + last}}, []int64{abroad, home, bare, mobile}},
			{"of any country", privacy.Person{Phones: []string{"0151-" + last}}, []int64{abroad, home, bare, danish, mobile}},
			{"of another country", privacy.Person{Phones: []string{"+45151" + last}}, []int64{home, bare, danish}},
			{"a number of the shop", privacy.Person{Customers: []canonical.Key{{Channel: shop, ID: " 77 "}}}, []int64{known}},
			{"a number like it", privacy.Person{Customers: []canonical.Key{{Channel: shop, ID: "7"}}}, nil},
			{
				"all of them",
				privacy.Person{Mails: []string{"JANE." + tag + "@example.com"}, Phones: []string{"+49151" + last}, Customers: []canonical.Key{{Channel: shop, ID: "77"}}},
				[]int64{abroad, home, bare, known, mailed, mobile},
			},
		} {
			found, err := privacy.FindPerson(t.Context(), erp, []canonical.Channel{shop}, test.person)
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			var want []int64
			var orders []canonical.Key
			for i, id := range []int64{abroad, home, bare, danish, longer, known, mailed, elsewhere, mobile} {
				for _, wanted := range test.want {
					if id == wanted && id != 0 {
						want = append(want, id)
						if id != mobile {
							orders = append(orders, canonical.Key{Channel: shop, ID: fmt.Sprint(i)})
						}
					}
				}
			}
			if diff := cmp.Diff(privacy.Buyer{Hash: found.Hash, Orders: orders, Partners: want}, found); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
			if other, twice := seen[found.Hash]; twice && other != "with its country" || strings.Contains(fmt.Sprint(found), last) {
				t.Errorf("%s: %+v, %s", test.name, found, other)
			}
			seen[found.Hash] = test.name
		}
		// A request by telephone reaches what is kept of the orders that the number leads to, and nothing else.
		store := idempotency.NewMemory()
		for _, id := range []string{"0", "3"} {
			claim, _, _, err := store.Acquire(t.Context(), idempotency.Key{Scope: "test/orders/" + shop.String(), ID: id}, "", time.Hour)
			must(t, err)
			must(t, store.Complete(t.Context(), claim, []byte(`{"outcome":"created","odoo_id":7,"note":"ask at the neighbour's"}`), 0))
		}
		report, err := forgetPerson(t.Context(), erp, privacy.Stores{Store: store}, []canonical.Channel{shop}, privacy.Person{Phones: []string{"+49 151" + last}}, false)
		if err != nil || len(report.Texts) != 1 || !strings.HasSuffix(report.Texts[0].Name, tag+"/0") {
			t.Errorf("the request erased %+v, %v", report.Texts, err)
		}
		for _, bad := range []privacy.Person{
			{}, {Phones: []string{"123456"}}, {Phones: []string{"call 0151 1234567"}}, {Phones: []string{"+49 151 1234567 89012345"}}, {Phones: []string{"%%%%%%%"}},
			{Mails: []string{"jane"}}, {Customers: []canonical.Key{{Channel: shop}}}, {Customers: []canonical.Key{{ID: "7"}}}, {Phones: []string{"01511234567", ""}},
		} {
			_, err := privacy.FindPerson(t.Context(), erp, []canonical.Channel{shop}, bad)
			if err == nil {
				t.Errorf("%+v is looked for", bad)
				continue
			}
			for _, text := range bad.Texts() {
				if text != "" && strings.Contains(err.Error(), text) {
					t.Errorf("the error names the person: %v", err)
				}
			}
		}
		person := privacy.Person{Mails: []string{"a@b.example"}, Phones: []string{"01511234567"}, Customers: []canonical.Key{{Channel: shop, ID: "7"}}}
		if diff := cmp.Diff([]string{"a@b.example", "01511234567"}, person.Texts()); diff != "" {
			t.Error(diff)
		}
	})
}
