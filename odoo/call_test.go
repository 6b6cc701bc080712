package odoo_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/odoo"
)

func TestExceptions(t *testing.T) {
	t.Parallel()
	// Names and texts as Odoo 14 and 19 give them.
	tests := map[string]struct {
		name, message string
		code          odoo.Code
		field, says   string
	}{
		"key":             {"werkzeug.exceptions.Unauthorized", "Invalid apikey", odoo.CodeUnauthenticated, "", "expire"},
		"password":        {"odoo.exceptions.AccessDenied", "Access Denied", odoo.CodeUnauthenticated, "", ""},
		"rights":          {"odoo.exceptions.AccessError", "You are not allowed", odoo.CodeAccess, "", "give the connector's user the right"},
		"missing":         {"odoo.exceptions.MissingError", "Record does not exist", odoo.CodeMissingRecord, "", ""},
		"user":            {"odoo.exceptions.UserError", "Nothing to invoice", odoo.CodeUserError, "", "Nothing to invoice"},
		"validation":      {"odoo.exceptions.ValidationError", "Bad VAT number", odoo.CodeValidation, "", ""},
		"unique 19":       {"odoo.exceptions.ValidationError", "The operation cannot be completed: must be unique", odoo.CodeIntegrity, "", ""},
		"unique 14":       {"odoo.exceptions.ValidationError", "res_currency_unique_name", odoo.CodeIntegrity, "", ""},
		"unique raw":      {"psycopg2.errors.UniqueViolation", "duplicate key", odoo.CodeIntegrity, "", ""},
		"warning":         {"odoo.exceptions.RedirectWarning", "Set up a chart of accounts", odoo.CodeRedirectWarning, "", "administrator"},
		"model 19":        {"werkzeug.exceptions.NotFound", "the model 'sale.order' does not exist", odoo.CodeUnknownModel, "", "install the module sale"},
		"model rpc":       {"odoo.exceptions.UserError", "Object sale.order doesn't exist", odoo.CodeUnknownModel, "", "install the module sale"},
		"method 19":       {"werkzeug.exceptions.NotFound", "The method 'sale.order.act' does not exist", odoo.CodeUnknownMethod, "", ""},
		"method 19 rpc":   {"builtins.AttributeError", "The method 'sale.order.act' does not exist", odoo.CodeUnknownMethod, "", ""},
		"method 14":       {"builtins.AttributeError", "type object 'sale.order' has no attribute 'act'", odoo.CodeUnknownMethod, "", ""},
		"other attribute": {"builtins.AttributeError", "'NoneType' object has no attribute 'x'", odoo.CodeServer, "", ""},
		"arguments 19":    {"werkzeug.exceptions.UnprocessableEntity", "missing a required argument: 'domain'", odoo.CodeBadArguments, "", "'domain'"},
		"arguments rpc":   {"builtins.TypeError", "SaleOrder.act() got an unexpected keyword argument 'foo'", odoo.CodeBadArguments, "", ""},
		"field read":      {"builtins.ValueError", "Invalid field 'nofield' on 'res.partner'", odoo.CodeUnknownField, "nofield", ""},
		"field domain 19": {"builtins.ValueError", "Invalid field res.partner.nofield in condition ('nofield', '=', 1)", odoo.CodeUnknownField, "nofield", ""},
		"field domain 14": {"builtins.ValueError", "Invalid field res.partner.nofield in leaf ('nofield', '=', 1)", odoo.CodeUnknownField, "nofield", ""},
		"operator":        {"builtins.ValueError", "Invalid operator in condition ('name', 'ilik', 'x')", odoo.CodeBadArguments, "", ""},
		"database":        {"psycopg2.OperationalError", `FATAL:  database "nope" does not exist`, odoo.CodeWrongDatabase, "", "WithDatabase"},
		"no postgres":     {"psycopg2.OperationalError", `connection to server at "127.0.0.1", port 5432 failed: Connection refused`, odoo.CodeUnreachable, "", "try again later"},
		"starting":        {"psycopg2.OperationalError", "FATAL:  the database system is starting up", odoo.CodeUnreachable, "", "try again later"},
		"pool":            {"psycopg2.pool.PoolError", "The Connection Pool Is Full", odoo.CodeUnreachable, "", "try again later"},
		"cut off":         {"psycopg2.OperationalError", "server closed the connection unexpectedly", odoo.CodeAmbiguous, "", "look up whether"},
		"shut down":       {"psycopg2.errors.AdminShutdown", "terminating connection due to administrator command", odoo.CodeAmbiguous, "", "look up whether"},
		"rollback old":    {"psycopg2.extensions.TransactionRollbackError", "x", odoo.CodeConcurrency, "", ""},
		"unknown":         {"builtins.ZeroDivisionError", "division by zero", odoo.CodeServer, "", "its log"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, always(response{exception: test.name, message: test.message}), func(t *testing.T, s *stub, c *odoo.Client) {
				err := c.Do(t.Context(), odoo.Call{Model: "sale.order", Method: "act", IDs: []int64{1}})
				var e *odoo.Error
				if !errors.As(err, &e) {
					t.Fatal(err)
				}
				if e.Code != test.code || e.Field != test.field || e.Name != test.name || !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %s field %q: %v", e.Code, e.Field, err)
				}
			})
		})
	}
}

