package retailsync

import (
	"errors"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// Stage is the step of the order flow at which an order failed.
type Stage string

// The stages of the order flow, in their order.
const (
	StageFetch       Stage = "fetch"
	StageValidate    Stage = "validate"
	StageClaim       Stage = "claim"
	StageMap         Stage = "map"
	StageCustomer    Stage = "customer"
	StageInsert      Stage = "insert"
	StageTotals      Stage = "totals"
	StageConfirm     Stage = "confirm"
	StageDeliver     Stage = "deliver"
	StageUpdate      Stage = "update"
	StageCancel      Stage = "cancel"
	StagePay         Stage = "pay"
	StageAcknowledge Stage = "acknowledge"
)

// OrderError says why one order failed, at which stage, and what to do. Its text holds no
// personal data and no secrets.
type OrderError struct {
	Order canonical.Key
	Stage Stage
	// Err is the cause: a [*canonical.ValidationError], a [*mapping.UnmappedError], a [*TotalMismatch], a
	// [*Conflict], an [*odoo.Error], a [*marketplace.Error] and so on.
	Err error
}

// Error implements error.
func (e *OrderError) Error() string { return fmt.Sprintf("order %s: %s: %v", e.Order, e.Stage, e.Err) }

// Unwrap returns the cause.
func (e *OrderError) Unwrap() error { return e.Err }

// Retryable reports whether the next run may succeed without anybody changing anything.
func (e *OrderError) Retryable() bool {
	changed := e.Stage == StageAcknowledge && marketplace.CodeOf(e.Err) == marketplace.CodeConflict
	return changed || odoo.Retryable(e.Err) || odoo.Ambiguous(e.Err) || marketplace.Retryable(e.Err) || errors.Is(e.Err, idempotency.ErrInFlight)
}

// TotalMismatch says that Odoo's amounts of an order are not the channel's. The order stays a quotation: it
// is not confirmed.
type TotalMismatch struct {
	// Name is the order's name in Odoo.
	Name     string
	Currency canonical.Currency
	// OdooCurrency is the currency of the order in Odoo; another one means a wrong pricelist.
	OdooCurrency canonical.Currency
	// Want are the channel's amounts, Got Odoo's; untaxed, tax and total, in major units of Currency.
	Want, Got Amounts
}

// Amounts are the three sums that an order is confirmed by.
type Amounts struct{ Untaxed, Tax, Total decimal.Decimal }

// Error implements error.
func (e *TotalMismatch) Error() string {
	var differences []string
	for _, d := range []struct {
		name      string
		want, got decimal.Decimal
	}{{"untaxed", e.Want.Untaxed, e.Got.Untaxed}, {"tax", e.Want.Tax, e.Got.Tax}, {"total", e.Want.Total, e.Got.Total}} {
		if !d.want.Equal(d.got) {
			differences = append(differences, fmt.Sprintf("%s %s, the channel says %s", d.name, d.got, d.want))
		}
	}
	if e.OdooCurrency != e.Currency {
		return fmt.Sprintf("%s in Odoo is in %s, the channel sold in %s; it stays a quotation: name a pricelist in %s under pricelist",
			e.Name, e.OdooCurrency, e.Currency, e.Currency)
	}
	return fmt.Sprintf("%s in Odoo has %s (%s); it stays a quotation: correct the tax rules or the order in Odoo and import it again",
		e.Name, strings.Join(differences, " and "), e.Currency)
}

// Conflict says that channel and Odoo contradict each other in a way that only a person can decide.
type Conflict struct {
	// Name is the order's name in Odoo, State its state there.
	Name, State string
	// Reason says what contradicts, WayOut what a person can do.
	Reason, WayOut string
}

// Error implements error.
func (e *Conflict) Error() string {
	return fmt.Sprintf("%s (%s in Odoo): %s: %s", e.Name, e.State, e.Reason, e.WayOut)
}
