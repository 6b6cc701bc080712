package marketplacetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wooshop"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// broken is an adapter with one method that breaks a promise; nil methods are those of a good adapter.
type broken struct {
	*woocommerce.Adapter
	server *wootest.Server

	channel func(*broken) canonical.Channel
	list    func(context.Context, *broken, marketplace.OrderQuery) (marketplace.OrderPage, error)
	get     func(context.Context, *broken, string) (canonical.Order, error)
	receive func(context.Context, *broken, http.Header, []byte) ([]marketplace.Notice, error)
	ack     func(context.Context, *broken, marketplace.Acknowledgement) error

	calls atomic.Int64
}

func (b *broken) Channel() canonical.Channel {
	if b.channel == nil {
		return b.Adapter.Channel()
	}
	return b.channel(b)
}

func (b *broken) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	if b.list == nil {
		return b.Adapter.ListOrders(ctx, query)
	}
	return b.list(ctx, b, query)
}

func (b *broken) GetOrder(ctx context.Context, id string) (canonical.Order, error) {
	if b.get == nil {
		return b.Adapter.GetOrder(ctx, id)
	}
	return b.get(ctx, b, id)
}

func (b *broken) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if b.receive == nil {
		return b.Adapter.ReceiveWebhook(ctx, header, body)
	}
	return b.receive(ctx, b, header, body)
}

func (b *broken) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) error {
	if b.ack == nil {
		return b.Adapter.AcknowledgeOrder(ctx, ack)
	}
	return b.ack(ctx, b, ack)
}

// everything reads the whole stream.
func (b *broken) everything(ctx context.Context, since time.Time) ([]marketplace.Fetched, error) {
	query, all := marketplace.OrderQuery{Since: since}, []marketplace.Fetched(nil)
	for {
		page, err := b.Adapter.ListOrders(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Orders...)
		if query.Cursor = page.Cursor; !page.More {
			return all, nil
		}
	}
}

