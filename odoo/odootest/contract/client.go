package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// Target is a server to hold the contract against: one in process, or a real one that is shared, so
// that every record a case needs is created by it under a name of its own.
type Target struct {
	Series          int
	URL, Database   string
	Login, Password string
	APIKey          string // empty: no JSON-2
	// AddUser makes a user where the server does it itself; nil: through the protocol.
	AddUser func(login, secret string, groups ...string) int64
	// Globally says that the company rounds taxes on the order's sums.
	Globally bool
}

// failure is an error as either protocol brings it.
type failure struct {
	Status  int
	Name    string
	Message string
	Body    string
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.Status, f.Name, f.Message) }

// client speaks one protocol to a target without the library's own client.
type client struct {
	target Target
	json2  bool
	uid    int64
	login  string
	secret string
}

// absent is a JSON-RPC answer without a result.
type absent struct{}

var transport = &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (c *client) post(path string, header map[string]string, body any) (int, http.Header, []byte, error) {
	var raw []byte
	if text, ok := body.(string); ok {
		raw = []byte(text)
	} else {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return 0, nil, nil, err
		}
	}
	req, err := http.NewRequest(http.MethodPost, c.target.URL+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := transport.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, answer, err
}

func parse(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

// service calls /jsonrpc.
func (c *client) service(service, method string, args ...any) (any, error) {
	if args == nil {
		args = []any{}
	}
	status, _, raw, err := c.post("/jsonrpc", nil, map[string]any{"jsonrpc": "2.0", "id": 1, "method": "call",
		"params": map[string]any{"service": service, "method": method, "args": args}})
	if err != nil {
		return nil, err
	}
	v, err := parse(raw)
	if err != nil {
		return nil, &failure{Status: status, Body: string(raw)}
	}
	reply, _ := v.(map[string]any)
	if e, ok := reply["error"].(map[string]any); ok {
		data, _ := e["data"].(map[string]any)
		return nil, &failure{Status: status, Name: str(data["name"]), Message: str(data["message"]), Body: string(raw)}
	}
	result, ok := reply["result"]
	if !ok {
		return absent{}, nil
	}
	return result, nil
}

// call runs a method: ids nil for api.model methods; args by their names, which must be given in the
// order of the parameters for JSON-RPC's sake.
func (c *client) call(model, method string, ids []int64, context map[string]any, args ...arg) (any, error) {
	if c.json2 {
		body := map[string]any{}
		if ids != nil {
			body["ids"] = ids
		}
		if context != nil {
			body["context"] = context
		}
		for _, a := range args {
			body[a.name] = a.value
		}
		return c.named("/json/2/"+model+"/"+method, c.secret, body)
	}
	positional := []any{}
	if ids != nil {
		positional = append(positional, ids)
	}
	kw := map[string]any{}
	for _, a := range args {
		if a.positional {
			positional = append(positional, a.value)
		} else {
			kw[a.name] = a.value
		}
	}
	if context != nil {
		kw["context"] = context
	}
	return c.service("object", "execute_kw", c.target.Database, c.uid, c.secret, model, method, positional, kw)
}

func (c *client) named(path, key string, body any) (any, error) {
	status, _, raw, err := c.post(path, map[string]string{"Authorization": "bearer " + key, "X-Odoo-Database": c.target.Database}, body)
	if err != nil {
		return nil, err
	}
	v, err := parse(raw)
	if status == http.StatusOK {
		return v, err
	}
	e, _ := v.(map[string]any)
	return nil, &failure{Status: status, Name: str(e["name"]), Message: str(e["message"]), Body: string(raw)}
}

// arg is one argument; a positional one goes by place on JSON-RPC, where names differ by version.
type arg struct {
	name       string
	value      any
	positional bool
}

func by(name string, v any) arg    { return arg{name: name, value: v} }
func place(name string, v any) arg { return arg{name: name, value: v, positional: true} }

func str(v any) string { s, _ := v.(string); return s }

// connect returns a client of the protocol, as the target's administrator.
func connect(t testing.TB, target Target, json2 bool) *client {
	t.Helper()
	c := &client{target: target, json2: json2, login: target.Login, secret: target.Password}
	if json2 {
		c.secret = target.APIKey
		return c
	}
	uid, err := c.service("common", "login", target.Database, target.Login, target.Password)
	if err != nil {
		t.Fatalf("login: %v", err)
	}
	c.uid = number(uid)
	if c.uid == 0 {
		t.Fatalf("login: the server refused %s", target.Login)
	}
	return c
}

func number(v any) int64 {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return i
}
