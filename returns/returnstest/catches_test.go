package returnstest_test

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

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// broken is a platform that breaks a promise; nil methods are those of a good one.
type broken struct {
	*fake.Platform

	channel func(*broken) canonical.Channel
	list    func(context.Context, *broken, returns.Query) (returns.Page, error)
	get     func(context.Context, *broken, string) (canonical.Return, error)
	webhook func(context.Context, *broken, http.Header, []byte) ([]marketplace.Notice, error)
	approve func(context.Context, *broken, returns.Decision) error
	decline func(context.Context, *broken, returns.Decision) error
	label   func(context.Context, *broken, returns.LabelRequest) (canonical.ReturnParcel, error)
	receive func(context.Context, *broken, returns.Receipt) error
	inspect func(context.Context, *broken, returns.Inspection) error
	close   func(context.Context, *broken, returns.Closing) error

	calls atomic.Int64
}

func (b *broken) Channel() canonical.Channel {
	if b.channel == nil {
		return b.Platform.Channel()
	}
	return b.channel(b)
}

func (b *broken) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	if b.list == nil {
		return b.Platform.ListReturns(ctx, query)
	}
	return b.list(ctx, b, query)
}

func (b *broken) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	if b.get == nil {
		return b.Platform.GetReturn(ctx, id)
	}
	return b.get(ctx, b, id)
}

func (b *broken) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if b.webhook == nil {
		return b.Platform.ReceiveWebhook(ctx, header, body)
	}
	return b.webhook(ctx, b, header, body)
}

func (b *broken) ApproveReturn(ctx context.Context, decision returns.Decision) error {
	if b.approve == nil {
		return b.Platform.ApproveReturn(ctx, decision)
	}
	return b.approve(ctx, b, decision)
}

func (b *broken) DeclineReturn(ctx context.Context, decision returns.Decision) error {
	if b.decline == nil {
		return b.Platform.DeclineReturn(ctx, decision)
	}
	return b.decline(ctx, b, decision)
}

func (b *broken) IssueLabel(ctx context.Context, request returns.LabelRequest) (canonical.ReturnParcel, error) {
	if b.label == nil {
		return b.Platform.IssueLabel(ctx, request)
	}
	return b.label(ctx, b, request)
}

func (b *broken) ReportReceived(ctx context.Context, report returns.Receipt) error {
	if b.receive == nil {
		return b.Platform.ReportReceived(ctx, report)
	}
	return b.receive(ctx, b, report)
}

func (b *broken) ReportInspected(ctx context.Context, report returns.Inspection) error {
	if b.inspect == nil {
		return b.Platform.ReportInspected(ctx, report)
	}
	return b.inspect(ctx, b, report)
}

func (b *broken) CloseReturn(ctx context.Context, closing returns.Closing) error {
	if b.close == nil {
		return b.Platform.CloseReturn(ctx, closing)
	}
	return b.close(ctx, b, closing)
}

// changePage has the platform's pages changed.
func changePage(change func(*broken, *returns.Page)) func(*broken) {
	return func(b *broken) {
		b.list = func(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
			page, err := b.Platform.ListReturns(ctx, query)
			change(b, &page)
			return page, err
		}
	}
}

// changeReturn has what GetReturn gives changed.
func changeReturn(change func(*broken, *canonical.Return)) func(*broken) {
	return func(b *broken) {
		b.get = func(ctx context.Context, b *broken, id string) (canonical.Return, error) {
			state, err := b.Platform.GetReturn(ctx, id)
			if err == nil {
				change(b, &state)
				state.Revision.Digest = state.Digest()
			}
			return state, err
		}
	}
}

// twice does a change of its own at each call, so that a repeat leaves a trace.
func twice(b *broken, id string) {
	b.Change(id, func(r *canonical.Return) {
		r.Parcels = append(r.Parcels, canonical.ReturnParcel{ID: fmt.Sprint(b.calls.Add(1))})
	})
}

