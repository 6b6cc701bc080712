package odoo_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

func TestRepeating(t *testing.T) {
	t.Parallel()
	const html = "<html>proxy</html>"
	serialization := response{exception: "psycopg2.errors.SerializationFailure", message: "could not serialize access"}
	tests := map[string]struct {
		first     response
		effect    odoo.Effect
		requests  int
		code      odoo.Code
		retryable bool
	}{
		"write, lost reply":              {response{drop: true}, odoo.EffectWrite, 1, odoo.CodeAmbiguous, false},
		"idempotent, lost reply":         {response{drop: true}, odoo.EffectIdempotent, 2, "", false},
		"read, lost reply":               {response{drop: true}, odoo.EffectRead, 2, "", false},
		"write, rolled back":             {serialization, odoo.EffectWrite, 2, "", false},
		"write, deadlock":                {response{exception: "psycopg2.errors.DeadlockDetected"}, odoo.EffectWrite, 2, "", false},
		"write, locked":                  {response{exception: "odoo.exceptions.LockError", status: 409}, odoo.EffectWrite, 2, "", false},
		"write, concurrency":             {response{exception: "odoo.exceptions.ConcurrencyError"}, odoo.EffectWrite, 2, "", false},
		"write, limited":                 {response{status: 429, body: html}, odoo.EffectWrite, 2, "", false},
		"write, limited for long":        {response{status: 429, body: html, header: map[string]string{"Retry-After": "3600"}}, odoo.EffectWrite, 1, odoo.CodeRateLimited, true},
		"write, limited without end":     {response{status: 429, body: html, header: map[string]string{"Retry-After": "10000000000"}}, odoo.EffectWrite, 1, odoo.CodeRateLimited, true},
		"write, bad gateway":             {response{status: 502, body: html}, odoo.EffectWrite, 1, odoo.CodeAmbiguous, false},
		"write, unavailable":             {response{status: 503, body: html}, odoo.EffectWrite, 1, odoo.CodeAmbiguous, false},
		"idempotent, gateway timeout":    {response{status: 504, body: html}, odoo.EffectIdempotent, 2, "", false},
		"read, unavailable":              {response{status: 503, body: html}, odoo.EffectRead, 2, "", false},
		"write, refused":                 {response{exception: "odoo.exceptions.UserError", status: 422, message: "no"}, odoo.EffectWrite, 1, odoo.CodeUserError, false},
		"read, refused":                  {response{exception: "odoo.exceptions.AccessError", status: 403, message: "no"}, odoo.EffectRead, 1, odoo.CodeAccess, false},
		"write, error inside":            {response{exception: "builtins.ZeroDivisionError"}, odoo.EffectWrite, 1, odoo.CodeServer, false},
		"write, damaged":                 {response{status: 200, body: `{"jsonrpc": "2.0", "resu`}, odoo.EffectWrite, 1, odoo.CodeAmbiguous, false},
		"read, damaged":                  {response{status: 200, body: `{"jsonrpc": "2.0", "resu`}, odoo.EffectRead, 2, "", false},
		"write, web page in its place":   {response{status: 200, body: html}, odoo.EffectWrite, 1, odoo.CodeNotOdoo, false},
		"write, redirect":                {response{status: 301, body: html, header: map[string]string{"Location": "https://other.example/?token=x"}}, odoo.EffectWrite, 1, odoo.CodeNotOdoo, false},
		"write, request too large":       {response{status: 413, body: html}, odoo.EffectWrite, 1, odoo.CodeBadArguments, false},
		"write, proxy asks for password": {response{status: 401, body: html}, odoo.EffectWrite, 1, odoo.CodeNotOdoo, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := func(q request) response {
				if q.Number == 1 {
					return test.first
				}
				return response{result: 7}
			}
			both(t, reply, func(t *testing.T, s *stub, c *odoo.Client) {
				got, err := odoo.Invoke[int](t.Context(), c, odoo.Call{Model: "sale.order", Method: "anything", IDs: []int64{1}, Effect: test.effect})
				if odoo.CodeOf(err) != test.code || odoo.Retryable(err) != test.retryable || odoo.Ambiguous(err) != (test.code == odoo.CodeAmbiguous) {
					t.Errorf("error %v, want code %q", err, test.code)
				}
				if n := len(s.calls()); n != test.requests {
					t.Errorf("%d requests, want %d", n, test.requests)
				}
				if err == nil && got != 7 {
					t.Errorf("got %d", got)
				}
				if test.code == odoo.CodeRateLimited && odoo.RetryAfter(err) < time.Hour {
					t.Errorf("retry after %v", odoo.RetryAfter(err))
				}
			})
		})
	}
}

