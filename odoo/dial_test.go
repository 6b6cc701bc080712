package odoo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/odoo"
)

func TestDialAddress(t *testing.T) {
	t.Parallel()
	s := newStub(t, "19.0", always(response{result: true}))
	for address, want := range map[string]odoo.Code{
		s.URL:                                 "",
		s.URL + "/":                           "",
		s.URL + "/odoo":                       "",
		s.URL + "/web/login":                  "",
		"  " + s.URL + " ":                    "",
		"":                                    odoo.CodeNotOdoo,
		"http://erp.example.com":              odoo.CodeNotOdoo,
		"ftp://erp.example.com":               odoo.CodeNotOdoo,
		"https://user:secret@erp.example.com": odoo.CodeNotOdoo,
		"https://erp.example.com?db=x":        odoo.CodeNotOdoo,
		"https://erp.exa mple.com":            odoo.CodeNotOdoo,
		"https://":                            odoo.CodeNotOdoo,
		s.URL + "/elsewhere":                  odoo.CodeNotOdoo,
	} {
		_, err := odoo.Dial(t.Context(), address, odoo.APIKey("key"))
		if odoo.CodeOf(err) != want {
			t.Errorf("%q: %v, want %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error holds the secret: %v", err)
		}
	}
}

func TestDialCredential(t *testing.T) {
	t.Parallel()
	failure := errors.New("vault is sealed")
	tests := map[string]struct {
		version    string
		credential odoo.Credential
		options    []odoo.Option
		code       odoo.Code
		protocol   odoo.Protocol
	}{
		"key on 19":            {"19.0", odoo.APIKey("key"), nil, "", odoo.JSON2},
		"key with line break":  {"19.0", odoo.APIKey("key\n"), nil, "", odoo.JSON2},
		"key with inner break": {"19.0", odoo.APIKey("k\ney"), nil, odoo.CodeUnauthenticated, ""},
		"password on 19":       {"19.0", odoo.Password("admin", "admin"), []odoo.Option{odoo.WithDatabase("db")}, "", odoo.JSONRPC},
		"password on 14":       {"14.0", odoo.Password("admin", "admin"), []odoo.Option{odoo.WithDatabase("db")}, "", odoo.JSONRPC},
		"no database":          {"14.0", odoo.Password("admin", "admin"), nil, odoo.CodeNoDatabase, ""},
		"odd database":         {"14.0", odoo.Password("admin", "admin"), []odoo.Option{odoo.WithDatabase("d\nb")}, odoo.CodeWrongDatabase, ""},
		"key on 14":            {"14.0", odoo.APIKey("key"), []odoo.Option{odoo.WithDatabase("db")}, odoo.CodeUnsupported, ""},
		"json2 on 14":          {"14.0", odoo.APIKey("key"), []odoo.Option{odoo.WithProtocol(odoo.JSON2)}, odoo.CodeUnsupported, ""},
		"unknown protocol":     {"19.0", odoo.APIKey("key"), []odoo.Option{odoo.WithProtocol("xmlrpc")}, odoo.CodeBadArguments, ""},
		"old server":           {"13.0", odoo.APIKey("key"), nil, odoo.CodeUnsupported, ""},
		"wrong password":       {"14.0", odoo.Password("x", "bad"), []odoo.Option{odoo.WithDatabase("db")}, odoo.CodeUnauthenticated, ""},
		"wrong key":            {"19.0", odoo.APIKey("bad"), nil, odoo.CodeUnauthenticated, ""},
		"empty key":            {"19.0", odoo.APIKey(""), nil, odoo.CodeUnauthenticated, ""},
		"no credential":        {"19.0", nil, nil, odoo.CodeUnauthenticated, ""},
		"nil provider":         {"19.0", odoo.CredentialFunc(nil), nil, odoo.CodeUnauthenticated, ""},
		"failing provider":     {"19.0", odoo.CredentialFunc(func(context.Context) (odoo.Credential, error) { return nil, failure }), nil, odoo.CodeUnauthenticated, ""},
		"empty provider":       {"19.0", odoo.CredentialFunc(func(context.Context) (odoo.Credential, error) { return nil, nil }), nil, odoo.CodeUnauthenticated, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t, test.version, always(response{exception: "werkzeug.exceptions.Unauthorized", status: 401, message: "Invalid apikey"}))
			c, err := odoo.Dial(t.Context(), s.URL, test.credential, test.options...)
			if odoo.CodeOf(err) != test.code {
				t.Fatalf("%v, want %q", err, test.code)
			}
			if name == "failing provider" && !errors.Is(err, failure) {
				t.Errorf("the cause is lost: %v", err)
			}
			if err == nil && c.Protocol() != test.protocol {
				t.Errorf("protocol %s", c.Protocol())
			}
		})
	}
}

