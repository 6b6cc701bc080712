package loop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

const (
	opList = "list returns"
	opGet  = "get return"
	// wireTime is how Loop wants times.
	wireTime = "2006-01-02 15:04:05-07:00"
	// span is what is asked for at a time; Loop allows 120 days.
	span = 119 * 24 * time.Hour
	// most is the largest page that Loop serves.
	most = 750
)

// states are what is listed one after the other. Without a state Loop leaves out what is cancelled or under review.
var states = []string{"", "cancelled", "review"}

// position is what a cursor holds.
type position struct {
	Version int `json:"v"`
	// From begins the window of time that is read.
	From time.Time `json:"from"`
	// State is the place in states, Next Loop's own cursor of the next page.
	State int    `json:"state,omitempty"`
	Next  string `json:"next,omitempty"`
	// Started is Loop's clock when the run began.
	Started time.Time `json:"started,omitzero"`
	// Done: the run is finished.
	Done bool `json:"done,omitempty"`
}

func (p position) cursor() (marketplace.Cursor, error) {
	p.Version = 1
	data, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return marketplace.Cursor(base64.RawURLEncoding.EncodeToString(data)), nil
}

func parsePosition(cursor marketplace.Cursor) (position, bool) {
	data, err := base64.RawURLEncoding.DecodeString(string(cursor))
	var p position
	if err != nil || json.Unmarshal(data, &p) != nil || p.Version != 1 || p.State < 0 || p.State >= len(states) {
		return position{}, false
	}
	return p, true
}

// ListReturns implements [returns.Lister]. Loop lists by window of time and state, so within a run the order is that of each page
// only. A return that changes during a run is found by the next one, which begins where Loop's clock stood when this one began.
func (p *Platform) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	at := position{From: query.Since.UTC()}
	if query.Since.IsZero() {
		at.From = p.beginning
	} else {
		at.From = at.From.Add(-p.overlap)
	}
	if query.Cursor != "" {
		var ok bool
		if at, ok = parsePosition(query.Cursor); !ok {
			return returns.Page{}, p.fail(marketplace.CodeInvalid, opList, "cursor", "not a cursor of this platform: start again with Since", nil)
		}
	}
	if at.Done {
		at = position{From: at.From.Add(-p.overlap)}
	}
	limit := most
	if query.Limit > 0 && query.Limit < limit {
		limit = query.Limit
	}
	end := at.From.Add(span)
	answer, err := p.list(ctx, "updated_at", at.From, end, states[at.State], at.Next, limit)
	if err != nil {
		return returns.Page{}, err
	}
	if at.Started.IsZero() {
		at.Started = answer.now
	}
	rows := answer.rows
	if answer.next != "" && len(rows) > 0 {
		// Loop's next page begins after the time of creation of this one's last return, so others of the same second are on neither.
		ties, err := p.ties(ctx, rows[len(rows)-1], states[at.State])
		if err != nil {
			return returns.Page{}, err
		}
		rows = append(rows, ties...)
	}
	page := returns.Page{Returns: p.fetch(rows), More: true}
	switch {
	case answer.next != "":
		at.Next = answer.next
	case at.State+1 < len(states):
		at.State, at.Next = at.State+1, ""
	case end.Before(at.Started):
		at.From, at.State, at.Next = end, 0, ""
	default:
		next := at.Started
		if at.From.After(next) {
			next = at.From
		}
		at, page.More = position{From: next, Done: true}, false
	}
	if page.Cursor, err = at.cursor(); err != nil {
		return returns.Page{}, p.fail(marketplace.CodeInvalid, opList, "cursor", "the position cannot be written", err)
	}
	return page, nil
}

// batch is one answer of the list.
type batch struct {
	rows []tree.Value
	next string
	now  time.Time
}

