package web

import (
	"fmt"
	"slices"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/observe"
)

// finding is what a survey found, as people say it.
type finding struct {
	Level   level
	Channel string
	Text    string
	At      time.Time
	// Flow is the survey's flow, by which it is made again.
	Flow string
}

// days is a span of time as people say it.
func days(seconds float64) string {
	switch span := time.Duration(seconds) * time.Second; {
	case span < 5*time.Second:
		return "a moment"
	case span < 2*time.Minute:
		return fmt.Sprintf("%d s", int(span.Seconds()))
	case span < 2*time.Hour:
		return fmt.Sprintf("%d min", int(span.Minutes()))
	case span < 48*time.Hour:
		return fmt.Sprintf("%d h", int(span.Hours()))
	default:
		return fmt.Sprintf("%d days", int(span.Hours()/24))
	}
}

// allThere says that nothing is missing.
func allThere(n int, one, many string) string {
	if n == 0 {
		return "No " + many + " in the last days"
	}
	return number(n, one, many) + ", all in Odoo"
}

// findings are the readings in words: what both sides were asked, and whether they say the same. Those to look at come first, then by channel as the
// channels stand on the page.
func findings(channels []Channel, readings []state.Reading) []finding {
	var all []finding
	for _, reading := range readings {
		value := func(metric string) int {
			v, _ := reading.Value(metric, "")
			return int(v)
		}
		span := func(metric, attribute string) string {
			v, _ := reading.Value(metric, attribute)
			return days(v)
		}
		one := finding{Level: good, Channel: reading.Channel, At: reading.At, Flow: "survey-" + reading.Survey}
		switch reading.Survey {
		case retailsync.SurveyOfOrders:
			one.Text = allThere(value(observe.OrdersAtSource), "order", "orders")
			if missing := value(observe.OrdersMissing); missing > 0 {
				one.Level = look
				one.Text = fmt.Sprintf("%d of %s not in Odoo, the oldest for %s", missing, number(value(observe.OrdersAtSource), "order", "orders"), span(observe.OrderMissingAge, ""))
			}
		case retailsync.SurveyOfRefunds:
			one.Text = allThere(value(observe.RefundsAtSource), "refund", "refunds")
			if open := value(observe.RefundsOpen); open > 0 {
				one.Level = look
				one.Text = fmt.Sprintf("%d of %s without a credit note in Odoo, the oldest for %s", open, number(value(observe.RefundsAtSource), "refund", "refunds"), span(observe.RefundOpenAge, ""))
			}
			one.Flow = "survey-" + retailsync.SurveyOfOrders
		case retailsync.SurveyOfStock:
			drifted := value(observe.StockDrift)
			// What has just changed in Odoo may be on its way to the channel.
			behind, _ := reading.Value(observe.StockLag, "")
			if one.Text = number(value(observe.StockChecked), "level", "levels") + " of stock, all as in Odoo"; drifted > 0 {
				if time.Duration(behind)*time.Second > lag {
					one.Level = look
				}
				one.Text = fmt.Sprintf("%d of %s of stock other than in Odoo, behind by up to %s", drifted, number(value(observe.StockChecked), "level", "levels"), span(observe.StockLag, ""))
			}
		case retailsync.SurveyOfReturns:
			one.Text = "No return is open"
			if open := value(observe.ReturnsOpen); open > 0 {
				one.Text = fmt.Sprintf("%s open, the oldest for %s", number(open, "return is", "returns are"), span(observe.ReturnOpenAge, ""))
			}
			if _, ok := reading.Value(observe.ReturnCycleTime, "0.5"); ok {
				one.Text += fmt.Sprintf("; half of those that are done took at most %s", span(observe.ReturnCycleTime, "0.5"))
			}
		case retailsync.SurveyOfSettlements:
			one.Text, one.Level = settled(reading)
		default:
			continue
		}
		all = append(all, one)
	}
	place := func(f finding) int {
		return slices.IndexFunc(channels, func(c Channel) bool { return c.Key.String() == f.Channel })
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		if a.Level != b.Level {
			if a.Level == look {
				return -1
			}
			return 1
		}
		return place(a) - place(b)
	})
	return all
}

// settled says what is open between a provider and the books. What waits as it should is no reason to look.
func settled(reading state.Reading) (string, level) {
	open, waiting := 0, 0
	for _, point := range reading.Points {
		if point.Metric != observe.Exceptions {
			continue
		}
		for _, reason := range point.Attributes {
			switch retailsync.OpenReason(reason) {
			case retailsync.OpenPayment, retailsync.OpenPayout:
				waiting += int(point.Value)
			default:
				open += int(point.Value)
			}
		}
	}
	text, at := "All that was paid out is in the books", good
	if open > 0 {
		age, _ := reading.Value(observe.ExceptionAge, "")
		text, at = fmt.Sprintf("%s not in the books as they should be, the oldest for %s", number(open, "item is", "items are"), days(age)), look
	}
	if waiting > 0 {
		text += fmt.Sprintf("; %s for a payout or the bank", number(waiting, "item waits", "items wait"))
	}
	return text, at
}
