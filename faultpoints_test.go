package retailsync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/retailsync/retailsync/marketplace"
)

// faultKind is what goes wrong at one call.
type faultKind string

const (
	noFault      faultKind = ""
	refused      faultKind = "refused"       // the call is not made
	replyLost    faultKind = "reply lost"    // the call is made and the reply does not come
	cutOff       faultKind = "cut off"       // the same, and so for every later call; the run is cancelled
	killedBefore faultKind = "killed before" // the process dies before the call
	killedAfter  faultKind = "killed after"  // the process dies when the call has been carried out
)

// killedCode is how a process ends that a fault killed.
const killedCode = 137

// fault strikes once, at the call with this number; calls count from 1. At [everyRead] it strikes each call that
// only reads, but not when it is repeated.
type fault struct {
	Kind faultKind
	Call int
}

const everyRead = -1

// onlyReads tells calls that change nothing by their names.
func onlyReads(call string) bool {
	return slices.ContainsFunc([]string{".fields_get", ".search_read", ".web_search_read", ".search_count", ".get_external_id", ".context_get", ".authenticate", "version", ".search", ".read", ".default_get"},
		func(method string) bool { return strings.HasSuffix(call, method) })
}

// errGone is what a lost connection looks like.
var errGone = errors.New("connection reset by the test")

// points are all calls of a run, to Odoo and to the channel.
type points struct {
	fault  fault
	cancel context.CancelFunc

	mu    sync.Mutex
	calls []string
	gone  bool
	again bool // the next call repeats one that was struck
}

func newPoints(f fault, cancel context.CancelFunc) *points { return &points{fault: f, cancel: cancel} }

// pass makes a call unless the fault says otherwise. Lost is true when the caller must not learn
// the outcome.
func (p *points) pass(name string, perform func()) (lost bool, err error) {
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return true, errGone
	}
	p.calls = append(p.calls, name)
	here := len(p.calls) == p.fault.Call || p.fault.Call == everyRead && onlyReads(name) && !p.again
	p.again = here
	p.mu.Unlock()
	if !here || p.fault.Kind == noFault {
		perform()
		return false, nil
	}
	switch p.fault.Kind {
	case refused:
		return true, &net.OpError{Op: "dial", Net: "tcp", Err: errGone}
	case killedBefore:
		os.Exit(killedCode)
	}
	perform()
	switch p.fault.Kind {
	case killedAfter:
		os.Exit(killedCode)
	case cutOff:
		p.mu.Lock()
		p.gone = true
		p.mu.Unlock()
		p.cancel()
	}
	return true, errGone
}

func (p *points) made() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.calls...)
}

// faultyTransport passes every request to Odoo through the points.
type faultyTransport struct {
	at   *points
	next http.RoundTripper
}

func (f faultyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	name, err := nameOfCall(req)
	if err != nil {
		return nil, err
	}
	var resp *http.Response
	lost, fault := f.at.pass(name, func() {
		if resp, err = f.next.RoundTrip(req); err != nil {
			return
		}
		// The whole reply is read: Odoo has committed.
		var body []byte
		body, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
	})
	if lost {
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// nameOfCall is model and method of a request in either protocol.
func nameOfCall(req *http.Request) (string, error) {
	if call, ok := strings.CutPrefix(req.URL.Path, "/json/2/"); ok {
		return strings.ReplaceAll(call, "/", "."), nil
	}
	if req.URL.Path != "/jsonrpc" || req.Body == nil {
		return req.URL.Path, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return "", err
	}
	req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(body))
	var rpc struct {
		Params struct {
			Service, Method string
			Args            []json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &rpc); err != nil {
		return "", err
	}
	if rpc.Params.Service != "object" || len(rpc.Params.Args) < 5 {
		return rpc.Params.Service + "." + rpc.Params.Method, nil
	}
	return strings.Trim(string(rpc.Params.Args[3]), `"`) + "." + strings.Trim(string(rpc.Params.Args[4]), `"`), nil
}

// channelCall begins the names of calls to the channel.
const channelCall = "channel "

// faultyChannel passes every call to the channel through the points.
type faultyChannel struct {
	*listed
	at *points
}

func (c faultyChannel) ListOrders(ctx context.Context, query marketplace.OrderQuery) (page marketplace.OrderPage, err error) {
	if lost, fault := c.at.pass(channelCall+"list", func() { page, err = c.listed.ListOrders(ctx, query) }); lost {
		return marketplace.OrderPage{}, c.unavailable("list orders", fault)
	}
	return page, err
}

func (c faultyChannel) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) (err error) {
	if lost, fault := c.at.pass(channelCall+"acknowledge", func() { err = c.listed.AcknowledgeOrder(ctx, ack) }); lost {
		return c.unavailable("acknowledge order", fault)
	}
	return err
}

func (c faultyChannel) unavailable(op string, fault error) error {
	return fmt.Errorf("%w: %w", &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: c.Channel(), Op: op}, fault)
}
