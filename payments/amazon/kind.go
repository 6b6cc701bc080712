package amazon

import (
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// Kind says what a row is, by its transaction type, amount type and description. Case and outer spaces do not count, since
// marketplaces write them differently.
func Kind(transaction, amountType, description string) canonical.EntryKind {
	transaction, amountType, description = word(transaction), word(amountType), word(description)
	switch description {
	case "current reserve amount", "previous reserve amount balance":
		return canonical.EntryReserve
	}
	switch amountType {
	case "itemwithheldtax":
		return canonical.EntryTaxWithheld
	case "itemfees", "cost of advertising", "amazonfees", "fbafees", "couponredemptionfee", "deal_payment", "shipping services", "postage":
		return canonical.EntryFee
	}
	switch transaction {
	case "order", "order_retrocharge", "order retrocharge", "guarantee sale":
		switch amountType {
		case "itemprice", "promotion", "buyerrecharge", "codfee":
			return canonical.EntrySale
		}
	case "refund", "refund_retrocharge", "refund retrocharge", "a-to-z guarantee refund":
		switch amountType {
		case "itemprice", "promotion", "buyerrecharge", "codfee":
			return canonical.EntryRefund
		}
	case "chargeback refund", "chargeback":
		switch amountType {
		case "itemprice", "promotion", "chargeback", "other-transaction":
			return canonical.EntryChargeback
		}
	case "servicefee", "service fee", "advertising":
		return canonical.EntryFee
	case "transfer", "transfer of funds unsuccessful", "disbursement", "debt payment":
		return canonical.EntryTransfer
	}
	switch {
	case amountType == "fba inventory reimbursement", amountType == "safe-t reimbursement", strings.HasSuffix(transaction, "reimbursement"),
		transaction == "adjustment", transaction == "fee adjustment", transaction == "debt adjustment":
		return canonical.EntryAdjustment
	case transaction == "other-transaction" || amountType == "other-transaction":
		if strings.HasSuffix(description, "fee") || strings.HasSuffix(description, "fees") || description == "subscription" {
			return canonical.EntryFee
		}
		if strings.Contains(description, "reimbursement") || strings.Contains(description, "adjustment") {
			return canonical.EntryAdjustment
		}
	}
	return canonical.EntryOther
}

func word(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
