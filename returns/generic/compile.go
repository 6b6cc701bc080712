package generic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/tree"
)

// check collects what is wrong with a configuration.
type check struct{ problems []error }

func (c *check) fail(field, problem string) {
	c.problems = append(c.problems, &ConfigError{Field: field, Problem: problem})
}

func (c *check) needed(field, value string) {
	if strings.TrimSpace(value) == "" {
		c.fail(field, "is missing")
	}
}

func (c *check) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fail(field, "is one of "+strings.Join(allowed, ", "))
	}
}

func (c *check) path(field, text string) tree.Path {
	path, err := tree.Compile(text)
	if err != nil {
		c.fail(field, err.Error())
	}
	return path
}

func (c *check) must(field, text string) tree.Path {
	c.needed(field, text)
	return c.path(field, text)
}

func (c *check) template(field, text string, known ...string) pieces {
	parsed, err := parseTemplate(text, known...)
	if err != nil {
		c.fail(field, err.Error())
	}
	return parsed
}

func (c *check) duration(field, text string, otherwise time.Duration) time.Duration {
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		c.fail(field, "is not a duration: write 90s, 5m or 2h")
	}
	return d
}

// amount is the paths of an amount.
type amount struct{ shop, presentment tree.Path }

func (c *check) amount(field string, a Amount) amount {
	return amount{c.path(field, a.Shop), c.path(field+".presentment", a.Presentment)}
}

// words are one kind of words, in lower case, with what they mean.
func (c *check) words(field string, words map[string]string, allowed ...string) map[string]string {
	lower := make(map[string]string, len(words))
	for _, word := range slices.Sorted(maps.Keys(words)) {
		c.oneOf(field+"."+word, words[word], allowed...)
		lower[strings.ToLower(word)] = words[word]
	}
	return lower
}

// Our words that a configuration may use.
var (
	approvals    = []string{"requested", "approved", "declined", "expired", "cancelled"}
	logistics    = []string{"unsent", "label_issued", "in_transit", "arrived", "partially_received", "received", "returnless"}
	resolutions  = []string{"pending", "refund", "exchange_same", "exchange_other", "store_credit", "gift_card", "repair", "rejected", "none", "other"}
	dispositions = []string{"pending", "sellable", "damaged", "refurbish", "missing", "wrong_item"}
	feeKinds     = []string{"restocking", "shipping", "handling"}
)

// program is a configuration that was checked.
type program struct {
	channel, orders canonical.Channel
	auth            Auth
	signature       signature
	headers         map[string]string
	layouts         []string
	zone            *time.Location
	minor           bool
	refusal         tree.Path
	list            listing
	get             pieces
	item            tree.Path
	fields          fields
	webhook         *webhook
	actions         map[string]*action
}

type fields struct {
	id, number, updated, requested, orderID, orderNumber, approval, logistics, declined, closed, currency, presentment tree.Path
	refund, shipping                                                                                                   amount
	lines, exchange, parcels                                                                                           tree.Path
	line                                                                                                               lineFields
	swap                                                                                                               swapFields
	parcel                                                                                                             parcelFields
	fees                                                                                                               []feeFields
	ext                                                                                                                map[string]tree.Path
	approvals, logisticWords, resolutions, dispositions                                                                map[string]string
	closedWords                                                                                                        []string
}

type lineFields struct {
	id, orderLine, sku, qty, reason, resolution, keep, receivedQty, received, unitQty, disposition, lot, location tree.Path
	refund                                                                                                        amount
}

type swapFields struct {
	id, line, sku, title, qty, order tree.Path
	net, tax                         amount
}

type parcelFields struct{ id, carrier, number, url tree.Path }

type feeFields struct {
	kind   canonical.ReturnFeeKind
	each   tree.Path
	line   tree.Path
	amount amount
}

