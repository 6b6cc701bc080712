package odoo_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/odoo"
)

// table is a stub of load(): records by External ID, all or nothing per call, with messages as Odoo gives them.
type table struct {
	ids   map[string]int64
	loads int
	// bad tells what is wrong with a row, "" for nothing.
	bad func(row []any) string
	// style is how messages name records.
	style func(messages []any, first map[string]any) []any
	// busy is how many loads lose against another transaction, and says what Odoo says then.
	busy int
	says string
}

func message(record, row int, text string) map[string]any {
	return map[string]any{"type": "error", "record": record, "rows": map[string]any{"from": row, "to": row}, "message": text}
}

func (x *table) reply(q request) response {
	if q.Method == "fields_get" {
		fields := map[string]map[string]any{
			"sale.order": {
				"name": field("char"), "partner_id": field("many2one", "res.partner"), "order_line": field("one2many", "sale.order.line"),
			},
			"sale.order.line": {"product_uom_qty": field("float"), "tax_id": field("many2many", "account.tax")},
			"res.partner":     {"name": field("char")},
			"account.tax":     {"name": field("char")},
		}
		return response{result: fields[q.Model]}
	}
	x.loads++
	data, _ := q.Args["data"].([]any)
	if data == nil {
		data, _ = q.Positional[1].([]any)
	}
	if x.busy > 0 {
		x.busy--
		says := x.says
		if says == "" {
			says = "could not serialize access due to concurrent update\n"
		}
		return response{result: map[string]any{"ids": false, "messages": []any{message(0, 0, says)}}}
	}
	var messages []any
	var names []string
	for n, row := range data {
		cells := row.([]any)
		if cells[0] == "" {
			continue
		}
		if text := x.bad(cells); text != "" {
			messages = append(messages, message(len(names), n, text))
		}
		names = append(names, cells[0].(string))
		if len(messages) == 10 {
			messages = append(messages, map[string]any{"type": "warning", "message": "Found more than 10 errors"})
			break
		}
	}
	if len(messages) > 0 {
		if x.style != nil {
			messages = x.style(messages, message(0, 0, messages[0].(map[string]any)["message"].(string)))
		}
		return response{result: map[string]any{"ids": false, "messages": messages, "nextrow": 0}}
	}
	ids := make([]int64, len(names))
	for i, name := range names {
		if x.ids[name] == 0 {
			x.ids[name] = int64(len(x.ids) + 1)
		}
		ids[i] = x.ids[name]
	}
	return response{result: map[string]any{"ids": ids, "messages": []any{map[string]any{"type": "warning", "message": "note"}}, "nextrow": 0}}
}

func field(kind string, relation ...string) map[string]any {
	f := map[string]any{"type": kind, "string": kind, "store": true}
	if relation != nil {
		f["relation"] = relation[0]
	}
	return f
}

func external(i int) odoo.ExternalID { return odoo.NewExternalID("t", "order", fmt.Sprint(i)) }

func orders(n int) odoo.LoadBatch {
	batch := odoo.LoadBatch{Model: "sale.order", Fields: []string{"name", "partner_id/id", "order_line/id", "order_line/product_uom_qty"}}
	for i := range n {
		batch.Records = append(batch.Records, odoo.LoadRecord{ExternalID: external(i), Rows: [][]string{
			{fmt.Sprintf("S%d", i), "base.main_partner", fmt.Sprintf("t.line_%d_1", i), "1"},
			{"", "", fmt.Sprintf("t.line_%d_2", i), "2.5"},
		}})
	}
	return batch
}

func loadOn(t *testing.T, x *table) (*odoo.Client, *stub) {
	t.Helper()
	if x.bad == nil {
		x.bad = func([]any) string { return "" }
	}
	x.ids = map[string]int64{}
	s := newStub(t, "19.0", x.reply)
	return dial(t, s.URL, odoo.APIKey("key"), odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: time.Millisecond})), s
}

