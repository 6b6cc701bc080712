package canonical

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

// sampleReturn has something in every field that the digest must see.
func sampleReturn() Return {
	channel := Channel{Name: "loop", Account: "main"}
	return Return{
		Key: Key{Channel: channel, ID: "1"}, Number: "RMA1", Revision: Revision{UpdatedAt: time.Unix(1, 0)},
		Order: Key{Channel: channel, ID: "o1"}, OrderNumber: "#1", RequestedAt: time.Unix(2, 0),
		Approval: ReturnApproved, Logistics: ReturnReceived, RawStatus: "open", DeclineReason: "late", Closed: true,
		Currency: "EUR", PresentmentCurrency: "USD",
		Lines: []ReturnLine{
			{ID: "l1", OrderLineID: "ol1", SKU: "A", Qty: decimal.Two, Reason: "too big", Resolution: ResolutionRefund, RawResolution: "refund",
				KeepItem: true, Refund: Shop(decimal.Ten), RefundKnown: true,
				Received: []ReceivedUnits{{Qty: decimal.One, Disposition: DispositionDamaged, RawDisposition: "torn", Lot: "L", Location: "W"}, {Qty: decimal.One, Disposition: DispositionSellable}}},
			{ID: "l2", Qty: decimal.One, Resolution: ResolutionGiftCard},
		},
		Exchange: []ExchangeLine{{ID: "e1", ReturnLineID: "l2", SKU: "B", Title: "B", Qty: decimal.One, Total: Shop(decimal.Ten), OrderID: "o2",
			Taxes: []Tax{{Code: "VAT", Amount: Shop(decimal.Two)}}}},
		Parcels:        []ReturnParcel{{ID: "p1", Carrier: "DHL", TrackingNumber: "T", TrackingURL: "https://t.example.com"}},
		Fees:           []ReturnFee{{Kind: FeeRestocking, ReturnLineID: "l1", Amount: Shop(decimal.One)}},
		ShippingRefund: Shop(decimal.One), Refund: Shop(decimal.Ten), RefundKnown: true,
		Ext: map[string]json.RawMessage{"note": json.RawMessage(`{"a":1,"b":2}`)},
	}
}

func TestReturnDigestSeesEveryField(t *testing.T) {
	t.Parallel()
	base := sampleReturn().Digest()
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]func(*Return){
		"key":             func(r *Return) { r.Key.ID = "2" },
		"number":          func(r *Return) { r.Number = "x" },
		"order":           func(r *Return) { r.Order.ID = "x" },
		"order number":    func(r *Return) { r.OrderNumber = "x" },
		"requested":       func(r *Return) { r.RequestedAt = time.Unix(3, 0) },
		"approval":        func(r *Return) { r.Approval = ReturnDeclined },
		"logistics":       func(r *Return) { r.Logistics = ReturnUnsent },
		"raw status":      func(r *Return) { r.RawStatus = "x" },
		"decline reason":  func(r *Return) { r.DeclineReason = "x" },
		"closed":          func(r *Return) { r.Closed = false },
		"currency":        func(r *Return) { r.Currency = "CHF" },
		"presentment":     func(r *Return) { r.PresentmentCurrency = "CHF" },
		"line":            func(r *Return) { r.Lines = r.Lines[:1] },
		"line id":         func(r *Return) { r.Lines[0].ID = "x" },
		"order line":      func(r *Return) { r.Lines[0].OrderLineID = "x" },
		"line sku":        func(r *Return) { r.Lines[0].SKU = "x" },
		"line qty":        func(r *Return) { r.Lines[0].Qty = decimal.Ten },
		"reason":          func(r *Return) { r.Lines[0].Reason = "x" },
		"resolution":      func(r *Return) { r.Lines[0].Resolution = ResolutionRepair },
		"raw resolution":  func(r *Return) { r.Lines[0].RawResolution = "x" },
		"keep":            func(r *Return) { r.Lines[0].KeepItem = false },
		"line refund":     func(r *Return) { r.Lines[0].Refund = Shop(decimal.Two) },
		"line known":      func(r *Return) { r.Lines[0].RefundKnown = false },
		"received":        func(r *Return) { r.Lines[0].Received[0].Qty = decimal.Two },
		"disposition":     func(r *Return) { r.Lines[0].Received[0].Disposition = DispositionMissing },
		"raw disposition": func(r *Return) { r.Lines[0].Received[0].RawDisposition = "x" },
		"lot":             func(r *Return) { r.Lines[0].Received[0].Lot = "x" },
		"location":        func(r *Return) { r.Lines[0].Received[0].Location = "x" },
		"exchange":        func(r *Return) { r.Exchange[0].SKU = "x" },
		"exchange line":   func(r *Return) { r.Exchange[0].ReturnLineID = "x" },
		"exchange title":  func(r *Return) { r.Exchange[0].Title = "x" },
		"exchange qty":    func(r *Return) { r.Exchange[0].Qty = decimal.Ten },
		"exchange total":  func(r *Return) { r.Exchange[0].Total = Shop(decimal.Two) },
		"exchange tax":    func(r *Return) { r.Exchange[0].Taxes[0].Amount = Shop(decimal.One) },
		"exchange order":  func(r *Return) { r.Exchange[0].OrderID = "x" },
		"parcel":          func(r *Return) { r.Parcels[0].TrackingNumber = "x" },
		"parcel carrier":  func(r *Return) { r.Parcels[0].Carrier = "x" },
		"parcel url":      func(r *Return) { r.Parcels[0].TrackingURL = "x" },
		"fee":             func(r *Return) { r.Fees[0].Amount = Shop(decimal.Two) },
		"fee kind":        func(r *Return) { r.Fees[0].Kind = FeeShipping },
		"fee line":        func(r *Return) { r.Fees[0].ReturnLineID = "x" },
		"shipping":        func(r *Return) { r.ShippingRefund = Shop(decimal.Two) },
		"refund":          func(r *Return) { r.Refund = Shop(decimal.Two) },
		"refund known":    func(r *Return) { r.RefundKnown = false },
		"ext":             func(r *Return) { r.Ext["note"] = json.RawMessage(`{"a":2}`) },
	} {
		changed := sampleReturn()
		change(&changed)
		digest := changed.Digest()
		if other, double := seen[digest]; double {
			t.Errorf("changing %s gives the digest of changing %s", name, other)
		}
		seen[digest] = name
	}
}

func TestReturnDigestIsOfTheContent(t *testing.T) {
	t.Parallel()
	want := sampleReturn().Digest()
	for name, change := range map[string]func(*Return){
		"revision":      func(r *Return) { r.Revision = Revision{UpdatedAt: time.Unix(9, 0), Digest: "x"} },
		"zone":          func(r *Return) { r.RequestedAt = r.RequestedAt.In(time.FixedZone("x", 3600)) },
		"padding":       func(r *Return) { r.Refund = Shop(decimal.MustParse("10.00")) },
		"line order":    func(r *Return) { r.Lines[0], r.Lines[1] = r.Lines[1], r.Lines[0] },
		"unit order":    func(r *Return) { u := r.Lines[0].Received; u[0], u[1] = u[1], u[0] },
		"order of keys": func(r *Return) { r.Ext["note"] = json.RawMessage(`{"b": 2, "a": 1}`) },
	} {
		same := sampleReturn()
		change(&same)
		if same.Digest() != want {
			t.Errorf("%s changes the digest", name)
		}
	}
}
