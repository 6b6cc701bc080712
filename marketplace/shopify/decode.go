package shopify

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// DecodeOrder decodes an order node of the GraphQL Admin API with the fields that [Adapter.GetOrder] asks for, all
// lists read to their end. It is a pure function. An error is an [*marketplace.Error] that names the field.
func DecodeOrder(channel canonical.Channel, body json.RawMessage) (canonical.Order, error) {
	d := decoder{channel: channel}
	source, ok := readGraph(body)
	if !ok {
		return canonical.Order{}, d.noObject("decode order")
	}
	return d.graph("decode order", source)
}

// DecodeRESTOrder decodes an order as the REST Admin API and webhooks have it. It says less than GraphQL does: nothing of
// fraud, holds and barcodes, and of payments only what its transactions say, which the payload of a webhook does not
// have (set them under "transactions" if they were fetched). All else comes out equal. It is a pure function. An error
// is an [*marketplace.Error] that names the field.
func DecodeRESTOrder(channel canonical.Channel, body json.RawMessage) (canonical.Order, error) {
	d := decoder{channel: channel}
	source, ok := readREST(body)
	if !ok {
		return canonical.Order{}, d.noObject("decode order")
	}
	r := &wire.Reader{}
	return d.decode("decode order", r, source.read(r))
}

type decoder struct {
	channel    canonical.Channel
	attributes []string
}

func (d decoder) graph(op string, source graphOrder) (canonical.Order, error) {
	r := &wire.Reader{}
	return d.decode(op, r, source.read(r))
}

// decode makes the canonical order of the common form. It is where both kinds of payload meet.
func (d decoder) decode(op string, r *wire.Reader, source order) (canonical.Order, error) {
	markTips(&source)
	moved := movements(r, source)
	result := d.head(source)
	unique(r, source)
	if path, err := r.Failure(); err != nil {
		return canonical.Order{}, d.bad(op, source.id, path, err)
	}
	unknown := words{}
	if err := settle(r, &result, source, moved); err != nil {
		return canonical.Order{}, d.bad(op, source.id, "totalPriceSet", err)
	}
	paymentsOf(r, &result, source, unknown)
	fulfillments(&result, source, unknown)
	adjustments(r, &result, source, moved, unknown)
	if path, err := r.Failure(); err != nil {
		return canonical.Order{}, d.bad(op, source.id, path, err)
	}
	business := result.Flags.Business
	result.Flags = flags(source, unknown)
	result.Flags.Business = result.Flags.Business || business
	result.Status, result.StatusReason = status(source, result)
	d.ext(&result, source, unknown)
	result.Revision.Digest = result.Digest()
	return result, nil
}

func (d decoder) noObject(op string) error {
	return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the order is not a JSON object"}
}

func (d decoder) bad(op, id, path string, cause error) error {
	return &marketplace.Error{
		Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path,
		Message: fmt.Sprintf("order %s cannot be read: correct it in the shop", id), Err: cause,
	}
}

// head decodes everything but lines, money and parcels.
func (d decoder) head(source order) canonical.Order {
	result := canonical.Order{
		Key:       canonical.Key{Channel: d.channel, ID: source.id},
		Number:    source.name,
		PlacedAt:  source.placedAt,
		RawStatus: source.financial,
		Currency:  source.currency, PricesIncludeTax: source.taxesIncluded,
		Buyer: source.buyer, BillTo: source.billTo, ShipTo: source.shipTo,
		Note:     source.note,
		Revision: canonical.Revision{UpdatedAt: source.updatedAt},
	}
	if source.presentment != source.currency {
		result.PresentmentCurrency = source.presentment
	}
	for _, address := range []*canonical.Address{source.billTo, source.shipTo} {
		if address == nil {
			continue
		}
		if result.Buyer.Name == "" {
			result.Buyer.Name = address.Name
		}
		if result.Buyer.Phone == "" {
			result.Buyer.Phone = address.Phone
		}
		if result.Buyer.Company == "" {
			result.Buyer.Company = address.Company
		}
	}
	result.Flags.Business = result.Buyer.Company != ""
	return result
}

// unique refuses two lines with one id: refunds and External IDs could not tell them apart.
func unique(r *wire.Reader, source order) {
	seen := map[string]bool{}
	for i, line := range source.items {
		if seen[line.id] {
			r.Fail(fmt.Sprintf("lines[%d].id", i), wire.ErrDuplicate)
		}
		seen[line.id] = true
	}
}

// ext keeps what the model has no field for. Attributes only on request: shops store personal data in them.
func (d decoder) ext(result *canonical.Order, source order, unknown words) {
	ext := map[string]json.RawMessage{}
	unknown.into(ext)
	for name, text := range map[string]string{"source_name": source.source, "po_number": source.poNumber} {
		if text != "" {
			keep(ext, name, text)
		}
	}
	if len(source.tags) > 0 {
		slices.Sort(source.tags)
		keep(ext, "tags", source.tags)
	}
	for _, entry := range source.attributes {
		if slices.Contains(d.attributes, entry.key) {
			keep(ext, "attribute."+entry.key, entry.value)
		}
	}
	if len(ext) > 0 {
		result.Ext = ext
	}
}
