package odootest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
)

// json2 answers /json/2/<model>/<method>.
func (s *Server) json2(w http.ResponseWriter, r *http.Request, rest string) {
	refuse := func(class, message string, status int) {
		s.fail(w, &exception{class: "werkzeug.exceptions." + class, message: message, status: status})
	}
	if db := r.Header.Get("X-Odoo-Database"); db != "" && db != s.database {
		page(w, http.StatusNotFound, "Not Found", "No database is selected and the requested URL was not found in the server-wide controllers.")
		return
	}
	model, name, ok := strings.Cut(rest, "/")
	if !ok || strings.Contains(name, "/") || r.Method != http.MethodPost {
		refuse("NotFound", "Did you mean POST /json/2/<model>/<method>?", http.StatusNotFound)
		return
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" && len(raw) > 0 {
		w.Header().Set("Accept", "application/json")
		page(w, http.StatusUnsupportedMediaType, "Unsupported Media Type", "Request inferred type is compatible with ['http'] but '/json/2/&lt;__model__&gt;/&lt;__method__&gt;' is type='json2'.<br><br>Please verify the Content-Type request header and try again.")
		return
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || key == "" {
		w.Header().Set("WWW-Authenticate", "Bearer ")
		refuse("Unauthorized", "User not authenticated, use an API Key with a Bearer Authorization header.", http.StatusUnauthorized)
		return
	}
	u := s.byKey(key)
	c := Call{Protocol: "json2", Model: model, Method: name}
	if u == nil {
		s.log.add(s, c, "werkzeug.exceptions.Unauthorized")
		w.Header().Set("WWW-Authenticate", "Bearer ")
		refuse("Unauthorized", "Invalid apikey", http.StatusUnauthorized)
		return
	}
	body := map[string]any{}
	if len(raw) > 0 {
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		if err := dec.Decode(&body); err != nil {
			refuse("BadRequest", "could not parse the body as json: "+err.Error(), http.StatusBadRequest)
			return
		}
	}
	c.Login = u.login
	c.Count = countOf(name, body["ids"], body)
	fault, err := s.before(w, r, &c)
	if err != nil {
		return
	}
	if fault.is(effectDenied) {
		w.Header().Set("WWW-Authenticate", "Bearer ")
		refuse("Unauthorized", "Invalid apikey", http.StatusUnauthorized)
		return
	}
	result, err := s.named(u, model, name, body, fault)
	s.log.finish(s, &c, err)
	if fault.is(effectDropReply) {
		drop(w)
		return
	}
	if err != nil {
		s.fail(w, asException(err, s.series))
		return
	}
	if one, single := result.(int64); single && name == "create" {
		result = []int64{one}
	}
	s.send(w, http.StatusOK, result, fault)
}

// named runs a call with named arguments.
func (s *Server) named(u *user, model, name string, body map[string]any, fault *Fault) (any, error) {
	t := s.modelTable(model)
	if t == nil {
		return nil, &exception{class: classNotFound, message: "the model '" + model + "' does not exist", status: 404}
	}
	m, err := s.lookup(t, name)
	if err != nil {
		if x := asException(err, s.series); x.class == "builtins.AttributeError" {
			return nil, &exception{class: classNotFound, message: x.message, status: 404}
		}
		return nil, err
	}
	ids, ok := integers(body["ids"])
	if !ok {
		return nil, valueError("Invalid ids %s", quote(body["ids"]))
	}
	if m.model && len(ids) > 0 {
		return nil, &exception{class: "werkzeug.exceptions.UnprocessableEntity", message: "cannot call " + model + "." + name + " with ids", status: 422}
	}
	context, _ := body["context"].(map[string]any)
	delete(body, "ids")
	delete(body, "context")
	args, err := bindNamed(m, body)
	if err != nil {
		return nil, err
	}
	return s.execute(u, t, name, m, ids, args, context, fault)
}

func (s *Server) modelTable(name string) *table {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.tables[name]
}

// fail answers with an exception in JSON-2's shape.
func (s *Server) fail(w http.ResponseWriter, x *exception) {
	s.writeJSON(w, x.httpStatus(), x.body(s.series))
}