// compile checks a configuration. All that is wrong is reported at once.
func compile(config Config) (*program, error) {
	c := &check{}
	c.needed("name", config.Name)
	c.needed("account", config.Account)
	c.needed("base_url", config.BaseURL)
	if config.PerMinute < 0 {
		c.fail("per_minute", "is less than nothing")
	}
	p := &program{
		channel: canonical.Channel{Name: config.Name, Account: config.Account},
		orders:  canonical.Channel{Name: config.Orders.Name, Account: config.Orders.Account},
		headers: config.Headers, layouts: config.Times.Layouts, zone: time.UTC,
		minor: config.Money == "minor", refusal: c.path("refusal", config.Refusal),
		actions: map[string]*action{},
	}
	if p.orders == (canonical.Channel{}) {
		p.orders = p.channel
	} else {
		c.needed("orders.name", p.orders.Name)
		c.needed("orders.account", p.orders.Account)
	}
	c.oneOf("money", config.Money, "", "major", "minor")
	if len(p.layouts) == 0 {
		p.layouts = tree.Layouts
	}
	if config.Times.Zone != "" {
		zone, err := time.LoadLocation(config.Times.Zone)
		if err != nil {
			c.fail("times.zone", "is not a zone: write Europe/Berlin or UTC")
		} else {
			p.zone = zone
		}
	}
	c.auth(p, config.Auth)
	c.list(p, config.List)
	c.needed("get.path", config.Get.Path)
	p.get = c.template("get.path", config.Get.Path, "id")
	if !p.get.has("id") {
		c.fail("get.path", "has no {id}")
	}
	item := config.Get.Item
	if item == "" {
		item = "@"
	}
	p.item = c.path("get.item", item)
	c.fields(p, config.Return, config.Words)
	c.webhook(p, config.Webhook)
	c.actions(p, config.Actions)
	return p, errors.Join(c.problems...)
}

func (c *check) auth(p *program, auth Auth) {
	p.auth = auth
	c.oneOf("auth.kind", auth.Kind, "none", "header", "bearer", "basic", "hmac")
	if auth.Kind == "header" || auth.Kind == "hmac" {
		c.needed("auth.header", auth.Header)
	}
	p.signature = c.signature("auth.signature", auth.Signature, "method", "path", "query", "timestamp", "body")
	if auth.Kind == "hmac" && p.signature.payload.has("timestamp") && auth.TimestampHeader == "" {
		c.fail("auth.timestamp_header", "is missing: the signed time must be sent")
	}
}

func (c *check) list(p *program, list List) {
	c.needed("list.path", list.Path)
	p.list = listing{
		path: list.Path, query: map[string]pieces{}, items: c.must("list.items", list.Items), pages: list.Pages,
		next: c.path("list.next", list.Next), first: list.First, limit: list.Limit, byChange: list.Order == "updated",
		layout: list.SinceLayout, exclusive: list.Exclusive, detail: list.Detail,
		overlap: c.duration("list.overlap", list.Overlap, 2*time.Minute),
	}
	if p.list.limit == 0 {
		p.list.limit = 100
	}
	if p.list.layout == "" {
		p.list.layout = time.RFC3339
	}
	if list.Limit < 0 {
		c.fail("list.limit", "is less than nothing")
	}
	c.oneOf("list.pages", list.Pages, "none", "cursor", "page", "offset", "link")
	placeholders := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(list.Query)) {
		template := c.template("list.query."+name, list.Query[name], "since", "limit", "cursor", "page", "offset")
		p.list.query[name] = template
		for _, placeholder := range []string{"since", "limit", "cursor", "page", "offset"} {
			placeholders[placeholder] = placeholders[placeholder] || template.has(placeholder)
		}
	}
	p.list.since = placeholders["since"]
	switch list.Pages {
	case "cursor", "page", "offset":
		if !placeholders[list.Pages] {
			c.fail("list.query", fmt.Sprintf("has no {%s}, by which the next page is asked for", list.Pages))
		}
		if list.Pages == "cursor" {
			c.needed("list.next", list.Next)
			break
		}
		if !placeholders["limit"] {
			c.fail("list.query", "has no {limit}, without which nothing says whether a page is full")
		}
		c.oneOf("list.order", list.Order, "updated", "other")
		if p.list.byChange && !p.list.since {
			c.fail("list.query", "has no {since}: in a list by change, pages by number lose rows that move")
		}
	}
}

