package returnstest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/loop"
	"github.com/retailsync/retailsync/returns/loop/looptest"
	"github.com/retailsync/retailsync/returns/returnstest"
)

// brokenOverHTTP is a platform behind a service that breaks a promise about failures; nil methods are those of a good one.
type brokenOverHTTP struct {
	*loop.Platform
	server *looptest.Server

	list  func(context.Context, *brokenOverHTTP, returns.Query) (returns.Page, error)
	close func(context.Context, *brokenOverHTTP, returns.Closing) error
}

func (b *brokenOverHTTP) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	if b.list == nil {
		return b.Platform.ListReturns(ctx, query)
	}
	return b.list(ctx, b, query)
}

func (b *brokenOverHTTP) CloseReturn(ctx context.Context, closing returns.Closing) error {
	if b.close == nil {
		return b.Platform.CloseReturn(ctx, closing)
	}
	return b.close(ctx, b, closing)
}

// changeError has the errors of the list changed.
func changeError(change func(*brokenOverHTTP, error) error) func(*brokenOverHTTP) {
	return func(b *brokenOverHTTP) {
		b.list = func(ctx context.Context, b *brokenOverHTTP, query returns.Query) (returns.Page, error) {
			page, err := b.Platform.ListReturns(ctx, query)
			if err != nil {
				err = change(b, err)
			}
			return page, err
		}
	}
}

// The suite fails a platform that breaks a promise about what goes wrong on the way to its service, as in [TestCatches].
func TestCatchesOverHTTP(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		by    string // the suite's test that must fail; "" for none
		adapt func(*brokenOverHTTP)
	}{
		{name: "a good platform over HTTP", adapt: func(*brokenOverHTTP) {}},
		{"errors without a code", "Failures", changeError(func(_ *brokenOverHTTP, err error) error { return errors.New(err.Error()) })},
		{"errors that show the credential", "Failures", changeError(func(b *brokenOverHTTP, err error) error {
			var failure *marketplace.Error
			if errors.As(err, &failure) {
				failure.Message += " with " + b.server.Key
			}
			return err
		})},
		{"errors that show a buyer", "Failures", changeError(func(_ *brokenOverHTTP, err error) error {
			var failure *marketplace.Error
			if errors.As(err, &failure) {
				failure.Message += " for jane.doe@example.com"
			}
			return err
		})},
		{"a wait that is forgotten", "Failures", changeError(func(_ *brokenOverHTTP, err error) error {
			var failure *marketplace.Error
			if errors.As(err, &failure) {
				failure.RetryAfter = 0
			}
			return err
		})},
		{"a failure that is an empty list", "Failures", func(b *brokenOverHTTP) {
			b.list = func(ctx context.Context, b *brokenOverHTTP, query returns.Query) (returns.Page, error) {
				page, err := b.Platform.ListReturns(ctx, query)
				if marketplace.CodeOf(err) == marketplace.CodeInvalid {
					return returns.Page{Cursor: query.Cursor}, nil
				}
				return page, err
			}
		}},
		{"tries without end", "Failures", func(b *brokenOverHTTP) {
			b.list = func(ctx context.Context, b *brokenOverHTTP, query returns.Query) (page returns.Page, err error) {
				for range 11 {
					if page, err = b.Platform.ListReturns(ctx, query); err == nil {
						break
					}
				}
				return page, err
			}
		}},
		{"a write that is repeated blindly", "ActionFailures", func(b *brokenOverHTTP) {
			b.close = func(ctx context.Context, b *brokenOverHTTP, closing returns.Closing) error {
				err := b.Platform.CloseReturn(ctx, closing)
				if marketplace.CodeOf(err) == marketplace.CodeUnknown {
					return b.Platform.CloseReturn(ctx, closing)
				}
				return err
			}
		}},
		{"an expired credential is a refusal", "ActionFailures", func(b *brokenOverHTTP) {
			b.close = func(ctx context.Context, b *brokenOverHTTP, closing returns.Closing) error {
				err := b.Platform.CloseReturn(ctx, closing)
				var failure *marketplace.Error
				if errors.As(err, &failure) && failure.Code == marketplace.CodeUnauthenticated {
					failure.Code = marketplace.CodeInvalid
				}
				return err
			}
		}},
		{"a lost reply is a success", "NothingIsDoubledByALostReply", func(b *brokenOverHTTP) {
			b.close = func(ctx context.Context, b *brokenOverHTTP, closing returns.Closing) error {
				err := b.Platform.CloseReturn(ctx, closing)
				if marketplace.CodeOf(err) == marketplace.CodeUnknown {
					return nil
				}
				return err
			}
		}},
		{"a silent service is waited for", "Cancellation", func(b *brokenOverHTTP) {
			b.list = func(ctx context.Context, b *brokenOverHTTP, query returns.Query) (returns.Page, error) {
				deaf, end := context.WithTimeout(context.WithoutCancel(ctx), 100*time.Millisecond)
				defer end()
				return b.Platform.ListReturns(deaf, query)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if os.Getenv(caseVariable) == test.name {
				returnstest.Run(t, harnessOverHTTP(test.adapt))
				return
			}
			pattern := "^TestCatchesOverHTTP$/^" + strings.ReplaceAll(test.name, " ", "_") + "$"
			if test.by != "" {
				pattern += "/^" + test.by + "$"
			}
			child := exec.Command(os.Args[0], "-test.run="+pattern, "-test.timeout=2m")
			child.Env = append(os.Environ(), caseVariable+"="+test.name)
			output, err := child.CombinedOutput()
			switch {
			case test.by == "" && err != nil:
				t.Errorf("the suite fails a good platform: %v\n%s", err, output)
			case test.by != "" && !strings.Contains(string(output), "/"+test.by):
				t.Errorf("the suite does not catch it: %v\n%s", err, output)
			case test.by != "" && err == nil:
				t.Errorf("the suite passes it:\n%s", output)
			}
		})
	}
}

