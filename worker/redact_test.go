package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/worker"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		``:           ``,
		`not json`:   `[8 bytes]`,
		`{"id":1} x`: `[10 bytes]`,
		`{"id":"1001","at":"2026-01-02T03:04:05Z"}`:                                                  `{"at":"2026-01-02T03:04:05Z","id":"1001"}`,
		`{"order_id":5678901234567,"status":"paid","total":"12.50","ok":true,"none":null}`:           `{"none":null,"ok":true,"order_id":5678901234567,"status":"paid","total":"12.50"}`,
		`{"billingAddress":{"id":"7","country":"DE"},"email":"a@b.de","phone":4930123456}`:           `{"billingAddress":{"country":"[2 characters]","id":"[1 characters]"},"email":"[6 characters]","phone":"[number]"}`,
		`{"status":"mail jane@example.com","customer_id":5,"card_number":4111111111111111}`:          `{"card_number":"[number]","customer_id":"[number]","status":"[21 characters]"}`,
		`{"items":[{"sku":"A-1","title":"Shirt for Jane"}],"jane@example.com":1,"access_token":"x"}`: `{"[name of 16 characters]":1,"access_token":"[1 characters]","items":[{"sku":"A-1","title":"[14 characters]"}]}`,
	} {
		if got := worker.Redact([]byte(payload)); got != want {
			t.Errorf("%s\ngave %s\nwant %s", payload, got, want)
		}
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"order shopify/main/5678901234567 at 12:30": "order shopify/main/5678901234567 at 12:30",
		"two\n lines\x00":                                       "two lines",
		"mail jane.doe+x@example.co.uk!":                        "mail [redacted]!",
		"Authorization: Bearer abc.def-1":                       "[redacted]",
		`GET https://x/y?access_token=abc&z=1: "api_key":"k-1"`: `GET https://x/y?[redacted]&z=1: "[redacted]`,
		"https://me:secret@host/":                               "https[redacted]host/",
		"call +49 30 1234 5678 now":                             "call [redacted] now",
		"card 4111 1111 1111 1111 declined":                     "card [redacted] declined",
		"number 4111 1111 1111 1112 is none":                    "number 4111 1111 1111 1112 is none",
		"to DE89 3704 0044 0532 0130 00.":                       "to [redacted].",
		"to de89370400440532013000.":                            "to [redacted].",
		// What servers quote without a name before it.
		"Invalid API Key provided: sk_live_51HxAbCdEfGhIjKl":   "Invalid API Key provided: [redacted]",
		"rk_test_51HxAbCdEfGhIjKl may not":                     "[redacted] may not",
		"shpat_0123456789abcdef0123456789abcdef is no token":   "[redacted] is no token",
		"ck_0123456789abcdef0123456789abcdef01234567 refused":  "[redacted] refused",
		"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD":               "[redacted]",
		"apikey 0123456789abcdef0123456789abcdef01234567":      "apikey [redacted]",
		"of eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-123.": "of [redacted].",
		"Checkout cs_test_a1b2c3d4e5 and pi_3NxAbCdEfGhIjKl":   "Checkout cs_test_a1b2c3d4e5 and pi_3NxAbCdEfGhIjKl",
		`{"password": "two words", "id": 7}`:                   `{"[redacted], "id": 7}`,
		"password = 'two words' refused":                       "[redacted] refused",
		"pwd=x1 passphrase: x2 session_id=x3 private_key=x4":   "[redacted] [redacted] [redacted] [redacted]",
		"Authorization: Token abcdef123456 refused":            "[redacted] refused",
		"postgres://user:pa/ss@host/db":                        "postgres[redacted]host/db",
		"mail jane.doe%40example.com":                          "mail [redacted]",
		"from 0049 30 1234567":                                 "from [redacted]",
		"Phone: (555) 123-4567, tel. 030 12345678":             "[redacted], [redacted]",
		"delivery 000012345678 of 2026-03-01":                  "delivery 000012345678 of 2026-03-01",
	} {
		if got := worker.Scrub(text); got != want {
			t.Errorf("%q gave %q, want %q", text, got, want)
		}
	}
	if got := worker.Scrub(strings.Repeat("é", 5000)); len(got) > 2010 {
		t.Errorf("%d bytes", len(got))
	}
}

func FuzzRedact(f *testing.F) {
	f.Add([]byte(`{"id":"1","email":"a@b.de","items":[1,{"sku":null}]}`))
	f.Add([]byte(`[[["x"]]]`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		got := worker.Redact(payload)
		if len(payload) > 0 && !strings.HasPrefix(got, "[") && !json.Valid([]byte(got)) {
			t.Fatalf("%q", got)
		}
		// A text under a sensitive name never shows.
		const secret = "zxqvsecretvqxz"
		wrapped, err := json.Marshal(map[string]any{"customerNote": map[string]any{"id": secret, "list": []string{secret}}, "email": secret, string(payload): secret})
		if err == nil && strings.Contains(worker.Redact(wrapped), secret) && !onlyHarmless(string(payload)) {
			t.Fatalf("%s shows it", wrapped)
		}
	})
}

// onlyHarmless says that Redact shows the text under this name, which is its purpose.
func onlyHarmless(name string) bool {
	shown := worker.Redact(mustJSON(map[string]string{name: "zxqvother"}))
	return strings.Contains(shown, "zxqvother")
}

func mustJSON(value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return encoded
}

// TestLedgerKeepsNoSecretOfAnError has a handler fail with what an error should not hold: neither the ledger nor what is shown of it has it.
func TestLedgerKeepsNoSecretOfAnError(t *testing.T) {
	t.Parallel()
	ledger := worker.NewMemory()
	w, err := worker.New(ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}})
	if err != nil {
		t.Fatal(err)
	}
	died := make(chan struct{})
	if err := w.Handle("order", func(context.Context, worker.Delivery) error {
		defer close(died)
		return errors.New("token=hunter2 of jane.doe@example.com, +49 30 1234 5678, https://me:hunter2@host/")
	}, worker.Policy{MaxAttempts: 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	receipts, err := w.Ingest(t.Context(), worker.Event{
		Source: "test", ID: "1", Channel: "shop/main", Kind: "order", Key: "order/1", Class: worker.Orders, Payload: []byte(`{"email":"jane.doe@example.com","id":"1"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	<-died
	if err := w.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := w.DeadLetters(t.Context(), worker.Filter{})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	explained, err := w.Explain(t.Context(), receipts[0].Seq)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%+v %+v", found[0].Problem, explained)
	for _, secret := range []string{"hunter2", "jane.doe", "1234 5678"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q shows in %s", secret, shown)
		}
	}
	if !strings.Contains(explained.Payload, `"id":"1"`) || found[0].Problem.Text == "" {
		t.Errorf("too little shows: %s", shown)
	}
}
