package loop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

const (
	opClose   = "close return"
	opInspect = "report inspected"
	// mostItems is how many lines a call about conditions takes; Loop's guide says 20, its schema 30.
	mostItems = 20
)

// CloseReturn implements [returns.Closer]. Loop fulfils no outcome of a return that is closed: it moves no money and sends no goods.
func (p *Platform) CloseReturn(ctx context.Context, closing returns.Closing) error {
	state, err := p.read(ctx, opClose, closing.ReturnID)
	if err != nil || state.Closed {
		return err
	}
	return p.act(ctx, opClose, closing.ReturnID, "close", nil)
}

// ProcessReturn has Loop fulfil the outcomes of a return: it refunds, creates gift cards and places exchange orders in Shopify, soon
// after. Processing what is closed is a success without effect; a return under review is an error of [marketplace.CodeConflict].
// A flow that refunds itself must not call it.
func (p *Platform) ProcessReturn(ctx context.Context, id string) error {
	const op = "process return"
	state, err := p.read(ctx, op, id)
	switch {
	case err != nil:
		return err
	case state.Approval == canonical.ReturnApproved && state.Closed:
		return nil
	}
	return p.act(ctx, op, id, "process", nil)
}

// CancelReturn withdraws a return: its buyer may ask for another one with the same items. Cancelling what is cancelled is a success
// without effect.
func (p *Platform) CancelReturn(ctx context.Context, id string) error {
	const op = "cancel return"
	state, err := p.read(ctx, op, id)
	if err != nil || state.Approval == canonical.ReturnCancelled {
		return err
	}
	return p.act(ctx, op, id, "cancel", nil)
}

// FlagReturn has a person at Loop look at a return before anything is processed. Flagging what is under review is a success without
// effect.
func (p *Platform) FlagReturn(ctx context.Context, id string) error {
	const op = "flag return"
	state, err := p.read(ctx, op, id)
	if err != nil || strings.EqualFold(state.RawStatus, "review") {
		return err
	}
	return p.act(ctx, op, id, "flag", nil)
}

// AddNote adds a note for the staff to a return, of less than 255 characters. A note that the return has already is not added again.
func (p *Platform) AddNote(ctx context.Context, id, note string) error {
	const op = "add note"
	if note = strings.TrimSpace(note); note == "" || len([]rune(note)) >= 255 {
		return p.fail(marketplace.CodeInvalid, op, "note", "a note has between 1 and 254 characters", nil)
	}
	if !isID(id) {
		return p.fail(marketplace.CodeNotFound, op, "return", "this is not an id of a return of Loop", nil)
	}
	reply, err := p.client.Get(ctx, op, "/warehouse/return/"+id+"/notes", nil)
	// Loop answers 422 where there are no notes.
	if err != nil && marketplace.CodeOf(err) != marketplace.CodeInvalid {
		return err
	}
	if err == nil {
		root, _ := tree.Parse(reply.Body)
		notes, _ := root.Get("notes").Items()
		if slices.ContainsFunc(notes, func(v tree.Value) bool { text, _ := v.Get("content").Text(); return text == note }) {
			return nil
		}
	}
	return p.act(ctx, op, id, "note", map[string]string{"content": note})
}

// act carries out an action on a return. Loop answers 200 also where it refuses, with a sentence instead of true.
func (p *Platform) act(ctx context.Context, op, id, action string, content any) error {
	request := rest.Request{Method: http.MethodPost, Path: "/warehouse/return/" + id + "/" + action}
	if content != nil {
		body, err := json.Marshal(content)
		if err != nil {
			return p.fail(marketplace.CodeInvalid, op, "", "the request cannot be written", err)
		}
		request.Body = body
	}
	reply, err := p.client.Do(ctx, op, request)
	if err != nil {
		return err
	}
	answer, err := tree.Parse(reply.Body)
	if len(reply.Body) == 0 || err == nil && answer.IsTrue() {
		return nil
	}
	message := "Loop refused it: fetch the return again and decide"
	if text, _ := complaint.Find(answer, answer).Text(); text != "" {
		message += ": it says " + p.client.Quote(text)
	}
	return p.fail(marketplace.CodeConflict, op, "state", message, nil)
}

