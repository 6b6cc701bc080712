package retailsync_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/generic"
	"github.com/retailsync/retailsync/returns/loop"
)

// rotating replaces the connector's password in Odoo, and what its provider answers, at the nth attempt of a call.
type rotating struct {
	server *odootest.Server
	login  string
	at     int

	mu      sync.Mutex
	secret  string
	calls   int
	rotated int
}

func (r *rotating) credential(context.Context) (odoo.Credential, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return odoo.Password(r.login, r.secret), nil
}

func (r *rotating) AttemptStart(ctx context.Context, a odoo.Attempt) context.Context {
	if a.Model == "common" { // whoever logs in has just been given the secret
		return ctx
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls++; r.calls%r.at == 0 {
		r.rotated++
		r.secret = fmt.Sprintf("secret-%d", r.rotated)
		r.server.ReplaceKey(r.login, r.secret)
	}
	return ctx
}

func (r *rotating) AttemptEnd(context.Context, odoo.Attempt, odoo.Outcome) {}

// TestCredentialRotatesWhileOrdersAreImported replaces the password again and again during a run: no order fails, and none exists twice.
func TestCredentialRotatesWhileOrdersAreImported(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		for _, at := range []int{3, 7, 15} {
			db := inProcess(t, series)
			r := &rotating{server: db.server, login: "connector", secret: "secret-0", at: at}
			db.server.AddUser(r.login, r.secret, append(documented(series), "base.group_user")...)
			erp, err := odoo.Dial(t.Context(), db.url, odoo.CredentialFunc(r.credential), odoo.WithDatabase(db.database), odoo.WithObserver(r))
			if err != nil {
				t.Fatal(err)
			}
			source := &listed{orders: numbered(tag(), 12), page: 3}
			connector := retailsync.New(erp, db.rules)
			report, err := connector.ImportOrders(t.Context(), source, time.Time{})
			if err != nil {
				t.Fatalf("%d, every %d calls: %v", series, at, err)
			}
			wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Created: 12})
			report, err = connector.ImportOrders(t.Context(), source, time.Time{}, retailsync.Recheck())
			if err != nil {
				t.Fatal(err)
			}
			wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Unchanged: 12})
			if r.rotated == 0 {
				t.Error("it was not replaced")
			}
			erp.Close()
		}
	}
}

// recording answers every request with 404 and keeps its headers that hold a credential.
type recording struct {
	mu   sync.Mutex
	seen []string
}

func (r *recording) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	if _, password, ok := request.BasicAuth(); ok {
		all = append(all, password)
	}
	for _, values := range request.Header {
		all = append(all, values...)
	}
	r.seen = append(r.seen, strings.Join(all, " "))
	return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: request}, nil
}

// TestAdaptersReadCredentialsBeforeEveryCall replaces each adapter's credential between two calls.
func TestAdaptersReadCredentialsBeforeEveryCall(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("returns/generic/testdata/aftership.yaml")
	if err != nil {
		t.Fatal(err)
	}
	config, err := generic.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	order := func(shop marketplace.OrderGetter) func(context.Context) error {
		return func(ctx context.Context) error { _, err := shop.GetOrder(ctx, "1"); return err }
	}
	for name, adapter := range map[string]func(provide func(context.Context) (string, error), wire http.RoundTripper) func(context.Context) error{
		"woocommerce": func(provide func(context.Context) (string, error), wire http.RoundTripper) func(context.Context) error {
			return order(woocommerce.New("https://shop.example", woocommerce.KeysFrom(func(ctx context.Context) (string, string, error) {
				secret, err := provide(ctx)
				return "ck", secret, err
			}), woocommerce.WithTransport(wire)))
		},
		"medusa": func(provide func(context.Context) (string, error), wire http.RoundTripper) func(context.Context) error {
			// Medusa's keys are user names of a basic authorization.
			return order(medusa.New("https://shop.example", medusa.SecretKeyFrom(provide), medusa.WithTransport(wire)))
		},
		"shopify": func(provide func(context.Context) (string, error), wire http.RoundTripper) func(context.Context) error {
			return order(shopify.New("demo", shopify.AccessTokenFrom(provide), shopify.WithTransport(wire)))
		},
		"loop": func(provide func(context.Context) (string, error), wire http.RoundTripper) func(context.Context) error {
			platform := loop.New(loop.APIKeyFrom(provide), loop.WithTransport(wire))
			return func(ctx context.Context) error { _, err := platform.GetReturn(ctx, "1"); return err }
		},
		"generic": func(provide func(context.Context) (string, error), wire http.RoundTripper) func(context.Context) error {
			platform, err := generic.New(config, generic.Secrets{}, generic.WithTransport(wire), generic.WithSecretsFrom(func(ctx context.Context) (generic.Secrets, error) {
				token, err := provide(ctx)
				return generic.Secrets{Token: token}, err
			}))
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context) error { _, err := platform.(returns.Getter).GetReturn(ctx, "1"); return err }
		},
	} {
		wire, present := &recording{}, "first-credential"
		call := adapter(func(context.Context) (string, error) { return present, nil }, wire)
		for _, present = range []string{"first-credential", "second-credential"} {
			before := len(wire.seen)
			if err := call(t.Context()); err == nil {
				t.Errorf("%s: 404 is no error", name)
			}
			if len(wire.seen) == before {
				t.Errorf("%s: no call", name)
			}
			encoded := base64.StdEncoding.EncodeToString([]byte(present + ":"))
			for _, sent := range wire.seen[before:] {
				if !strings.Contains(sent, present) && !strings.Contains(sent, encoded) {
					t.Errorf("%s: a call without the %s", name, present)
				}
			}
		}
	}
}

