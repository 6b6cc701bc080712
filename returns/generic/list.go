package generic

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
)

// listing is a [List] that was checked.
type listing struct {
	path         string
	query        map[string]pieces
	items, next  tree.Path
	pages        string
	first, limit int
	// byChange: the list begins with the oldest change.
	byChange, since, exclusive, detail bool
	layout                             string
	overlap                            time.Duration
}

// position is what a cursor holds.
type position struct {
	Version int `json:"v"`
	// Since is from where the platform is asked.
	Since time.Time `json:"since,omitzero"`
	// Cursor, Page and Query are the place of the next page, by the kind of pages. Page counts from 0.
	Cursor string `json:"cursor,omitempty"`
	Page   int    `json:"page,omitempty"`
	Query  string `json:"query,omitempty"`
	// Whole asks for the largest pages: more returns changed at one moment than were asked for.
	Whole bool `json:"whole,omitempty"`
	// Started is the platform's clock when the run began.
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
	if err != nil || json.Unmarshal(data, &p) != nil || p.Version != 1 || p.Page < 0 {
		return position{}, false
	}
	return p, true
}

// returns is a page of returns. The order is the platform's; only a list by change begins with the oldest.
func (p *platform) returns(ctx context.Context, query returns.Query) (returns.Page, error) {
	at := position{Since: p.back(query.Since.UTC())}
	if query.Cursor != "" {
		var ok bool
		if at, ok = parsePosition(query.Cursor); !ok {
			return returns.Page{}, p.fail(marketplace.CodeInvalid, opList, "cursor", "not a cursor of this platform: start again with Since", nil)
		}
	}
	if at.Done {
		at = position{Since: p.back(at.Since)}
	}
	limit := p.list.limit
	if query.Limit > 0 && query.Limit < limit && !at.Whole {
		limit = query.Limit
	}
	reply, err := p.client.Get(ctx, opList, p.list.path, p.query(at, limit))
	if err != nil {
		return returns.Page{}, err
	}
	rows, root, err := p.rows(reply)
	if err != nil {
		return returns.Page{}, err
	}
	if at.Started.IsZero() {
		at.Started = p.now(reply)
	}
	page := returns.Page{}
	var last time.Time
	for _, row := range rows {
		fetched, changed, err := p.fetch(ctx, row)
		if err != nil {
			return returns.Page{}, err
		}
		if changed.After(last) {
			last = changed
		}
		if fetched == nil || !changed.IsZero() && changed.Before(at.Since) {
			continue // gone meanwhile, or a platform that cannot be asked by time
		}
		page.Returns = append(page.Returns, *fetched)
	}
	next, more, err := p.next(at, reply, root, len(rows), limit, last)
	if err != nil {
		return returns.Page{}, err
	}
	page.More = more
	if page.Cursor, err = next.cursor(); err != nil {
		return returns.Page{}, p.fail(marketplace.CodeInvalid, opList, "cursor", "the position cannot be written", err)
	}
	return page, nil
}

func (p *platform) back(since time.Time) time.Time {
	if since.IsZero() {
		return since
	}
	overlap := p.list.overlap
	if p.zone != time.UTC {
		overlap += time.Hour // where clocks go back, an hour of times without a zone is that of either
	}
	return since.Add(-overlap)
}

// query is what a page is asked for by.
func (p *platform) query(at position, limit int) url.Values {
	if at.Query != "" {
		query, _ := url.ParseQuery(at.Query) // it was read from an address before
		return query
	}
	v := values{
		"limit": strconv.Itoa(limit), "cursor": at.Cursor, "page": strconv.Itoa(p.list.first + at.Page), "offset": strconv.Itoa(at.Page * limit),
	}
	if !at.Since.IsZero() {
		since := at.Since
		if p.list.exclusive {
			since = since.Add(-time.Second)
		}
		switch layout := strings.ToLower(p.list.layout); layout {
		case "unix":
			v["since"] = strconv.FormatInt(since.Unix(), 10)
		case "unixms":
			v["since"] = strconv.FormatInt(since.UnixMilli(), 10)
		default:
			v["since"] = since.In(p.zone).Format(p.list.layout)
		}
	}
	query := url.Values{}
	for name, template := range p.list.query {
		if text, empty := template.fill(v); !empty {
			query.Set(name, text)
		}
	}
	return query
}

// rows are the returns of an answer.
func (p *platform) rows(reply rest.Reply) (rows []tree.Value, root tree.Value, err error) {
	if root, err = tree.Parse(reply.Body); err != nil {
		return nil, root, p.fail(marketplace.CodeInvalid, opList, "", "the answer cannot be read", err)
	}
	list := p.list.items.Find(root, root)
	if list.IsNull() {
		return nil, root, nil
	}
	if !list.IsList() {
		// An empty page would end the run as if all had been read.
		return nil, root, p.fail(marketplace.CodeInvalid, opList, list.Path(), "the answer has no list of returns here: check list.items", nil)
	}
	rows, err = list.Items()
	return rows, root, err
}

