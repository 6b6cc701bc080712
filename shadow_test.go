package retailsync_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// TestShadowOrders compares rules on orders while it writes nothing: equal rules differ nowhere, others as they should.
func TestShadowOrders(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) {
		erp := db.dial(t)
		prefix := tag()
		source := &listed{orders: numbered(prefix, 5), page: 2}
		journal := &retailsync.MemoryJournal{}
		connector := retailsync.New(erp, db.rules, retailsync.WithJournal(journal))
		before, err := odoo.Count[sale.Order](t.Context(), erp, odoo.Where("client_order_ref", "=like", "%"+prefix+"%"))
		if err != nil {
			t.Fatal(err)
		}
		shadow := func(change func(*mapping.ChannelRules)) *retailsync.ShadowReport {
			t.Helper()
			report, err := connector.ShadowOrders(t.Context(), source, rulesWith(db, change), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		nothingWritten := func() {
			t.Helper()
			after, err := odoo.Count[sale.Order](t.Context(), erp, odoo.Where("client_order_ref", "=like", "%"+prefix+"%"))
			if err != nil || before != after || len(source.acknowledged) > 0 || len(journal.Events()) > 0 {
				t.Errorf("it wrote: %d orders, %d acknowledged, %d events, %v", after-before, len(source.acknowledged), len(journal.Events()), err)
			}
		}
		defer nothingWritten()
		if report := shadow(func(*mapping.ChannelRules) {}); report.Compared != 5 || report.Same != 5 || len(report.Differing) > 0 {
			t.Errorf("equal rules: %s", report)
		}
		prefixed := shadow(func(c *mapping.ChannelRules) { c.OrderPrefix = "NEW-" })
		if len(prefixed.Differing) != 5 || len(prefixed.Differing[0].Changes) != 1 || !strings.Contains(prefixed.Differing[0].String(), "-> NEW-") {
			t.Errorf("another prefix: %s, %v", prefixed, prefixed.Differing)
		}
		if db.real {
			return // what follows is about the rules; each look reads all that they name, which takes real servers seconds
		}
		broken := shadow(func(c *mapping.ChannelRules) { c.Lines = nil })
		if broken.Broken != 5 || !strings.Contains(broken.Differing[0].String(), "can no longer be mapped") {
			t.Errorf("without a rule for shipping: %s", broken)
		}
		without := retailsync.New(erp, rulesWith(db, func(c *mapping.ChannelRules) { c.Lines = nil }))
		mended, err := without.ShadowOrders(t.Context(), source, db.rules, time.Time{})
		if err != nil || mended.Mended != 5 || !mended.Differing[0].Differs() {
			t.Errorf("with a rule that was missing: %s, %v", mended, err)
		}
		var unknown *mapping.UnknownRecordError
		if _, err := connector.ShadowOrders(t.Context(), source, rulesWith(db, func(c *mapping.ChannelRules) { c.Team = mapping.Name("no such team") }), time.Time{}); !errors.As(err, &unknown) {
			t.Errorf("a record that Odoo lacks: %v", err)
		}
	})
}
