package shopify_test

import (
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// counts are a line's ordered, cancelled, shipped, delivered, returned and refunded units.
func counts(l canonical.Line) [6]string {
	q := l.Qty
	return [6]string{
		q.Ordered.Trim(0).String(), q.Cancelled.Trim(0).String(), q.Shipped.Trim(0).String(),
		q.Delivered.Trim(0).String(), q.ReturnReceived.Trim(0).String(), q.Refunded.Trim(0).String(),
	}
}

// What became of an order: edits, cancellations, parcels, refunds.
func TestDecodeLife(t *testing.T) {
	t.Parallel()
	taxed := func(units, current, open int, tax6 string) object {
		return line(51, units, money("10.00"), object{
			"currentQuantity": current, "unfulfilledQuantity": open, "taxLines": list{tax("0.25", money(tax6))},
		})
	}
	runDecode(t, []decodeCase{
		{
			name: "one of three cancelled before shipping",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED",
				"lineItems":              nodes(taxed(3, 2, 2, "7.50")), "totalPriceSet": money("37.50"), "totalTaxSet": money("7.50"),
				"currentTotalPriceSet": money("25.00"), "currentTotalTaxSet": money("5.00"),
				"refunds": list{refund(91, money("12.50"), nil, back(51, 1, "CANCEL", money("10.00"), money("2.50")))},
				"transactions": list{
					transaction(1, "SALE", "SUCCESS", "shopify_payments", money("37.50")),
					transaction(2, "REFUND", "SUCCESS", "shopify_payments", money("12.50")),
				},
			}),
			want: func(o canonical.Order) bool {
				return counts(o.Lines[0]) == [6]string{"3", "1", "0", "0", "0", "0"} && is(o.Totals.Grand, "25") && is(o.Totals.Paid, "37.5") &&
					len(o.Adjustments) == 1 && o.Adjustments[0].Kind == canonical.AdjustmentCancel && o.Adjustments[0].ID == "91-cancel" &&
					is(o.Adjustments[0].Amount, "12.5") && is(o.Adjustments[0].Lines[0].Net, "10") && o.Adjustments[0].Reason == "too small" &&
					string(o.Ext["restock_type"]) == `{"91/51":"cancel"}` && o.Status == canonical.StatusConfirmed
			},
		},
		{
			name: "two of two returned after shipping, with shipping",
			node: node(object{
				"displayFinancialStatus": "REFUNDED",
				"lineItems":              nodes(taxed(2, 0, 0, "5.00")), "shippingLines": nodes(shipping(61, money("4.00"), nil)),
				"totalPriceSet": money("29.00"), "totalTaxSet": money("5.00"), "currentTotalPriceSet": money("0.00"), "currentTotalTaxSet": money("0.00"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 2))},
				"refunds": list{refund(91, money("29.00"), object{"refundShippingLines": nodes(object{
					"shippingLine": object{"id": gid("ShippingLine", 61)}, "subtotalAmountSet": money("4.00"), "taxAmountSet": money("0.00"),
				})}, back(51, 2, "RETURN", money("20.00"), money("5.00")))},
				"transactions": list{
					transaction(1, "SALE", "SUCCESS", "shopify_payments", money("29.00")),
					transaction(2, "REFUND", "SUCCESS", "shopify_payments", money("29.00")),
				},
			}),
			want: func(o canonical.Order) bool {
				refund := o.Adjustments[0]
				return counts(o.Lines[0]) == [6]string{"2", "0", "2", "0", "2", "2"} && is(o.Totals.Grand, "29") && o.Status == canonical.StatusShipped &&
					refund.Kind == canonical.AdjustmentRefund && refund.ID == "91" && is(refund.Amount, "29") && len(refund.Lines) == 2 && refund.Lines[1].LineID == "shipping-61"
			},
		},
		{
			name: "refunded without a word about the stock before shipping",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED", "taxesIncluded": true,
				"lineItems":     nodes(line(51, 2, money("12.50"), object{"currentQuantity": 1, "unfulfilledQuantity": 1, "taxLines": list{tax("0.25", money("5.00"))}})),
				"totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"), "currentTotalPriceSet": money("12.50"), "currentTotalTaxSet": money("2.50"),
				"refunds":      list{refund(91, money("12.50"), nil, back(51, 1, "NO_RESTOCK", money("12.50"), money("2.50")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("25.00")), transaction(2, "REFUND", "SUCCESS", "x", money("12.50"))},
			}),
			want: func(o canonical.Order) bool {
				return counts(o.Lines[0]) == [6]string{"2", "1", "0", "0", "0", "0"} && is(o.Lines[0].Total, "10") && is(o.Totals.Grand, "12.5")
			},
		},
		{
			name: "refunded without a word about the stock, of the one that was shipped",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED",
				"lineItems":              nodes(taxed(2, 1, 1, "5.00")), "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"),
				"currentTotalPriceSet": money("12.50"), "currentTotalTaxSet": money("2.50"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 1))},
				"refunds":      list{refund(91, money("12.50"), nil, back(51, 1, "NO_RESTOCK", money("10.00"), money("2.50")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("25.00")), transaction(2, "REFUND", "SUCCESS", "x", money("12.50"))},
			}),
			want: func(o canonical.Order) bool {
				return counts(o.Lines[0]) == [6]string{"2", "0", "1", "0", "0", "1"} && is(o.Totals.Grand, "25") && o.Status == canonical.StatusPartiallyShipped
			},
		},
		{
			name: "refunded without a word about the stock, of the one that was not",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED",
				"lineItems":              nodes(taxed(2, 1, 0, "5.00")), "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"),
				"currentTotalPriceSet": money("12.50"), "currentTotalTaxSet": money("2.50"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 1))},
				"refunds":      list{refund(91, money("12.50"), nil, back(51, 1, "NO_RESTOCK", money("10.00"), money("2.50")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("25.00")), transaction(2, "REFUND", "SUCCESS", "x", money("12.50"))},
			}),
			want: func(o canonical.Order) bool {
				return counts(o.Lines[0]) == [6]string{"2", "1", "1", "0", "0", "0"} && is(o.Totals.Grand, "12.5") && o.Status == canonical.StatusShipped
			},
		},
		{
			name: "an edit removed a unit and added a line; the total before returns still has both",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_PAID",
				"lineItems":              nodes(taxed(2, 1, 1, "5.00"), line(52, 1, money("30.00"), nil)),
				"totalPriceSet":          money("55.00"), "totalTaxSet": money("5.00"), "currentTotalPriceSet": money("42.50"), "currentTotalTaxSet": money("2.50"),
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("25.00"))},
			}),
			want: func(o canonical.Order) bool {
				return counts(o.Lines[0]) == [6]string{"2", "1", "0", "0", "0", "0"} && is(o.Totals.Grand, "42.5") && o.Status == canonical.StatusConfirmed
			},
		},
		{
			name: "an edit removed a unit; the total before returns is without it",
			node: node(object{
				"lineItems":     nodes(taxed(2, 1, 1, "5.00")),
				"totalPriceSet": money("12.50"), "totalTaxSet": money("2.50"), "currentTotalPriceSet": money("12.50"), "currentTotalTaxSet": money("2.50"),
			}),
			want: func(o canonical.Order) bool { return is(o.Totals.Grand, "12.5") && is(o.Totals.Tax, "2.5") },
		},
		{
			name: "money given back for no line",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED", "lineItems": nodes(taxed(2, 2, 0, "5.00")), "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 2))},
				"refunds":      list{refund(91, money("3.00"), object{"note": nil, "orderAdjustments": nodes(object{"reason": "DAMAGE"})})},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("25.00")), transaction(2, "REFUND", "SUCCESS", "x", money("3.00"))},
			}),
			want: func(o canonical.Order) bool {
				return is(o.Totals.Grand, "25") && is(o.Adjustments[0].Amount, "3") && o.Adjustments[0].Reason == "damage" && len(o.Adjustments[0].Lines) == 0
			},
		},
		{
			name: "cancelled before it was paid",
			node: node(object{
				"displayFinancialStatus": "VOIDED", "cancelledAt": "2026-03-01T13:00:00Z", "closedAt": "2026-03-01T13:00:00Z", "cancelReason": "INVENTORY",
				"lineItems": nodes(taxed(2, 0, 0, "5.00")), "shippingLines": nodes(shipping(61, money("4.00"), nil)),
				"totalPriceSet": money("29.00"), "totalTaxSet": money("5.00"), "currentTotalPriceSet": money("0.00"), "currentTotalTaxSet": money("0.00"),
				"refunds": list{refund(91, money("0.00"), nil, back(51, 2, "CANCEL", money("20.00"), money("5.00")))},
			}),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusCancelled && o.StatusReason == "inventory" && o.Totals.Grand.IsZero() &&
					counts(o.Lines[1])[1] == "1" && o.Adjustments[0].Amount.IsZero() && is(o.Lines[0].Subtotal, "20")
			},
		},
		{
			name: "refunded in full before shipping is cancelled",
			node: node(object{
				"displayFinancialStatus": "REFUNDED",
				"lineItems":              nodes(taxed(2, 0, 0, "5.00")), "shippingLines": nodes(shipping(61, money("4.00"), nil)),
				"totalPriceSet": money("29.00"), "totalTaxSet": money("5.00"), "currentTotalPriceSet": money("0.00"), "currentTotalTaxSet": money("0.00"),
				"refunds": list{refund(91, money("29.00"), object{"refundShippingLines": nodes(object{
					"shippingLine": object{"id": gid("ShippingLine", 61)}, "subtotalAmountSet": money("4.00"), "taxAmountSet": money("0.00"),
				})}, back(51, 2, "CANCEL", money("20.00"), money("5.00")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("29.00")), transaction(2, "REFUND", "SUCCESS", "x", money("29.00"))},
			}),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusCancelled && o.Totals.Grand.IsZero() && len(o.Adjustments) == 1 &&
					o.Adjustments[0].Kind == canonical.AdjustmentCancel && is(o.Adjustments[0].Amount, "29") && len(o.Adjustments[0].Lines) == 2
			},
		},
		{
			name: "refunded in full before shipping, save for the shipping",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED",
				"lineItems":              nodes(taxed(2, 0, 0, "5.00")), "shippingLines": nodes(shipping(61, money("4.00"), nil)),
				"totalPriceSet": money("29.00"), "totalTaxSet": money("5.00"), "currentTotalPriceSet": money("4.00"), "currentTotalTaxSet": money("0.00"),
				"refunds":      list{refund(91, money("25.00"), nil, back(51, 2, "CANCEL", money("20.00"), money("5.00")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("29.00")), transaction(2, "REFUND", "SUCCESS", "x", money("25.00"))},
			}),
			want: func(o canonical.Order) bool { return is(o.Totals.Grand, "4") },
		},
		{
			name: "cancelled after it was shipped",
			node: node(object{
				"cancelledAt": "2026-03-05T13:00:00Z", "cancelReason": "CUSTOMER",
				"lineItems": nodes(taxed(2, 2, 0, "5.00")), "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 2))},
			}),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusConflict && o.StatusReason == "customer"
			},
		},
		{
			name: "two parcels, one of them there, and one that was cancelled",
			node: node(object{
				"lineItems": nodes(taxed(3, 3, 1, "7.50")), "totalPriceSet": money("37.50"), "totalTaxSet": money("7.50"),
				"fulfillments": list{
					parcel(81, "CANCELLED", sent(51, 3)),
					parcel(82, "SUCCESS", sent(51, 1)),
					func() object { p := parcel(83, "SUCCESS", sent(51, 1)); p["displayStatus"] = "DELIVERED"; return p }(),
				},
			}),
			want: func(o canonical.Order) bool {
				f := o.Fulfillments
				return counts(o.Lines[0]) == [6]string{"3", "0", "2", "1", "0", "0"} && o.Status == canonical.StatusPartiallyShipped &&
					f[0].Status == canonical.FulfillmentCancelled && f[0].ShippedAt.IsZero() && f[1].Status == canonical.FulfillmentShipped &&
					f[2].Status == canonical.FulfillmentDelivered && f[1].TrackingNumber == "T82" && f[1].Carrier == "DHL" && !f[1].ShippedAt.IsZero()
			},
		},
		{
			name: "a parcel of which Shopify knows when it arrived, and one that nobody took in", graphOnly: true,
			node: node(object{
				"lineItems": nodes(taxed(2, 2, 0, "5.00")), "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"),
				"fulfillments": list{
					func() object {
						p := parcel(81, "SUCCESS", sent(51, 1))
						p["displayStatus"], p["deliveredAt"] = "DELIVERED", "2026-03-04T12:30:00+02:00"
						return p
					}(),
					func() object {
						p := parcel(82, "SUCCESS", sent(51, 1))
						p["displayStatus"], p["deliveredAt"] = "ATTEMPTED_DELIVERY", "2026-03-04T12:30:00+02:00"
						return p
					}(),
				},
			}),
			want: func(o canonical.Order) bool {
				f := o.Fulfillments
				return f[0].DeliveredAt.Equal(time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)) && f[1].DeliveredAt.IsZero() && !f[1].ShippedAt.IsZero()
			},
		},
		{
			name: "archived",
			node: node(object{
				"closedAt": "2026-03-05T13:00:00Z", "lineItems": nodes(taxed(2, 2, 0, "5.00")), "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 2))},
			}),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusClosed && counts(o.Lines[0])[2] == "2"
			},
		},
		{
			name: "duties go with the units that were cancelled",
			node: node(object{
				"displayFinancialStatus": "PARTIALLY_REFUNDED",
				"lineItems": nodes(line(51, 2, money("10.00"), object{"currentQuantity": 1, "unfulfilledQuantity": 1, "duties": list{
					object{"id": gid("Duty", 71), "price": money("4.00")},
				}})),
				"totalPriceSet": money("24.00"), "currentTotalPriceSet": money("12.00"), "currentTotalTaxSet": money("0.00"),
				"refunds": list{refund(91, money("12.00"), object{"duties": list{object{"amountSet": money("2.00"), "originalDuty": object{"id": gid("Duty", 71)}}}},
					back(51, 1, "CANCEL", money("10.00"), money("0.00")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("24.00")), transaction(2, "REFUND", "SUCCESS", "x", money("12.00"))},
			}),
			want: func(o canonical.Order) bool {
				return is(o.Lines[1].Total, "2") && is(o.Totals.Grand, "12") && len(o.Adjustments) == 1 &&
					o.Adjustments[0].Kind == canonical.AdjustmentCancel && is(o.Adjustments[0].Amount, "12") && is(o.Adjustments[0].Lines[1].Net, "2")
			},
		},
		{
			name: "duties of one unit that was cancelled and one that came back, refunded together",
			node: node(object{
				"displayFinancialStatus": "REFUNDED",
				"lineItems": nodes(line(51, 2, money("10.00"), object{"currentQuantity": 0, "unfulfilledQuantity": 0, "duties": list{
					object{"id": gid("Duty", 71), "price": money("4.00")},
				}})),
				"totalPriceSet": money("24.00"), "currentTotalPriceSet": money("0.00"), "currentTotalTaxSet": money("0.00"),
				"fulfillments": list{parcel(81, "SUCCESS", sent(51, 1))},
				"refunds": list{refund(91, money("24.00"), object{"duties": list{object{"amountSet": money("4.00"), "originalDuty": object{"id": gid("Duty", 71)}}}},
					back(51, 1, "CANCEL", money("10.00"), money("0.00")), back(51, 1, "RETURN", money("10.00"), money("0.00")))},
				"transactions": list{transaction(1, "SALE", "SUCCESS", "x", money("24.00")), transaction(2, "REFUND", "SUCCESS", "x", money("24.00"))},
			}),
			want: func(o canonical.Order) bool {
				return is(o.Totals.Grand, "12") && len(o.Adjustments) == 2 && is(o.Adjustments[0].Amount, "12") && is(o.Adjustments[1].Amount, "12") &&
					is(o.Adjustments[0].Lines[1].Net, "2") && is(o.Adjustments[1].Lines[1].Net, "2")
			},
		},
	})
}

