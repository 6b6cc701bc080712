package retailsync_test

import (
	"strings"
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// TestShadowSettlements compares what two rules would book while it writes nothing.
func TestShadowSettlements(t *testing.T) {
	eitherPayDesk(t, func(c *payDesk) {
		c.sell(soldOrder{"1", c.home, "10.00"}, soldOrder{"2", c.home, "20.00"})
		from := &paidOut{channel: c.provider, given: map[string]canonical.Settlement{}, refuses: map[string]error{
			"away": &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: c.provider, Op: "get settlement", Message: "an outage"},
		}}
		from.closes(c, "one", c.entry("a", canonical.EntrySale, c.home, "10.00", c.of("1")), c.entry("f", canonical.EntryFee, c.home, "-1.19"))
		from.closes(c, "two", c.entry("b", canonical.EntrySale, c.home, "20.01", c.of("2")))
		from.closes(c, "away", c.entry("x", canonical.EntryFee, c.home, "-1.00"))
		guard := &writeGuard{}
		connect := func(client *odoo.Client) *retailsync.Connector {
			return retailsync.New(client, c.rules, guard.options(c.store)...)
		}
		connector := connect(c.db.dial(c.T, guard.client()))
		shadow := func(run retailsync.ShadowRun, change func(*mapping.SettlementRules)) *retailsync.ShadowReport {
			c.Helper()
			others := *c.rules
			others.Channels = map[canonical.Channel]mapping.ChannelRules{}
			for name, rules := range c.rules.Channels {
				if name == c.provider {
					rules.Settlements.Entries = append([]mapping.SettlementEntryRule(nil), rules.Settlements.Entries...)
					change(&rules.Settlements)
				}
				others.Channels[name] = rules
			}
			report, err := connector.ShadowSettlements(c.Context(), from, &others, run)
			if err != nil {
				c.Fatal(err)
			}
			return report
		}
		// elsewhere books fees on another account, strict has no tolerance for the cent of the second sale.
		elsewhere := func(rules *mapping.SettlementRules) {
			for i, rule := range rules.Entries {
				if rule.Kind == canonical.EntryFee {
					rules.Entries[i].Account = mapping.ID(c.accounts["adjustment"])
				}
			}
		}
		strict := func(rules *mapping.SettlementRules) { rules.Tolerances = nil }
		want := func(what string, report *retailsync.ShadowReport, key string, parts ...string) {
			c.Helper()
			if len(report.Differing) != 1 || report.Differing[0].Key.ID != key {
				c.Fatalf("%s: %s, %v", what, report, report.Differing)
			}
			for _, part := range parts {
				if text := report.Differing[0].String(); !strings.Contains(text, part) {
					c.Errorf("%s: no %q in\n%s", what, part, text)
				}
			}
		}
		before := c.moves()
		same := shadow(retailsync.ShadowRun{}, func(*mapping.SettlementRules) {})
		if same.Compared != 2 || same.Same != 2 || same.Failing > 0 || same.Unread != 1 {
			c.Errorf("equal rules: %s, %v", same, same.Differing)
		}
		want("fees elsewhere", shadow(retailsync.ShadowRun{}, elsewhere), "one", "~ entry f:", " fee ", " adjustment ", "debit 1.19")
		want("without tolerance", shadow(retailsync.ShadowRun{}, strict), "two", "+ exception of b: amount by 0.01", "- entry b:")
		if after := c.moves(); after != before {
			c.Errorf("%d journal entries were made", after-before)
		}
		// What is booked stays as it is, and shows afresh.
		c.settle(from.given["one"])
		if report := shadow(retailsync.ShadowRun{}, elsewhere); report.Same != 2 {
			c.Errorf("what is booked: %s, %v", report, report.Differing)
		}
		want("afresh", shadow(retailsync.ShadowRun{Afresh: true}, elsewhere), "one", "~ entry f:")
		guard.wantNothing(c.T)
	})
}
