package odootest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const maxBody = 128 << 20 // as Odoo's web.max_file_upload_size

// route dispatches a request by its path.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/web/version" || path == "/json/version":
		if s.series >= 19 {
			s.writeJSON(w, http.StatusOK, map[string]any{"version_info": s.versionInfo(), "version": s.versionName()})
			return
		}
	case path == "/web/webclient/version_info":
		s.versionRPC(w, r)
		return
	case path == "/jsonrpc":
		s.jsonrpc(w, r)
		return
	case s.series >= 19 && (path == "/json/2" || strings.HasPrefix(path, "/json/2/")):
		s.json2(w, r, strings.TrimPrefix(strings.TrimPrefix(path, "/json/2"), "/"))
		return
	}
	page(w, http.StatusNotFound, "Not Found", "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.")
}

func (s *Server) versionName() string { return strconv.Itoa(s.series) + ".0" }

func (s *Server) versionInfo() []any { return []any{s.series, 0, 0, "final", 0, ""} }

func (s *Server) serverVersion() map[string]any {
	return map[string]any{"server_version": s.versionName(), "server_version_info": s.versionInfo(), "server_serie": s.versionName(), "protocol_version": 1}
}

func (s *Server) versionRPC(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if r.Method != http.MethodPost || decode(r, &body) != nil {
		page(w, http.StatusBadRequest, "Bad Request", "Invalid JSON data")
		return
	}
	s.writeJSON(w, http.StatusOK, map[string]any{"jsonrpc": "2.0", "id": body["id"], "result": s.serverVersion()})
}

// decode reads a JSON body with its numbers as they are written.
func decode(r *http.Request, into any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	dec.UseNumber()
	return dec.Decode(into)
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, v any) {
	s.send(w, status, v, nil)
}

// send answers with JSON; a fault may cut it short.
func (s *Server) send(w http.ResponseWriter, status int, v any, f *Fault) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		out.Reset()
		status = http.StatusInternalServerError
		fmt.Fprintf(&out, "{%q:%q}", "message", err.Error())
	}
	body := bytes.TrimRight(out.Bytes(), "\n")
	if f != nil && f.Do.kind == effectTruncate {
		body = body[:len(body)/2]
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone
}

// page answers with an HTML page, as werkzeug does.
func page(w http.ResponseWriter, status int, title, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n", status, title, title, text)
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler) // net/http's way to end a response that cannot be hijacked
}

var errDropped = errors.New("dropped")