// anonymous takes the names of records out of messages.
func anonymous(messages []any, _ map[string]any) []any {
	for _, m := range messages {
		delete(m.(map[string]any), "record")
		delete(m.(map[string]any), "rows")
	}
	return messages
}

func TestLoadSetsAsideBadRecords(t *testing.T) {
	t.Parallel()
	const n = 200
	tests := map[string]struct {
		bad   []int
		style func([]any, map[string]any) []any
		loads int // at most
	}{
		"none":                   {nil, nil, 1},
		"one, named":             {[]int{77}, nil, 2},
		"one, not named":         {[]int{77}, anonymous, 1 + 2*bits.Len(n)},
		"first, not named":       {[]int{0}, anonymous, 1 + 2*bits.Len(n)},
		"last, not named":        {[]int{n - 1}, anonymous, 1 + 2*bits.Len(n)},
		"three, named":           {[]int{0, 5, 199}, nil, 3},
		"one, the whole blamed":  {[]int{77}, func(m []any, first map[string]any) []any { return append([]any{first}, m...) }, 3},
		"two, the whole blamed":  {[]int{3, 77}, func(m []any, first map[string]any) []any { return append([]any{first}, m...) }, 4},
		"more than Odoo reports": {ids(0, 25), nil, 5},
		"odd messages": {[]int{9}, func(m []any, _ map[string]any) []any {
			return append([]any{"text", nil, map[string]any{"type": 5}}, m...)
		}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isBad := func(row []any) string {
				for _, i := range test.bad {
					if row[1] == fmt.Sprintf("S%d", i) {
						return "Nobody wants " + row[1].(string)
					}
				}
				return ""
			}
			x := &table{bad: isBad, style: test.style}
			c, _ := loadOn(t, x)
			results, err := c.Load(t.Context(), orders(n))
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range results {
				isBad := slices.Contains(test.bad, i)
				if isBad != (r.Err != nil) || isBad != (r.ID == 0) {
					t.Errorf("record %d: %+v", i, r)
				}
				if r.Err != nil && (!strings.Contains(r.Err.Error(), external(i).String()) || !strings.Contains(r.Err.Error(), fmt.Sprintf("Nobody wants S%d", i))) {
					t.Errorf("record %d: %v", i, r.Err)
				}
				if r.ID != x.ids[external(i).String()] {
					t.Errorf("record %d has id %d", i, r.ID)
				}
			}
			if x.loads > test.loads {
				t.Errorf("%d loads, want at most %d", x.loads, test.loads)
			}
		})
	}
}

func ids(from, to int) []int {
	var list []int
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

func TestLoadWaitsForOthers(t *testing.T) {
	t.Parallel()
	x := &table{busy: 3}
	c, s := loadOn(t, x)
	results, err := c.Load(t.Context(), orders(2))
	if err != nil || results[1].ID == 0 || x.loads != 4 {
		t.Errorf("%v %v after %d loads", results, err, x.loads)
	}
	q := s.calls()[len(s.calls())-1]
	if diff := cmp.Diff(map[string]any{"mode": "update", "noupdate": true}, q.Context); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{"t.order_0", "S0", "base.main_partner", "t.line_0_1", "1"}, q.Args["data"].([]any)[0]); diff != "" {
		t.Error(diff)
	}
	busy := &table{busy: 1000}
	c, _ = loadOn(t, busy)
	results, err = c.Load(t.Context(), orders(2))
	if odoo.CodeOf(err) != odoo.CodeConcurrency || !odoo.Retryable(results[0].Err) {
		t.Errorf("always busy: %v %v", results, err)
	}
}

