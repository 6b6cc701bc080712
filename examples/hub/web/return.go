package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/returns"
)

// conditions are what can be found in a unit, in the order in which the form asks for them.
var conditions = []struct {
	disposition canonical.Disposition
	title       string
}{
	{canonical.DispositionSellable, "Sellable"}, {canonical.DispositionDamaged, "Damaged"}, {canonical.DispositionRefurbish, "To refurbish"},
	{canonical.DispositionWrongItem, "Wrong item"}, {canonical.DispositionMissing, "Missing"},
}

type returnView struct {
	Channel, Number, Order, Address string
	Known                           returns.Case
	Waits                           []returnWait
	Lines                           []returnLine
	// Open says that units of some line are not looked at yet, Problem why what was sent was not taken.
	Open    bool
	Problem string
}

// returnLine is a line with what was found in its units, in all.
type returnLine struct {
	returns.CaseLine
	Found []condition
	// Left are the units that nobody has looked at.
	Left decimal.Decimal
}

// condition is a field of the form. Word is what stands in it.
type condition struct {
	Field, Title, Word string
	Units              decimal.Decimal
}

func returnAddress(back canonical.Key) string {
	return "/returns/" + url.PathEscape(back.Channel.Name) + "/" + url.PathEscape(back.Channel.Account) + "/" + url.PathEscape(back.ID)
}

// aReturn shows a return, and what it waits for; with a form for what was found in its units while there are some that nobody has looked at.
func (s *server) aReturn(w http.ResponseWriter, r *http.Request) {
	if view, ok := s.returnOf(w, r); ok {
		s.showReturn(w, r, http.StatusOK, view)
	}
}

func (s *server) showReturn(w http.ResponseWriter, r *http.Request, status int, view returnView) {
	s.render(w, r, status, "return", frame{Title: "Return " + view.Number, Here: "orders", Content: view})
}

// returnOf is the return that a request names; it has answered if there is none.
func (s *server) returnOf(w http.ResponseWriter, r *http.Request) (returnView, bool) {
	key := canonical.Key{Channel: named(r), ID: r.PathValue("id")}
	known, err := s.Case(r.Context(), key)
	if err != nil {
		s.failed(w, r, err)
		return returnView{}, false
	}
	if len(known.Lines) == 0 {
		s.sorry(w, r, http.StatusNotFound, nil)
		return returnView{}, false
	}
	view := returnView{Channel: s.title(key.Channel.String()), Number: cmp.Or(known.Number, key.ID), Known: known, Address: returnAddress(key), Waits: waitsOf(known)}
	if known.Order.ID != "" {
		view.Order = orderAddress(known.Order)
	}
	for i, of := range known.Lines {
		line := returnLine{CaseLine: of, Left: of.Approved}
		if of.Keep {
			line.Left = decimal.Zero
		}
		for _, each := range conditions {
			units := of.Found[each.disposition]
			if line.Left, err = line.Left.Sub(units); err != nil {
				s.failed(w, r, err)
				return returnView{}, false
			}
			line.Found = append(line.Found, condition{
				Field: "found." + strconv.Itoa(i) + "." + string(each.disposition), Title: each.title, Word: units.Trim(0).String(), Units: units,
			})
		}
		view.Open = view.Open || line.Left.IsPos() && known.Status != returns.CaseClosed
		view.Lines = append(view.Lines, line)
	}
	return view, true
}

// inspect tells a return what a person has found in its units, in all. Sending it twice changes nothing.
func (s *server) inspect(w http.ResponseWriter, r *http.Request) {
	view, ok := s.returnOf(w, r)
	if !ok {
		return
	}
	events, problem := view.read(r.PostForm)
	if problem == "" {
		err := s.Inspect(r.Context(), view.Known.Key, person(r), events...)
		var refused *returns.Refusal
		switch {
		case err == nil:
			http.Redirect(w, r, view.Address+"?done=inspected", http.StatusSeeOther)
			return
		case !errors.As(err, &refused):
			s.failed(w, r, err)
			return
		}
		problem = sentence(refused.Problem) + ": " + refused.WayOut + "."
	}
	view.Problem = problem
	s.showReturn(w, r, http.StatusBadRequest, view)
}

