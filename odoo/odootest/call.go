package odootest

import (
	"maps"
	"slices"
)

// method is one public method: how its arguments bind and what it does.
type method struct {
	params   []string // in order; those from required on are optional
	required int
	model    bool // no ids: decorated with api.model
	kwargs   bool // takes any named argument
	reads    bool
	run      func(e *env, t *table, ids []int64, a map[string]any) (any, error)
}

// lookup finds a method of a model; a private or unknown one is an error.
func (s *Server) lookup(t *table, name string) (method, error) {
	if name == "" || name[0] == '_' {
		if s.series < 19 {
			return method{}, raise(classAccess, "Private methods (such as %s) cannot be called remotely.", name)
		}
		return method{}, raise(classAccess, "Private methods (such as '%s.%s') cannot be called remotely.", t.model.Name, name)
	}
	if m, ok := s.methods[t.model.Name+"."+name]; ok {
		return m, nil
	}
	if m, ok := s.methods["."+name]; ok {
		return m, nil
	}
	if s.series < 19 {
		return method{}, raise("builtins.AttributeError", "type object '%s' has no attribute '%s'", t.model.Name, name)
	}
	return method{}, raise("builtins.AttributeError", "The method '%s.%s' does not exist", t.model.Name, name)
}

// bindPositional binds the arguments of execute_kw.
func (s *Server) bindPositional(m method, name string, args []any, kw map[string]any) ([]int64, map[string]any, error) {
	var ids []int64
	if !m.model {
		if len(args) == 0 {
			return nil, nil, raise("builtins.IndexError", "list index out of range")
		}
		var ok bool
		if ids, ok = integers(args[0]); !ok {
			return nil, nil, valueError("Invalid ids %s", quote(args[0]))
		}
		args = args[1:]
	}
	title := name
	if s.series >= 19 {
		title = "BaseModel." + name
	}
	bound := make(map[string]any, len(args)+len(kw))
	if len(args) > len(m.params) {
		return nil, nil, raise(classType, "%s() takes %d positional arguments but %d were given", title, len(m.params)+1, len(args)+1)
	}
	for i, a := range args {
		bound[m.params[i]] = a
	}
	for k, v := range kw {
		if _, twice := bound[k]; twice {
			return nil, nil, raise(classType, "%s() got multiple values for argument '%s'", title, k)
		}
		if !m.kwargs && !slices.Contains(m.params, k) {
			return nil, nil, raise(classType, "%s() got an unexpected keyword argument '%s'", title, k)
		}
		bound[k] = v
	}
	for _, p := range m.params[:m.required] {
		if _, ok := bound[p]; !ok {
			return nil, nil, raise(classType, "%s() missing 1 required positional argument: '%s'", title, p)
		}
	}
	return ids, bound, nil
}

// bindNamed binds the body of a JSON-2 call.
func bindNamed(m method, body map[string]any) (map[string]any, error) {
	unprocessable := func(text string) error {
		return &exception{class: "werkzeug.exceptions.UnprocessableEntity", message: text, status: 422}
	}
	for _, p := range m.params[:m.required] {
		if _, ok := body[p]; !ok {
			return nil, unprocessable("missing a required argument: '" + p + "'")
		}
	}
	for _, k := range slices.Sorted(maps.Keys(body)) {
		if !m.kwargs && !slices.Contains(m.params, k) {
			return nil, unprocessable("got an unexpected keyword argument '" + k + "'")
		}
	}
	return body, nil
}

// execute runs one call as one transaction.
func (s *Server) execute(u *user, t *table, name string, m method, ids []int64, args, context map[string]any, planned *Fault) (result any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &env{Server: s, tx: &transaction{store: s.store}, user: u, ctx: context}
	defer func() {
		if err != nil {
			e.tx.rollback(0)
		} else {
			s.evict()
		}
	}()
	if result, err = m.run(e, t, ids, args); err != nil {
		return nil, err
	}
	if planned != nil && planned.Do.kind == effectConcurrency {
		if name == "load" {
			e.tx.rollback(0)
			return loadConflict(), nil
		}
		return nil, raise(classSerialize, serializeText+"\n")
	}
	return result, nil
}

func stringsOf(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func intOf(v any) int {
	n, _ := integer(v)
	return int(max(n, 0))
}