// now is the platform's clock, in whole seconds.
func (p *platform) now(reply rest.Reply) time.Time {
	if at, err := http.ParseTime(reply.Header.Get("Date")); err == nil {
		return at.UTC()
	}
	return p.clock().UTC().Truncate(time.Second)
}

// fetch decodes a row, or fetches its return where the list has summaries; nil if it is gone meanwhile.
func (p *platform) fetch(ctx context.Context, row tree.Value) (*returns.Fetched, time.Time, error) {
	id, _ := p.fields.id.Find(row, row).Text()
	if !isID(id) {
		id = ""
	}
	fetched := returns.Fetched{Key: canonical.Key{Channel: p.channel, ID: id}}
	if p.list.detail && id != "" {
		fetched.Return, fetched.Err = p.read(ctx, opList, id)
		switch marketplace.CodeOf(fetched.Err) {
		case "", marketplace.CodeInvalid:
		case marketplace.CodeNotFound:
			return nil, time.Time{}, nil
		default:
			return nil, time.Time{}, fetched.Err
		}
	} else {
		fetched.Return, fetched.Err = p.decode(opList, row)
	}
	changed := fetched.Return.Revision.UpdatedAt
	if fetched.Err != nil {
		var reader tree.Reader
		changed = reader.Time(p.fields.updated.Find(row, row), p.zone, p.layouts)
	}
	return &fetched, changed, nil
}

// next is where the next page begins, and whether there is one in this run.
func (p *platform) next(at position, reply rest.Reply, root tree.Value, rows, limit int, last time.Time) (position, bool, error) {
	switch p.list.pages {
	case "cursor":
		cursor, err := p.list.next.Find(root, root).Text()
		if err != nil {
			return at, false, p.fail(marketplace.CodeInvalid, opList, "list.next", "the next page's cursor cannot be read", err)
		}
		if cursor != "" && cursor == at.Cursor {
			return at, false, p.fail(marketplace.CodeInvalid, opList, "list.next", "the next page is the same one again", nil)
		}
		if at.Cursor = cursor; cursor != "" {
			return at, true, nil
		}
	case "link":
		query, err := p.link(reply)
		if err != nil {
			return at, false, err
		}
		if at.Query = query; query != "" {
			return at, true, nil
		}
	case "page", "offset":
		if rows < limit {
			break
		}
		switch {
		case !p.list.byChange:
			at.Page++
		case last.After(at.Since):
			// By value rather than by number: rows that move are found again at the end.
			at.Since, at.Page, at.Whole = last, 0, false
		case !at.Whole && limit < p.list.limit:
			at.Whole, at.Page = true, 0
		default:
			at.Page++
		}
		return at, true, nil
	}
	// The next run begins where the platform's clock stood when this one began: what changed since may be on none of its pages.
	since := at.Started
	if at.Since.After(since) && !last.After(since) {
		since = at.Since // the caller wants what is to come
	}
	return position{Since: since, Done: true}, false, nil
}

// link is the query of the next page's address. Nothing else of it is used: the credential goes nowhere else.
func (p *platform) link(reply rest.Reply) (string, error) {
	for _, header := range reply.Header.Values("Link") {
		for part := range strings.SplitSeq(header, ",") {
			address, parameters, _ := strings.Cut(strings.TrimSpace(part), ">")
			if !strings.Contains(strings.ReplaceAll(parameters, " ", ""), `rel="next"`) && !strings.Contains(parameters, "rel=next") {
				continue
			}
			target, err := url.Parse(strings.TrimPrefix(address, "<"))
			if err != nil || target.RawQuery == "" {
				return "", p.fail(marketplace.CodeInvalid, opList, "Link", "the address of the next page cannot be read", nil)
			}
			return target.RawQuery, nil
		}
	}
	return "", nil
}

// read fetches a return.
func (p *platform) read(ctx context.Context, op, id string) (canonical.Return, error) {
	if !isID(id) {
		return canonical.Return{}, p.fail(marketplace.CodeNotFound, op, "return", "this is not an id of a return", nil)
	}
	path, _ := p.get.fill(values{"id": id})
	reply, err := p.client.Get(ctx, op, path, nil)
	if err != nil {
		return canonical.Return{}, err
	}
	root, err := tree.Parse(reply.Body)
	if err != nil {
		return canonical.Return{}, p.fail(marketplace.CodeInvalid, op, "", "the answer cannot be read", err)
	}
	item := p.item.Find(root, root)
	if item.IsEmpty() {
		return canonical.Return{}, p.fail(marketplace.CodeNotFound, op, "return", "the answer has no return", nil)
	}
	if got, err := p.fields.id.Find(item, item).Text(); err == nil && got != id && item.IsObject() {
		return canonical.Return{}, p.fail(marketplace.CodeInvalid, op, "return.id", "the answer is another return", nil)
	}
	return p.decode(op, item)
}