// The suite fails an adapter that breaks a promise, in the test that is named for the promise. A suite that
// fails cannot be watched from inside its process, so each case runs in one of its own.
func TestCatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		by    string // the suite's test that must fail; "" for none
		adapt func(*broken)
	}{
		{name: "a good adapter", adapt: func(*broken) {}},
		{"a channel that changes", "Channel", func(b *broken) {
			b.channel = func(b *broken) canonical.Channel {
				return canonical.Channel{Name: "woocommerce", Account: fmt.Sprint(b.calls.Add(1))}
			}
		}},
		{"an order left out", "List", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				page.Orders = page.Orders[:max(0, len(page.Orders)-1)]
				return page, err
			}
		}},
		{"orders without a digest", "List", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				for i := range page.Orders {
					page.Orders[i].Order.Revision.Digest = ""
				}
				return page, err
			}
		}},
		{"one digest for all orders", "List", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				for i := range page.Orders {
					page.Orders[i].Order.Revision.Digest = "digest"
				}
				return page, err
			}
		}},
		{"a change after a change is passed over", "ListAgainFindsChanges", func(b *broken) { b.list = fourth }},
		{"another quantity in an order that adds up", "OrdersSayWhatTheShopSays", func(b *broken) {
			b.get = func(ctx context.Context, b *broken, id string) (canonical.Order, error) {
				order, err := b.Adapter.GetOrder(ctx, id)
				for i := range order.Lines {
					order.Lines[i].Qty.Ordered = decimal.One
				}
				return order, err
			}
		}},
		{"lines without their SKU", "OrdersSayWhatTheShopSays", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				for _, fetched := range page.Orders {
					for i := range fetched.Order.Lines {
						fetched.Order.Lines[i].SKU = "TS-L"
					}
				}
				return page, err
			}
		}},
		{"a page without a cursor", "List", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				page.Cursor = ""
				return page, err
			}
		}},
		{"pages by offset", "ListWhileRowsMove", func(b *broken) { b.list = byOffset }},
		{"a stream that ends for good", "ListAgainFindsChanges", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				if query.Cursor == "end" {
					return marketplace.OrderPage{Cursor: "end"}, nil
				}
				page, err := b.Adapter.ListOrders(ctx, query)
				if !page.More {
					page.Cursor = "end"
				}
				return page, err
			}
		}},
		{"since is exclusive", "ListSince", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				page.Orders = slices.DeleteFunc(page.Orders, func(f marketplace.Fetched) bool {
					return !query.Since.IsZero() && !f.Order.Revision.UpdatedAt.After(query.Since)
				})
				return page, err
			}
		}},
		{"any text is a cursor", "ListRefusesForeignCursor", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				if err != nil {
					return b.Adapter.ListOrders(ctx, marketplace.OrderQuery{Limit: query.Limit})
				}
				return page, nil
			}
		}},
		{"a bad order that is hidden", "ListIsolatesBadOrders", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				page.Orders = slices.DeleteFunc(page.Orders, func(f marketplace.Fetched) bool { return f.Err != nil })
				return page, err
			}
		}},
		{"a bad order that fails its page", "ListIsolatesBadOrders", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				for _, fetched := range page.Orders {
					err = errors.Join(err, fetched.Err)
				}
				return page, err
			}
		}},
		{"another digest at each look", "Get", func(b *broken) {
			b.get = func(ctx context.Context, b *broken, id string) (canonical.Order, error) {
				order, err := b.Adapter.GetOrder(ctx, id)
				order.Revision.Digest += fmt.Sprint(b.calls.Add(1))
				return order, err
			}
		}},
		{"nothing is no error", "GetNotFound", func(b *broken) {
			b.get = func(ctx context.Context, b *broken, id string) (canonical.Order, error) {
				order, err := b.Adapter.GetOrder(ctx, id)
				if marketplace.CodeOf(err) == marketplace.CodeNotFound {
					return canonical.Order{}, nil
				}
				return order, err
			}
		}},
		{"a trace for each acknowledgement", "Acknowledge", func(b *broken) { b.ack = again }},
		{"a write that is repeated blindly", "AcknowledgeIsNotRepeatedBlindly", func(b *broken) {
			b.ack = func(ctx context.Context, b *broken, ack marketplace.Acknowledgement) error {
				err := b.Adapter.AcknowledgeOrder(ctx, ack)
				if marketplace.CodeOf(err) == marketplace.CodeUnknown {
					return b.Adapter.AcknowledgeOrder(ctx, ack)
				}
				return err
			}
		}},
		{"a look that failed is taken for no trace", "AcknowledgeNeedsItsLook", func(b *broken) {
			b.ack = func(ctx context.Context, b *broken, ack marketplace.Acknowledgement) error {
				err := b.Adapter.AcknowledgeOrder(ctx, ack)
				if marketplace.CodeOf(err) == marketplace.CodeUnavailable {
					b.trace(ack)
					return nil
				}
				return err
			}
		}},
		{"events that cannot be told apart", "Webhook", func(b *broken) {
			b.receive = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
				notices, err := b.Adapter.ReceiveWebhook(ctx, header, body)
				for i := range notices {
					notices[i].EventID = fmt.Sprint(b.calls.Add(1))
				}
				return notices, err
			}
		}},
		{"one event for all that happens to an order", "Webhook", func(b *broken) {
			b.receive = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
				notices, err := b.Adapter.ReceiveWebhook(ctx, header, body)
				for i := range notices {
					notices[i].EventID = notices[i].Key.ID
				}
				return notices, err
			}
		}},
		{"a signature that is not checked", "WebhookRefuses", func(b *broken) {
			b.receive = func(_ context.Context, b *broken, _ http.Header, body []byte) ([]marketplace.Notice, error) {
				var order struct{ ID json.Number }
				if json.Unmarshal(body, &order) != nil {
					return nil, nil
				}
				return []marketplace.Notice{{EventID: "1", Kind: marketplace.NoticeOrder, Key: canonical.Key{Channel: b.Channel(), ID: order.ID.String()}}}, nil
			}
		}},
		{"errors without a code", "Failures", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				if err != nil {
					err = errors.New(err.Error())
				}
				return page, err
			}
		}},
		{"errors that show the credential", "Failures", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				page, err := b.Adapter.ListOrders(ctx, query)
				var failure *marketplace.Error
				if errors.As(err, &failure) {
					failure.Message += " with " + b.server.Secret
				}
				return page, err
			}
		}},
		{"tries without end", "Failures", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (page marketplace.OrderPage, err error) {
				for range 11 {
					if page, err = b.Adapter.ListOrders(ctx, query); err == nil {
						break
					}
				}
				return page, err
			}
		}},
		{"a context that is not heard", "Cancellation", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
				deaf, end := context.WithTimeout(context.WithoutCancel(ctx), 100*time.Millisecond)
				defer end()
				return b.Adapter.ListOrders(deaf, query)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if os.Getenv(caseVariable) == test.name {
				marketplacetest.Run(t, harness(test.adapt))
				return
			}
			pattern := "^TestCatches$/^" + strings.ReplaceAll(test.name, " ", "_") + "$"
			if test.by != "" {
				pattern += "/^" + test.by + "$"
			}
			child := exec.Command(os.Args[0], "-test.run="+pattern, "-test.timeout=2m")
			child.Env = append(os.Environ(), caseVariable+"="+test.name)
			output, err := child.CombinedOutput()
			switch {
			case test.by == "" && err != nil:
				t.Errorf("the suite fails a good adapter: %v\n%s", err, output)
			case test.by != "" && !strings.Contains(string(output), "/"+test.by):
				t.Errorf("the suite does not catch it: %v\n%s", err, output)
			case test.by != "" && err == nil:
				t.Errorf("the suite passes it:\n%s", output)
			}
		})
	}
}

