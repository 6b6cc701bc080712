package generic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// action is an [Action] that was checked.
type action struct {
	method       string
	path         pieces
	body         *node
	perLine      bool
	difference   bool
	idempotency  string
	dispositions map[canonical.Disposition]string
	success      tree.Path
	value        string
	// part: it tells quantities of lines.
	part bool
}

// The placeholders of actions and of their lines.
var (
	actionNames = []string{"id", "reference", "location", "time"}
	lineNames   = []string{"line", "order_line", "sku", "qty", "disposition", "lot"}
)

func (c *check) actions(p *program, a Actions) {
	for name, one := range map[string]*Action{
		"approve": a.Approve, "decline": a.Decline, "label": a.Label, "receive": a.Receive, "inspect": a.Inspect, "close": a.Close,
	} {
		if one != nil {
			p.actions[name] = c.action("actions."+name, name, *one)
		}
	}
	if (a.Approve == nil) != (a.Decline == nil) {
		c.fail("actions.approve", "and actions.decline are for each other: give both or none")
	}
	goods := a.Receive != nil || a.Inspect != nil
	if goods && p.fields.line.receivedQty.IsZero() && p.fields.line.received.IsZero() {
		c.fail("return.line.received_qty", "is missing: without it nobody knows what was reported, and a repeat would report it twice")
	}
	if a.Inspect != nil && p.fields.line.received.IsZero() {
		c.fail("return.line.received", "is missing: without it nobody knows what was found, and a repeat would report it twice")
	}
	if a.Label != nil && p.fields.parcels.IsZero() {
		c.fail("return.parcels", "is missing: a label is read from there")
	}
	if a.Close != nil && p.fields.closed.IsZero() && len(p.fields.closedWords) == 0 {
		c.fail("words.closed", "is missing: without it nobody knows what is closed")
	}
}

func (c *check) action(field, name string, a Action) *action {
	c.oneOf(field+".method", a.Method, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete)
	c.needed(field+".path", a.Path)
	c.oneOf(field+".quantities", a.Quantities, "", "total", "difference")
	known := slices.Clone(actionNames)
	if name == "approve" || name == "decline" {
		known = append(known, "reason", "note")
	}
	each := lineNames
	if a.PerLine {
		known, each = append(known, lineNames...), nil
	}
	out := &action{
		method: a.Method, path: c.template(field+".path", a.Path, known...), perLine: a.PerLine, difference: a.Quantities == "difference",
		idempotency: a.IdempotencyHeader, success: c.path(field+".success", a.Success), value: a.SuccessValue,
		dispositions: map[canonical.Disposition]string{},
	}
	if !out.path.has("id") && !out.path.has("line") {
		c.fail(field+".path", "has no {id}")
	}
	if a.Body != nil {
		body, err := parseBody(a.Body, known, each)
		if err != nil {
			c.fail(field+".body", err.Error())
		}
		out.body = &body
	}
	out.part = a.PerLine || out.body != nil && out.body.hasEach()
	if (name == "receive" || name == "inspect") && !out.part {
		c.fail(field+".body", "tells no lines: write each and item, or per_line")
	}
	for _, word := range slices.Sorted(maps.Keys(a.Dispositions)) {
		c.oneOf(field+".dispositions."+word, word, dispositions...)
		out.dispositions[canonical.Disposition(word)] = a.Dispositions[word]
	}
	if name == "inspect" && len(a.Dispositions) == 0 {
		c.fail(field+".dispositions", "is missing: say by which words conditions are told")
	}
	if a.SuccessValue != "" {
		c.needed(field+".success", a.Success)
	}
	return out
}

