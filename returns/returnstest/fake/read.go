package fake

import (
	"context"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// cursorMark begins all cursors.
const cursorMark = "fake-returns:"

// pageSize is how many returns a page has at most.
const pageSize = 50

// ListReturns implements [returns.Lister]. A run that begins at the end of an earlier one gets the last return of that again.
func (p *Platform) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	after := int64(-1)
	if query.Cursor != "" {
		text, marked := strings.CutPrefix(string(query.Cursor), cursorMark)
		position, err := strconv.ParseInt(text, 10, 64)
		if !marked || err != nil || position < 0 {
			return returns.Page{}, p.fail(marketplace.CodeInvalid, List, "cursor", "not a cursor of this platform: start again with Since", nil)
		}
		after = position
	}
	fault, err := p.begin(ctx, List, "")
	if err != nil {
		return returns.Page{}, err
	}
	limit := pageSize
	if query.Limit > 0 && query.Limit < limit {
		limit = query.Limit
	}
	page := returns.Page{}
	end := max(after, 0)
	for _, kept := range p.sorted() {
		if kept.change < after || query.Cursor == "" && kept.state.Revision.UpdatedAt.Before(query.Since) {
			continue
		}
		if len(page.Returns) == limit {
			page.More = true
			break
		}
		page.Returns = append(page.Returns, p.fetched(kept))
		end = kept.change
	}
	if page.More {
		end++ // within a run nothing is read twice
	}
	page.Cursor = marketplace.Cursor(cursorMark + strconv.FormatInt(end, 10))
	if err := p.end(fault, List, nil); err != nil {
		return returns.Page{}, err
	}
	return page, nil
}

func (p *Platform) fetched(kept *record) returns.Fetched {
	if kept.corrupt {
		return returns.Fetched{Key: kept.state.Key, Err: p.fail(marketplace.CodeInvalid, List, "lines[0].qty", "", errCorrupt)}
	}
	return returns.Fetched{Key: kept.state.Key, Return: clone(kept.state)}
}

// GetReturn implements [returns.Getter].
func (p *Platform) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	fault, err := p.begin(ctx, Get, id)
	if err != nil {
		return canonical.Return{}, err
	}
	kept, err := p.find(Get, id)
	var state canonical.Return
	switch {
	case err != nil:
	case kept.corrupt:
		err = p.fail(marketplace.CodeInvalid, Get, "lines[0].qty", "", errCorrupt)
	default:
		state = clone(kept.state)
	}
	if err := p.end(fault, Get, err); err != nil {
		return canonical.Return{}, err
	}
	return state, nil
}