// The suite fails a platform that breaks a promise, in the test that is named for the promise. A suite that fails cannot be watched
// from inside its process, so each case runs in one of its own.
func TestCatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		by    string // the suite's test that must fail; "" for none
		adapt func(*broken)
	}{
		{name: "a good platform", adapt: func(*broken) {}},
		{"a channel that changes", "Channel", func(b *broken) {
			b.channel = func(b *broken) canonical.Channel {
				return canonical.Channel{Name: "fake", Account: fmt.Sprint(b.calls.Add(1))}
			}
		}},
		{"a return left out", "List", changePage(func(_ *broken, p *returns.Page) { p.Returns = p.Returns[:max(0, len(p.Returns)-1)] })},
		{"returns without a digest", "List", changePage(func(_ *broken, p *returns.Page) {
			for i := range p.Returns {
				p.Returns[i].Return.Revision.Digest = ""
			}
		})},
		{"more units than were to come", "List", changePage(func(_ *broken, p *returns.Page) {
			for i := range p.Returns {
				p.Returns[i].Return.Lines[0].Received = []canonical.ReceivedUnits{{Qty: decimal.Hundred, Disposition: canonical.DispositionSellable}}
				p.Returns[i].Return.Revision.Digest = p.Returns[i].Return.Digest()
			}
		})},
		{"a page without a cursor", "List", changePage(func(_ *broken, p *returns.Page) { p.Cursor = "" })},
		{"pages by offset", "ListWhileRowsMove", func(b *broken) { b.list = byOffset }},
		{"a stream that ends for good", "ListAgainFindsChanges", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
				if query.Cursor == "end" {
					return returns.Page{Cursor: "end"}, nil
				}
				page, err := b.Platform.ListReturns(ctx, query)
				if !page.More {
					page.Cursor = "end"
				}
				return page, err
			}
		}},
		{"since is exclusive", "ListSince", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
				page, err := b.Platform.ListReturns(ctx, query)
				page.Returns = slices.DeleteFunc(page.Returns, func(f returns.Fetched) bool {
					return !query.Since.IsZero() && !f.Return.Revision.UpdatedAt.After(query.Since)
				})
				return page, err
			}
		}},
		{"any text is a cursor", "ListRefusesForeignCursor", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
				page, err := b.Platform.ListReturns(ctx, query)
				if err != nil {
					return b.Platform.ListReturns(ctx, returns.Query{Limit: query.Limit})
				}
				return page, nil
			}
		}},
		{"a bad return that is hidden", "ListIsolatesBadReturns", changePage(func(_ *broken, p *returns.Page) {
			p.Returns = slices.DeleteFunc(p.Returns, func(f returns.Fetched) bool { return f.Err != nil })
		})},
		{"a bad return that fails its page", "ListIsolatesBadReturns", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
				page, err := b.Platform.ListReturns(ctx, query)
				for _, fetched := range page.Returns {
					err = errors.Join(err, fetched.Err)
				}
				return page, err
			}
		}},
		{"a buyer in an error", "ListIsolatesBadReturns", changePage(func(_ *broken, p *returns.Page) {
			for _, fetched := range p.Returns {
				var failure *marketplace.Error
				if errors.As(fetched.Err, &failure) {
					failure.Message = "the return of Ada Lovelace cannot be read"
				}
			}
		})},
		{"a secret in an error", "WebhookRefuses", func(b *broken) {
			b.webhook = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
				notices, err := b.Platform.ReceiveWebhook(ctx, header, body)
				var failure *marketplace.Error
				if errors.As(err, &failure) {
					failure.Message += b.Secret
				}
				return notices, err
			}
		}},
		{"another digest at each look", "Get", func(b *broken) {
			b.get = func(ctx context.Context, b *broken, id string) (canonical.Return, error) {
				state, err := b.Platform.GetReturn(ctx, id)
				state.Number += fmt.Sprint(b.calls.Add(1))
				state.Revision.Digest = state.Digest()
				return state, err
			}
		}},
		{"nothing is no error", "GetNotFound", func(b *broken) {
			b.get = func(ctx context.Context, b *broken, id string) (canonical.Return, error) {
				state, err := b.Platform.GetReturn(ctx, id)
				if marketplace.CodeOf(err) == marketplace.CodeNotFound {
					return canonical.Return{}, nil
				}
				return state, err
			}
		}},
		{"one outcome for all lines", "MixedOutcomes", changeReturn(func(_ *broken, r *canonical.Return) {
			for i := range r.Lines {
				r.Lines[i].Resolution = r.Lines[0].Resolution
			}
		})},
		{"damaged goods are sellable", "MixedOutcomes", changeReturn(func(_ *broken, r *canonical.Return) {
			for i := range r.Lines {
				for k := range r.Lines[i].Received {
					r.Lines[i].Received[k].Disposition = canonical.DispositionSellable
				}
			}
		})},
		{"unknown is refund", "UnknownWords", changeReturn(func(_ *broken, r *canonical.Return) {
			for i := range r.Lines {
				if r.Lines[i].Resolution == canonical.ResolutionOther {
					r.Lines[i].Resolution = canonical.ResolutionRefund
				}
			}
		})},
		{"cents are cut off", "Money", changeReturn(func(_ *broken, r *canonical.Return) {
			for i := range r.Lines {
				r.Lines[i].Refund.Shop = r.Lines[i].Refund.Shop.Trunc(1)
			}
		})},
		{"all currencies have two decimals", "Money", changeReturn(func(_ *broken, r *canonical.Return) {
			if r.Currency == "JPY" {
				r.Lines[0].Refund.Shop, _ = r.Lines[0].Refund.Shop.Quo(decimal.Hundred)
			}
		})},
		{"events that cannot be told apart", "Webhook", func(b *broken) {
			b.webhook = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
				notices, err := b.Platform.ReceiveWebhook(ctx, header, body)
				for i := range notices {
					notices[i].EventID = fmt.Sprint(b.calls.Add(1))
				}
				return notices, err
			}
		}},
		{"one event for all that happens to a return", "Webhook", func(b *broken) {
			b.webhook = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
				notices, err := b.Platform.ReceiveWebhook(ctx, header, body)
				for i := range notices {
					notices[i].EventID = notices[i].Key.ID
				}
				return notices, err
			}
		}},
		{"one event for all returns", "Webhook", func(b *broken) {
			b.webhook = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
				notices, err := b.Platform.ReceiveWebhook(ctx, header, body)
				for i := range notices {
					notices[i].EventID = "event"
				}
				return notices, err
			}
		}},
		{"a signature that is not checked", "WebhookRefuses", func(b *broken) {
			b.webhook = func(_ context.Context, b *broken, _ http.Header, body []byte) ([]marketplace.Notice, error) {
				var event struct{ Return string }
				if json.Unmarshal(body, &event) != nil {
					return nil, nil
				}
				return []marketplace.Notice{{EventID: "1", Kind: marketplace.NoticeReturn, Key: canonical.Key{Channel: b.Channel(), ID: event.Return}}}, nil
			}
		}},
		{"nothing is approved", "Approve", func(b *broken) {
			b.approve = func(context.Context, *broken, returns.Decision) error { return nil }
		}},
		{"a change for each approval", "Approve", func(b *broken) {
			b.approve = func(ctx context.Context, b *broken, decision returns.Decision) error {
				return errors.Join(b.Platform.ApproveReturn(ctx, decision), b.Platform.ReportReceived(ctx, returns.Receipt{
					ReturnID: decision.ReturnID, Lines: []returns.DecidedLine{{ID: "a", Qty: decimal.MustNew(b.calls.Add(1), 0)}}}))
			}
		}},
		{"a part is the whole", "ApprovePart", func(b *broken) {
			b.approve = func(ctx context.Context, b *broken, decision returns.Decision) error {
				decision.Lines = nil
				return b.Platform.ApproveReturn(ctx, decision)
			}
		}},
		{"declined is approved", "Decline", func(b *broken) {
			b.decline = func(ctx context.Context, b *broken, decision returns.Decision) error {
				return b.Platform.ApproveReturn(ctx, decision)
			}
		}},
		{"the last decision wins", "DecisionRefused", func(b *broken) {
			b.approve = func(ctx context.Context, b *broken, decision returns.Decision) error {
				b.Change(decision.ReturnID, func(r *canonical.Return) { r.Approval = canonical.ReturnRequested })
				return b.Platform.ApproveReturn(ctx, decision)
			}
		}},
		{"a label for each request", "Label", func(b *broken) {
			b.label = func(ctx context.Context, b *broken, request returns.LabelRequest) (canonical.ReturnParcel, error) {
				b.Change(request.ReturnID, func(r *canonical.Return) { r.Parcels = nil })
				return b.Platform.IssueLabel(ctx, request)
			}
		}},
		{"a receipt that adds", "Receipt", func(b *broken) {
			b.receive = func(ctx context.Context, b *broken, report returns.Receipt) error {
				state, _ := b.Platform.Return(report.ReturnID)
				report.Lines = slices.Clone(report.Lines)
				for i, line := range report.Lines {
					for _, have := range state.Lines {
						for _, units := range have.Received {
							if have.ID == line.ID {
								sum, _ := report.Lines[i].Qty.Add(units.Qty)
								report.Lines[i].Qty = minimum(sum, have.Qty)
							}
						}
					}
				}
				return b.Platform.ReportReceived(ctx, report)
			}
		}},
		{"a receipt that takes back", "Receipt", func(b *broken) {
			b.receive = func(ctx context.Context, b *broken, report returns.Receipt) error {
				b.Change(report.ReturnID, func(r *canonical.Return) {
					for i := range r.Lines {
						r.Lines[i].Received = nil
					}
				})
				return b.Platform.ReportReceived(ctx, report)
			}
		}},
		{"any quantity arrives", "ReceiptRefused", func(b *broken) {
			b.receive = func(ctx context.Context, b *broken, report returns.Receipt) error {
				err := b.Platform.ReportReceived(ctx, report)
				if marketplace.CodeOf(err) == marketplace.CodeInvalid {
					return nil
				}
				return err
			}
		}},
		{"all is sellable", "Inspection", func(b *broken) {
			b.inspect = func(ctx context.Context, b *broken, report returns.Inspection) error {
				for _, line := range report.Lines {
					for i := range line.Found {
						line.Found[i].Disposition = canonical.DispositionSellable
					}
				}
				return b.Platform.ReportInspected(ctx, report)
			}
		}},
		{"the first line only", "Inspection", func(b *broken) {
			b.inspect = func(ctx context.Context, b *broken, report returns.Inspection) error {
				report.Lines = report.Lines[:1]
				return b.Platform.ReportInspected(ctx, report)
			}
		}},
		{"nothing is closed", "Close", func(b *broken) {
			b.close = func(context.Context, *broken, returns.Closing) error { return nil }
		}},
		{"closing what is closed fails", "Close", func(b *broken) {
			b.close = func(ctx context.Context, b *broken, closing returns.Closing) error {
				if state, _ := b.Platform.Return(closing.ReturnID); state.Closed {
					return &marketplace.Error{Code: marketplace.CodeConflict, Channel: b.Channel(), Op: "close return", Message: "it is closed"}
				}
				return b.Platform.CloseReturn(ctx, closing)
			}
		}},
		{"a lost reply is done again", "NothingIsDoubledByALostReply", func(b *broken) {
			b.label = func(ctx context.Context, b *broken, request returns.LabelRequest) (canonical.ReturnParcel, error) {
				parcel, err := b.Platform.IssueLabel(ctx, request)
				if marketplace.CodeOf(err) == marketplace.CodeUnknown {
					twice(b, request.ReturnID)
				}
				return parcel, err
			}
		}},
		{"a lost reply is a refusal", "NothingIsDoubledByALostReply", func(b *broken) {
			b.close = func(ctx context.Context, b *broken, closing returns.Closing) error {
				err := b.Platform.CloseReturn(ctx, closing)
				var failure *marketplace.Error
				if errors.As(err, &failure) && failure.Code == marketplace.CodeUnknown {
					failure.Code = marketplace.CodeInvalid
				}
				return err
			}
		}},
		{"any return will do", "ActionsOfUnknownReturns", func(b *broken) {
			b.close = func(ctx context.Context, b *broken, closing returns.Closing) error {
				err := b.Platform.CloseReturn(ctx, closing)
				if marketplace.CodeOf(err) == marketplace.CodeNotFound {
					return nil
				}
				return err
			}
		}},
		{"a context that is not heard", "Cancellation", func(b *broken) {
			b.list = func(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
				return b.Platform.ListReturns(context.WithoutCancel(ctx), query)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if os.Getenv(caseVariable) == test.name {
				returnstest.Run(t, harness(func(platform *fake.Platform) returns.Platform {
					b := &broken{Platform: platform}
					test.adapt(b)
					return b
				}))
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
				t.Errorf("the suite fails a good platform: %v\n%s", err, output)
			case test.by != "" && !strings.Contains(string(output), "/"+test.by):
				t.Errorf("the suite does not catch it: %v\n%s", err, output)
			case test.by != "" && err == nil:
				t.Errorf("the suite passes it:\n%s", output)
			}
		})
	}
}

// caseVariable names the case that a child process runs.
const caseVariable = "RETAILSYNC_TEST_BROKEN_PLATFORM"

// byOffset pages through the returns as a list with positions, which loses rows when others move.
func byOffset(ctx context.Context, b *broken, query returns.Query) (returns.Page, error) {
	offset, _ := strconv.Atoi(string(query.Cursor))
	var all []returns.Fetched
	for q := (returns.Query{}); ; {
		page, err := b.Platform.ListReturns(ctx, q)
		if err != nil {
			return returns.Page{}, err
		}
		all = append(all, page.Returns...)
		if q.Cursor = page.Cursor; !page.More {
			break
		}
	}
	from := min(offset, len(all))
	to := min(from+max(query.Limit, 1), len(all))
	return returns.Page{Returns: all[from:to], Cursor: marketplace.Cursor(strconv.Itoa(to)), More: to < len(all)}, nil
}

func minimum(a, b decimal.Decimal) decimal.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