// act carries out an action, once for each line if it is so.
func (p *platform) act(ctx context.Context, op string, a *action, v values, lines []values) error {
	if !a.perLine {
		return p.call(ctx, op, a, v, lines)
	}
	for _, line := range lines {
		if err := p.call(ctx, op, a, merged(v, line), nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *platform) call(ctx context.Context, op string, a *action, v values, lines []values) error {
	path, _ := a.path.fill(v)
	request := rest.Request{Method: a.method, Path: path}
	if a.body != nil {
		body, err := json.Marshal(a.body.render(v, lines))
		if err != nil {
			return p.fail(marketplace.CodeInvalid, op, "", "the request cannot be written", err)
		}
		request.Body = body
	}
	if a.idempotency != "" {
		// The reference alone would be the same for another quantity.
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", op, v["reference"], path, request.Body))
		request.Header = http.Header{a.idempotency: {hex.EncodeToString(sum[:16])}}
	}
	reply, err := p.client.Do(ctx, op, request)
	if err != nil || a.success.IsZero() {
		return err
	}
	root, err := tree.Parse(reply.Body)
	if text, textErr := a.success.Find(root, root).Text(); err != nil || textErr != nil || text != a.value {
		message := "the platform refused it: fetch the return again and decide"
		if sentence, _ := p.refusal.Find(root, root).Text(); sentence != "" {
			message += ": it says " + p.client.Quote(sentence)
		}
		return p.fail(marketplace.CodeConflict, op, "", message, nil)
	}
	return nil
}

// common are the values that all actions have.
func common(id, reference, location string, at time.Time) values {
	v := values{"id": id, "reference": reference, "location": location}
	if !at.IsZero() {
		v["time"] = at.UTC().Format(time.RFC3339)
	}
	return v
}

// lineValues are the values of a quantity of a line.
func lineValues(line canonical.ReturnLine, qty decimal.Decimal) values {
	return values{"line": line.ID, "order_line": line.OrderLineID, "sku": line.SKU, "qty": quantity(qty)}
}

// find is a line of a return that an action names.
func (p *platform) find(op string, state canonical.Return, i int, id string, qty decimal.Decimal) (canonical.ReturnLine, error) {
	at := slices.IndexFunc(state.Lines, func(line canonical.ReturnLine) bool { return line.ID == id })
	if at < 0 {
		return canonical.ReturnLine{}, p.fail(marketplace.CodeInvalid, op, fmt.Sprintf("lines[%d].id", i), "the return has no such line", nil)
	}
	if qty.IsNeg() || qty.Cmp(state.Lines[at].Qty) > 0 {
		return canonical.ReturnLine{}, p.fail(marketplace.CodeInvalid, op, fmt.Sprintf("lines[%d].qty", i),
			"not between zero and the units that are to come back", nil)
	}
	return state.Lines[at], nil
}

// decider approves and declines.
type decider struct{ *platform }

// ApproveReturn implements [returns.Decider].
func (d decider) ApproveReturn(ctx context.Context, decision returns.Decision) error {
	return d.decide(ctx, "approve return", "approve", canonical.ReturnApproved, decision)
}

// DeclineReturn implements [returns.Decider].
func (d decider) DeclineReturn(ctx context.Context, decision returns.Decision) error {
	return d.decide(ctx, "decline return", "decline", canonical.ReturnDeclined, decision)
}

func (d decider) decide(ctx context.Context, op, name string, wanted canonical.ReturnApproval, decision returns.Decision) error {
	state, err := d.read(ctx, op, decision.ReturnID)
	switch {
	case err != nil:
		return err
	case state.Approval == wanted:
		return nil
	case state.Approval != canonical.ReturnRequested:
		return d.fail(marketplace.CodeConflict, op, "approval", "the return is "+string(state.Approval)+": fetch it again and decide", nil)
	}
	a := d.actions[name]
	var lines []values
	if len(decision.Lines) > 0 && !a.part {
		return d.fail(marketplace.CodeInvalid, op, "lines", "this platform decides on whole returns", nil)
	}
	for i, decided := range decision.Lines {
		line, err := d.find(op, state, i, decided.ID, decided.Qty)
		if err != nil {
			return err
		}
		lines = append(lines, lineValues(line, decided.Qty))
	}
	if len(decision.Lines) == 0 {
		for _, line := range state.Lines {
			lines = append(lines, lineValues(line, line.Qty))
		}
	}
	v := common(decision.ReturnID, decision.Reference, "", time.Time{})
	v["reason"], v["note"] = decision.Reason, decision.Note
	return d.act(ctx, op, a, v, lines)
}

// labeller has labels issued.
type labeller struct{ *platform }

// IssueLabel implements [returns.Labeller].
func (l labeller) IssueLabel(ctx context.Context, request returns.LabelRequest) (canonical.ReturnParcel, error) {
	const op = "issue label"
	state, err := l.read(ctx, op, request.ReturnID)
	if err != nil {
		return canonical.ReturnParcel{}, err
	}
	if len(state.Parcels) == 0 {
		v := common(request.ReturnID, request.Reference, request.Location, time.Time{})
		if err := l.act(ctx, op, l.actions["label"], v, nil); err != nil {
			return canonical.ReturnParcel{}, err
		}
		if state, err = l.read(ctx, op, request.ReturnID); err != nil {
			return canonical.ReturnParcel{}, err
		}
	}
	if len(state.Parcels) == 0 {
		return canonical.ReturnParcel{}, l.fail(marketplace.CodeUnavailable, op, "parcels", "the label was asked for and is not ready yet: ask again", nil)
	}
	return state.Parcels[0], nil
}

// receipts reports what has arrived.
type receipts struct{ *platform }

// ReportReceived implements [returns.ReceiptReporter].
func (r receipts) ReportReceived(ctx context.Context, report returns.Receipt) error {
	const op = "report received"
	state, err := r.read(ctx, op, report.ReturnID)
	if err != nil {
		return err
	}
	a := r.actions["receive"]
	var lines []values
	for i, received := range report.Lines {
		line, err := r.find(op, state, i, received.ID, received.Qty)
		if err != nil {
			return err
		}
		more, err := received.Qty.Sub(arrived(line))
		if err != nil || !more.IsPos() {
			continue
		}
		if !a.difference {
			more = received.Qty
		}
		lines = append(lines, lineValues(line, more))
	}
	if len(lines) == 0 {
		return nil
	}
	return r.act(ctx, op, a, common(report.ReturnID, report.Reference, report.Location, report.At), lines)
}

// arrived is how many units of a line the platform has.
func arrived(line canonical.ReturnLine) decimal.Decimal {
	sum := decimal.Zero
	for _, u := range line.Received {
		if u.Disposition != canonical.DispositionMissing {
			sum, _ = sum.Add(u.Qty) // it was added up when it was decoded
		}
	}
	return sum
}

// inspections reports what was found.
type inspections struct{ *platform }

// ReportInspected implements [returns.InspectionReporter]. Units that were not looked at are not told.
func (r inspections) ReportInspected(ctx context.Context, report returns.Inspection) error {
	const op = "report inspected"
	state, err := r.read(ctx, op, report.ReturnID)
	if err != nil {
		return err
	}
	a := r.actions["inspect"]
	var lines []values
	for i, inspected := range report.Lines {
		path := fmt.Sprintf("lines[%d].found", i)
		sum := decimal.Zero
		for _, u := range inspected.Found {
			if sum, err = sum.Add(u.Qty); err != nil || u.Qty.IsNeg() {
				return r.fail(marketplace.CodeInvalid, op, path, "a quantity that is none", nil)
			}
		}
		line, err := r.find(op, state, i, inspected.ID, sum)
		if err != nil {
			return err
		}
		told, changed, err := r.conditions(op, path, a, line, inspected.Found, report.Location)
		if err != nil {
			return err
		}
		if changed {
			lines = append(lines, told...)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return r.act(ctx, op, a, common(report.ReturnID, report.Reference, report.Location, report.At), lines)
}

// conditions are what is to be told about a line, and whether the platform has it otherwise.
func (r inspections) conditions(op, path string, a *action, line canonical.ReturnLine, found []canonical.ReceivedUnits, location string) ([]values, bool, error) {
	var told []values
	changed := false
	for _, u := range found {
		if u.Qty.IsZero() || u.Disposition == canonical.DispositionPending {
			continue
		}
		word := a.dispositions[u.Disposition]
		if word == "" {
			return nil, false, r.fail(marketplace.CodeInvalid, op, path, "the platform has no word for "+string(u.Disposition)+": set actions.inspect.dispositions", nil)
		}
		have := decimal.Zero
		for _, known := range line.Received {
			if known.Disposition == u.Disposition && known.Lot == u.Lot {
				have, _ = have.Add(known.Qty) // it was added up when it was decoded
			}
		}
		if have.Equal(u.Qty) {
			if !a.difference && !a.perLine { // one call says all of a line
				told = append(told, r.condition(line, u, u.Qty, word, location))
			}
			continue
		}
		qty := u.Qty
		if a.difference {
			more, err := u.Qty.Sub(have)
			if err != nil || more.IsNeg() {
				return nil, false, r.fail(marketplace.CodeConflict, op, path,
					"the platform has more units in this condition, and takes none back: correct it there", nil)
			}
			qty = more
		}
		changed = true
		told = append(told, r.condition(line, u, qty, word, location))
	}
	return told, changed, nil
}

func (r inspections) condition(line canonical.ReturnLine, u canonical.ReceivedUnits, qty decimal.Decimal, word, location string) values {
	v := lineValues(line, qty)
	v["disposition"], v["lot"] = word, u.Lot
	if v["location"] = u.Location; u.Location == "" {
		v["location"] = location
	}
	return v
}

// closer ends returns.
type closer struct{ *platform }

// CloseReturn implements [returns.Closer].
func (c closer) CloseReturn(ctx context.Context, closing returns.Closing) error {
	const op = "close return"
	state, err := c.read(ctx, op, closing.ReturnID)
	if err != nil || state.Closed {
		return err
	}
	return c.act(ctx, op, c.actions["close"], common(closing.ReturnID, closing.Reference, "", time.Time{}), nil)
}