// TestWebhookSecretsOverlap has deliveries signed with the former and with the new secret come in while a secret is replaced, and refuses others.
func TestWebhookSecretsOverlap(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":1,"name":"order.placed","data":{"id":"order_1"},"trigger":"return.updated","return_id":"1"}`)
	sign := func(secret string) []byte {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		return mac.Sum(nil)
	}
	type receiver struct {
		open   func(secrets ...string) marketplace.WebhookReceiver
		from   func(provider func(context.Context) ([]string, error)) marketplace.WebhookReceiver
		header func(sum []byte) http.Header
	}
	for name, r := range map[string]receiver{
		"woocommerce": {
			func(s ...string) marketplace.WebhookReceiver {
				return woocommerce.New("https://shop.example", woocommerce.Keys("k", "s"), woocommerce.WithWebhookSecret(s...))
			},
			func(provider func(context.Context) ([]string, error)) marketplace.WebhookReceiver {
				return woocommerce.New("https://shop.example", woocommerce.Keys("k", "s"), woocommerce.WithWebhookSecretsFrom(provider))
			},
			func(sum []byte) http.Header {
				return http.Header{"X-Wc-Webhook-Topic": {"order.updated"}, "X-Wc-Webhook-Signature": {base64.StdEncoding.EncodeToString(sum)}}
			},
		},
		"medusa": {
			func(s ...string) marketplace.WebhookReceiver {
				return medusa.New("https://shop.example", medusa.SecretKey("k"), medusa.WithWebhookSecret(s...))
			},
			func(provider func(context.Context) ([]string, error)) marketplace.WebhookReceiver {
				return medusa.New("https://shop.example", medusa.SecretKey("k"), medusa.WithWebhookSecretsFrom(provider))
			},
			func(sum []byte) http.Header {
				return http.Header{"X-Medusa-Signature": {"sha256=" + hex.EncodeToString(sum)}}
			},
		},
		"loop": {
			func(s ...string) marketplace.WebhookReceiver {
				return loop.New(loop.APIKey("k"), loop.WithWebhookSecret(s...))
			},
			func(provider func(context.Context) ([]string, error)) marketplace.WebhookReceiver {
				return loop.New(loop.APIKey("k"), loop.WithWebhookSecretsFrom(provider))
			},
			func(sum []byte) http.Header {
				return http.Header{"X-Loop-Signature": {base64.StdEncoding.EncodeToString(sum)}}
			},
		},
		"shopify": {
			func(s ...string) marketplace.WebhookReceiver {
				return shopify.New("demo", shopify.AccessToken("t"), shopify.WithWebhookSecret(s...))
			},
			func(provider func(context.Context) ([]string, error)) marketplace.WebhookReceiver {
				return shopify.New("demo", shopify.AccessToken("t"), shopify.WithWebhookSecretsFrom(provider))
			},
			func(sum []byte) http.Header {
				return http.Header{"X-Shopify-Topic": {"orders/updated"}, "X-Shopify-Shop-Domain": {"demo.myshopify.com"}, "X-Shopify-Hmac-Sha256": {base64.StdEncoding.EncodeToString(sum)}}
			},
		},
	} {
		for _, test := range []struct {
			secrets []string
			signed  string
			ok      bool
		}{
			{[]string{"new", "former"}, "new", true}, {[]string{"new", "former"}, "former", true}, {[]string{"new"}, "former", false},
			{[]string{"new", "former"}, "other", false}, {[]string{"", "new"}, "", false}, {nil, "", false}, {nil, "new", false},
		} {
			_, err := r.open(test.secrets...).ReceiveWebhook(t.Context(), r.header(sign(test.signed)), body)
			if refused := marketplace.CodeOf(err) == marketplace.CodeUnauthenticated; refused == test.ok {
				t.Errorf("%s with %q, signed with %q: %v", name, test.secrets, test.signed, err)
			}
		}
		var present []string
		var away error
		running := r.from(func(context.Context) ([]string, error) { return present, away })
		for _, test := range []struct {
			present []string
			away    error
			signed  string
			want    marketplace.Code
		}{
			{[]string{"first"}, nil, "first", ""}, {[]string{"second", "first"}, nil, "first", ""}, {[]string{"second"}, nil, "first", marketplace.CodeUnauthenticated},
			{nil, errors.New("vault at 10.0.0.1 is sealed"), "second", marketplace.CodeUnavailable}, {[]string{"second"}, nil, "second", ""},
			{nil, nil, "", marketplace.CodeUnauthenticated},
		} {
			present, away = test.present, test.away
			_, err := running.ReceiveWebhook(t.Context(), r.header(sign(test.signed)), body)
			if marketplace.CodeOf(err) != test.want || err != nil && strings.Contains(err.Error(), "vault") {
				t.Errorf("%s with %q (%v), signed with %q: %v, want %q", name, test.present, test.away, test.signed, err, test.want)
			}
		}
	}
}
