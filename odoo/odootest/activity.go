package odootest

import "time"

// activityModel are the to-dos that stand on records. Since 17 those that are done are archived.
func activityModel() Model {
	return Model{Name: "mail.activity", Description: "Activity", NameField: "summary", Fields: []Field{
		{Name: "res_model_id", Label: "Document Model", Type: Many2One, Relation: "ir.model", Required: true}, {Name: "res_id", Label: "Related Document ID", Type: Integer, Required: true, Indexed: true},
		{Name: "res_model", Label: "Related Document Model", Type: Char, ReadOnly: true, related: "res_model_id.model"}, {Name: "res_name", Label: "Document Name", Type: Char, ReadOnly: true, compute: activityOn},
		{Name: "summary", Type: Char}, {Name: "activity_type_id", Type: Many2One, Relation: "mail.activity.type"}, {Name: "user_id", Label: "Assigned to", Type: Many2One, Relation: "res.users"},
		{Name: "date_deadline", Label: "Due Date", Type: Date, Required: true}, {Name: "active", Type: Boolean, Default: true, Since: 17},
		{Name: "state", Type: Selection, ReadOnly: true, compute: activityState, Selection: [][2]string{{"overdue", "Overdue"}, {"today", "Today"}, {"planned", "Planned"}, {"done", "Done"}}},
	}}
}

// completeActivity makes it due today. Until Odoo 16 it is for whoever creates it, later for nobody.
func (e *env) completeActivity(put func(string, any)) {
	put("date_deadline", e.start().Format(time.DateOnly))
	if e.series < 17 {
		put("user_id", e.user.id)
	}
}

// checkActivity refuses a to-do on a record that there is not.
func checkActivity(e *env, _ *table, vals map[string]any) (int64, bool, error) {
	models := e.table("ir.model")
	of, _ := integer(vals["res_model_id"])
	id, _ := integer(vals["res_id"])
	if r := models.rows[of]; r != nil {
		if on := e.table(models.str(r, "model")); on != nil && on.rows[id] == nil && e.series < 17 {
			return 0, false, missing(on.model.Name, id, e.user.id)
		} else if on != nil && on.rows[id] == nil {
			return 0, false, raise("odoo.exceptions.AccessError", "The requested operation cannot be completed due to security restrictions. Please contact your system administrator.\n\n(Document type: Activity, Operation: create)\n\nUser: %d", e.user.id)
		}
	}
	return 0, false, nil
}

// activityOn is the name of the record that a to-do stands on.
func activityOn(e *env, t *table, r *record) any {
	models := e.table("ir.model")
	of := models.rows[t.ref(r, "res_model_id")]
	if of == nil {
		return nil
	}
	on := e.table(models.str(of, "model"))
	id, _ := integer(r.get(t.model.field("res_id")))
	if on == nil || on.rows[id] == nil {
		return nil
	}
	return e.displayName(on, on.rows[id])
}

func activityState(e *env, t *table, r *record) any {
	if e.series >= 17 && !t.truth(r, "active") {
		return "done"
	}
	switch today, due := e.start().Format(time.DateOnly), t.str(r, "date_deadline"); {
	case due < today:
		return "overdue"
	case due > today:
		return "planned"
	}
	return "today"
}

// activitiesOf are the to-dos on a record that are not done.
func activitiesOf(e *env, on *table, r *record) any {
	t, models := e.table("mail.activity"), e.table("ir.model")
	open := []int64{}
	for _, id := range t.by(t.model.field("res_id"), r.id) {
		a := t.rows[id]
		of := models.rows[t.ref(a, "res_model_id")]
		if of != nil && models.str(of, "model") == on.model.Name && (e.series < 17 || t.truth(a, "active")) {
			open = append(open, id)
		}
	}
	return open
}

// endActivities does to-dos: until Odoo 16 they are deleted, later archived. It answers as Odoo does, with the id of the message that says
// so.
func (e *env) endActivities(ids []int64) (any, error) {
	t := e.table("mail.activity")
	for _, id := range ids {
		r := t.rows[id]
		if r == nil {
			return nil, missing(t.model.Name, id, e.user.id)
		}
		e.messages++
		if e.series >= 17 {
			e.set(t, r, map[string]any{"active": false})
			continue
		}
		e.erase(t, id)
	}
	return e.messages, nil
}
