package odootest

import (
	"encoding/json"
	"net/http"
)

// jsonrpc answers /jsonrpc: the services common and object.
func (s *Server) jsonrpc(w http.ResponseWriter, r *http.Request) {
	var req struct {
		ID     json.RawMessage `json:"id"`
		Params struct {
			Service string `json:"service"`
			Method  string `json:"method"`
			Args    []any  `json:"args"`
		} `json:"params"`
	}
	if r.Method != http.MethodPost || decode(r, &req) != nil {
		page(w, http.StatusBadRequest, "Bad Request", "Invalid JSON data")
		return
	}
	if len(req.ID) == 0 {
		req.ID = json.RawMessage("null")
	}
	reply := map[string]any{"jsonrpc": "2.0", "id": req.ID}
	var result any
	var err error
	var fault *Fault
	switch req.Params.Service {
	case "common":
		c := Call{Protocol: "jsonrpc", Model: "common", Method: req.Params.Method}
		if fault, err = s.before(w, r, &c); err != nil {
			return
		}
		result, err = s.common(req.Params.Method, req.Params.Args, fault)
		s.log.finish(s, &c, err)
	case "object":
		x, bad := s.execution(req.Params.Method, req.Params.Args)
		if bad != nil {
			err = bad
			break
		}
		if fault, err = s.before(w, r, &x.call); err != nil {
			return
		}
		result, err = s.positional(x.user, req.Params.Args[0], x.call.Model, x.call.Method, x.args, x.kw, fault)
		s.log.finish(s, &x.call, err)
	default:
		err = raise(classKey, "'%s'", req.Params.Service)
	}
	if fault.is(effectDropReply) {
		drop(w)
		return
	}
	switch {
	case err != nil:
		code := 200
		if s.series >= 19 {
			code = 0
		}
		reply["error"] = map[string]any{"code": code, "message": "Odoo Server Error", "data": asException(err, s.series).body(s.series)}
	case result != nil:
		reply["result"] = result
	}
	s.send(w, http.StatusOK, reply, fault)
}

// common answers the service that needs no user.
func (s *Server) common(method string, args []any, fault *Fault) (any, error) {
	switch method {
	case "version":
		return s.serverVersion(), nil
	case "login", "authenticate":
		if len(args) < 3 {
			return nil, raise(classType, "exp_%s() missing 1 required positional argument: 'password'", method)
		}
		if err := s.checkDatabase(args[0]); err != nil {
			return nil, err
		}
		if uid := s.login(text(args[1]), text(args[2])); uid != 0 && !fault.is(effectDenied) {
			return uid, nil
		}
		return false, nil
	}
	return nil, raise("builtins.Exception", "Method not found: %s", method)
}

func (s *Server) checkDatabase(name any) error {
	if name == s.database {
		return nil
	}
	return raise("psycopg2.OperationalError", "connection to server failed: FATAL:  database \"%s\" does not exist\n", text(name))
}

// execution is what execute_kw and execute ask for.
type execution struct {
	call Call
	user *user
	args []any
	kw   map[string]any
}

func (s *Server) execution(method string, args []any) (*execution, error) {
	if method != "execute_kw" && method != "execute" {
		return nil, raise("builtins.NameError", "Method not available %s", method)
	}
	if len(args) < 5 {
		return nil, valueError("not enough values to unpack (expected at least 5, got %d)", len(args))
	}
	x := &execution{call: Call{Protocol: "jsonrpc", Model: text(args[3]), Method: text(args[4])}, kw: map[string]any{}}
	if method == "execute" {
		x.args = args[5:]
	} else {
		x.args, _ = at(args, 5).([]any)
		if kw, ok := at(args, 6).(map[string]any); ok {
			x.kw = kw
		}
	}
	uid, _ := integer(args[1])
	if x.user = s.authenticate(uid, text(args[2])); x.user != nil {
		x.call.Login = x.user.login
	}
	first := at(x.args, 0)
	x.call.Count = countOf(x.call.Method, first, map[string]any{"vals_list": first, "data": at(x.args, 1)})
	return x, nil
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func (s *Server) positional(u *user, database any, model, name string, args []any, kw map[string]any, fault *Fault) (any, error) {
	if err := s.checkDatabase(database); err != nil {
		return nil, err
	}
	if u == nil || fault.is(effectDenied) {
		return nil, raise(classDenied, "Access Denied")
	}
	t := s.modelTable(model)
	if t == nil {
		return nil, userError("Object %s doesn't exist", model)
	}
	m, err := s.lookup(t, name)
	if err != nil {
		return nil, err
	}
	context, _ := kw["context"].(map[string]any)
	delete(kw, "context")
	ids, bound, err := s.bindPositional(m, name, args, kw)
	if err != nil {
		return nil, err
	}
	return s.execute(u, t, name, m, ids, bound, context, fault)
}