// TestDatabaseCutOffWhileReading: a read changes nothing, whenever its database went away.
func TestDatabaseCutOffWhileReading(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"psycopg2.OperationalError": "server closed the connection unexpectedly", "psycopg2.InterfaceError": "cursor already closed",
		"psycopg2.errors.AdminShutdown": "terminating connection",
	} {
		both(t, always(response{exception: name, message: message}), func(t *testing.T, _ *stub, c *odoo.Client) {
			err := c.Do(t.Context(), odoo.Call{Model: "sale.order", Method: "search_count", Effect: odoo.EffectRead, Args: odoo.Args{"domain": []any{}}})
			if odoo.CodeOf(err) != odoo.CodeUnreachable || !odoo.Retryable(err) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestRefusedLocally(t *testing.T) {
	t.Parallel()
	both(t, always(response{result: true}), func(t *testing.T, s *stub, c *odoo.Client) {
		for name, call := range map[string]odoo.Call{
			"empty ids":         {Model: "sale.order", Method: "act", IDs: []int64{}},
			"write without ids": {Model: "sale.order", Method: "write"},
			"action":            {Model: "sale.order", Method: "action_confirm"},
			"button":            {Model: "sale.order", Method: "button_validate"},
			"id 0":              {Model: "sale.order", Method: "read", IDs: []int64{0}},
			"private":           {Model: "sale.order", Method: "_create_invoices", IDs: []int64{1}},
			"no model":          {Method: "read", IDs: []int64{1}},
			"path as model":     {Model: "sale/../order", Method: "x"},
			"ids as argument":   {Model: "sale.order", Method: "x", Args: odoo.Args{"ids": 1}},
			"unwritable":        {Model: "sale.order", Method: "x", Args: odoo.Args{"f": func() {}}},
			"bad domain":        {Model: "sale.order", Method: "search", Args: odoo.Args{"domain": odoo.Eq("no field", 1)}},
		} {
			if err := c.Do(t.Context(), call); odoo.CodeOf(err) != odoo.CodeBadArguments {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(s.calls()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

func TestResults(t *testing.T) {
	t.Parallel()
	wizard := map[string]any{"type": "ir.actions.act_window", "res_model": "sale.order.cancel", "target": "new"}
	for name, test := range map[string]struct {
		reply response
		code  odoo.Code
	}{
		"true":   {response{result: true}, ""},
		"false":  {response{result: false}, ""},
		"none":   {response{void: true}, ""},
		"null":   {response{result: nil}, ""},
		"list":   {response{result: []int{1}}, ""},
		"object": {response{result: map[string]any{"a": 1}}, ""},
		"close":  {response{result: map[string]any{"type": "ir.actions.act_window_close"}}, ""},
		"wizard": {response{result: wizard}, odoo.CodeWizard},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, always(test.reply), func(t *testing.T, s *stub, c *odoo.Client) {
				err := c.Do(t.Context(), odoo.Call{Model: "sale.order", Method: "action_cancel", IDs: []int64{1}})
				if odoo.CodeOf(err) != test.code {
					t.Errorf("%v", err)
				}
				var e *odoo.Error
				if errors.As(err, &e) && e.Wizard != "sale.order.cancel" {
					t.Errorf("wizard %q", e.Wizard)
				}
			})
		})
	}
	both(t, always(response{result: "text"}), func(t *testing.T, s *stub, c *odoo.Client) {
		if _, err := odoo.Invoke[[]int64](t.Context(), c, odoo.Call{Model: "x", Method: "y"}); odoo.CodeOf(err) != odoo.CodeDecode {
			t.Errorf("%v", err)
		}
	})
}

func TestArguments(t *testing.T) {
	t.Parallel()
	both(t, always(response{result: []int{1}}), func(t *testing.T, s *stub, c *odoo.Client) {
		ctx := t.Context()
		for _, call := range []odoo.Call{
			{Model: "m", Method: "create", Args: odoo.Args{"vals_list": []any{map[string]any{"name": "<&>"}}}},
			{Model: "m", Method: "write", IDs: []int64{4}, Args: odoo.Args{"vals": map[string]any{"a": 1}}, Context: odoo.Context{"lang": "sv_SE"}},
			{Model: "m", Method: "search", Args: odoo.Args{"domain": odoo.And(), "limit": 2}},
		} {
			if err := c.Call(ctx, call, nil); err != nil {
				t.Fatal(err)
			}
		}
		type sent struct {
			IDs        []int64
			Args       map[string]any
			Positional []any
			Context    map[string]any
		}
		values := []any{map[string]any{"name": "<&>"}}
		context := map[string]any{"tz": "UTC", "lang": "en_US"}
		override := map[string]any{"tz": "UTC", "lang": "sv_SE"}
		want := []sent{
			{nil, map[string]any{"vals_list": values}, nil, context},
			{[]int64{4}, map[string]any{"vals": map[string]any{"a": 1.0}}, nil, override},
			{nil, map[string]any{"domain": []any{}, "limit": 2.0}, nil, context},
		}
		if c.Protocol() == odoo.JSONRPC {
			want = []sent{
				{nil, map[string]any{}, []any{values}, context},
				{nil, map[string]any{}, []any{[]any{4.0}, map[string]any{"a": 1.0}}, override},
				{nil, map[string]any{"limit": 2.0}, []any{[]any{}}, context},
			}
		}
		var got []sent
		for _, q := range s.calls() {
			got = append(got, sent{q.IDs, q.Args, q.Positional, q.Context})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}, odoo.WithContext(odoo.Context{"lang": "en_US"}), odoo.WithContext(odoo.Context{"tz": "UTC"}))
}
