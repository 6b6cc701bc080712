package odoo

import (
	"context"
	"encoding/json"
	"net/http"
)

// rpcReply is the envelope of JSON-RPC.
type rpcReply struct {
	Error *struct {
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
		Data    exception       `json:"data"`
	} `json:"error"`
}

// callJSONRPC sends a call as execute_kw to /jsonrpc.
func (c *Client) callJSONRPC(ctx context.Context, s *session, call *Call) ([]byte, *Error) {
	args, kwargs := positionals(call)
	if len(call.Context) > 0 {
		kwargs["context"] = call.Context
	}
	return c.service(ctx, call, "object", "execute_kw",
		[]any{c.database, s.uid, s.secret.key, call.Model, call.Method, args, kwargs})
}

// positionals splits arguments as execute_kw wants them: ids first, then those that must be given by position.
func positionals(call *Call) ([]any, map[string]any) {
	args := []any{}
	switch {
	case call.IDs != nil:
		args = append(args, call.IDs)
	case newRecordMethods[call.Method]:
		args = append(args, []int64{})
	}
	kwargs := make(map[string]any, len(call.Args)+1)
	for name, value := range call.Args {
		kwargs[name] = value
	}
	for _, name := range positional[call.Method] {
		value, ok := kwargs[name]
		if !ok {
			break
		}
		args = append(args, value)
		delete(kwargs, name)
	}
	return args, kwargs
}

// service calls a method of one of the services behind /jsonrpc.
func (c *Client) service(ctx context.Context, call *Call, service, method string, args []any) ([]byte, *Error) {
	body, err := marshal(map[string]any{
		"jsonrpc": "2.0", "method": "call", "id": 1,
		"params": map[string]any{"service": service, "method": method, "args": args},
	})
	if err != nil {
		return nil, argumentError(call, err)
	}
	x := &exchange{call: call, protocol: JSONRPC, decode: decodeJSONRPC}
	return c.send(ctx, x, http.MethodPost, c.address+"/jsonrpc", c.header(), body)
}

func decodeJSONRPC(call *Call, a *answer) ([]byte, *Error) {
	value, err := single(a.body)
	if err != nil || value[0] != '{' {
		return nil, page(call, a)
	}
	var result, failure []byte
	envelope := false
	_, err = eachMember(value, 0, 0, func(key, v []byte) error {
		switch {
		case keyIs(key, "jsonrpc"):
			envelope = true
		case keyIs(key, "result"):
			result = v
		case keyIs(key, "error"):
			failure = v
		}
		return nil
	})
	if err != nil || !envelope || a.status >= 300 && isNull(failure) {
		return nil, page(call, a)
	}
	if isNull(failure) {
		return result, nil
	}
	var reply rpcReply
	if err := json.Unmarshal(value, &reply); err != nil || reply.Error == nil {
		return nil, page(call, a)
	}
	ex := reply.Error.Data
	if ex.Message == "" {
		ex.Message = reply.Error.Message
	}
	e := errorOf(call, a.status, ex)
	e.RetryAfter = retryAfter(a.header)
	if e.Name == "werkzeug.exceptions.NotFound" && e.Code == CodeServer {
		e.Code, e.Hint = CodeNotOdoo, "the server has no /jsonrpc; check the address, and the module rpc on Odoo 19 and newer"
	}
	return nil, e
}
