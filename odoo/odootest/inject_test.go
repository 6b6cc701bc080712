package odootest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo/odootest"
)

// create posts one partner over the network and returns what came back.
func create(t *testing.T, s *odootest.Server, url string) (int, http.Header, string, error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url+"/json/2/res.partner/create", strings.NewReader(`{"vals_list":[{"name":"x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "bearer "+s.APIKey())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(body), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		do      odootest.Effect
		made    bool // the record is there afterwards
		status  int  // 0: no answer
		says    string
		after   string
		invalid bool // the answer is no whole JSON
	}{
		{name: "drop reply", do: odootest.DropReply(), made: true},
		{name: "drop request", do: odootest.DropRequest()},
		{name: "delay", do: odootest.Delay(time.Millisecond), made: true, status: 200},
		{name: "bad gateway", do: odootest.Status(502, 0), status: 502, says: "Bad Gateway", invalid: true},
		{name: "too many", do: odootest.Status(429, 3*time.Second), status: 429, after: "3", invalid: true},
		{name: "page", do: odootest.Page(200), status: 200, says: "<!doctype html>", invalid: true},
		{name: "concurrency", do: odootest.Concurrency(), status: 500, says: "psycopg2.errors.SerializationFailure"},
		{name: "denied", do: odootest.Denied(), status: 401, says: "Invalid apikey"},
		{name: "truncate", do: odootest.Truncate(), made: true, status: 200, invalid: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := odootest.New()
			t.Cleanup(s.Close)
			url := s.Start()
			before := count(t, s, "res.partner")
			s.Fail(odootest.Fault{Model: "res.partner", Method: "create", Nth: 2, Do: c.do})
			if status, _, body, err := create(t, s, url); err != nil || status != 200 {
				t.Fatalf("the first call: %d %s %v", status, body, err)
			}
			status, header, body, err := create(t, s, url)
			if (err != nil) != (c.status == 0) || status != c.status {
				t.Fatalf("%d %s %v, want %d", status, body, err, c.status)
			}
			if !strings.Contains(body, c.says) || header.Get("Retry-After") != c.after {
				t.Errorf("%s (Retry-After %q), want %q and %q", body, header.Get("Retry-After"), c.says, c.after)
			}
			if c.status != 0 && json.Valid([]byte(body)) == c.invalid {
				t.Errorf("valid JSON: %v: %s", !c.invalid, body)
			}
			if status, _, body, err := create(t, s, url); err != nil || status != 200 {
				t.Fatalf("the third call: %d %s %v", status, body, err)
			}
			want := before + 2
			if c.made {
				want++
			}
			if got := count(t, s, "res.partner"); got != want {
				t.Errorf("%d partners, want %d", got, want)
			}
			calls := s.Calls()
			if len(calls) < 4 || calls[2].Fault == "" || calls[2].Method != "create" || calls[2].Count != 1 || calls[1].Fault != "" {
				t.Errorf("calls %+v", calls)
			}
		})
	}
}

func TestConcurrencyInBand(t *testing.T) {
	t.Parallel()
	s := odootest.Retail()
	s.Fail(odootest.Fault{Method: "load", Match: func(c odootest.Call) bool { return c.Count == 1 }, Times: 1, Do: odootest.Concurrency()})
	load := func() map[string]any {
		result, _ := call(t, s, "res.partner", "load", []any{[]any{"id", "name"}, []any{[]any{"a.b", "c"}}}, nil)["result"].(map[string]any)
		return result
	}
	first := load()
	raw, _ := json.Marshal(first)
	if first["ids"] != false || !bytes.Contains(raw, []byte("could not serialize access due to concurrent update")) {
		t.Errorf("%s", raw)
	}
	if second := load(); second["ids"] == false {
		t.Errorf("%v", second)
	}
}

func TestReplaceKey(t *testing.T) {
	t.Parallel()
	s := odootest.New()
	t.Cleanup(s.Close)
	url := s.Start()
	s.ReplaceKey("admin", "another")
	if status, _, body, err := create(t, s, url); err != nil || status != http.StatusUnauthorized {
		t.Errorf("%d %s %v, want 401", status, body, err)
	}
}
