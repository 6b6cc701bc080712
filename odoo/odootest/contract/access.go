package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rightsCase is what one user may do: r, w, c and u of a model, by trying.
type rightsCase struct {
	model  string
	user   string // with base.group_user
	sales  string // with sales_team.group_sale_salesman_all_leads
	user14 string // on Odoo 14 where it differs
	says   string // in the refusal to create, on 19
}

func rightsCases() []rightsCase {
	return []rightsCase{
		{model: "sale.order", user: "", sales: "rc", says: "You are not allowed to create 'Sales Order' (sale.order) records.\n\nThis operation is allowed for the following groups:\n\t- Sales/Administrator\n\t- Sales/User: Own Documents Only\n\nContact your administrator to request access if necessary."},
		{model: "account.tax", user: "r", sales: "r"}, {model: "res.partner", user: "r", sales: "r"}, {model: "product.product", user: "r", sales: "r"},
		{model: "delivery.carrier", user: "", sales: "r"}, {model: "crm.team", user: "r", sales: "r"}, {model: "ir.model.data", user: "", sales: "", user14: "r"},
		{model: "product.pricelist", user: "r", sales: "r"}, {model: "res.currency", user: "r", sales: "r"},
		{model: "stock.warehouse", user: "r", sales: "r"}, {model: "stock.location", user: "r", sales: "r"},
		{model: "stock.quant", user: "r", sales: "r"}, {model: "stock.picking", user: "", sales: "rc"}, {model: "stock.move", user: "", sales: "rc"}, {model: "stock.move.line", user: "rc", sales: "rc"},
		{model: "account.account", user: "r", sales: "r"}, {model: "account.move", user: "", sales: "r"}, {model: "account.partial.reconcile", user: "", sales: "r"},
		{model: "ir.config_parameter", user: "", sales: ""},
		{model: "sale.advance.payment.inv", user: "", sales: "rc", says: "You are not allowed to create 'Sales Advance Payment Invoice' (sale.advance.payment.inv) records.\n\nThis operation is allowed for the following groups:\n\t- Sales/User: Own Documents Only\n\nContact your administrator to request access if necessary."},
		{model: "stock.backorder.confirmation", user: "", sales: "", says: "You are not allowed to create 'Backorder Confirmation' (stock.backorder.confirmation) records.\n\nThis operation is allowed for the following groups:\n\t- Inventory/User\n\nContact your administrator to request access if necessary."},
	}
}

func (s *suite) access(t *testing.T) {
	if s.json2 {
		return // keys of other users cannot be made by a call alone
	}
	plain, seller := s.addUser(t, "base.group_user"), s.addUser(t, "base.group_user", "sales_team.group_sale_salesman_all_leads")
	for _, c := range rightsCases() {
		s.run(t, "access/"+c.model, func(t *testing.T) {
			want := map[string]string{"user": c.user, "sales": c.sales}
			if s.target.Series < 19 && c.user14 != "" {
				want = map[string]string{"user": c.user14, "sales": c.user14}
			}
			got := map[string]string{"user": s.rights(t, plain, c.model, ""), "sales": s.rights(t, seller, c.model, "")}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if c.says != "" {
				s.rights(t, plain, c.model, c.says)
			}
		})
	}
	s.run(t, "access/who may count", s.whoCounts)
	s.run(t, "access/a seller delivers", func(t *testing.T) { s.sellerDelivers(t, seller) })
	s.run(t, "access/a seller invoices and does not post", func(t *testing.T) { s.sellerInvoices(t, seller) })
	s.run(t, "access/a seller loads an order", func(t *testing.T) {
		other := *s
		other.client = seller
		v, err := other.load("sale.order", "id partner_id/.id order_line/id order_line/product_id/.id order_line/{tax_ids}/.id", [][]any{{"{u}.seller", "{partner}", "{u}.sellerline", "{product}", "{tax}"}}, map[string]any{"mode": "update", "noupdate": true})
		answer, _ := s.must(t, v, err).(map[string]any)
		if len(ids(answer["ids"])) != 1 {
			t.Fatalf("%v", answer)
		}
		v, err = other.call("sale.order", "action_confirm", ids(answer["ids"]), nil)
		s.must(t, v, err)
		v, err = other.call("sale.order", "get_external_id", ids(answer["ids"]), nil)
		if got := s.must(t, v, err).(map[string]any); len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
	s.run(t, "access/a user's load is refused in band or out", func(t *testing.T) {
		other := *s
		other.client = plain
		v, err := other.load("sale.order", "id partner_id/.id", [][]any{{"{u}.no", "{partner}"}}, nil)
		name, text := exceptionOf(err)
		if err == nil {
			answer, _ := v.(map[string]any)
			if answer["ids"] != false {
				t.Fatalf("%v", v)
			}
			for _, m := range answer["messages"].([]any) {
				text += messageLine(m)
			}
		} else if name != "odoo.exceptions.AccessError" {
			t.Fatal(err)
		}
		if !strings.Contains(text, "You are not allowed to") {
			t.Errorf("says %q", text)
		}
	})
	s.run(t, "access/has_group", func(t *testing.T) {
		for _, c := range []struct {
			who   *client
			group string
			want  bool
		}{{plain, "base.group_user", true}, {plain, "sales_team.group_sale_salesman", false}, {seller, "sales_team.group_sale_salesman", true}, {seller, "base.group_system", false}} {
			var own []int64
			if s.target.Series >= 19 {
				own = []int64{c.who.uid}
			}
			v, err := c.who.call("res.users", "has_group", own, nil, place("group_ext_id", c.group))
			if s.must(t, v, err) != c.want {
				t.Errorf("%s: %v, want %v", c.group, v, c.want)
			}
		}
	})
}

// rights tries what a user may do with a model. An error that is no AccessError counts as allowed.
func (s *suite) rights(t *testing.T, who *client, model, says string) string {
	t.Helper()
	out := ""
	try := func(right, method string, args ...arg) {
		_, err := who.call(model, method, nil, nil, args...)
		name, message := exceptionOf(err)
		if name != "odoo.exceptions.AccessError" {
			out += right
		} else if right == "c" && says != "" && s.target.Series >= 19 && message != says {
			t.Errorf("says %q, want %q", message, says)
		}
	}
	try("r", "search_count", place("domain", []any{}))
	if model != "ir.model.data" {
		try("c", "create", place("vals_list", map[string]any{}))
	}
	return out
}

// addUser makes a user with the groups, through the protocol, and returns a client for it.
func (s *suite) addUser(t *testing.T, groups ...string) *client {
	t.Helper()
	login := s.prefix + groups[len(groups)-1]
	if s.target.AddUser != nil {
		s.target.AddUser(login, "secret "+login, groups...)
	} else {
		field := "group_ids"
		if s.target.Series < 19 {
			field = "groups_id"
		}
		var list []any
		for _, g := range groups {
			module, name, _ := strings.Cut(g, ".")
			v, err := s.call("ir.model.data", "search_read", nil, nil, place("domain", []any{leaf("module", "=", module), leaf("name", "=", name)}), by("fields", []string{"res_id"}))
			list = append(list, s.must(t, v, err).([]any)[0].(map[string]any)["res_id"])
		}
		s.create(t, "res.users", map[string]any{"name": login, "login": login, "email": login + "@example.com", "password": "secret " + login, field: []any{[]any{6, 0, list}}})
	}
	target := s.target
	target.Login, target.Password = login, "secret "+login
	return connect(t, target, false)
}