func (p *Platform) list(ctx context.Context, filter string, from, to time.Time, state, next string, limit int) (batch, error) {
	query := url.Values{
		"paginate": {"true"}, "pageSize": {strconv.Itoa(limit)}, "filter": {filter},
		"from": {from.UTC().Format(wireTime)}, "to": {to.UTC().Format(wireTime)},
	}
	if state != "" {
		query.Set("state", state)
	}
	if next != "" {
		query.Set("cursor", next)
	}
	reply, err := p.client.Get(ctx, opList, "/warehouse/return/list", query)
	if err != nil {
		return batch{}, err
	}
	root, err := tree.Parse(reply.Body)
	if err != nil {
		return batch{}, p.fail(marketplace.CodeInvalid, opList, "", "the answer cannot be read", err)
	}
	list := root.Get("returns")
	if root.IsList() {
		list = root // without pages, as Loop answers if it knows nothing of them
	}
	if !list.IsList() {
		// An empty page would end the run as if all had been read.
		return batch{}, p.fail(marketplace.CodeInvalid, opList, "returns", "the answer has no list of returns: is this the address of Loop's API?", nil)
	}
	b := batch{now: serverTime(reply)}
	b.rows, _ = list.Items()
	if address, _ := root.Get("nextPageUrl").Text(); address != "" {
		// Only the position is taken from the address: the credential goes nowhere else.
		target, err := url.Parse(address)
		if err != nil || target.Query().Get("cursor") == "" {
			return batch{}, p.fail(marketplace.CodeInvalid, opList, "nextPageUrl", "the address of the next page has no cursor", nil)
		}
		b.next = target.Query().Get("cursor")
		if b.next == next {
			return batch{}, p.fail(marketplace.CodeInvalid, opList, "nextPageUrl", "the next page is the same one again", nil)
		}
	}
	return b, nil
}

// serverTime is Loop's clock, in whole seconds.
func serverTime(reply rest.Reply) time.Time {
	if at, err := http.ParseTime(reply.Header.Get("Date")); err == nil {
		return at.UTC()
	}
	return time.Now().UTC().Truncate(time.Second)
}

// ties are the returns that were made in the same second as one.
func (p *Platform) ties(ctx context.Context, last tree.Value, state string) ([]tree.Value, error) {
	var r tree.Reader
	at := r.Time(last.Get("created_at"), time.UTC, tree.Layouts).Truncate(time.Second)
	if at.IsZero() {
		return nil, nil // it cannot be decoded, which its own entry says
	}
	answer, err := p.list(ctx, "created_at", at, at.Add(time.Second), state, "", most)
	return answer.rows, err
}

// fetch decodes rows, the oldest change first and none twice.
func (p *Platform) fetch(rows []tree.Value) []returns.Fetched {
	fetched := make([]returns.Fetched, 0, len(rows))
	seen := map[string]bool{}
	for _, row := range rows {
		id, _ := row.Get("id").Text()
		if id != "" && seen[id] {
			continue
		}
		seen[id] = true
		one := returns.Fetched{Key: canonical.Key{Channel: p.channel, ID: id}}
		if !isID(id) {
			one.Key.ID = ""
		}
		one.Return, one.Err = p.words.decode(opList, row)
		fetched = append(fetched, one)
	}
	slices.SortStableFunc(fetched, func(a, b returns.Fetched) int {
		return a.Return.Revision.UpdatedAt.Compare(b.Return.Revision.UpdatedAt)
	})
	return fetched
}

// GetReturn implements [returns.Getter].
func (p *Platform) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	return p.read(ctx, opGet, id)
}

func (p *Platform) read(ctx context.Context, op, id string) (canonical.Return, error) {
	if !isID(id) {
		return canonical.Return{}, p.fail(marketplace.CodeNotFound, op, "return", "this is not an id of a return of Loop", nil)
	}
	reply, err := p.client.Get(ctx, op, "/warehouse/return/details", url.Values{"return_id": {id}, "currency_type": {"shop"}})
	if err != nil {
		return canonical.Return{}, err
	}
	root, err := tree.Parse(reply.Body)
	switch {
	case err != nil:
		return canonical.Return{}, p.fail(marketplace.CodeInvalid, op, "", "the answer cannot be read", err)
	case root.IsEmpty():
		return canonical.Return{}, p.fail(marketplace.CodeNotFound, op, "return", "there is no such return", nil)
	case root.IsList():
		root = root.At(0)
	}
	if got, _ := root.Get("id").Text(); root.IsObject() && got != id {
		return canonical.Return{}, p.fail(marketplace.CodeInvalid, op, "id", "Loop answered with another return", nil)
	}
	return p.words.decode(op, root)
}
