package loyalty_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/loyalty"
)

func TestStoreCreditIsIssuedAndToppedUpOnce(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		ctx, tag := t.Context(), rand.Text()[:10]
		draft := loyalty.CardDraft{ExternalID: odoo.NewExternalID("retailsync", "test", tag), Code: "RS-" + tag, Program: 1, Amount: decimal.MustParse("24.52"), Currency: 1}
		if w.Series < 16 {
			var missing *loyalty.NotAvailable
			if _, err := loyalty.IssueCard(ctx, w.Client, draft); !errors.As(err, &missing) {
				t.Error(err)
			}
			if _, err := loyalty.TopUp(ctx, w.Client, 1, draft.Amount, "x"); !errors.As(err, &missing) {
				t.Error(err)
			}
			return
		}
		draft.Program = w.Create("loyalty.program", map[string]any{"name": "Credit " + tag, "program_type": "ewallet"}, nil)
		draft.Partner = w.Create("res.partner", map[string]any{"name": "Test " + tag}, nil)
		draft.Currency = warehouse.Call[[]struct {
			Currency odoo.Many2One `json:"currency_id"`
		}](w, "loyalty.program", "read", []int64{draft.Program}, odoo.Args{"fields": []string{"currency_id"}}, nil)[0].Currency.ID
		client := w.As("sales_team.group_sale_manager")
		ids := make([]int64, 4)
		var group sync.WaitGroup
		for i := range ids {
			group.Go(func() {
				card, err := loyalty.IssueCard(ctx, client, draft)
				if err != nil {
					t.Error(err)
				}
				ids[i] = card.ID
			})
		}
		group.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatal("issued more than once", ids)
			}
		}
		for range 2 {
			card, err := loyalty.TopUp(ctx, client, ids[0], decimal.MustParse("5.48"), "refund "+tag)
			if err != nil {
				t.Fatal(err)
			}
			if card.Points.Cmp(decimal.MustParse("30")) != 0 || card.Partner.ID != draft.Partner {
				t.Error(card)
			}
		}
		// what the customer spent stays spent
		warehouse.Call[any](w, "loyalty.card", "write", ids[:1], odoo.Args{"vals": map[string]any{"points": 1}}, nil)
		card, err := loyalty.IssueCard(ctx, client, draft)
		if err != nil || card.Points.Cmp(decimal.One) != 0 {
			t.Error("filled up again", card, err)
		}
		other := draft
		other.ExternalID = odoo.NewExternalID("retailsync", "test", tag, "other")
		var taken *loyalty.CodeTaken
		if _, err := loyalty.IssueCard(ctx, client, other); !errors.As(err, &taken) || taken.Card != ids[0] {
			t.Error("the same code:", err)
		}
		other.Code, other.Currency = "RS2-"+tag, draft.Currency+1
		var invalid *loyalty.InvalidCard
		if _, err := loyalty.IssueCard(ctx, client, other); !errors.As(err, &invalid) || invalid.Field != "Currency" {
			t.Error("another currency:", err)
		}
	})
}
