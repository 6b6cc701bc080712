package returnstest

import (
	"net/http"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/returns"
)

// Harness connects the suite with one platform.
type Harness struct {
	// Open starts a service for one test, or opens a shared one, and returns the platform on it. All requests of the platform go
	// through transport, and its back-off should be short. What is to be cleaned up is registered with t.Cleanup. It is called
	// from several tests at once.
	Open func(t *testing.T, transport http.RoundTripper) Service
	// Secrets are texts that must not appear in any error, besides those that the suite sees in the requests.
	Secrets []string
	// Returns is how many returns the larger tests create; 23 if zero. Make it small for a real service, but not below 3.
	Returns int
	// Since is where the tests begin to list on a service that has other returns too; zero means all.
	Since time.Time
}

// Service is an open service. Hooks that are nil are not used.
type Service struct {
	Platform returns.Platform
	// Seed creates n valid returns and returns their ids, the oldest change first.
	Seed func(t *testing.T, n int) []string
	// Touch changes a return so that the time of its last change moves.
	Touch func(t *testing.T, id string)
	// Corrupt makes a return undecodable.
	Corrupt func(t *testing.T, id string)
	// Personal are texts of the buyers of all returns that the hooks create (names, addresses); no error may hold one.
	Personal []string

	// Deliver returns a new signed webhook delivery about a return, Ping one that concerns nothing.
	Deliver func(t *testing.T, id string) (http.Header, []byte)
	Ping    func(t *testing.T) (http.Header, []byte)
	// Stale returns a delivery that was signed well and is too old, for a service that signs the time.
	Stale func(t *testing.T, id string) (http.Header, []byte)
	// SignatureHeader names the header of a delivery that holds the signature.
	SignatureHeader string

	// Mixed creates a return with several outcomes in one and returns what it must be decoded to; the revision does not count.
	Mixed func(t *testing.T) canonical.Return
	// Unknown creates a return with a word that nobody knows for its state, for each line's resolution and for the condition of
	// each unit that came back. The platform must keep the words that are not empty.
	Unknown func(t *testing.T) Unknown
	// Money creates a return in the currency of which the first line is worth amount to the buyer, as the service states money;
	// an empty id says that the service has no such amount.
	Money func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string

	// Requested creates a return that waits for a decision, Approved one that may be sent, with their lines and quantities.
	Requested func(t *testing.T) (id string, lines []returns.DecidedLine)
	Approved  func(t *testing.T) (id string, lines []returns.DecidedLine)
	// Shows is a return as the service itself has it.
	Shows func(t *testing.T, id string) Shown
	// WholeOnly: the service decides on whole returns only.
	WholeOnly bool
	// Dispositions are what the service can be told of a unit; nil means all but pending.
	Dispositions []canonical.Disposition
	// LoseReplies makes the service carry out writes and lose its replies until heal is called. Nil: the suite does it on the
	// transport.
	LoseReplies func(t *testing.T) (heal func())
}

// Unknown is a return with words that nobody knows.
type Unknown struct {
	ID                              string
	Status, Resolution, Disposition string
}

// Shown is a return as its service has it. Quantities are without trailing zeros; lines without any are left out.
type Shown struct {
	Approval canonical.ReturnApproval
	Closed   bool
	// Labels is how many labels were issued.
	Labels int
	// Qty is how many units of each line are to come back.
	Qty map[string]string
	// Received is how many units of each line have arrived in all, inspected or not.
	Received map[string]string
	// Found is what was found in them, without what was not looked at.
	Found map[string]map[canonical.Disposition]string
	// Effects is how many changes the reports have made.
	Effects int
}

// bench is an open service on a wire that a test can disturb.
type bench struct {
	Service
	harness Harness
	wire    *faultline.Line
}

// Run runs the suite.
func Run(t *testing.T, harness Harness) {
	t.Helper()
	if harness.Open == nil {
		t.Fatal("returnstest: Harness.Open is missing")
	}
	if harness.Returns == 0 {
		harness.Returns = 23
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"Channel", testChannel},
		{"List", testList},
		{"ListWhileRowsMove", testListWhileRowsMove},
		{"ListAgainFindsChanges", testListAgain},
		{"ListSince", testListSince},
		{"ListRefusesForeignCursor", testForeignCursor},
		{"ListIsolatesBadReturns", testBadReturn},
		{"Get", testGet},
		{"GetNotFound", testNotFound},
		{"MixedOutcomes", testMixed},
		{"UnknownWords", testUnknown},
		{"Money", testMoney},
		{"Webhook", testWebhook},
		{"WebhookRefuses", testWebhookRefuses},
		{"Approve", testApprove},
		{"ApprovePart", testApprovePart},
		{"Decline", testDecline},
		{"DecisionRefused", testDecisionRefused},
		{"Label", testLabel},
		{"Receipt", testReceipt},
		{"ReceiptRefused", testReceiptRefused},
		{"Inspection", testInspection},
		{"Close", testClose},
		{"NothingIsDoubledByALostReply", testLostReplies},
		{"ActionsOfUnknownReturns", testUnknownReturns},
		{"Failures", testFailures},
		{"ActionFailures", testActionFailures},
		{"Cancellation", testCancellation},
		{"Concurrency", testConcurrency},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, harness.open(t))
		})
	}
}

// open opens a service on a wire.
func (h Harness) open(t *testing.T) *bench {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	wire := faultline.New(transport)
	service := h.Open(t, wire)
	if service.Platform == nil {
		t.Fatal("returnstest: Service.Platform is missing")
	}
	return &bench{Service: service, harness: h, wire: wire}
}

// seed creates returns, or skips.
func (b *bench) seed(t *testing.T, n int) []string {
	t.Helper()
	need(t, b.Seed != nil, "Seed")
	ids := b.Seed(t, n)
	if len(ids) != n {
		t.Fatalf("Seed(%d) returned %d ids", n, len(ids))
	}
	return ids
}

// approved creates a return that may be sent, or skips.
func (b *bench) approved(t *testing.T) (string, []returns.DecidedLine) {
	t.Helper()
	need(t, b.Approved != nil, "Approved")
	need(t, b.Shows != nil, "Shows")
	id, lines := b.Approved(t)
	return id, checked(t, lines)
}

// requested creates a return that waits for a decision, or skips.
func (b *bench) requested(t *testing.T) (string, []returns.DecidedLine) {
	t.Helper()
	need(t, b.Requested != nil, "Requested")
	need(t, b.Shows != nil, "Shows")
	id, lines := b.Requested(t)
	return id, checked(t, lines)
}

func checked(t *testing.T, lines []returns.DecidedLine) []returns.DecidedLine {
	t.Helper()
	if len(lines) < 2 {
		t.Fatal("the harness must give returns with at least two lines")
	}
	return lines
}

// need skips a test whose hook is missing.
func need(t *testing.T, there bool, hook string) {
	t.Helper()
	if !there {
		t.Skip("the harness has no " + hook)
	}
}

// able is the platform as something that it may be, or skips.
func able[T any](t *testing.T, b *bench) T {
	t.Helper()
	platform, ok := any(b.Platform).(T)
	if !ok {
		t.Skipf("the platform is no %T", (*T)(nil))
	}
	return platform
}
