package retailsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

// listingFields are what a listing says, by field.
type listingFields = map[marketplace.ListingField]string

// listingRun is one run for one channel.
type listingRun struct {
	*outbound[string, listingFields]
	target  marketplace.ListingPublisher
	window  *shopWindow
	options ListingRun
	report  *ListingReport

	// changed is what a cycle is about.
	changed product.Changed
	// archived are the SKUs of products that are archived in Odoo: nobody misses their listing.
	archived map[string]bool
}

// changes names what changed since a cursor.
func (r *listingRun) changes(ctx context.Context, cursor string) (string, error) {
	var err error
	r.changed, err = r.articles.Changes(ctx, product.Cursor(cursor), product.Watch{})
	return string(r.changed.Cursor), err
}

// compare works on what changed and what is owed, or on everything.
func (r *listingRun) compare(ctx context.Context, everything bool) error {
	r.full = everything
	var ids []int64
	if !everything {
		wanted := r.owedProducts()
		for _, id := range r.changed.Products {
			wanted[id] = true
		}
		if ids = slices.Sorted(maps.Keys(wanted)); len(ids) == 0 {
			return nil
		}
	}
	found, err := r.articles.Describe(ctx, product.DescribeQuery{
		Products: ids, Company: r.window.company, Fields: r.window.listing.OdooFields(), Language: r.window.listing.Language,
	})
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, one := range found {
		for _, sku := range r.window.callsIt(one.SKU) {
			known[sku] = true
		}
	}
	if found, err = r.unique(ctx, found, ids != nil); err != nil {
		return err
	}
	var offers []outboundOffer[string, listingFields]
	r.archived = map[string]bool{}
	for _, one := range found {
		said, err := r.window.says(one)
		for _, sku := range r.window.callsIt(one.SKU) {
			if err != nil {
				r.result(ListingResult{SKU: sku, ProductID: one.ID, Outcome: OutFailed, Err: err})
				continue
			}
			r.archived[sku] = !one.Active
			offers = append(offers, outboundOffer[string, listingFields]{item: sku, product: one.ID, wanted: said})
		}
	}
	var listed map[string]shownValue[listingFields]
	if lister, ok := r.target.(marketplace.ListingLister); ok && everything {
		if listed, err = r.list(ctx, lister, known); err != nil {
			return err
		}
		offers = slices.DeleteFunc(offers, func(o outboundOffer[string, listingFields]) bool {
			_, there := listed[o.item]
			return !there && r.archived[o.item]
		})
	}
	return r.settle(ctx, offers, listed)
}

// unique refuses SKUs that several active products have, and leaves out archived products whose SKU another one has.
func (r *listingRun) unique(ctx context.Context, found []product.Described, some bool) ([]product.Described, error) {
	var active []product.Article
	for _, one := range found {
		if one.Active || some {
			active = append(active, product.Article{ID: one.ID, SKU: one.SKU})
		}
	}
	var find func(context.Context, []string) ([]product.Article, error)
	if some {
		find = func(ctx context.Context, skus []string) (articles []product.Article, err error) {
			products, err := product.Find(ctx, r.erp, r.window.company, skus, nil, nil)
			for _, p := range products {
				articles = append(articles, product.Article{ID: p.ID, SKU: p.SKU})
			}
			return articles, err
		}
	}
	owners, err := ownersOf(ctx, active, find)
	if err != nil {
		return nil, err
	}
	for _, sku := range slices.Sorted(maps.Keys(owners)) {
		if ids := owners[sku]; len(ids) > 1 {
			r.result(ListingResult{SKU: sku, Outcome: OutFailed, Err: sharedSKU(sku, ids)})
		}
	}
	taken := map[string]bool{}
	return slices.DeleteFunc(found, func(one product.Described) bool {
		of := owners[one.SKU]
		if one.Active {
			return len(of) != 1 || of[0] != one.ID
		}
		double := taken[one.SKU]
		taken[one.SKU] = true
		return len(of) > 0 || double
	}), nil
}

// list reads what the channel's listings say, and reports what only the channel has.
func (r *listingRun) list(ctx context.Context, lister marketplace.ListingLister, known map[string]bool) (map[string]shownValue[listingFields], error) {
	all, err := listListings(ctx, lister)
	if err != nil {
		return nil, err
	}
	fields, listed := r.window.fields(), map[string]shownValue[listingFields]{}
	for _, listing := range all {
		if !known[listing.SKU] {
			r.result(ListingResult{SKU: listing.SKU, Outcome: OutUnknown})
			continue
		}
		shown := listingFields{}
		for _, field := range fields {
			if text, ok := listing.Fields[field]; ok {
				shown[field] = text
			}
		}
		listed[listing.SKU] = shownValue[listingFields]{value: shown}
	}
	return listed, nil
}

// listListings lists all that the channel has, each SKU once.
func listListings(ctx context.Context, lister marketplace.ListingLister) ([]marketplace.Listing, error) {
	var all []marketplace.Listing
	seen := map[string]bool{}
	for cursor := marketplace.Cursor(""); ; {
		page, err := lister.ListListings(ctx, cursor)
		if err != nil {
			return nil, err
		}
		for _, listing := range page.Listings {
			if !seen[listing.SKU] {
				seen[listing.SKU] = true
				all = append(all, listing)
			}
		}
		if cursor = page.Cursor; cursor == "" {
			return all, nil
		}
	}
}

