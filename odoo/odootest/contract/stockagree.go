package contract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// AgreeStock runs generated scripts of counts, orders, edits and deliveries, as many as asked for from a seed on, on
// two servers of one series and wants the same answers and the same state of both after every command.
func AgreeStock(t *testing.T, a, b Target, seed, scripts int) {
	t.Helper()
	for _, target := range []*Target{&a, &b} {
		if target.APIKey != "" {
			target.Password = target.APIKey // checking a password takes a real server longer than the call
		}
	}
	first, second := newSuite(t, a, false), newSuite(t, b, false)
	gen := generatedScript()
	different, commands := 0, 0
	for n := seed; n < seed+scripts; n++ {
		x, y := first.newYard(t), second.newYard(t)
		var done []string
		for _, c := range gen.Example(n) {
			command := c.on(x)
			if command == "" {
				continue
			}
			commands++
			done = append(done, command)
			one, two := x.do(command)+"\n"+x.state(), y.do(command)+"\n"+y.state()
			if d := cmp.Diff(two, one); d != "" {
				if different++; different <= 8 {
					t.Errorf("script %d on Odoo %d\n  %s\n(-%s +%s):\n%s", n, a.Series, strings.Join(done, "\n  "), b.Database, a.Database, d)
				}
				break
			}
		}
	}
	t.Logf("%d scripts with %d commands on Odoo %d, %d differ", scripts, commands, a.Series, different)
}

// choice is a command whose records are not known yet.
type choice struct {
	verb        string
	which, move int
	good, other string
	quantity    int
	word        string
}

func generatedScript() *rapid.Generator[[]choice] {
	verbs := []string{
		"count", "count", "count", "order", "order", "line", "quantity", "quantity", "cancel", "hand", "confirm", "assign", "assign", "unreserve", "drop",
		"done", "done", "done", "demand", "pack", "split", "validate", "validate", "validate", "validate", "ask", "refuse", "track",
	}
	one := rapid.Custom(func(t *rapid.T) choice {
		return choice{
			verb: rapid.SampledFrom(verbs).Draw(t, "verb"), which: rapid.IntRange(0, 9).Draw(t, "which"), move: rapid.IntRange(0, 3).Draw(t, "move"),
			good: rapid.SampledFrom([]string{"A", "A", "A", "B", "C"}).Draw(t, "good"), other: rapid.SampledFrom([]string{"", "", "A", "B", "C"}).Draw(t, "other"),
			quantity: rapid.IntRange(0, 9).Draw(t, "quantity"), word: rapid.SampledFrom([]string{"", "", " skip", " skip now", " now", " final", " final now"}).Draw(t, "word"),
		}
	})
	return rapid.Custom(func(t *rapid.T) []choice {
		script := []choice{{verb: "count", good: "A", quantity: rapid.IntRange(1, 9).Draw(t, "first")}, {verb: "order", good: "A", quantity: rapid.IntRange(1, 9).Draw(t, "ordered"), other: rapid.SampledFrom([]string{"", "A", "B", "C"}).Draw(t, "second")}}
		return append(script, rapid.SliceOfN(one, 4, 14).Draw(t, "script")...)
	})
}

// on is the command on what a yard has, "" where it has nothing of the kind.
func (c choice) on(y *yard) string {
	pickings := len(y.pickings())
	needsOrder := c.verb == "line" || c.verb == "quantity" || c.verb == "cancel"
	needsPicking := map[string]bool{"confirm": true, "assign": true, "unreserve": true, "drop": true, "done": true, "demand": true, "pack": true, "split": true, "validate": true, "track": true}[c.verb]
	if needsOrder && len(y.orders) == 0 || needsPicking && pickings == 0 {
		return ""
	}
	order, picking := 0, 0
	if needsOrder {
		order = 1 + c.which%len(y.orders)
	}
	if needsPicking {
		picking = pickings - c.which%min(pickings, 3)
	}
	switch c.verb {
	case "count":
		return fmt.Sprintf("count %s %d at %s", c.stored(), c.quantity, []string{"1", "1", "1", "shelf", "2", "own"}[c.which%6])
	case "order":
		text := fmt.Sprintf("order %s %d", c.good, c.quantity+1)
		if c.other != "" {
			text += fmt.Sprintf(" %s %d", c.other, c.which+1)
		}
		if c.move == 3 {
			text += " from 2"
		}
		return text
	case "line":
		return fmt.Sprintf("line %d %s %d", order, c.good, c.quantity)
	case "quantity":
		lines := y.rows(y.t, "sale.order.line", []any{leaf("order_id", "=", y.orders[order-1])}, "id")
		return fmt.Sprintf("quantity %d.%d %d", order, 1+c.move%len(lines), c.quantity)
	case "cancel":
		return fmt.Sprintf("cancel %d", order)
	case "hand":
		route := []string{"1 out", "own out", "vendor out", "vendor 1", "shelf own", "1 2"}[c.which%6]
		return fmt.Sprintf("hand %s %s %d", route, c.good, c.quantity+1)
	case "done", "demand", "pack", "split":
		moves := y.rows(y.t, "stock.move", []any{leaf("picking_id", "=", y.picking(fmt.Sprint(picking)))}, "id")
		at := fmt.Sprintf("%d.%d", picking, 1+c.move%len(moves))
		switch c.verb {
		case "pack":
			return fmt.Sprintf("pack %s %s", at, []string{"X", "Y"}[c.quantity%2])
		case "split":
			return fmt.Sprintf("split %s %d %s", at, 1+c.quantity%3, []string{"X", "Y"}[c.which%2])
		}
		return fmt.Sprintf("%s %s %d", c.verb, at, c.quantity)
	case "validate":
		return fmt.Sprintf("validate %d%s", picking, c.word)
	case "ask", "refuse":
		if y.pending == nil {
			return ""
		}
		return c.verb
	case "track":
		return fmt.Sprintf("track %d REF%d", picking, c.quantity)
	}
	return fmt.Sprintf("%s %d", c.verb, picking)
}

// stored is a good that can be counted.
func (c choice) stored() string {
	if c.good == "C" {
		return "A"
	}
	return c.good
}
