package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/worker"
)

// longestWord is the longest order number that is looked for, in bytes.
const longestWord = 200

type ordersView struct {
	Word   string
	Found  []foundOrder
	Latest []foundOrder
}

type foundOrder struct {
	state.Name
	Address, Title string
}

func (s *server) orders(w http.ResponseWriter, r *http.Request) {
	view := ordersView{Word: strings.TrimSpace(r.URL.Query().Get("number"))}
	if len(view.Word) > longestWord {
		s.sorry(w, r, http.StatusBadRequest, nil)
		return
	}
	if view.Word != "" {
		names, err := s.State.FindOrders(r.Context(), view.Word)
		if err != nil {
			s.failed(w, r, err)
			return
		}
		view.Found = s.found(names)
		if len(view.Found) == 1 {
			http.Redirect(w, r, view.Found[0].Address, http.StatusSeeOther)
			return
		}
	}
	latest, err := s.State.LatestOrders(r.Context(), 20)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	view.Latest = s.found(latest)
	s.show(w, r, "orders", frame{Title: "Orders", Here: "orders", Content: view})
}

// found are the orders, each once.
func (s *server) found(names []state.Name) []foundOrder {
	var all []foundOrder
	seen := map[canonical.Key]bool{}
	for _, name := range names {
		if seen[name.Order] {
			continue
		}
		seen[name.Order] = true
		all = append(all, foundOrder{Name: name, Address: orderAddress(name.Order), Title: s.title(name.Order.Channel.String())})
	}
	return all
}

// title is what people call a channel.
func (s *server) title(channel string) string {
	for _, each := range s.Channels {
		if each.Key.String() == channel {
			return each.Title
		}
	}
	return channel
}

func orderAddress(order canonical.Key) string {
	return "/orders/" + url.PathEscape(order.Channel.Name) + "/" + url.PathEscape(order.Channel.Account) + "/" + url.PathEscape(order.ID)
}

type orderView struct {
	Order   canonical.Key
	Channel string
	Number  string
	Names   []state.Name
	Stages  []stage
	Events  []storyEvent
	// Open are events about the order that wait or need a person.
	Open []worker.Record
	// Waits are what its returns wait for.
	Waits []returnWait
}

// returnWait is what a return waits for. Asks says that a person is asked, Look that somebody must look at the goods.
type returnWait struct {
	Number, Address, Why string
	Asks, Look           bool
}

// stage is a part of an order's life, in its order.
type stage struct {
	Title string
	// At is when it was first reached; zero if it was not.
	At    time.Time
	Level level
}

type storyEvent struct {
	canonical.Event
	Kind, Title string
	Level       level
}

func (s *server) order(w http.ResponseWriter, r *http.Request) {
	key := canonical.Key{Channel: named(r), ID: r.PathValue("id")}
	view := orderView{Order: key, Channel: s.title(key.Channel.String()), Number: key.ID}
	events, err := s.Timeline(r.Context(), key)
	if err == nil {
		view.Names, err = s.State.NamesOf(r.Context(), key)
	}
	if err == nil {
		view.Open, err = s.Worker.Find(r.Context(), worker.Filter{
			Channel: key.Channel.String(), Key: "order/" + key.ID, States: []worker.State{worker.StatePending, worker.StateDead}, Limit: shownLetters,
		})
	}
	if err == nil {
		view.Waits, err = s.waits(r.Context(), events)
	}
	if err != nil {
		s.failed(w, r, err)
		return
	}
	if len(events)+len(view.Names)+len(view.Open) == 0 {
		s.sorry(w, r, http.StatusNotFound, nil)
		return
	}
	for _, name := range view.Names {
		if name.Kind == "order" && view.Number == key.ID {
			view.Number = name.Word
		}
	}
	view.Stages, view.Events = story(events)
	s.show(w, r, "order", frame{Title: "Order " + view.Number, Here: "orders", Content: view})
}