func harnessOverHTTP(adapt func(*brokenOverHTTP)) returnstest.Harness {
	return returnstest.Harness{Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
		server := looptest.NewServer()
		t.Cleanup(server.Close)
		b := &brokenOverHTTP{server: server, Platform: loop.New(loop.APIKey(server.Key), loop.WithAddress(server.Address),
			loop.WithTransport(transport), loop.WithBackoff(time.Millisecond), loop.WithRateLimit(10_000), loop.WithBeginning(time.Now().AddDate(0, -1, 0)))}
		adapt(b)
		var last atomic.Int64
		return returnstest.Service{
			Platform: b,
			Approved: func(*testing.T) (string, []returns.DecidedLine) {
				id := server.Put(looptest.Sample(int(last.Add(1))))
				return id, []returns.DecidedLine{{ID: id + "1", Qty: decimal.One}, {ID: id + "2", Qty: decimal.One}}
			},
			Shows: func(_ *testing.T, id string) returnstest.Shown {
				state := server.Return(id)
				out := returnstest.Shown{Closed: state["state"] == "closed", Effects: server.Effects(id), Found: map[string]map[canonical.Disposition]string{}}
				for _, line := range state["line_items"].([]any) {
					line := line.(looptest.Object)
					for field, words := range loopWords {
						if told, ok := line[field].(looptest.Object); ok {
							for _, word := range told {
								if disposition, known := words[fmt.Sprint(word)]; known {
									out.Found[fmt.Sprint(line["line_item_id"])] = map[canonical.Disposition]string{disposition: "1"}
								}
							}
						}
					}
				}
				return out
			},
		}
	}}
}

// loopWords are Loop's words for what was found.
var loopWords = map[string]map[string]canonical.Disposition{
	"disposition": {"back_to_stock": "sellable", "resale_hold": "refurbish", "recycle": "damaged", "missing": "missing"},
	"condition":   {"incorrect_item": "wrong_item"},
}
