package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

var errCut = errors.New("cut off by the test")

// breaking is a connection to Odoo that fails at writes. A process that dies makes one write that none made before and
// learns its outcome; nothing passes after. A process that loses replies loses that of each write once.
type breaking struct {
	mu   sync.Mutex
	dies bool
	dead bool
	// seen are the writes that passed, by what they say; methods are the new ones, in order.
	seen    map[string]bool
	methods []string
}

var reads = []string{"fields_get", "search_read", "get_external_id", "search_count", "context_get", "authenticate", "version", "login"}

func (b *breaking) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body == nil {
		return http.DefaultTransport.RoundTrip(request)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	write, key, method := describe(body)
	b.mu.Lock()
	fresh := write && !b.seen[key]
	dead := b.dead
	if fresh && !dead {
		b.seen[key] = true
		b.methods = append(b.methods, method)
		b.dead = b.dies
	}
	b.mu.Unlock()
	if dead {
		return nil, errCut
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil || !fresh || b.dies {
		return response, err
	}
	_, _ = io.Copy(io.Discard, response.Body) // Odoo has done its work
	_ = response.Body.Close()
	return nil, errCut
}

// restart is the next process.
func (b *breaking) restart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = false
}

// options are those of a client whose connection it is.
func (b *breaking) options() []odoo.Option {
	return []odoo.Option{
		odoo.WithHTTPClient(&http.Client{Transport: b}), odoo.WithRetry(odoo.Retry{Attempts: 3, First: time.Millisecond, Longest: time.Millisecond}),
	}
}

// through runs a step until it comes to its end, in one process after the other.
func (b *breaking) through(t *testing.T, step func() error) {
	t.Helper()
	for range 20 {
		b.restart()
		err := step()
		if err == nil {
			return
		}
		if !errors.Is(err, errCut) && !odoo.Ambiguous(err) && odoo.CodeOf(err) != odoo.CodeUnreachable {
			t.Fatal(b.methods, err)
		}
	}
	t.Fatal("it did not come to an end", b.methods)
}

func describe(body []byte) (write bool, key, method string) {
	var call struct {
		Params struct {
			Service string            `json:"service"`
			Method  string            `json:"method"`
			Args    []json.RawMessage `json:"args"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &call) != nil || call.Params.Service != "object" || len(call.Params.Args) < 6 {
		return false, "", ""
	}
	method = strings.Trim(string(call.Params.Args[3]), `"`) + "." + strings.Trim(string(call.Params.Args[4]), `"`)
	name := method[strings.LastIndex(method, ".")+1:]
	key = string(bytes.Join([][]byte{call.Params.Args[3], call.Params.Args[4], call.Params.Args[5]}, []byte("|")))
	if len(call.Params.Args) > 6 {
		key += string(call.Params.Args[6])
	}
	if strings.HasSuffix(method, "sale.advance.payment.inv.create_invoices") {
		key = method // each run makes a wizard of its own
	}
	return !slices.Contains(reads, name), key, method
}

// refundStory is a return from invoice to a refund of which one part failed and the other was reversed, in steps that can be
// begun anew at any time, as can the whole.
func refundStory(t *testing.T, client *odoo.Client, s *shop, o sold, journal int64) []func() error {
	ctx := t.Context()
	day := odoo.Date{Year: 2026, Month: 11, Day: 25}
	var note account.Move
	invoice := func() error {
		_, err := account.InvoiceOrder(ctx, client, o.order, "pay-"+s.tag)
		return err
	}
	credit := func() (err error) {
		note, err = account.InsertCreditNote(ctx, client, s.creditOne(o, s.tax))
		return err
	}
	fail := func() error {
		id, err := account.RegisterPayment(ctx, client, account.Payment{ExternalID: s.external("failing"), Move: note.ID, Journal: journal, Amount: dec("4.52"), Date: day, Ref: "f-" + s.tag})
		var cancelled *account.PaymentCancelled
		switch {
		case errors.As(err, &cancelled):
			return nil
		case err != nil:
			return err
		}
		return account.CancelPayment(ctx, client, id)
	}
	reverse := func() error {
		id, err := account.RegisterPayment(ctx, client, account.Payment{ExternalID: s.external("reversed"), Move: note.ID, Journal: journal, Amount: dec("20"), Date: day, Ref: "r-" + s.tag})
		if err != nil {
			return err
		}
		_, err = account.ReversePayment(ctx, client, id, s.external("reversal"), day, "v-"+s.tag)
		return err
	}
	return []func() error{invoice, credit, fail, reverse}
}

// tell runs a story.
func tell(steps []func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func TestAnyCallMayFailAndTheEndIsTheSame(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]bool{"the process dies after each write": true, "the reply of each write is lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
				s := openShop(t, w)
				o := s.sell(s.tax, nil)
				s.ship(&o)
				journal := s.clearing()
				b := &breaking{dies: dies, seen: map[string]bool{}}
				client := w.Dial(t, b.options()...)
				for _, step := range refundStory(t, client, s, o, journal) {
					b.through(t, step)
				}
				t.Log(len(b.methods), "writes:", b.methods)
				if got := s.status(o.order); got != "invoiced" {
					t.Error("before the receipt the order is", got)
				}
				s.Return(o.picking, 1)
				if err := tell(refundStory(t, w.Client, s, o, journal)); err != nil {
					t.Fatal(err)
				}
				if got, want := s.status(o.order), map[int]string{19: "invoiced", 14: "no"}[w.Series]; got != want {
					t.Error("after the receipt the order is", got)
				}
				s.checkEnd(o)
			})
		})
	}
}

func TestThreeProcessesAtOnceComeToTheSameEnd(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		o := s.sell(s.tax, nil)
		s.ship(&o)
		journal := s.clearing()
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				// One may meet what another changes in that moment; it is an error to be tried again.
				if err := tell(refundStory(t, w.Client, s, o, journal)); err != nil {
					t.Log(err)
				}
			})
		}
		group.Wait()
		if err := tell(refundStory(t, w.Client, s, o, journal)); err != nil {
			t.Fatal(err)
		}
		s.checkEnd(o)
	})
}

// checkEnd checks what a refund story comes to.
func (s *shop) checkEnd(o sold) {
	s.t.Helper()
	moves, err := account.Moves(s.t.Context(), s.Client, []int64{o.order})
	if err != nil {
		s.t.Fatal(err)
	}
	var got []seen
	for _, m := range moves {
		got = append(got, see(m))
	}
	want := []seen{
		{account.KindInvoice, account.StatePosted, "58.92", "11.78", "70.7", "70.7", 2},
		{account.KindCreditNote, account.StatePosted, "20.44", "4.08", "24.52", "24.52", 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Error(diff)
	}
	memo, _ := s.FieldName("account.payment", "memo")
	refs := []string{"f-" + s.tag, "r-" + s.tag, "v-" + s.tag}
	if n := warehouse.Call[int](s.Warehouse, "account.payment", "search_count", nil, odoo.Args{"domain": odoo.In(memo, refs)}, nil); n != 3 {
		s.t.Error(n, "payments")
	}
}
