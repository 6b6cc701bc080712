package sale

import (
	"context"
	"strconv"

	"github.com/retailsync/retailsync/odoo"
)

// Activity asks a person something about an order.
type Activity struct {
	// ExternalID makes it one activity.
	ExternalID odoo.ExternalID
	// Order is the sale order that it stands on.
	Order int64
	// Summary is one line for people, without personal data.
	Summary string
}

// responsibleRow is the salesperson of an order.
type responsibleRow struct {
	ID   int64         `odoo:"id"`
	User odoo.Many2One `odoo:"user_id"`
}

func (responsibleRow) OdooModel() string { return "sale.order" }

// AskPerson puts a to-do on an order, for its salesperson if it has one, due today, and returns its id. It is one however often it is
// called; after a person has done it Odoo 14 deletes it, and a further call makes it anew. It needs the right to read the order.
func AskPerson(ctx context.Context, client *odoo.Client, activity Activity) (int64, error) {
	orders, err := odoo.Find[responsibleRow](ctx, client, odoo.Eq("id", activity.Order))
	if err != nil {
		return 0, err
	}
	batch := odoo.LoadBatch{
		Model: "mail.activity", Mode: odoo.InsertMissing, Context: odoo.Context{"mail_activity_quick_update": true}, // no e-mail
		Fields:  []string{"res_model_id/id", "res_id", "summary", "activity_type_id/id"},
		Records: []odoo.LoadRecord{{ExternalID: activity.ExternalID, Rows: [][]string{{"sale.model_sale_order", strconv.FormatInt(activity.Order, 10), activity.Summary, "mail.mail_activity_data_todo"}}}},
	}
	if len(orders) > 0 && orders[0].User.ID != 0 {
		batch.Fields = append(batch.Fields, "user_id/.id")
		batch.Records[0].Rows[0] = append(batch.Records[0].Rows[0], strconv.FormatInt(orders[0].User.ID, 10))
	}
	results, err := client.Load(ctx, batch)
	if err != nil {
		return 0, err
	}
	return results[0].ID, results[0].Err
}

type activityRow struct {
	ID int64 `odoo:"id"`
}

func (activityRow) OdooModel() string { return "mail.activity" }

// EndActivity marks a to-do as done, unless a person has done it. It is safe to repeat.
func EndActivity(ctx context.Context, client *odoo.Client, id int64) error {
	open, err := odoo.Find[activityRow](ctx, client, odoo.Eq("id", id))
	if err != nil || len(open) == 0 {
		return err
	}
	return client.Do(ctx, odoo.Call{Model: "mail.activity", Method: "action_feedback", IDs: []int64{id}})
}