func TestDecodeStatus(t *testing.T) {
	t.Parallel()
	paid := func(fields object) object {
		all := object{"lineItems": nodes(line(51, 1, money("10.00"), nil)), "totalPriceSet": money("10.00"), "transactions": list{}}
		for key, value := range fields {
			all[key] = value
		}
		return node(all)
	}
	holds := func(risk bool) func(canonical.Order) bool {
		return func(o canonical.Order) bool {
			return o.Flags.Hold && o.Flags.Risk == risk && o.Status == canonical.StatusConfirmed
		}
	}
	runDecode(t, []decodeCase{
		{name: "not paid yet", node: paid(object{"displayFinancialStatus": "PENDING"}), want: func(o canonical.Order) bool { return o.Status == canonical.StatusPending }},
		{name: "authorised", node: paid(object{"displayFinancialStatus": "AUTHORIZED"}), want: func(o canonical.Order) bool { return o.Status == canonical.StatusConfirmed }},
		{name: "voided", node: paid(object{"displayFinancialStatus": "VOIDED"}), want: func(o canonical.Order) bool {
			return o.Status == canonical.StatusPending && o.StatusReason == "payment voided"
		}},
		{name: "expired", node: paid(object{"displayFinancialStatus": "EXPIRED"}), want: func(o canonical.Order) bool { return o.StatusReason == "payment expired" }},
		{name: "nothing to pay", node: paid(object{"displayFinancialStatus": "PENDING", "lineItems": nodes(line(51, 1, money("0.00"), nil)), "totalPriceSet": money("0.00")}),
			want: func(o canonical.Order) bool { return o.Status == canonical.StatusConfirmed }},
		{name: "an unknown word", node: paid(object{"displayFinancialStatus": "FROZEN"}), want: func(o canonical.Order) bool {
			return o.Status == canonical.StatusOther && o.RawStatus == "frozen"
		}},
		{name: "a test", node: paid(object{"displayFinancialStatus": "PENDING", "test": true}), want: func(o canonical.Order) bool { return o.Flags.Test }},
		{name: "suspected", graphOnly: true, node: paid(object{"risk": object{"recommendation": "INVESTIGATE"}}), want: holds(true)},
		{name: "refused", graphOnly: true, node: paid(object{"risk": object{"recommendation": "CANCEL"}}), want: holds(true)},
		{name: "being looked at", graphOnly: true, node: paid(object{"risk": object{"recommendation": "NONE", "assessments": list{object{"riskLevel": "PENDING"}}}}), want: holds(false)},
		{name: "held back", graphOnly: true, node: paid(object{"displayFulfillmentStatus": "ON_HOLD"}), want: holds(false)},
		{name: "trusted", graphOnly: true, node: paid(object{"risk": object{"recommendation": "ACCEPT", "assessments": list{object{"riskLevel": "LOW"}}}}),
			want: func(o canonical.Order) bool { return !o.Flags.Hold && !o.Flags.Risk }},
		{
			name: "words that nobody knows yet",
			node: paid(object{
				"displayFinancialStatus": "PENDING",
				"transactions":           list{transaction(7, "TELEPORT", "MAYBE", "x", money("1.00"))},
				"fulfillments":           list{parcel(81, "FLOATING", sent(51, 1))},
				"refunds":                list{refund(91, money("0.00"), nil, back(51, 0, "BURNT", money("0.00"), money("0.00")))},
			}),
			want: func(o canonical.Order) bool {
				return o.Payments[0].Kind == canonical.PaymentOther && o.Payments[0].Status == canonical.PaymentPending &&
					string(o.Ext["transaction_kind"]) == `{"7":"teleport"}` && string(o.Ext["transaction_status"]) == `{"7":"maybe"}` &&
					string(o.Ext["fulfillment_status"]) == `{"81":"floating"}` && string(o.Ext["restock_type"]) == `{"91/51":"burnt"}` &&
					o.Fulfillments[0].Status == canonical.FulfillmentPlanned
			},
		},
	})
}
