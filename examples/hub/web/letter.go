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
	kinds := []string{"order", "return", "refund", "charge", "payout"}
	seen := map[string]bool{}
	for _, channel := range s.Channels {
		for _, flow := range channel.Flows {
			if flow.Next == nil { // it runs by no clock, so its events are called otherwise
				kinds = append(kinds, flow.Kind)
			} else if !seen[flow.Name] {
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
	view.Order = s.storyOf(explained.Record)
	s.show(w, r, "letter", frame{Title: "Event " + r.PathValue("seq"), Here: "letters", Content: view})
}

// storyOf is the address of the story of the order that an event is about; empty if it is about none. Notices have the order's id in their key, what is
// told to others all of its name, since their channel is another.
func (s *server) storyOf(record worker.Record) string {
	id, ok := strings.CutPrefix(record.Key, "order/")
	if !ok {
		return ""
	}
	whole := record.Channel + "/" + id
	for _, channel := range s.Channels {
		for _, flow := range channel.Flows {
			if flow.Kind == record.Kind && flow.Kind != "" {
				whole = id
			}
		}
	}
	parts := strings.SplitN(whole, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return orderAddress(canonical.Key{Channel: canonical.Channel{Name: parts[0], Account: parts[1]}, ID: parts[2]})
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