// batch implements port.
func (r *listingRun) batch() int { return r.target.ListingBatch() }

// name implements port.
func (r *listingRun) name(sku string) string { return sku }

// digest implements port: a short hash for each field, so that those that changed are known.
func (r *listingRun) digest(fields listingFields) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, hashed(field, fields[field]))
	}
	return strings.Join(parts, " ")
}

func hashed(field marketplace.ListingField, text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(field) + ":" + hex.EncodeToString(sum[:6])
}

// same implements port. What the channel does not tell is taken to be what was sent last.
func (r *listingRun) same(o outboundOffer[string, listingFields]) bool {
	sent := r.sentFields(o)
	for field, text := range o.wanted {
		if there, ok := (*o.shown)[field]; ok && there != text && !r.form(o, field, there) || !ok && !sent[hashed(field, text)] {
			return false
		}
	}
	return true
}

// form reports whether a text is the channel's form of what was sent last of a field, which is still wanted.
func (r *listingRun) form(o outboundOffer[string, listingFields], field marketplace.ListingField, text string) bool {
	return r.sentFields(o)[hashed(field, o.wanted[field])] && sentFields(o.forms)[hashed(field, text)]
}

// drifted implements port.
func (r *listingRun) drifted(o outboundOffer[string, listingFields]) bool {
	sent := sentFields(o.remembered)
	for field, text := range o.wanted {
		if there, ok := (*o.shown)[field]; ok && there != text && !sent[hashed(field, there)] && !sentFields(o.forms)[hashed(field, there)] {
			return true
		}
	}
	return false
}

// sentFields are the hashes of what was sent last; none where nobody knows what arrived.
func (r *listingRun) sentFields(o outboundOffer[string, listingFields]) map[string]bool {
	if r.unsure(o.item) {
		return nil
	}
	return sentFields(o.remembered)
}

func sentFields(remembered string) map[string]bool {
	sent := map[string]bool{}
	for _, part := range strings.Fields(remembered) {
		sent[part] = true
	}
	return sent
}

// look implements port: single listings cannot be read.
func (r *listingRun) look(context.Context, []string) (map[string]shownValue[listingFields], error) {
	return nil, nil
}

// changedFields are those that the channel does not show, as far as is known.
func (r *listingRun) changedFields(o outboundOffer[string, listingFields]) listingFields {
	sent, changed := r.sentFields(o), listingFields{}
	for field, text := range o.wanted {
		if o.shown != nil {
			if there, ok := (*o.shown)[field]; ok {
				if there != text && !r.form(o, field, there) {
					changed[field] = text
				}
				continue
			}
		}
		if !sent[hashed(field, text)] {
			changed[field] = text
		}
	}
	if len(changed) == 0 {
		return o.wanted // it is owed: nobody knows what arrived
	}
	return changed
}

// send implements port.
func (r *listingRun) send(ctx context.Context, offers []outboundOffer[string, listingFields]) ([]outboundAnswer, error) {
	listings := make([]marketplace.Listing, len(offers))
	for i, o := range offers {
		listings[i] = marketplace.Listing{SKU: o.item, Fields: r.changedFields(o), Key: r.key(o)}
	}
	results, err := r.target.PublishListings(ctx, listings)
	answers := make([]outboundAnswer, len(results))
	for i, result := range results {
		if answers[i].err = result.Err; result.Err == nil {
			answers[i].outcome = outboundAccepted
		}
		if i < len(offers) {
			answers[i].forms = forms(offers[i].forms, listings[i].Fields, result.Shows)
		}
	}
	return answers, err
}

// follow implements port: listings are not followed.
func (r *listingRun) follow(context.Context, []string) ([]outboundAnswer, error) { return nil, nil }

// forms are the channel's forms of what was sent: of the stated fields those that it shows, of the others those from before.
func forms(before string, stated, shows listingFields) string {
	var kept []string
	for _, part := range strings.Fields(before) {
		field, _, _ := strings.Cut(part, ":")
		if _, again := stated[marketplace.ListingField(field)]; !again {
			kept = append(kept, part)
		}
	}
	for field, text := range shows {
		kept = append(kept, hashed(field, text))
	}
	slices.Sort(kept)
	return strings.Join(kept, " ")
}

// event implements port.
func (r *listingRun) event(o outboundOffer[string, listingFields]) (canonical.EventType, string) {
	return canonical.EventListingPublished, fmt.Sprintf("says %v", slices.Sorted(maps.Keys(r.changedFields(o))))
}

// decided implements port.
func (r *listingRun) decided(o outboundOffer[string, listingFields], outcome PublishOutcome, err error) {
	if outcome == OutUnlisted && r.archived[o.item] {
		return
	}
	result := ListingResult{SKU: o.item, ProductID: o.product, Outcome: outcome, Fields: o.wanted, Drifted: o.drifted, Err: err}
	if o.shown != nil {
		result.Shown = *o.shown
	}
	r.result(result)
}

func (r *listingRun) result(result ListingResult) {
	r.report.add(result, result.Outcome, result.Drifted)
	if r.options.OnResult != nil {
		r.options.OnResult(result)
	}
}
