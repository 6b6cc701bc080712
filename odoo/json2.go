package odoo

import (
	"context"
	"encoding/json"
	"net/http"
)

// callJSON2 sends a call as POST /json/2/<model>/<method>.
func (c *Client) callJSON2(ctx context.Context, s *session, call *Call) ([]byte, *Error) {
	body, err := encodeJSON2(call)
	if err != nil {
		return nil, argumentError(call, err)
	}
	header := c.header()
	header.Set("Authorization", "bearer "+s.secret.key)
	if c.database != "" {
		header.Set("X-Odoo-Database", c.database)
	}
	x := &exchange{call: call, protocol: JSON2, decode: c.decodeJSON2}
	return c.send(ctx, x, http.MethodPost, c.address+"/json/2/"+call.Model+"/"+call.Method, header, body)
}

func encodeJSON2(call *Call) ([]byte, error) {
	body := make(map[string]any, len(call.Args)+2)
	for name, value := range call.Args {
		body[name] = value
	}
	if call.IDs != nil {
		body["ids"] = call.IDs
	}
	if len(call.Context) > 0 {
		body["context"] = call.Context
	}
	return marshal(body)
}

func (c *Client) decodeJSON2(call *Call, a *answer) ([]byte, *Error) {
	reply, failed := decodeJSON2(call, a)
	if failed != nil && failed.Code == CodeNoDatabase && c.database != "" {
		failed.Code = CodeWrongDatabase
		failed.Hint = "the server has no database of the name given to WithDatabase, or cannot reach its PostgreSQL now"
	}
	return reply, failed
}

func decodeJSON2(call *Call, a *answer) ([]byte, *Error) {
	value, err := single(a.body)
	if err != nil {
		return nil, page(call, a)
	}
	if a.status >= 200 && a.status < 300 {
		return value, nil
	}
	var ex exception
	if value[0] == '"' {
		// Early builds answer a bare text.
		ex.Message, _ = text(value)
	} else if json.Unmarshal(value, &ex) != nil || ex.Name == "" {
		// Not Odoo's: a JSON error of a proxy, or JSON-RPC's of an Odoo without JSON-2.
		var old rpcReply
		if json.Unmarshal(value, &old) == nil && old.Error != nil {
			return nil, &Error{
				Code: CodeUnsupported, Model: call.Model, Method: call.Method, HTTPStatus: a.status,
				Message: "this server has no JSON-2", Hint: "JSON-2 came with Odoo 19; use WithProtocol(odoo.JSONRPC)",
			}
		}
		return nil, page(call, a)
	}
	e := errorOf(call, a.status, ex)
	e.RetryAfter = retryAfter(a.header)
	if a.status == http.StatusTooManyRequests {
		e.Code = CodeRateLimited
	}
	return nil, e
}
