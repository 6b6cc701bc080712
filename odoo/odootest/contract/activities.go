package contract

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// activities hold what the flow of returns does with to-dos on orders: they are loaded once by External ID, found on the order, and done by
// a person, after which they are not found. Odoo 14 deletes what is done, so that it can be loaded anew; later versions archive it.
func (s *suite) activities(t *testing.T) {
	s.run(t, "activity/one on an order", s.activityOnOrder)
	s.run(t, "activity/done", s.activityDone)
	s.run(t, "activity/refused", s.activityRefused)
}

// quiet is the context by which a program loads a to-do unless it exists.
var quiet = map[string]any{"mode": "update", "noupdate": true, "mail_activity_quick_update": true}

func (s *suite) todo(t *testing.T, name string, order int64, summary string) int64 {
	t.Helper()
	v, err := s.load("mail.activity", "id res_model_id/id res_id summary activity_type_id/id", [][]any{{"{u}." + name, "sale.model_sale_order", fmt.Sprint(order), summary, "mail.mail_activity_data_todo"}}, quiet)
	return s.loaded(t, v, err)[0]
}

// todos are the open ones of an order.
func (s *suite) todos(t *testing.T, order int64) []int64 {
	t.Helper()
	return s.search(t, "mail.activity", []any{leaf("res_model", "=", "sale.order"), leaf("res_id", "=", order)}, by("order", "id"))
}

func (s *suite) emptyOrder(t *testing.T) int64 {
	t.Helper()
	return s.create(t, "sale.order", map[string]any{"partner_id": s.value("{partner}")})
}

func (s *suite) activityOnOrder(t *testing.T) {
	order := s.emptyOrder(t)
	id := s.todo(t, "act1", order, "Return 1: how much?")
	if again := s.todo(t, "act1", order, "Return 1: how much now?"); again != id {
		t.Errorf("loaded again: %d, want %d", again, id)
	}
	me := number(at0(s.read(t, "sale.order", order, "create_uid")["create_uid"]))
	row := s.read(t, "mail.activity", id, "res_model", "res_id", "res_model_id", "res_name", "summary", "activity_type_id", "user_id", "date_deadline", "state")
	if s.target.Series >= 17 {
		me = 0 // nobody's, unless it is said whose it is
	}
	if number(row["res_id"]) != order || number(at0(row["user_id"])) != me || str(row["res_name"]) != str(s.read(t, "sale.order", order, "name")["name"]) {
		t.Errorf("%v is not on order %d, for user %d", row, order, me)
	}
	deadline, err := time.Parse(time.DateOnly, str(row["date_deadline"]))
	if err != nil || time.Since(deadline).Abs() > 48*time.Hour { // today, where the user is
		t.Errorf("due %v", row["date_deadline"])
	}
	if d := cmp.Diff("res_model sale.order; summary Return 1: how much?; state today", shown(row, "res_model", "summary", "state")); d != "" {
		t.Error(d)
	}
	if at(row["activity_type_id"], 0) == nil || !strings.HasPrefix(strings.ReplaceAll(str(at(row["activity_type_id"], 1)), " ", "-"), "To-Do") {
		t.Errorf("type %v", row["activity_type_id"])
	}
	if d := cmp.Diff([]int64{id}, s.todos(t, order)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int64{id}, ids(s.read(t, "sale.order", order, "activity_ids")["activity_ids"])); d != "" {
		t.Error(d)
	}
}

func (s *suite) activityDone(t *testing.T) {
	order := s.emptyOrder(t)
	id, other := s.todo(t, "act2", order, "Return 2: accept?"), s.todo(t, "act3", order, "Return 3: accept?")
	v, err := s.call("mail.activity", "action_feedback", []int64{id}, nil, by("feedback", "accepted"))
	s.must(t, v, err)
	if d := cmp.Diff([]int64{other}, s.todos(t, order)); d != "" {
		t.Error(d)
	}
	v, err = s.call("mail.activity", "search", nil, map[string]any{"active_test": false}, place("domain", []any{leaf("id", "=", id)}))
	archived := ids(s.must(t, v, err))
	again := s.todo(t, "act2", order, "Return 2: accept?")
	if s.target.Series >= 17 {
		if len(archived) != 1 || again != id {
			t.Errorf("archived %v, loaded again as %d, want both to be %d", archived, again, id)
		}
		if row := s.read(t, "mail.activity", id, "active", "state"); row["active"] != false || str(row["state"]) != "done" {
			t.Errorf("done: %v", row)
		}
		return
	}
	if len(archived) != 0 || again == id {
		t.Errorf("archived %v, loaded again as %d, want none and another than %d", archived, again, id)
	}
	v, err = s.call("mail.activity", "action_done", []int64{again}, nil)
	s.must(t, v, err)
	if d := cmp.Diff([]int64{other}, s.todos(t, order)); d != "" {
		t.Error(d)
	}
}

func (s *suite) activityRefused(t *testing.T) {
	missing := "Unknown error during import: <class 'odoo.exceptions.MissingError'>: Record does not exist or has been deleted."
	if s.target.Series >= 17 {
		missing = "The requested operation cannot be completed due to security restrictions."
	}
	for _, c := range []struct{ name, model, order, want string }{
		{"no model", "sale.model_nothing", fmt.Sprint(s.emptyOrder(t)), "No matching record found for external id 'sale.model_nothing' in field 'Document Model'"},
		{"no order", "sale.model_sale_order", "99999999", missing},
	} {
		v, err := s.load("mail.activity", "id res_model_id/id res_id summary activity_type_id/id", [][]any{{"{u}.actx", c.model, c.order, "x", "mail.mail_activity_data_todo"}}, quiet)
		answer, _ := s.must(t, v, err).(map[string]any)
		first, _ := at(answer["messages"], 0).(map[string]any)
		if answer["ids"] != false || str(first["type"]) != "error" || !strings.HasPrefix(str(first["message"]), c.want) {
			t.Errorf("%s: %v, want that nothing is loaded and %q", c.name, answer, c.want)
		}
	}
}
