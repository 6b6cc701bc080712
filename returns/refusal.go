package returns

import "fmt"

// Refusal is why a return, or an event, is not accepted. Find it with errors.As, or in [Case.Refusals].
type Refusal struct {
	Code RefusalCode `json:"code"`
	// Line is the line of the return, or empty.
	Line string `json:"line,omitempty"`
	// Problem and WayOut are sentences for people, without personal data.
	Problem string `json:"problem"`
	WayOut  string `json:"way_out"`
}

// RefusalCode names a refusal, for programs and rules.
type RefusalCode string

// The refusals of requests.
const (
	RefusedUnknownOrder RefusalCode = "unknown_order"
	RefusedCancelled    RefusalCode = "order_cancelled"
	RefusedLocked       RefusalCode = "order_locked"
	RefusedUnknownLine  RefusalCode = "unknown_line"
	RefusedNotGoods     RefusalCode = "not_goods"
	RefusedKitMember    RefusalCode = "kit_member"
	RefusedNotShipped   RefusalCode = "not_shipped"
	RefusedTooMany      RefusalCode = "too_many"
	RefusedTwice        RefusalCode = "line_twice"
	RefusedLate         RefusalCode = "late"
	RefusedFinalSale    RefusalCode = "final_sale"
	RefusedCurrency     RefusalCode = "currency"
)

// The refusals of events.
const (
	RefusedEvent     RefusalCode = "event"      // it does not fit the state
	RefusedLot       RefusalCode = "lot"        // that lot was not shipped
	RefusedUnknown   RefusalCode = "unknown"    // it names a line, effect, leg or question that the case has not
	RefusedAnswer    RefusalCode = "answer"     // not a possible answer
	RefusedQuantity  RefusalCode = "quantity"   // negative, or no number
	RefusedOtherCase RefusalCode = "other_case" // it is about another return
)

// Error names the line, the problem and the way out.
func (r *Refusal) Error() string {
	if r.Line != "" {
		return fmt.Sprintf("returns: %s: line %q: %s: %s", r.Code, r.Line, r.Problem, r.WayOut)
	}
	return fmt.Sprintf("returns: %s: %s: %s", r.Code, r.Problem, r.WayOut)
}
