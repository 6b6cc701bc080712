package loop

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
)

// kept are the fields that go to Ext: none holds personal data, or a link that lets one act as the buyer.
var kept = []string{
	"outcome", "order_id", "multi_currency", "return_total", "return_credit_total", "exchange_total", "exchange_credit_total",
	"gift_card", "gift_card_order_id", "gift_card_order_name", "exchange_order_id", "exchange_order_name", "upsell",
	"destination_id", "package_reference",
}

// DecodeReturn decodes a return as Loop's API and its return webhook send it. The channel is the shop at Loop, orders the channel of
// the orders. A payload that cannot be decoded is an [*marketplace.Error] with [marketplace.CodeInvalid].
func DecodeReturn(channel, orders canonical.Channel, body []byte) (canonical.Return, error) {
	w := words{channel: channel, orders: orders, outcomes: outcomes}
	root, err := tree.Parse(body)
	if err != nil {
		return canonical.Return{}, w.fail("decode return", "", err)
	}
	return w.decode("decode return", root)
}

func (w words) fail(op, path string, cause error) error {
	return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: w.channel, Op: op, Path: path,
		Message: "the return cannot be read", Err: cause}
}

func (w words) decode(op string, root tree.Value) (canonical.Return, error) {
	if !root.IsObject() {
		return canonical.Return{}, w.fail(op, root.Path(), tree.ErrForm)
	}
	d := decoder{words: w, root: root}
	state := d.state()
	if path, err := d.Failure(); err != nil {
		return canonical.Return{}, w.fail(op, path, err)
	}
	state.Revision.Digest = state.Digest()
	return state, nil
}

// decoder decodes one return.
type decoder struct {
	tree.Reader
	words words
	root  tree.Value
}

func (d *decoder) get(name string) tree.Value { return d.root.Get(name) }

func (d *decoder) time(v tree.Value) time.Time { return d.Time(v, time.UTC, tree.Layouts) }

// amount is a sum of money in the shop's currency, and whether it is stated.
func (d *decoder) amount(v tree.Value) (canonical.Amount, bool) {
	return canonical.Shop(d.Decimal(v)), !v.IsEmpty()
}

func (d *decoder) state() canonical.Return {
	id := d.Must(d.get("id"))
	if id != "" && !isID(id) {
		d.Fail("id", tree.ErrForm)
	}
	status := d.Must(d.get("state"))
	r := canonical.Return{
		Key:         canonical.Key{Channel: d.words.channel, ID: id},
		Number:      id,
		OrderNumber: d.Text(d.get("order_name")),
		RequestedAt: d.time(d.get("created_at")),
		RawStatus:   status,
	}
	if order := d.Text(d.get("provider_order_id")); order != "" {
		r.Order = canonical.Key{Channel: d.words.orders, ID: order}
	}
	for _, name := range []string{"updated_at", "edited_at", "label_updated_at", "created_at"} {
		if at := d.time(d.get(name)); at.After(r.Revision.UpdatedAt) {
			r.Revision.UpdatedAt = at
		}
	}
	r.Approval, r.Closed = approval(status)
	currency, err := canonical.ParseCurrency(d.Must(d.get("currency")))
	if err != nil {
		d.Fail("currency", err)
	}
	r.Currency = currency
	d.money(&r)
	d.lines(&r)
	d.exchanges(&r)
	d.parcels(&r)
	for _, name := range kept {
		if v := d.get(name); !v.IsEmpty() {
			if r.Ext == nil {
				r.Ext = map[string]json.RawMessage{}
			}
			// Loop writes one number as text here and as a number there.
			text, err := v.Text()
			if err != nil {
				r.Ext[name] = v.JSON()
				continue
			}
			r.Ext[name], _ = json.Marshal(text) // a text can always be written
		}
	}
	return r
}

func (d *decoder) money(r *canonical.Return) {
	r.Refund, r.RefundKnown = d.amount(d.get("refund"))
	if upsell, stated := d.amount(d.get("upsell")); stated && r.RefundKnown {
		r.Refund = canonical.Shop(d.Sub("upsell", r.Refund.Shop, upsell.Shop))
	}
	if fee, _ := d.amount(d.get("handling_fee")); !fee.IsZero() {
		r.Fees = []canonical.ReturnFee{{Kind: canonical.FeeHandling, Amount: canonical.Shop(fee.Shop.Abs())}}
	}
}

func (d *decoder) lines(r *canonical.Return) {
	seen := map[string]bool{}
	arrived := 0
	for _, item := range d.Items(d.get("line_items")) {
		line := canonical.ReturnLine{
			ID: d.Must(item.Get("line_item_id")), OrderLineID: d.Text(item.Get("provider_line_item_id")),
			SKU: d.Text(item.Get("sku")), Qty: decimal.One, Reason: d.Text(item.Get("return_reason")),
		}
		if line.ID != "" && !isID(line.ID) {
			d.Fail(item.Path()+".line_item_id", tree.ErrForm)
		}
		if seen[line.ID] {
			d.Fail(item.Path()+".line_item_id", tree.ErrDuplicate)
		}
		seen[line.ID] = true
		d.resolve(&line, item)
		line.Received = d.received(item)
		if len(line.Received) > 0 {
			arrived++
		}
		r.Lines = append(r.Lines, line)
	}
	switch {
	case arrived == 0:
	case arrived == len(r.Lines):
		r.Logistics = canonical.ReturnReceived
	default:
		r.Logistics = canonical.ReturnPartiallyReceived
	}
}

