package retailsync_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/returns"
)

// groupsOf are the groups of docs/odoo-rights.md for a workflow; being a user at all is left out.
func groupsOf(t *testing.T, db *database, workflow mapping.Workflow) []string {
	t.Helper()
	groups, err := docs.Groups(db.series, string(workflow))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(groups, func(group string) bool { return group == "base.group_user" })
}

// as lets a user with the documented rights of a workflow, and no others, run the flows; what people do is still an administrator's.
func (c *returnDesk) as(workflow mapping.Workflow) *odoo.Client {
	c.Helper()
	return c.with(groupsOf(c.T, c.db, workflow)...)
}

// with lets a user with these groups run the flows.
func (c *returnDesk) with(groups ...string) *odoo.Client {
	c.Helper()
	erp := c.user(groups...).dial(c)
	c.connector = retailsync.New(erp, c.rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journal))
	return erp
}

// rightsDesk is a desk whose rules read all that rules of returns can: tags of products, what is invoiced as delivered, and locations; a person
// releases the money, and damaged goods are scrapped.
func rightsDesk(t *testing.T, db *database) *returnDesk {
	t.Helper()
	c := newReturnDesk(t, db, func(r *mapping.ReturnRules) {
		r.Refunds.PersonAbove = decimal.MustNew(20, 0)
		r.Dispositions[canonical.DispositionDamaged] = mapping.DispositionRule{To: mapping.ToScrap}
		if db.series >= 16 {
			r.FinalSale.Tags = []string{"never *"}
		}
	})
	c.write("product.product", c.product, map[string]any{"invoice_policy": "delivery"})
	if db.series >= 16 {
		c.write("product.product", c.product, map[string]any{"additional_product_tag_ids": []any{[]any{4, c.create("product.tag", map[string]any{"name": "Sale " + tag()})}}})
	}
	c.sell(3)
	return c
}

// takesBack takes two units back, one to sell again and one to scrap, and exchanges the third. It returns what Odoo refused.
func (c *returnDesk) takesBack() error {
	c.Helper()
	say := func(id string, events ...returns.Event) error {
		report, err := c.connector.TellReturn(c.Context(), c.platform, id, c.options(), events...)
		if err == nil && len(report.Failed()) > 0 {
			err = report.Failed()[0].Err
		}
		return err
	}
	units := []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}, {Qty: decimal.One, Disposition: canonical.DispositionDamaged}}
	c.ask("1", 2, canonical.ResolutionRefund)
	if result := c.process("1"); result.Err != nil {
		return result.Err
	}
	if err := say("1", returns.Inspected{Line: "R1", Found: units, By: returns.FromPerson}); err != nil {
		return err
	}
	if !strings.Contains(c.withMore(), "to-do") {
		c.Error("nobody was asked to release the money")
	}
	if err := say("1", returns.Decided{Question: "release/0/49.97", Answer: returns.AnswerRelease}); err != nil {
		return err
	}
	c.ask("2", 1, canonical.ResolutionExchangeSame)
	if result := c.process("2"); result.Err != nil {
		return result.Err
	}
	return say("2", returns.Inspected{Line: "R1", Found: units[:1], By: returns.FromPerson})
}

// Goods come back, are sold again, scrapped and exchanged, a person is asked and answers, by a user with the documented groups and no others.
func TestRightsOfReturns(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		c := rightsDesk(t, db)
		c.as(mapping.WorkflowReturns)
		if err := c.takesBack(); err != nil {
			t.Fatal(err)
		}
		c.wantMoved("re 49.97")
		const want = "delivered 0; invoice posted; credit posted RMA-1 39.98+9.99; credit posted RMA-2 19.99+5.00; stock 19; return done; return done; exchange sale 24.99"
		if got := c.withMore(); got != want {
			t.Errorf("at the end:\ngot  %s\nwant %s", got, want)
		}
	})
}

// Without sales, and without stock, a step of that is refused; [TestRightsOfRefunds] shows it of invoicing.
func TestEachRightOfReturnsIsNeeded(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) {
		groups := groupsOf(t, db, mapping.WorkflowReturns)
		for _, group := range slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return g == groupBilling }) {
			t.Run(group, func(t *testing.T) {
				t.Parallel()
				c := rightsDesk(t, db)
				c.with(slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return g == group })...)
				if err := c.takesBack(); odoo.CodeOf(err) != odoo.CodeAccess {
					t.Errorf("without %s: %v", group, err)
				}
			})
		}
	})
}