// ReportInspected implements [returns.InspectionReporter]. A line of Loop is one unit, so each line has one condition. Units that were
// not looked at are not told. What Loop has already is not told again.
func (p *Platform) ReportInspected(ctx context.Context, report returns.Inspection) error {
	state, err := p.read(ctx, opInspect, report.ReturnID)
	if err != nil {
		return err
	}
	var grades, dispositions []item
	for i, line := range report.Lines {
		grade, disposition, err := p.unit(state, i, line)
		if err != nil {
			return err
		}
		for _, told := range []*item{grade, disposition} {
			if told == nil {
				continue
			}
			told.Processor = p.processor
			if !report.At.IsZero() {
				told.InspectedAt = report.At.UTC().Format(time.DateTime)
			}
		}
		if grade != nil {
			grades = append(grades, *grade)
		}
		if disposition != nil {
			dispositions = append(dispositions, *disposition)
		}
	}
	for part := range slices.Chunk(grades, mostItems) {
		if _, err := p.client.Send(ctx, opInspect, http.MethodPost, "/dispositioning/grade", map[string]any{"items": part}); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(dispositions, mostItems) {
		if _, err := p.client.Send(ctx, opInspect, http.MethodPost, "/dispositioning/assess", map[string]any{"items": part}); err != nil {
			return err
		}
	}
	return nil
}

// item is what Loop is told about a unit.
type item struct {
	LineItemID  json.Number `json:"line_item_id"`
	Description string      `json:"description,omitempty"`
	Condition   string      `json:"condition_category,omitempty"`
	Outcome     string      `json:"disposition_outcome,omitempty"`
	Processor   string      `json:"return_processor,omitempty"`
	InspectedAt string      `json:"inspected_at,omitempty"`
}

// unit is what is to be told about a line that Loop does not have yet.
func (p *Platform) unit(state canonical.Return, i int, line returns.InspectedLine) (grade, disposition *item, err error) {
	path := fmt.Sprintf("lines[%d]", i)
	at := slices.IndexFunc(state.Lines, func(l canonical.ReturnLine) bool { return l.ID == line.ID })
	if at < 0 {
		return nil, nil, p.fail(marketplace.CodeInvalid, opInspect, path+".id", "the return has no such line", nil)
	}
	var unit canonical.ReceivedUnits
	for _, found := range line.Found {
		switch {
		case found.Qty.IsZero():
		case !found.Qty.Equal(decimal.One) || unit.Qty.IsPos():
			return nil, nil, p.fail(marketplace.CodeInvalid, opInspect, path+".found", "a line of Loop is one unit with one condition", nil)
		default:
			unit = found
		}
	}
	if unit.Qty.IsZero() || unit.Disposition == canonical.DispositionPending {
		return nil, nil, nil
	}
	have := state.Lines[at].Received
	if len(have) == 1 && have[0].Disposition == unit.Disposition {
		return nil, nil, nil
	}
	id := json.Number(line.ID)
	if unit.Disposition == canonical.DispositionWrongItem {
		return &item{LineItemID: id, Condition: "incorrect_item", Description: "Another item than was announced"}, nil, nil
	}
	word := p.words.told[unit.Disposition]
	if word == "" {
		return nil, nil, p.fail(marketplace.CodeInvalid, opInspect, path+".found", "Loop has no word for "+string(unit.Disposition)+": set WithDispositionWord", nil)
	}
	disposition = &item{LineItemID: id, Outcome: word}
	if len(have) == 1 && have[0].Disposition == canonical.DispositionWrongItem || len(have) == 1 && have[0].RawDisposition == "missing" {
		// The grade that was told earlier would win.
		grade = &item{LineItemID: id, Condition: "grade_b", Description: "Looked at again"}
	}
	return grade, disposition, nil
}