// resolve says what the buyer gets for a line.
func (d *decoder) resolve(line *canonical.ReturnLine, item tree.Value) {
	word := d.Text(item.Get("outcome"))
	line.RawResolution = word
	refund, stated := d.amount(item.Get("refund"))
	known, ok := d.words.outcomes[strings.ToLower(word)]
	exchange := !item.Get("exchange_variant").IsEmpty()
	total := d.words.outcomes[strings.ToLower(d.Text(d.get("outcome")))]
	switch {
	case ok:
		line.Resolution = known
	case word != "" && !strings.EqualFold(word, "default"):
		line.Resolution = canonical.ResolutionOther
	case exchange:
		line.Resolution = canonical.ResolutionExchangeOther
	case refund.Shop.IsPos():
		line.Resolution = canonical.ResolutionRefund
	case total != "" && total != canonical.ResolutionRefund:
		line.Resolution = total
	default:
		line.Resolution = canonical.ResolutionPending
	}
	if line.Resolution == canonical.ResolutionExchangeOther && d.sameArticle(line, item) {
		line.Resolution = canonical.ResolutionExchangeSame
	}
	if line.Resolution == canonical.ResolutionRefund && stated {
		line.Refund, line.RefundKnown = refund, true
	}
}

// sameArticle reports whether an exchange is for the article that comes back.
func (d *decoder) sameArticle(line *canonical.ReturnLine, item tree.Value) bool {
	variant, _ := item.Get("variant_id").Text()
	wanted, err := item.Get("exchange_variant").Text()
	if err == nil && wanted != "" {
		return wanted == variant || wanted == line.SKU
	}
	exchanges, _ := d.get("exchanges").Items()
	if len(exchanges) == 0 {
		return false
	}
	for _, exchange := range exchanges {
		if sku, _ := exchange.Get("sku").Text(); sku != line.SKU || sku == "" {
			return false
		}
	}
	return true
}

// received is the unit of a line, if a warehouse has told what was found.
func (d *decoder) received(item tree.Value) []canonical.ReceivedUnits {
	outcome := d.Text(item.Get("disposition").Get("disposition_outcome"))
	condition := d.Text(item.Get("condition").Get("condition_category"))
	if outcome == "" && condition == "" {
		return nil
	}
	disposition, word := found(strings.ToLower(outcome), strings.ToLower(condition))
	return []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: disposition, RawDisposition: word}}
}

func (d *decoder) exchanges(r *canonical.Return) {
	for i, item := range d.Items(d.get("exchanges")) {
		line := canonical.ExchangeLine{
			ID: d.Text(item.Get("exchange_id")), SKU: d.Text(item.Get("sku")), Title: d.Text(item.Get("title")), Qty: decimal.One,
			OrderID: d.Text(item.Get("exchange_order_id")),
		}
		if line.ID == "" {
			line.ID = strconv.Itoa(i)
		}
		tax := d.Decimal(item.Get("tax"))
		if total := item.Get("total"); !total.IsEmpty() {
			line.Total = canonical.Shop(d.Sub(total.Path(), d.Decimal(total), tax))
		} else {
			line.Total = canonical.Shop(d.Sub(item.Path()+".price", d.Decimal(item.Get("price")), d.Decimal(item.Get("discount"))))
		}
		if !tax.IsZero() {
			line.Taxes = []canonical.Tax{{Amount: canonical.Shop(tax)}}
		}
		r.Exchange = append(r.Exchange, line)
	}
}

func (d *decoder) parcels(r *canonical.Return) {
	var states []string
	labels := d.Items(d.get("labels"))
	if len(labels) == 0 {
		labels = []tree.Value{d.root}
	}
	for _, label := range labels {
		state := d.Text(label.Get("status"))
		if label.Path() == "" {
			state = d.Text(label.Get("label_status"))
		}
		if !absent(state) {
			states = append(states, state)
		}
		parcel := canonical.ReturnParcel{Carrier: d.Text(label.Get("carrier")), TrackingNumber: d.Text(label.Get("tracking_number"))}
		if !absent(parcel.TrackingNumber) {
			r.Parcels = append(r.Parcels, parcel)
		}
	}
	if r.Logistics == "" {
		r.Logistics = logistics(states)
	}
}

// isID keeps what would change the meaning of an address out of it: Loop's ids are numbers.
func isID(id string) bool {
	if id == "" || len(id) > 19 {
		return false
	}
	for _, r := range id {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
