package canonical

// known tells whether s is one of the package's constants.
func (s Status) known() bool {
	switch s {
	case StatusPending, StatusOnHold, StatusConfirmed, StatusPartiallyShipped, StatusShipped,
		StatusDelivered, StatusClosed, StatusCancelled, StatusConflict, StatusOther:
		return true
	}
	return false
}

func (k LineKind) known() bool {
	switch k {
	case LineProduct, LineShipping, LineHandling, LineGiftWrap, LineFee, LineCOD, LineTip, LineDuty,
		LineDonation, LineDiscount, LineRounding, LineGiftCard, LineDeposit, LineBundle,
		LineBundleMember, LineOther:
		return true
	}
	return false
}

// Goods tells whether lines of this kind are things that are shipped: products, bundles and their
// members. Gift cards, deposits and unknown kinds are not counted as goods.
func (k LineKind) Goods() bool {
	return k == LineProduct || k == LineBundle || k == LineBundleMember
}

func (s PaymentStatus) known() bool {
	switch s {
	case PaymentPending, PaymentSucceeded, PaymentFailed, PaymentCancelled:
		return true
	}
	return false
}

func (s FulfillmentStatus) known() bool {
	switch s {
	case FulfillmentPlanned, FulfillmentPacked, FulfillmentShipped, FulfillmentDelivered,
		FulfillmentCancelled, FulfillmentLost, FulfillmentReturned:
		return true
	}
	return false
}
