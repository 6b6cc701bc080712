package canonical

// Transitions returns the order's transition table, a fresh copy. docs/states.md shows it.
func Transitions() []Transition {
	var (
		paid = Guard{"paid, or authorised as the policy asks", func(f Facts) bool { return f.Paid },
			"wait for the payment, or let the policy accept an authorisation"}
		nothingShipped = Guard{"nothing has shipped", func(f Facts) bool { return !f.ShippedAny },
			"open a return for what has shipped"}
		somethingShipped = Guard{"something has shipped", func(f Facts) bool { return f.ShippedAny },
			"apply the shipment first"}
		allShipped = Guard{"all open units have shipped", func(f Facts) bool { return f.ShippedAll },
			"raise partly_shipped until the last unit has left"}
		untouched = Guard{"no touched line has shipped", func(f Facts) bool { return !f.TouchedShipped },
			"open a return for what has shipped, or add a new line"}
		settled = Guard{"invoiced and paid, no open return", func(f Facts) bool { return f.Invoiced && f.Paid && !f.ReturnsOpen },
			"invoice the order, register its payment and finish its returns"}
		cancelledAll = Guard{"no open unit is left", func(f Facts) bool { return f.CancelledAll && !f.ShippedAny },
			"resolve to what the quantities say"}
	)
	always := Guard{}
	return []Transition{
		{"", OrderReceived, StatusPending, always},

		{StatusPending, OrderReceived, StatusPending, always},
		{StatusPending, OrderHeld, StatusOnHold, always},
		{StatusPending, OrderAccepted, StatusConfirmed, paid},
		{StatusPending, OrderRefused, StatusCancelled, always},
		{StatusPending, OrderEdited, StatusPending, always},
		{StatusPending, OrderPartlyCancelled, StatusPending, always},
		{StatusPending, OrderCancelled, StatusCancelled, nothingShipped},
		{StatusPending, OrderCancelled, StatusConflict, somethingShipped},
		{StatusPending, OrderContradicted, StatusConflict, always},

		{StatusOnHold, OrderReceived, StatusOnHold, always},
		{StatusOnHold, OrderHeld, StatusOnHold, always},
		{StatusOnHold, OrderAccepted, StatusConfirmed, paid},
		{StatusOnHold, OrderRefused, StatusCancelled, always},
		{StatusOnHold, OrderEdited, StatusOnHold, always},
		{StatusOnHold, OrderPartlyCancelled, StatusOnHold, always},
		{StatusOnHold, OrderCancelled, StatusCancelled, nothingShipped},
		{StatusOnHold, OrderCancelled, StatusConflict, somethingShipped},
		{StatusOnHold, OrderContradicted, StatusConflict, always},

		{StatusConfirmed, OrderReceived, StatusConfirmed, always},
		{StatusConfirmed, OrderAccepted, StatusConfirmed, always},
		{StatusConfirmed, OrderEdited, StatusConfirmed, untouched},
		{StatusConfirmed, OrderPartlyCancelled, StatusConfirmed, untouched},
		{StatusConfirmed, OrderCancelled, StatusCancelled, nothingShipped},
		{StatusConfirmed, OrderCancelled, StatusConflict, somethingShipped},
		{StatusConfirmed, OrderPartlyShipped, StatusPartiallyShipped, always},
		{StatusConfirmed, OrderShipped, StatusShipped, allShipped},
		{StatusConfirmed, OrderReturned, StatusConfirmed, always},
		{StatusConfirmed, OrderRefunded, StatusConfirmed, always},
		{StatusConfirmed, OrderContradicted, StatusConflict, always},

		{StatusPartiallyShipped, OrderReceived, StatusPartiallyShipped, always},
		{StatusPartiallyShipped, OrderAccepted, StatusPartiallyShipped, always},
		{StatusPartiallyShipped, OrderEdited, StatusPartiallyShipped, untouched},
		{StatusPartiallyShipped, OrderPartlyCancelled, StatusPartiallyShipped, untouched},
		{StatusPartiallyShipped, OrderCancelled, StatusConflict, always},
		{StatusPartiallyShipped, OrderPartlyShipped, StatusPartiallyShipped, always},
		{StatusPartiallyShipped, OrderShipped, StatusShipped, allShipped},
		{StatusPartiallyShipped, OrderReturned, StatusPartiallyShipped, always},
		{StatusPartiallyShipped, OrderRefunded, StatusPartiallyShipped, always},
		{StatusPartiallyShipped, OrderContradicted, StatusConflict, always},

		{StatusShipped, OrderReceived, StatusShipped, always},
		{StatusShipped, OrderAccepted, StatusShipped, always},
		{StatusShipped, OrderCancelled, StatusConflict, always},
		{StatusShipped, OrderPartlyShipped, StatusShipped, always},
		{StatusShipped, OrderShipped, StatusShipped, always},
		{StatusShipped, OrderDelivered, StatusDelivered, always},
		{StatusShipped, OrderSettled, StatusClosed, settled},
		{StatusShipped, OrderReturned, StatusShipped, always},
		{StatusShipped, OrderRefunded, StatusShipped, always},
		{StatusShipped, OrderContradicted, StatusConflict, always},

		{StatusDelivered, OrderReceived, StatusDelivered, always},
		{StatusDelivered, OrderAccepted, StatusDelivered, always},
		{StatusDelivered, OrderCancelled, StatusConflict, always},
		{StatusDelivered, OrderPartlyShipped, StatusDelivered, always},
		{StatusDelivered, OrderShipped, StatusDelivered, always},
		{StatusDelivered, OrderDelivered, StatusDelivered, always},
		{StatusDelivered, OrderSettled, StatusClosed, settled},
		{StatusDelivered, OrderReturned, StatusDelivered, always},
		{StatusDelivered, OrderRefunded, StatusDelivered, always},
		{StatusDelivered, OrderContradicted, StatusConflict, always},

		{StatusOther, OrderContradicted, StatusConflict, always},

		{StatusConflict, OrderResolved, StatusCancelled, cancelledAll},
		{StatusConflict, OrderResolved, StatusShipped, allShipped},
		{StatusConflict, OrderResolved, StatusPartiallyShipped, somethingShipped},
		{StatusConflict, OrderResolved, StatusConfirmed, paid},
		{StatusConflict, OrderResolved, StatusOnHold, always},
		{StatusConflict, OrderReceived, StatusConflict, always},
		{StatusConflict, OrderHeld, StatusConflict, always},
		{StatusConflict, OrderAccepted, StatusConflict, always},
		{StatusConflict, OrderRefused, StatusConflict, always},
		{StatusConflict, OrderEdited, StatusConflict, always},
		{StatusConflict, OrderPartlyCancelled, StatusConflict, always},
		{StatusConflict, OrderCancelled, StatusConflict, always},
		{StatusConflict, OrderPartlyShipped, StatusConflict, always},
		{StatusConflict, OrderShipped, StatusConflict, always},
		{StatusConflict, OrderDelivered, StatusConflict, always},
		{StatusConflict, OrderSettled, StatusConflict, always},
		{StatusConflict, OrderReturned, StatusConflict, always},
		{StatusConflict, OrderRefunded, StatusConflict, always},
		{StatusConflict, OrderContradicted, StatusConflict, always},
	}
}
