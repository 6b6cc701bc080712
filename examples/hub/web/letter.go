package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
)

// shownLetters is how many dead letters one page shows.
const shownLetters = 100

// letterFilter is the filter of a request: its parts stand in the address.
type letterFilter struct {
	Channel, Kind, Verdict string
	Seq                    int64
}

func filterOf(values url.Values) letterFilter {
	seq, _ := strconv.ParseInt(values.Get("seq"), 10, 64)
	return letterFilter{Channel: values.Get("channel"), Kind: values.Get("kind"), Verdict: values.Get("verdict"), Seq: seq}
}

func (f letterFilter) filter() worker.Filter {
	filter := worker.Filter{Channel: f.Channel, Kind: f.Kind, Verdict: worker.Verdict(f.Verdict)}
	if f.Seq > 0 {
		filter.Seqs = []int64{f.Seq}
	}
	return filter
}

// Some says whether the filter leaves anything out.
func (f letterFilter) Some() bool { return f != letterFilter{} }

// Decide is the address at which one decides about all that fit.
func (f letterFilter) Decide(action string) string {
	values := url.Values{"action": {action}}
	for name, value := range map[string]string{"channel": f.Channel, "kind": f.Kind, "verdict": f.Verdict} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if f.Seq > 0 {
		values.Set("seq", strconv.FormatInt(f.Seq, 10))
	}
	return "/letters/decide?" + values.Encode()
}

type lettersView struct {
	Filter   letterFilter
	Letters  []worker.Record
	More     bool
	Channels []Channel
	Kinds    []string
	Verdicts []worker.Verdict
}

func (s *server) letters(w http.ResponseWriter, r *http.Request) {
	view := lettersView{
		Filter: filterOf(r.URL.Query()), Channels: s.Channels, Kinds: s.kinds(),
		Verdicts: []worker.Verdict{worker.Person, worker.Permanent, worker.Unknown, worker.Retry, worker.Wait},
	}
	filter := view.Filter.filter()
	filter.States, filter.Limit = []worker.State{worker.StateDead}, shownLetters+1
	var err error
	if view.Letters, err = s.Worker.Find(r.Context(), filter); err != nil {
		s.failed(w, r, err)
		return
	}
	if view.More = len(view.Letters) > shownLetters; view.More {
		view.Letters = view.Letters[:shownLetters]
	}
	s.show(w, r, "letters", frame{Title: "Dead letters", Here: "letters", Content: view})
}

// kinds are those of notices and flows.
func (s *server) kinds() []string {
	kinds := []string{"order", "return", "refund", "payout"}
	seen := map[string]bool{}
	for _, channel := range s.Channels {
		for _, flow := range channel.Flows {
			if !seen[flow.Name] {
				seen[flow.Name] = true
				kinds = append(kinds, flow.Name)
			}
		}
	}
	return kinds
}

type letterView struct {
	worker.Explanation
	Dead bool
	// Order is the address of the story of the order that it is about; empty if it is about none.
	Order string
}

func (s *server) letter(w http.ResponseWriter, r *http.Request) {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 {
		s.sorry(w, r, http.StatusNotFound, nil)
		return
	}
	explained, err := s.Worker.Explain(r.Context(), seq)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	view := letterView{Explanation: explained, Dead: explained.Record.State == worker.StateDead}
	if id, ok := strings.CutPrefix(explained.Record.Key, "order/"); ok {
		name, account, _ := strings.Cut(explained.Record.Channel, "/")
		view.Order = orderAddress(canonical.Key{Channel: canonical.Channel{Name: name, Account: account}, ID: id})
	}
	s.show(w, r, "letter", frame{Title: "Event " + r.PathValue("seq"), Here: "letters", Content: view})
}

type decideView struct {
	Filter  letterFilter
	Action  string
	Would   []worker.Record
	Count   int
	Channel string
}

// ask shows what a decision about many would decide, and asks why.
func (s *server) ask(w http.ResponseWriter, r *http.Request) {
	view := decideView{Filter: filterOf(r.URL.Query()), Action: r.URL.Query().Get("action")}
	act := s.Worker.Replay
	switch view.Action {
	case "replay":
	case "discard":
		act = s.Worker.Discard
	default:
		s.sorry(w, r, http.StatusNotFound, nil)
		return
	}
	would, err := act(r.Context(), view.Filter.filter(), worker.Decision{By: person(r), Reason: "dry run"}, true)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	view.Would, view.Count = would[:min(len(would), shownLetters)], len(would)
	s.show(w, r, "decide", frame{Title: "Decide", Here: "letters", Content: view})
}

// decide replays or discards.
func (s *server) decide(w http.ResponseWriter, r *http.Request) {
	filter := filterOf(r.PostForm)
	asked := filter.filter()
	act, word := s.Worker.Replay, "replayed"
	switch action := r.PostForm.Get("action"); {
	case action == "discard":
		act, word = s.Worker.Discard, "discarded"
	case action == "replay" && filter.Seq > 0:
		// One that somebody looks at may also be done again when it is done.
		asked.States = []worker.State{worker.StateDead, worker.StateDone, worker.StateDiscarded}
	case action != "replay":
		s.sorry(w, r, http.StatusBadRequest, nil)
		return
	}
	decided, err := act(r.Context(), asked, worker.Decision{By: person(r), Reason: strings.TrimSpace(r.PostForm.Get("reason"))}, false)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	if len(decided) == 0 {
		word = "nothing"
	}
	back := "/letters"
	if filter.Seq > 0 {
		back += "/" + strconv.FormatInt(filter.Seq, 10)
	}
	http.Redirect(w, r, back+"?done="+word, http.StatusSeeOther)
}