// read reads the form into events, one for each line of which more is known than before; or says what is wrong with it. What was typed stays in
// the fields.
func (v *returnView) read(form url.Values) (events []returns.Event, problem string) {
	wrong := func(line returnLine, what string) {
		if problem == "" {
			problem = cmp.Or(line.SKU, "Line "+line.ID) + ": " + what + " Nothing was recorded."
		}
	}
	for i := range v.Lines {
		line := &v.Lines[i]
		if !line.Left.IsPos() {
			continue
		}
		if form.Get("line."+strconv.Itoa(i)) != line.ID {
			return nil, "The return has changed meanwhile. Look at it again; nothing was recorded."
		}
		var found []canonical.ReceivedUnits
		sum, more := decimal.Zero, false
		for j := range line.Found {
			f := &line.Found[j]
			word := strings.TrimSpace(form.Get(f.Field))
			if word == "" {
				word = f.Word
			}
			units, err := decimal.Parse(word)
			f.Word = word[:min(len(word), longestUnits)]
			if err != nil || len(word) > longestUnits || units.IsNeg() {
				wrong(*line, fmt.Sprintf("%q is no number of units.", f.Word))
				continue
			}
			if units.Cmp(f.Units) < 0 {
				wrong(*line, fmt.Sprintf("%s were found %s before, which cannot be taken back.", f.Units.Trim(0), strings.ToLower(f.Title)))
				continue
			}
			if sum, err = sum.Add(units); err != nil {
				wrong(*line, "that is too many units.")
				continue
			}
			more = more || units.Cmp(f.Units) > 0
			if units.IsPos() {
				found = append(found, canonical.ReceivedUnits{Qty: units, Disposition: conditions[j].disposition})
			}
		}
		if sum.Cmp(line.Approved) > 0 {
			wrong(*line, fmt.Sprintf("%s units are more than the %s of the return.", sum.Trim(0), line.Approved.Trim(0)))
		}
		if more {
			events = append(events, returns.Inspected{Line: line.ID, Found: found, By: returns.FromPerson})
		}
	}
	if problem == "" && len(events) == 0 {
		problem = "No units were given that had not been recorded before."
	}
	return events, problem
}

// longestUnits is the longest number of units that is read, in bytes.
const longestUnits = 20

// waitsOf are what a return waits for: what a person is asked first.
func waitsOf(known returns.Case) []returnWait {
	if known.Status == returns.CaseClosed {
		return nil
	}
	one := returnWait{Number: cmp.Or(known.Number, known.Key.ID), Address: returnAddress(known.Key)}
	var waits []returnWait
	for _, question := range known.Questions {
		if question.Answer == "" {
			asks := one
			asks.Why, asks.Asks = question.Text, true
			waits = append(waits, asks)
		}
	}
	for _, wait := range known.Waits {
		if wait.Gate != returns.GatePerson { // that is the question
			waited := one
			waited.Why, waited.Look = wait.Why, wait.Gate == returns.GateInspection
			waits = append(waits, waited)
		}
	}
	return waits
}

// waits are what the returns of a story wait for: what a person is asked first.
func (s *server) waits(ctx context.Context, events []canonical.Event) ([]returnWait, error) {
	var asked, waited []returnWait
	seen := map[canonical.Key]bool{}
	for _, event := range events {
		if kind, _, _ := strings.Cut(string(event.Type), "."); kind != "return" || seen[event.Subject] {
			continue
		}
		seen[event.Subject] = true
		known, err := s.Case(ctx, event.Subject)
		if err != nil {
			return nil, err
		}
		for _, wait := range waitsOf(known) {
			if wait.Asks {
				asked = append(asked, wait)
			} else {
				waited = append(waited, wait)
			}
		}
	}
	return append(asked, waited...), nil
}
