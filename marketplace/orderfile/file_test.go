package orderfile_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/orderfile"
)

func line(t testing.TB, order canonical.Order) string {
	t.Helper()
	text, err := canonical.EncodeOrder(order)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFile(t *testing.T) {
	t.Parallel()
	first, second := canonicaltest.Order("1", canonicaltest.Item("A", 1, 100)), canonicaltest.Order("2", canonicaltest.Item("B", 2, 250))
	channel := first.Key.Channel
	foreign := first
	foreign.Key.Channel.Account = "another"
	nameless := first
	nameless.Key.ID = ""
	text := "\xef\xbb\xbf" + line(t, first) + "\r\n\n" + "{\"not\":\"an order\"}\n" + line(t, foreign) + "\n" + line(t, nameless) + "\n" + line(t, second)
	file, err := orderfile.Read(strings.NewReader(text), channel, orderfile.SkipBroken())
	if err != nil || file.Channel() != channel {
		t.Fatal(err)
	}
	var got []string
	cursor := marketplace.Cursor("")
	for {
		page, err := file.ListOrders(t.Context(), marketplace.OrderQuery{Cursor: cursor, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, fetched := range page.Orders {
			said := fetched.Key.ID
			if fetched.Err != nil {
				var e *marketplace.Error
				if !errors.As(fetched.Err, &e) || e.Code != marketplace.CodeInvalid {
					t.Error(fetched.Err)
				}
				said += " " + e.Path
			}
			got = append(got, said)
		}
		if cursor = page.Cursor; !page.More {
			break
		}
	}
	if diff := cmp.Diff([]string{"1", "line 3 line 3", "line 4 line 4", "line 5 line 5", "2"}, got); diff != "" {
		t.Error(diff)
	}
	order, err := file.GetOrder(t.Context(), "2")
	if err != nil || order.Digest() != second.Digest() {
		t.Error(err)
	}
	if _, err := file.GetOrder(t.Context(), "3"); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Error(err)
	}
	for _, cursor := range []marketplace.Cursor{"x", "-1", "6"} {
		if _, err := file.ListOrders(t.Context(), marketplace.OrderQuery{Cursor: cursor}); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := file.ListOrders(ctx, marketplace.OrderQuery{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := orderfile.Read(strings.NewReader(text), channel); err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "line 5") {
		t.Errorf("a file with faults was taken: %v", err)
	}
	if _, err := orderfile.Read(strings.NewReader(strings.Repeat("x", 5<<20)), channel); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Error(err)
	}
}

// FuzzRead holds that no file makes it panic, and that every order that it lists is of the channel.
func FuzzRead(f *testing.F) {
	order := canonicaltest.Order("1", canonicaltest.Item("A", 1, 100))
	f.Add([]byte(line(f, order) + "\n{}\n\n[]"))
	f.Add([]byte("\xef\xbb\xbf\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := orderfile.Read(strings.NewReader(string(text)), order.Key.Channel, orderfile.SkipBroken())
		if err != nil {
			return
		}
		page, err := file.ListOrders(t.Context(), marketplace.OrderQuery{Limit: 1 << 20})
		if err != nil || page.More {
			t.Fatal(page.More, err)
		}
		for _, fetched := range page.Orders {
			if fetched.Key.Channel != order.Key.Channel || fetched.Key.ID == "" || fetched.Err == nil && fetched.Order.Key != fetched.Key {
				t.Fatalf("%+v", fetched.Key)
			}
		}
	})
}