func (c *check) fields(p *program, f Fields, w Words) {
	if f.OrderID == "" && f.OrderNumber == "" {
		c.fail("return.order_id", "is missing: give it, or order_number")
	}
	out := fields{
		id: c.must("return.id", f.ID), number: c.path("return.number", f.Number), updated: c.must("return.updated_at", f.UpdatedAt),
		requested: c.path("return.requested_at", f.RequestedAt), orderID: c.path("return.order_id", f.OrderID),
		orderNumber: c.path("return.order_number", f.OrderNumber), approval: c.must("return.approval", f.Approval),
		logistics: c.path("return.logistics", f.Logistics), declined: c.path("return.decline_reason", f.DeclineReason),
		closed: c.path("return.closed", f.Closed), currency: c.must("return.currency", f.Currency),
		presentment: c.path("return.presentment_currency", f.PresentmentCurrency),
		refund:      c.amount("return.refund", f.Refund), shipping: c.amount("return.shipping_refund", f.ShippingRefund),
		lines: c.must("return.lines", f.Lines), exchange: c.path("return.exchange", f.Exchange), parcels: c.path("return.parcels", f.Parcels),
		line: lineFields{
			id: c.must("return.line.id", f.Line.ID), orderLine: c.path("return.line.order_line_id", f.Line.OrderLineID),
			sku: c.path("return.line.sku", f.Line.SKU), qty: c.must("return.line.qty", f.Line.Qty),
			reason: c.path("return.line.reason", f.Line.Reason), resolution: c.path("return.line.resolution", f.Line.Resolution),
			keep: c.path("return.line.keep_item", f.Line.KeepItem), refund: c.amount("return.line.refund", f.Line.Refund),
			receivedQty: c.path("return.line.received_qty", f.Line.ReceivedQty), received: c.path("return.line.received", f.Line.Received),
			unitQty: c.path("return.line.unit.qty", f.Line.Unit.Qty), disposition: c.path("return.line.unit.disposition", f.Line.Unit.Disposition),
			lot: c.path("return.line.unit.lot", f.Line.Unit.Lot), location: c.path("return.line.unit.location", f.Line.Unit.Location),
		},
		swap: swapFields{
			id: c.path("return.exchange_line.id", f.Swap.ID), line: c.path("return.exchange_line.line_id", f.Swap.LineID),
			sku: c.path("return.exchange_line.sku", f.Swap.SKU), title: c.path("return.exchange_line.title", f.Swap.Title),
			qty: c.path("return.exchange_line.qty", f.Swap.Qty), order: c.path("return.exchange_line.order_id", f.Swap.OrderID),
			net: c.amount("return.exchange_line.net", f.Swap.Net), tax: c.amount("return.exchange_line.tax", f.Swap.Tax),
		},
		parcel: parcelFields{
			id: c.path("return.parcel.id", f.Parcel.ID), carrier: c.path("return.parcel.carrier", f.Parcel.Carrier),
			number: c.path("return.parcel.tracking_number", f.Parcel.TrackingNumber), url: c.path("return.parcel.tracking_url", f.Parcel.TrackingURL),
		},
		ext:           map[string]tree.Path{},
		approvals:     c.words("words.approval", w.Approval, approvals...),
		logisticWords: c.words("words.logistics", w.Logistics, logistics...),
		resolutions:   c.words("words.resolution", w.Resolution, resolutions...),
		dispositions:  c.words("words.disposition", w.Disposition, dispositions...),
	}
	if f.Line.OrderLineID == "" && f.Line.SKU == "" {
		c.fail("return.line.order_line_id", "is missing: give it, or sku")
	}
	if f.Line.Received != "" {
		c.needed("return.line.unit.qty", f.Line.Unit.Qty)
		c.needed("return.line.unit.disposition", f.Line.Unit.Disposition)
	}
	if f.Exchange != "" {
		c.needed("return.exchange_line.id", f.Swap.ID)
		c.needed("return.exchange_line.qty", f.Swap.Qty)
	}
	if len(w.Approval) == 0 {
		c.fail("words.approval", "is missing: say what the platform's words mean")
	}
	for i, fee := range f.Fees {
		field := fmt.Sprintf("return.fees[%d]", i)
		c.oneOf(field+".kind", fee.Kind, feeKinds...)
		c.needed(field+".amount", fee.Amount.Shop)
		out.fees = append(out.fees, feeFields{kind: canonical.ReturnFeeKind(fee.Kind), each: c.path(field+".each", fee.Each),
			line: c.path(field+".line_id", fee.LineID), amount: c.amount(field+".amount", fee.Amount)})
	}
	for _, name := range slices.Sorted(maps.Keys(f.Ext)) {
		out.ext[name] = c.must("return.ext."+name, f.Ext[name])
	}
	for _, word := range w.Closed {
		out.closedWords = append(out.closedWords, strings.ToLower(word))
	}
	p.fields = out
}