// Odoo 14 says that a line has no account where another entry was numbered at that moment; so it may be.
func TestLoadWaitsForWhatIsObscured(t *testing.T) {
	t.Parallel()
	const says = "new row for relation \"account_move_line\" violates check constraint \"account_move_line_check_accountable_required_fields\"\nDETAIL: ..."
	for _, test := range []struct {
		series      string
		credential  odoo.Credential
		busy, loads int
		loaded      bool
	}{
		{"14.0", odoo.Password("a", "b"), 3, 4, true},
		{"14.0", odoo.Password("a", "b"), 1000, 8, false},
		{"19.0", odoo.APIKey("key"), 1000, 1, false},
	} {
		x := &table{busy: test.busy, says: says, ids: map[string]int64{}, bad: func([]any) string { return "" }}
		c := dial(t, newStub(t, test.series, x.reply).URL, test.credential, odoo.WithDatabase("db"), odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: time.Millisecond}))
		results, err := c.Load(t.Context(), orders(1))
		if err != nil || x.loads != test.loads || (results[0].Err == nil) != test.loaded {
			t.Errorf("%s, busy %d: %v %v after %d loads", test.series, test.busy, results, err, x.loads)
		}
		if !test.loaded && (odoo.CodeOf(results[0].Err) == odoo.CodeConcurrency || !strings.Contains(results[0].Err.Error(), "accountable_required_fields")) {
			t.Errorf("%s: %v", test.series, results[0].Err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	x := &table{}
	c, _ := loadOn(t, x)
	batch := orders(6)
	batch.Records[1].ExternalID = batch.Records[0].ExternalID
	batch.Records[2].ExternalID = odoo.ExternalID{}
	batch.Records[3].Rows[1][0] = "another record"
	batch.Records[4].Rows[0] = batch.Records[4].Rows[0][:2]
	results, err := c.Load(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		want := odoo.CodeBadArguments
		if i == 0 || i == 5 {
			want = ""
		}
		if odoo.CodeOf(r.Err) != want {
			t.Errorf("record %d: %v", i, r.Err)
		}
	}
	for column, want := range map[string]odoo.Code{
		"nothing": odoo.CodeUnknownField, "partner_id/nothing": odoo.CodeUnknownField, "name/x": odoo.CodeUnknownField,
		"id": odoo.CodeBadArguments, "name": odoo.CodeBadArguments, "order_line/order_line/x": odoo.CodeUnknownField,
	} {
		batch := odoo.LoadBatch{Model: "sale.order", Fields: []string{"name", column}, Records: orders(1).Records}
		if _, err := c.Load(t.Context(), batch); odoo.CodeOf(err) != want {
			t.Errorf("%s: %v", column, err)
		}
	}
	if results, err := c.Load(t.Context(), odoo.LoadBatch{Model: "sale.order"}); len(results) != 0 || err != nil {
		t.Errorf("empty batch: %v %v", results, err)
	}
}

func TestLoadTranslatesColumns(t *testing.T) {
	t.Parallel()
	x := &table{ids: map[string]int64{}, bad: func([]any) string { return "" }}
	s := newStub(t, "14.0", x.reply)
	c := dial(t, s.URL, odoo.Password("a", "b"), odoo.WithDatabase("db"))
	batch := odoo.LoadBatch{Model: "sale.order", Mode: odoo.Upsert, Fields: []string{"name", "order_line/tax_ids/.id"}}
	batch.Records = []odoo.LoadRecord{{ExternalID: external(1), Rows: [][]string{{"S1", "3"}}}}
	if _, err := c.Load(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	q := s.calls()[len(s.calls())-1]
	if diff := cmp.Diff([]any{"id", "name", "order_line/tax_id/.id"}, q.Positional[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"noupdate": true}, q.Context); diff != "" {
		t.Error(diff)
	}
}

func TestLoadKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	x := &table{ids: map[string]int64{}, bad: func([]any) string { return "" }}
	s := newStub(t, "19.0", func(q request) response {
		if x.loads == 1 {
			return response{exception: "odoo.exceptions.AccessError", status: 403, message: "no"}
		}
		return x.reply(q)
	})
	c := dial(t, s.URL, odoo.APIKey("key"))
	results, err := c.Load(t.Context(), orders(501)) // two calls
	if odoo.CodeOf(err) != odoo.CodeAccess {
		t.Fatal(err)
	}
	if results[499].ID == 0 || results[499].Err != nil || odoo.CodeOf(results[500].Err) != odoo.CodeAccess {
		t.Errorf("%+v", results[499:])
	}
}
