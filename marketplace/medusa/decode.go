package medusa

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// DecodeOrder decodes one order of the Admin API: the object under "order", with the fields that
// [Adapter.GetOrder] asks for. It is a pure function. An error is an [*marketplace.Error] that names the
// field.
func DecodeOrder(channel canonical.Channel, body json.RawMessage) (canonical.Order, error) {
	return decoder{channel: channel}.decode("decode order", body)
}

type decoder struct {
	channel  canonical.Channel
	metaKeys []string
}

func (d decoder) decode(op string, body json.RawMessage) (canonical.Order, error) {
	var source order
	if !isObject(body) || json.Unmarshal(body, &source) != nil {
		return canonical.Order{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the order is not a JSON object"}
	}
	r := &wire.Reader{}
	result := d.head(r, source)
	drafts, promotions, doubled := lines(r, source)
	result.Discounts = promotions
	for _, item := range source.Items.Items {
		// The preference is the currency's, so all items of an order agree.
		result.PricesIncludeTax = result.PricesIncludeTax || item.Inclusive.IsTrue()
	}
	d.money(r, &result, source)
	fulfillments(r, &result, source)
	grand, tax := stated(r, source, drafts, doubled)
	if path, err := r.Failure(); err != nil {
		return canonical.Order{}, d.bad(op, result.Key.ID, path, err)
	}
	if err := tally.Settle(&result, drafts, grand, tax); err != nil {
		return canonical.Order{}, d.bad(op, result.Key.ID, "total", err)
	}
	result.Status, result.StatusReason = status(source, result)
	result.Revision.Digest = result.Digest()
	return result, nil
}

func isObject(body json.RawMessage) bool {
	return strings.HasPrefix(strings.TrimSpace(string(body)), "{")
}

func (d decoder) bad(op, id, path string, cause error) error {
	return &marketplace.Error{
		Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path,
		Message: fmt.Sprintf("order %s cannot be read: correct it in the shop", id), Err: cause,
	}
}

// head decodes everything but lines, money and parcels.
func (d decoder) head(r *wire.Reader, source order) canonical.Order {
	id := source.ID.String()
	if !isID(id) {
		r.Fail("id", wire.ErrNoID)
		id = ""
	}
	result := canonical.Order{
		Key:       canonical.Key{Channel: d.channel, ID: id},
		Number:    source.CustomDisplayID.String(),
		PlacedAt:  r.Time("created_at", source.Created),
		RawStatus: source.Status.String(),
		Currency:  canonical.Currency(strings.ToUpper(source.Currency.String())),
		Revision:  canonical.Revision{UpdatedAt: r.Time("updated_at", source.Updated)},
	}
	if result.Number == "" {
		result.Number = source.DisplayID.String()
	}
	result.BillTo = source.Billing.Value.canonical()
	if result.ShipTo = source.Shipping.Value.canonical(); result.ShipTo == nil && result.BillTo != nil {
		same := *result.BillTo
		result.ShipTo = &same
	}
	buyer := source.Billing.Value
	if result.BillTo == nil {
		buyer = source.Shipping.Value
	}
	result.Buyer = canonical.Party{
		ID: source.CustomerID.String(), Email: source.Email.String(), Language: source.Locale.String(),
		Name: name(buyer), Phone: buyer.Phone.String(), Company: buyer.Company.String(),
	}
	if result.Buyer.Company == "" {
		result.Buyer.Company = source.Customer.Value.Company.String()
	}
	result.Flags.Business = result.Buyer.Company != ""
	d.ext(&result, source)
	return result
}

func (d decoder) ext(result *canonical.Order, source order) {
	result.Ext = map[string]json.RawMessage{}
	for key, text := range map[string]wire.Text{
		"payment_status":     source.PaymentStatus,
		"fulfillment_status": source.FulfillmentStatus,
		"sales_channel_id":   source.SalesChannelID,
		"region_id":          source.RegionID,
	} {
		if value, err := json.Marshal(text); err == nil && !text.IsEmpty() {
			result.Ext[key] = value
		}
	}
	for _, key := range d.metaKeys {
		if value := source.Metadata.Value[key]; len(value) > 0 {
			result.Ext["metadata."+key] = value
		}
	}
	if len(result.Ext) == 0 {
		result.Ext = nil
	}
}

func (a address) canonical() *canonical.Address {
	result := canonical.Address{
		Name:    name(a),
		Company: a.Company.String(),
		Street:  a.Address1.String(),
		Street2: a.Address2.String(),
		City:    a.City.String(),
		Zip:     a.Postal.String(),
		State:   a.Province.String(),
		Country: strings.ToUpper(a.Country.String()),
		Phone:   a.Phone.String(),
	}
	// Some shops give the province as ISO 3166-2 with the country in front ("us-ca").
	if rest, ok := strings.CutPrefix(strings.ToUpper(result.State), result.Country+"-"); ok && result.Country != "" {
		result.State = rest
	}
	if result == (canonical.Address{Country: result.Country}) {
		return nil
	}
	return &result
}

func name(a address) string {
	return strings.TrimSpace(a.FirstName.String() + " " + a.LastName.String())
}
