package returnstest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

func TestFakePlatform(t *testing.T) {
	t.Parallel()
	returnstest.Run(t, harness(func(platform *fake.Platform) returns.Platform { return platform }))
}

// harness opens fake platforms; adapt may wrap them.
func harness(adapt func(*fake.Platform) returns.Platform) returnstest.Harness {
	return returnstest.Harness{
		Secrets: []string{"fake-webhook-secret"},
		Open: func(_ *testing.T, _ http.RoundTripper) returnstest.Service {
			platform := fake.New(canonical.Channel{Name: "fake", Account: "main"})
			var last atomic.Int64
			sample := func(approval canonical.ReturnApproval) canonical.Return {
				n := last.Add(1)
				return platform.Put(canonical.Return{
					Key: canonical.Key{ID: fmt.Sprintf("r%d", n)}, Order: canonical.Key{ID: fmt.Sprint(n)}, Currency: "EUR", Approval: approval,
					Lines: []canonical.ReturnLine{
						{ID: "a", SKU: "A", Qty: decimal.MustNew(3, 0), Resolution: canonical.ResolutionRefund},
						{ID: "b", SKU: "B", Qty: decimal.MustNew(1, 0), Resolution: canonical.ResolutionStoreCredit},
					},
					Ext: map[string]json.RawMessage{"buyer": json.RawMessage(`"Ada Lovelace"`)},
				})
			}
			open := func(approval canonical.ReturnApproval) func(*testing.T) (string, []returns.DecidedLine) {
				return func(*testing.T) (string, []returns.DecidedLine) {
					state := sample(approval)
					var lines []returns.DecidedLine
					for _, line := range state.Lines {
						lines = append(lines, returns.DecidedLine{ID: line.ID, Qty: line.Qty})
					}
					return state.Key.ID, lines
				}
			}
			return returnstest.Service{
				Platform: adapt(platform),
				Seed: func(_ *testing.T, n int) []string {
					ids := make([]string, n)
					for i := range ids {
						ids[i] = sample(canonical.ReturnApproved).Key.ID
					}
					return ids
				},
				Touch: func(_ *testing.T, id string) {
					platform.Change(id, func(r *canonical.Return) { r.Number += "x" })
				},
				Corrupt:         func(_ *testing.T, id string) { platform.Corrupt(id) },
				Personal:        []string{"Ada Lovelace"},
				Deliver:         func(_ *testing.T, id string) (http.Header, []byte) { return platform.Delivery(id) },
				Ping:            func(*testing.T) (http.Header, []byte) { return platform.Ping() },
				SignatureHeader: fake.SignatureHeader,
				Mixed: func(*testing.T) canonical.Return {
					state := sample(canonical.ReturnApproved)
					platform.Change(state.Key.ID, func(r *canonical.Return) {
						r.Lines[0].Received = []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionDamaged}}
					})
					state, _ = platform.Return(state.Key.ID)
					return state
				},
				Unknown: func(*testing.T) returnstest.Unknown {
					id := sample(canonical.ReturnApproved).Key.ID
					platform.Change(id, func(r *canonical.Return) {
						r.RawStatus = "hovering"
						for i := range r.Lines {
							r.Lines[i].Resolution, r.Lines[i].RawResolution = canonical.ResolutionOther, "a hug"
						}
					})
					return returnstest.Unknown{ID: id, Status: "hovering", Resolution: "a hug"}
				},
				Money: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
					id := sample(canonical.ReturnApproved).Key.ID
					platform.Change(id, func(r *canonical.Return) {
						r.Currency = currency
						r.Lines[0].Refund, r.Lines[0].RefundKnown = canonical.Shop(amount), true
					})
					return id
				},
				Requested: open(canonical.ReturnRequested),
				Approved:  open(canonical.ReturnApproved),
				Shows:     func(t *testing.T, id string) returnstest.Shown { return shown(t, platform, id) },
				LoseReplies: func(*testing.T) func() {
					for _, op := range []fake.Op{fake.Approve, fake.Decline, fake.Label, fake.Receive, fake.Inspect, fake.Close} {
						platform.Inject(fake.Fault{Op: op, After: true, Times: -1})
					}
					return platform.Heal
				},
			}
		},
	}
}

// shown is a return as the fake platform has it.
func shown(t *testing.T, platform *fake.Platform, id string) returnstest.Shown {
	t.Helper()
	state, ok := platform.Return(id)
	if !ok {
		t.Fatalf("there is no return %s", id)
	}
	s := returnstest.Shown{
		Approval: state.Approval, Closed: state.Closed, Labels: len(state.Parcels), Effects: len(platform.Effects(id)),
		Qty: map[string]string{}, Received: map[string]string{}, Found: map[string]map[canonical.Disposition]string{},
	}
	for _, line := range state.Lines {
		s.Qty[line.ID] = line.Qty.Trim(0).String()
		here := decimal.Zero
		for _, units := range line.Received {
			if units.Disposition != canonical.DispositionMissing {
				here, _ = here.Add(units.Qty)
			}
			if units.Disposition != canonical.DispositionPending {
				if s.Found[line.ID] == nil {
					s.Found[line.ID] = map[canonical.Disposition]string{}
				}
				s.Found[line.ID][units.Disposition] = units.Qty.Trim(0).String()
			}
		}
		if here.IsPos() {
			s.Received[line.ID] = here.Trim(0).String()
		}
	}
	return s
}
