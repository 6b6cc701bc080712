package canonical_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

func anyReturn() *rapid.Generator[canonical.Return] {
	return rapid.Custom(func(t *rapid.T) canonical.Return {
		var r canonical.Return
		fill(t, reflect.ValueOf(&r).Elem(), "return")
		return r
	})
}

// goodReturn is valid.
func goodReturn() canonical.Return {
	channel := canonical.Channel{Name: "shop", Account: "main"}
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	return canonical.Return{
		Key: canonical.Key{Channel: channel, ID: "R1"}, Order: canonical.Key{Channel: channel, ID: "1"}, Revision: canonical.Revision{UpdatedAt: at},
		RequestedAt: at, Approval: canonical.ReturnApproved, Logistics: canonical.ReturnUnsent, Currency: "EUR",
		Lines: []canonical.ReturnLine{
			{ID: "a", OrderLineID: "1", Qty: decimal.One, Resolution: canonical.ResolutionRefund,
				Received: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}},
			{ID: "b", SKU: "TS", Qty: decimal.Two, Resolution: canonical.ResolutionOther, RawResolution: "voucher"},
		},
		Exchange: []canonical.ExchangeLine{{ID: "x", ReturnLineID: "a", SKU: "NEW", Qty: decimal.One, Total: canonical.Shop(decimal.Ten)}},
		Fees:     []canonical.ReturnFee{{Kind: canonical.FeeRestocking, ReturnLineID: "a", Amount: canonical.Shop(decimal.One)}},
	}
}

