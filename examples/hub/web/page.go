package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed templates
var templates embed.FS

// pages are the templates of the pages by their names.
type pages map[string]*template.Template

// parsePages parses the templates; title is what people call a channel.
func parsePages(title func(channel string) string) (pages, error) {
	files, err := templates.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), path.Ext(file.Name()))
		if name == "layout" {
			continue
		}
		page, err := template.New("layout.html").Funcs(words).Funcs(template.FuncMap{"title": title}).ParseFS(templates, "templates/layout.html", "templates/"+file.Name())
		if err != nil {
			return nil, err
		}
		all[name] = page
	}
	return all, nil
}

// frame is what every page has around its content.
type frame struct {
	Title, Here, Person, Form string
	// Dead is how many dead letters wait for a person.
	Dead int
	// Done says what was done by the form that led here.
	Done string
	// Refresh has the browser load the page again, in seconds; 0: never.
	Refresh int
	Links   []Link
	Now     time.Time
	Content any
}

// done are what was done, by the word that stands in the address: nothing from outside is ever shown.
var done = map[string]string{
	"replayed": "Replayed. It is being done again.", "discarded": "Discarded. It will not be done.", "nothing": "Nothing was left to decide.",
	"paused": "Paused. Events are accepted and wait.", "resumed": "Resumed.", "started": "Started. Load this page again in a moment.",
	"inspected": "Recorded. Goods and money follow from it.",
}

// show renders a page with status 200.
func (s *server) show(w http.ResponseWriter, r *http.Request, name string, f frame) {
	s.render(w, r, http.StatusOK, name, f)
}

func (s *server) render(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	f.Person, f.Links, f.Now, f.Done = person(r), s.Links, s.now(), done[r.URL.Query().Get("done")]
	f.Form = s.forms.token(f.Person, f.Now)
	if backlog, err := s.Worker.Backlog(r.Context()); err == nil {
		for _, each := range backlog {
			f.Dead += each.Dead
		}
	}
	var page bytes.Buffer
	if err := s.pages[name].Execute(&page, f); err != nil {
		s.Log.ErrorContext(r.Context(), "render", "page", name, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the browser may be gone
}

// sorry is the page of what did not work. The cause is logged and not shown.
func (s *server) sorry(w http.ResponseWriter, r *http.Request, status int, err error) {
	text := map[int]string{
		http.StatusNotFound:   "There is no such page.",
		http.StatusForbidden:  "This form is too old or was not sent from here. Go back, load the page again, and send it once more.",
		http.StatusBadRequest: "That cannot be done: a field is missing or wrong. Say why in the field for the reason.",
	}[status]
	if text == "" {
		text = "That did not work. The log says why; try again in a moment."
	}
	if err != nil {
		s.Log.WarnContext(r.Context(), "page", "path", r.URL.Path, "status", status, "error", err)
	}
	s.render(w, r, status, "sorry", frame{Title: http.StatusText(status), Content: text})
}

// words are the functions of the templates.
var words = template.FuncMap{
	"ago":      func(now, at time.Time) string { return ago(now.Sub(at)) },
	"exact":    func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") },
	"sentence": sentence,
	"plural":   number,
	"machine":  func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
}

// sentence begins a text with a capital letter.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// ago is a span of time as people say it.
func ago(span time.Duration) string {
	switch {
	case span < 5*time.Second:
		return "just now"
	case span < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(span.Seconds()))
	case span < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(span.Minutes()))
	case span < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(span.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(span.Hours()/24))
}