// caseVariable names the case that a child process runs.
const caseVariable = "RETAILSYNC_TEST_BROKEN_ADAPTER"

// byOffset pages through what changed since as a list with positions, which loses rows when others move.
func byOffset(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	offset, _ := strconv.Atoi(string(query.Cursor))
	all, err := b.everything(ctx, time.Time{})
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	from := min(offset, len(all))
	to := min(from+max(query.Limit, 1), len(all))
	return marketplace.OrderPage{Orders: all[from:to], Cursor: marketplace.Cursor(strconv.Itoa(to)), More: to < len(all)}, nil
}

// again leaves a trace each time.
func again(ctx context.Context, b *broken, ack marketplace.Acknowledgement) error {
	if _, err := b.Adapter.GetOrder(ctx, ack.OrderID); err != nil {
		return err
	}
	b.trace(ack)
	return nil
}

// trace leaves one more trace in the shop.
func (b *broken) trace(ack marketplace.Acknowledgement) {
	b.server.Change(ack.OrderID, func(order map[string]any) {
		list, _ := order["meta_data"].([]any)
		order["meta_data"] = append(list, map[string]any{"key": "_retailsync_reference", "value": ack.Reference})
	})
}

// fourth finds nothing any more after it has found something at a cursor three times.
func fourth(ctx context.Context, b *broken, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	page, err := b.Adapter.ListOrders(ctx, query)
	if query.Cursor != "" && len(page.Orders) > 0 && b.calls.Add(1) > 3 {
		page.Orders = nil
	}
	return page, err
}

func harness(adapt func(*broken)) marketplacetest.Harness {
	return marketplacetest.Harness{Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
		server := wootest.NewServer()
		t.Cleanup(server.Close)
		adapter := &broken{server: server, Adapter: wooshop.Adapter(server, transport)}
		adapt(adapter)
		return wooshop.Open(server, adapter)
	}}
}