func TestDialOtherServers(t *testing.T) {
	t.Parallel()
	page := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set("Location", header)
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		code    odoo.Code
		says    string
	}{
		"web site":     {page(200, "", "<html>hello</html>"), odoo.CodeNotOdoo, "check the address"},
		"json service": {page(200, "", `{"status": "ok"}`), odoo.CodeNotOdoo, "check the address"},
		"empty":        {page(200, "", ""), odoo.CodeNotOdoo, ""},
		"redirect":     {page(308, "https://other.example/x?token=abc", ""), odoo.CodeNotOdoo, "https://other.example/x: dial that address"},
		"login page":   {page(200, "", `<html><form class="oe_login_form" action="/web/login">`), odoo.CodeNotOdoo, "login page"},
		"dead backend": {page(502, "", "<html>502</html>"), odoo.CodeUnreachable, "try again later"},
		"no database":  {page(404, "", "<p>No database is selected and the requested URL was not found"), odoo.CodeNoDatabase, "WithDatabase"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(test.handler)
			t.Cleanup(s.Close)
			_, err := odoo.Dial(t.Context(), s.URL, odoo.APIKey("key"), odoo.WithRetry(odoo.Retry{Attempts: 1}))
			if odoo.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %s", err, test.code)
			}
		})
	}
	_, err := odoo.Dial(t.Context(), "https://no-such-host.invalid", odoo.APIKey("key"), odoo.WithRetry(odoo.Retry{Attempts: 1}))
	if odoo.CodeOf(err) != odoo.CodeUnreachable {
		t.Errorf("unknown host: %v", err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"19.0", "14.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			valid, asked := "first", 0
			s := newStub(t, version, func(q request) response {
				mu.Lock()
				defer mu.Unlock()
				if q.Key != valid {
					return response{exception: "odoo.exceptions.AccessDenied", status: 403, message: "Access Denied"}
				}
				return response{result: 7}
			})
			provider := odoo.CredentialFunc(func(context.Context) (odoo.Credential, error) {
				mu.Lock()
				defer mu.Unlock()
				asked++
				if version == "14.0" {
					return odoo.Password("login", valid), nil
				}
				return odoo.APIKey(valid), nil
			})
			c := dial(t, s.URL, provider, odoo.WithDatabase("db"))
			call := odoo.Call{Model: "res.partner", Method: "do"}
			if err := c.Call(t.Context(), call, nil); err != nil || asked != 1 {
				t.Fatalf("%v, asked %d", err, asked)
			}
			mu.Lock()
			valid = "second"
			mu.Unlock()
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := c.Call(t.Context(), call, nil); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if asked != 2 {
				t.Errorf("asked %d times for one rotation", asked)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	both(t, always(response{exception: "builtins.Boom", message: "what\nTraceback (most recent call last): hunter2"}), func(t *testing.T, s *stub, c *odoo.Client) {
		err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "do", Args: odoo.Args{"x": "hunter2"}}, nil)
		var e *odoo.Error
		if !errors.As(err, &e) || strings.Contains(err.Error(), "Traceback") || strings.Contains(err.Error(), "hunter2") || e.Debug() != "Traceback secret" {
			t.Errorf("%v", err)
		}
	})
	s := newStub(t, "19.0", always(response{status: 503, body: "x"}))
	c := dial(t, s.URL, odoo.APIKey("hunter2"), odoo.WithLogger(logger), odoo.WithRetry(odoo.Retry{Attempts: 2, First: 1, Longest: 1}))
	_ = c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "read", IDs: []int64{1}}, nil)
	for _, credential := range []odoo.Credential{odoo.APIKey("hunter2"), odoo.Password("me", "hunter2")} {
		logger.Info("credential", "credential", credential)
		fmt.Fprintf(&log, "%v %+v %#v %s", credential, credential, credential, credential)
	}
	if strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), `"model":"res.partner"`) || !strings.Contains(log.String(), `"retrying":true`) {
		t.Errorf("log: %s", log.String())
	}
}

type recorder struct {
	mu       sync.Mutex
	attempts []odoo.Attempt
	outcomes []odoo.Outcome
}

type recorded struct{}

func (r *recorder) AttemptStart(ctx context.Context, a odoo.Attempt) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, a)
	return context.WithValue(ctx, recorded{}, a.Number)
}

func (r *recorder) AttemptEnd(ctx context.Context, a odoo.Attempt, o odoo.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Value(recorded{}) == a.Number {
		o.Duration, o.Waited = 0, 0
		r.outcomes = append(r.outcomes, o)
	}
}

func TestObserver(t *testing.T) {
	t.Parallel()
	s := newStub(t, "19.0", func(q request) response {
		if q.Number == 1 {
			return response{status: 503, body: "no"}
		}
		return response{result: 7}
	})
	r := &recorder{}
	c := dial(t, s.URL, odoo.APIKey("key"), odoo.WithObserver(r), odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: time.Millisecond}))
	if err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "read", IDs: []int64{1, 2}}, nil); err != nil {
		t.Fatal(err)
	}
	want := []odoo.Attempt{
		{Model: "common", Method: "version", Protocol: odoo.JSON2, Effect: odoo.EffectRead, Number: 1},
		{Model: "res.users", Method: "context_get", Protocol: odoo.JSON2, Effect: odoo.EffectRead, Number: 1},
		{Model: "res.partner", Method: "read", Protocol: odoo.JSON2, Effect: odoo.EffectRead, Number: 1, Records: 2},
		{Model: "res.partner", Method: "read", Protocol: odoo.JSON2, Effect: odoo.EffectRead, Number: 2, Records: 2},
	}
	if diff := cmp.Diff(want, r.attempts); diff != "" {
		t.Error(diff)
	}
	outcomes := []odoo.Outcome{
		{Code: odoo.CodeUnreachable, HTTPStatus: 503, RequestBytes: 13, ResponseBytes: 2, Retrying: true},
		{HTTPStatus: 200, RequestBytes: 13, ResponseBytes: 2},
	}
	if diff := cmp.Diff(outcomes, r.outcomes[2:]); diff != "" {
		t.Error(diff)
	}
}