func TestReturnValidate(t *testing.T) {
	t.Parallel()
	good := goodReturn()
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	part := canonical.Shop(decimal.MustParse("0.001"))
	for path, test := range map[string]struct {
		code  canonical.ViolationCode
		spoil func(*canonical.Return)
	}{
		"key.id":                           {canonical.ViolationMissing, func(r *canonical.Return) { r.Key.ID = "" }},
		"revision.updated_at":              {canonical.ViolationMissing, func(r *canonical.Return) { r.Revision = canonical.Revision{} }},
		"order_number":                     {canonical.ViolationMissing, func(r *canonical.Return) { r.Order = canonical.Key{} }},
		"order.channel.name":               {canonical.ViolationMissing, func(r *canonical.Return) { r.Order.Channel.Name = "" }},
		"approval":                         {canonical.ViolationUnknownWord, func(r *canonical.Return) { r.Approval = "open" }},
		"logistics":                        {canonical.ViolationUnknownWord, func(r *canonical.Return) { r.Logistics = "" }},
		"currency":                         {canonical.ViolationCurrencyUnknown, func(r *canonical.Return) { r.Currency = "XXY" }},
		"lines":                            {canonical.ViolationMissing, func(r *canonical.Return) { r.Lines, r.Exchange, r.Fees = nil, nil, nil }},
		"lines[1].id":                      {canonical.ViolationDuplicate, func(r *canonical.Return) { r.Lines[1].ID = "a" }},
		"lines[0].sku":                     {canonical.ViolationMissing, func(r *canonical.Return) { r.Lines[0].OrderLineID = "" }},
		"lines[0].qty":                     {canonical.ViolationQuantity, func(r *canonical.Return) { r.Lines[0].Qty = decimal.Zero }},
		"lines[0].resolution":              {canonical.ViolationUnknownWord, func(r *canonical.Return) { r.Lines[0].Resolution = "voucher" }},
		"lines[1].raw_resolution":          {canonical.ViolationMissing, func(r *canonical.Return) { r.Lines[1].RawResolution = "" }},
		"lines[0].received[0].qty":         {canonical.ViolationSign, func(r *canonical.Return) { r.Lines[0].Received[0].Qty = decimal.NegOne }},
		"lines[0].received[0].disposition": {canonical.ViolationUnknownWord, func(r *canonical.Return) { r.Lines[0].Received[0].Disposition = "ok" }},
		"lines[0].refund":                  {canonical.ViolationMinorUnits, func(r *canonical.Return) { r.Lines[0].Refund = part }},
		"exchange[0].return_line_id":       {canonical.ViolationUnknownReference, func(r *canonical.Return) { r.Exchange[0].ReturnLineID = "z" }},
		"exchange[0].sku":                  {canonical.ViolationMissing, func(r *canonical.Return) { r.Exchange[0].SKU = "" }},
		"exchange[0].qty":                  {canonical.ViolationQuantity, func(r *canonical.Return) { r.Exchange[0].Qty = decimal.Zero }},
		"exchange[0].total":                {canonical.ViolationSign, func(r *canonical.Return) { r.Exchange[0].Total = canonical.Shop(decimal.NegOne) }},
		"exchange[0].taxes[0].amount":      {canonical.ViolationMinorUnits, func(r *canonical.Return) { r.Exchange[0].Taxes = []canonical.Tax{{Amount: part}} }},
		"fees[0].kind":                     {canonical.ViolationUnknownWord, func(r *canonical.Return) { r.Fees[0].Kind = "" }},
		"fees[0].return_line_id":           {canonical.ViolationUnknownReference, func(r *canonical.Return) { r.Fees[0].ReturnLineID = "z" }},
		"fees[0].amount":                   {canonical.ViolationSign, func(r *canonical.Return) { r.Fees[0].Amount = canonical.Shop(decimal.NegOne) }},
		"shipping_refund":                  {canonical.ViolationSign, func(r *canonical.Return) { r.ShippingRefund = canonical.Shop(decimal.NegOne) }},
		"refund":                           {canonical.ViolationMinorUnits, func(r *canonical.Return) { r.Refund = part }},
	} {
		r := goodReturn()
		test.spoil(&r)
		var invalid *canonical.ValidationError
		if err := r.Validate(); !errors.As(err, &invalid) || !invalid.Has(path, test.code) || len(invalid.Violations) != 1 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestReturnEncodingIsLossless(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyReturn().Draw(t, "return")
		data, err := canonical.EncodeReturn(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := canonical.DecodeReturn(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, strict); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if want.Digest() != got.Digest() {
			t.Fatal("the digest changed")
		}
	})
}

// TestReturnDigestHoldsEveryField spoils each field of a full return.
func TestReturnDigestHoldsEveryField(t *testing.T) {
	t.Parallel()
	full := func() canonical.Return {
		var r canonical.Return
		n := int64(0)
		set(reflect.ValueOf(&r).Elem(), &n)
		return r
	}
	base := full()
	shuffled := full()
	slices.Reverse(shuffled.Lines)
	shuffled.Revision = canonical.Revision{}
	if base.Digest() != shuffled.Digest() {
		t.Error("order or revision counts")
	}
	for i := range reflect.TypeFor[canonical.Return]().NumField() {
		r := full()
		field := reflect.TypeFor[canonical.Return]().Field(i)
		reflect.ValueOf(&r).Elem().Field(i).SetZero()
		if same := r.Digest() == base.Digest(); same != (field.Name == "Revision") {
			t.Errorf("%s: same digest: %t", field.Name, same)
		}
	}
	for i := range reflect.TypeFor[canonical.ReturnLine]().NumField() {
		r := full()
		reflect.ValueOf(&r.Lines[0]).Elem().Field(i).SetZero()
		if r.Digest() == base.Digest() {
			t.Errorf("line: %s does not count", reflect.TypeFor[canonical.ReturnLine]().Field(i).Name)
		}
	}
}

func TestReturnAge(t *testing.T) {
	t.Parallel()
	known := goodReturn()
	later, earlier, same := goodReturn(), goodReturn(), goodReturn()
	later.Closed, earlier.Closed = true, true
	earlier.Revision.UpdatedAt = earlier.Revision.UpdatedAt.Add(-time.Second)
	same.Revision.UpdatedAt = same.Revision.UpdatedAt.Add(time.Hour)
	for want, fetched := range map[canonical.Age]canonical.Return{canonical.AgeNewer: later, canonical.AgeOlder: earlier, canonical.AgeSame: same} {
		if got, err := known.AgeOf(fetched); got != want || err != nil {
			t.Errorf("%s, want %s: %v", got, want, err)
		}
	}
	other := goodReturn()
	other.Key.ID = "2"
	var mismatch *canonical.KeyMismatchError
	if _, err := known.AgeOf(other); !errors.As(err, &mismatch) {
		t.Error(err)
	}
}

func TestDecodeReturnRefuses(t *testing.T) {
	t.Parallel()
	for text, path := range map[string]string{
		`{"key":{}}`:                          "schema",
		`{"schema":1,"lines":[{"colour":1}]}`: "lines[0].colour",
		`{"schema":1,"lines":[{"qty":0.12345678901234567890123}]}`: "lines[0].qty",
		`{"schema":1} {}`: "",
		`[`:               "",
	} {
		var refused *canonical.EncodingError
		if _, err := canonical.DecodeReturn([]byte(text)); !errors.As(err, &refused) || refused.Path != path {
			t.Errorf("%s: %v", text, err)
		}
	}
	var schema *canonical.SchemaError
	if _, err := canonical.DecodeReturn([]byte(`{"schema":99}`)); !errors.As(err, &schema) {
		t.Error(err)
	}
}

func FuzzDecodeReturn(f *testing.F) {
	data, err := canonical.EncodeReturn(goodReturn())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"refund":1e400}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := canonical.DecodeReturn(data)
		if err != nil {
			var refused *canonical.EncodingError
			var schema *canonical.SchemaError
			if !errors.As(err, &refused) && !errors.As(err, &schema) {
				t.Fatalf("untyped error %T", err)
			}
			return
		}
		_ = r.Validate()
		again, err := canonical.EncodeReturn(r)
		if err != nil {
			return // a year before 0 or after 9999 once in UTC
		}
		back, err := canonical.DecodeReturn(again)
		if err != nil {
			t.Fatal(err)
		}
		if r.Digest() != back.Digest() {
			t.Fatalf("content changed:\n%s\n%s", data, again)
		}
	})
}
