package retailsync_test

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// TestShadowReturns compares what two rules decide about returns while it writes nothing.
func TestShadowReturns(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) { r.Restocking.Percent = decimal.MustNew(10, 0) }, func(c *returnDesk) {
		c.sell(3)
		c.ask("1", 2, canonical.ResolutionRefund)
		guard := &writeGuard{}
		connector := retailsync.New(c.db.dial(c.T, guard.client()), c.rules, guard.options(c.store)...)
		shadow := func(afresh bool, change func(*mapping.ReturnRules)) *retailsync.ShadowReport {
			c.Helper()
			others := *c.rules
			others.Channels = map[canonical.Channel]mapping.ChannelRules{}
			for name, rules := range c.rules.Channels {
				change(&rules.Returns)
				others.Channels[name] = rules
			}
			before := len(c.platform.Effects("1"))
			report, err := connector.ShadowReturns(c.Context(), c.platform, &others, retailsync.ShadowRun{Since: c.options().Since, Orders: c.source, Afresh: afresh})
			if err != nil {
				c.Fatal(err)
			}
			if after := len(c.platform.Effects("1")); after != before {
				c.Errorf("the platform was told %d things", after-before)
			}
			return report
		}
		no := false
		ask := func(r *mapping.ReturnRules) { r.Approve.Automatic = &no }
		dearer := func(r *mapping.ReturnRules) { r.Restocking.Percent = decimal.MustNew(20, 0) }
		elsewhere := func(r *mapping.ReturnRules) {
			r.Dispositions = map[canonical.Disposition]mapping.DispositionRule{canonical.DispositionDamaged: {To: mapping.ToScrap}}
		}
		want := func(what string, report *retailsync.ShadowReport, parts ...string) {
			c.Helper()
			text := ""
			for _, result := range report.Differing {
				text += result.String()
			}
			if len(parts) == 0 && (report.Compared != 1 || report.Same != 1 || report.Failing > 0) {
				c.Errorf("%s: %s\n%s", what, report, text)
			}
			for _, part := range parts {
				if !strings.Contains(text, part) {
					c.Errorf("%s: no %q in %s\n%s", what, part, report, text)
				}
			}
		}
		same := func(*mapping.ReturnRules) {}
		want("equal rules", shadow(false, same))
		want("a person approves", shadow(false, ask), "RMA-1:", "~ approval: approved -> requested", "- open_return of line R1", "+ waits for approval")
		want("the fee is not due yet", shadow(false, dearer))

		c.process("1")
		want("what is approved stays", shadow(false, ask))
		want("afresh", shadow(true, ask), "~ approval: approved -> requested")
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
		c.wantClosed("1")
		want("what is refunded stays", shadow(false, dearer))
		want("afresh with equal rules", shadow(true, same))
		want("afresh with another fee", shadow(true, dearer), "restocking fee", "~ money 1: refund ", "due: ")
		want("afresh with scrap", shadow(true, elsewhere), "- quarantine of line R1", "+ scrap of line R1")
		guard.wantNothing(c.T)
	})
}
