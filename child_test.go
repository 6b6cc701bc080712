package retailsync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
)

// childVariable makes the test binary a process that imports orders or publishes shipments instead of running tests. It names the
// file of its [childTask].
const childVariable = "RETAILSYNC_TEST_CHILD"

func TestMain(m *testing.M) {
	if task := os.Getenv(childVariable); task != "" {
		os.Exit(child(task))
	}
	os.Exit(m.Run())
}

// childTask is what a child process does.
type childTask struct {
	Odoo   target
	Orders []canonical.Order
	// Prices, if it is there, is published instead of importing orders.
	Prices *priceTask
	// Fault, if it has a kind, strikes once.
	Fault fault
	// Wait makes the child start when its standard input ends.
	Wait bool
	// Shipments, if set, makes the child publish shipments instead of importing orders.
	Shipments *shipmentTask
}

// childReport is what a child process prints.
type childReport struct {
	Outcomes map[string]retailsync.Outcome
	Failures []string
	Err      string
	// Calls are the calls that the child made, in their order.
	Calls []string
}

// target is how to reach an Odoo from another process.
type target struct {
	Series        int
	URL, Database string
	Login, Secret string
	APIKey        string // JSON-2 is spoken with it where there is one
}

// dial connects like a process of its own, with patience as in production but for the first wait.
func (o target) dial(ctx context.Context, options ...odoo.Option) (*odoo.Client, error) {
	credential := odoo.Password(o.Login, o.Secret)
	if o.APIKey != "" {
		credential = odoo.APIKey(o.APIKey)
	}
	return odoo.Dial(ctx, o.URL, credential, append([]odoo.Option{odoo.WithDatabase(o.Database)}, options...)...)
}

func child(file string) int {
	var task childTask
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &task)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if task.Wait {
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	at := newPoints(task.Fault, cancel)
	var report childReport
	switch {
	case task.Prices != nil:
		report = task.Prices.publish(ctx, task.Odoo, at)
	case task.Shipments != nil:
		report = task.Shipments.once(ctx, task.Odoo, at)
	default:
		report = importOnce(ctx, task.Odoo, task.Orders, at)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil || report.Err != "" || len(report.Failures) > 0 {
		return 1
	}
	return 0
}

// importOnce dials and imports with an empty store, every call passing the points.
func importOnce(ctx context.Context, odooAt target, orders []canonical.Order, at *points, options ...retailsync.Option) childReport {
	report := childReport{Outcomes: map[string]retailsync.Outcome{}}
	wire := &http.Transport{}
	defer wire.CloseIdleConnections()
	dialling := []odoo.Option{odoo.WithHTTPClient(&http.Client{Transport: faultyTransport{at, wire}})}
	if at.fault.Kind != noFault {
		dialling = append(dialling, odoo.WithRetry(odoo.Retry{First: 10 * time.Millisecond}))
	}
	erp, err := odooAt.dial(ctx, dialling...)
	if err == nil {
		source := faultyChannel{listed: &listed{orders: orders}, at: at}
		_, err = retailsync.New(erp, rulesOf(odooAt.Series), options...).ImportOrders(ctx, source, time.Time{},
			retailsync.OnResult(func(r retailsync.OrderResult) {
				report.Outcomes[r.Order.ID] = r.Outcome
				if r.Err != nil {
					report.Failures = append(report.Failures, r.Err.Error())
				}
			}))
	}
	if err != nil {
		report.Err = err.Error()
	}
	report.Calls = at.made()
	return report
}

// process is a started child.
type process struct {
	cmd            *exec.Cmd
	start          io.Closer
	stdout, stderr strings.Builder
}

func startChild(ctx context.Context, t testing.TB, task childTask) *process {
	t.Helper()
	text, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "task.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.CommandContext(ctx, os.Args[0])}
	p.cmd.Env = append(os.Environ(), childVariable+"="+file)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if p.start, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wait returns the exit code and the report, which is empty if the process was killed.
func (p *process) wait(t testing.TB) (int, childReport) {
	t.Helper()
	var report childReport
	if err := p.cmd.Wait(); err != nil && p.cmd.ProcessState == nil {
		t.Fatal(err)
	}
	code := p.cmd.ProcessState.ExitCode()
	if code != killedCode {
		if err := json.Unmarshal([]byte(p.stdout.String()), &report); err != nil {
			t.Errorf("child ended with %d: %s", code, p.stderr.String())
		}
	}
	return code, report
}