func TestGivingUp(t *testing.T) {
	t.Parallel()
	both(t, always(response{exception: "psycopg2.errors.SerializationFailure", message: "could not serialize"}), func(t *testing.T, s *stub, c *odoo.Client) {
		err := c.Do(t.Context(), odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{1}})
		if odoo.CodeOf(err) != odoo.CodeConcurrency || len(s.calls()) != 4 {
			t.Errorf("%v after %d requests", err, len(s.calls()))
		}
	})
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := newStub(t, "19.0", always(response{result: true}))
	c := dial(t, s.URL, odoo.APIKey("key"), odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: time.Millisecond}))
	s.Close()
	c.Close() // a connection left open would make it ambiguous
	err := c.Do(t.Context(), odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{1}})
	if odoo.CodeOf(err) != odoo.CodeUnreachable || !odoo.Retryable(err) {
		t.Errorf("write to a closed port: %v", err)
	}
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for effect, want := range map[odoo.Effect]odoo.Code{
		odoo.EffectWrite: odoo.CodeAmbiguous, odoo.EffectRead: odoo.CodeCanceled, odoo.EffectIdempotent: odoo.CodeAmbiguous,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		reply := func(request) response {
			cancel()
			return response{drop: true}
		}
		s := newStub(t, "19.0", reply)
		c := dial(t, s.URL, odoo.APIKey("key"))
		err := c.Call(ctx, odoo.Call{Model: "res.partner", Method: "do", Effect: effect}, nil)
		if odoo.CodeOf(err) != want || len(s.calls()) != 1 {
			t.Errorf("effect %d: %v after %d requests, want %s", effect, err, len(s.calls()), want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newStub(t, "19.0", always(response{result: 1}))
	c := dial(t, s.URL, odoo.APIKey("key"))
	err := c.Call(ctx, odoo.Call{Model: "res.partner", Method: "do"}, nil)
	if odoo.CodeOf(err) != odoo.CodeCanceled || !errors.Is(err, context.Canceled) || len(s.calls()) != 0 {
		t.Errorf("canceled before: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newStub(t, "19.0", func(q request) response {
		if q.Number <= 2 {
			<-release
		}
		return response{result: 7}
	})
	t.Cleanup(func() { close(release) })
	c := dial(t, s.URL, odoo.APIKey("key"), odoo.WithTimeout(200*time.Millisecond))
	err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "do"}, nil)
	if !odoo.Ambiguous(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("write: %v", err)
	}
	if n, err := odoo.Invoke[int](t.Context(), c, odoo.Call{Model: "res.partner", Method: "search_count", Args: odoo.Args{"domain": odoo.And()}}); n != 7 || err != nil {
		t.Errorf("read: %d, %v", n, err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := newStub(t, "19.0", always(response{result: "a text that is longer than the limit of this client by far, or so one would think; but no, not yet: now it is"}))
	c := dial(t, s.URL, odoo.APIKey("key"), odoo.WithReplyLimit(100))
	if err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "do"}, nil); odoo.CodeOf(err) != odoo.CodeDecode {
		t.Errorf("large reply: %v", err)
	}
	slow := dial(t, s.URL, odoo.APIKey("key"), odoo.WithRateLimit(0.001, 3))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	call := odoo.Call{Model: "res.partner", Method: "do"}
	if err := slow.Call(ctx, call, nil); err != nil {
		t.Error(err)
	}
	if err := slow.Call(ctx, call, nil); odoo.CodeOf(err) != odoo.CodeTimeout || !odoo.Retryable(err) {
		t.Errorf("above the rate: %v", err)
	}
}
