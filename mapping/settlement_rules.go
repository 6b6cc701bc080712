package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// SettlementRules say how the settlements of a payment provider, or of a marketplace that pays out, are booked. They stand at the
// provider's own account ("stripe/main"). Accounts are named by id, code or name, journals by id, code or name.
type SettlementRules struct {
	// Journal is the provider's clearing journal, of type bank or cash: what it holds for us. Required for settlements to be booked.
	Journal Ref `yaml:"journal"`
	// Account is the clearing account. Default: the default account of the journal.
	Account Ref `yaml:"account"`
	// Orders is the channel ("shop/main") whose orders the provider names by their number. Default: it names them with their channel.
	Orders string `yaml:"orders"`
	// Book says as what settlements are booked: journal entries by day, or a statement with a line for each entry. Default: entries.
	Book BookSettlements `yaml:"book"`
	// Entries say on which account the entries go that are not for an order. A kind without a rule is an exception.
	Entries []SettlementEntryRule `yaml:"entries"`
	// Tolerances say how far what is paid may differ from what is owed. Default: not at all.
	Tolerances []SettlementToleranceRule `yaml:"tolerances"`
	// DifferenceAccount takes the differences within a tolerance. Required with tolerances.
	DifferenceAccount Ref `yaml:"difference_account"`
	// Partial are the kinds of which a part may come in one settlement and the rest in another: sale, refund.
	Partial []canonical.EntryKind `yaml:"partial"`
	// Invoice has orders invoiced that a settlement pays and that are to be invoiced. Default: false, their entries wait.
	Invoice *bool `yaml:"invoice"`
	// Payout says where payouts go.
	Payout PayoutRule `yaml:"payout"`
}

// BookSettlements is as what settlements are booked.
type BookSettlements string

// The forms.
const (
	BookEntries   BookSettlements = "entries"   // journal entries of many of the provider's entries each, by day and currency
	BookStatement BookSettlements = "statement" // a bank statement of the clearing journal, with a line for each of them
)

// SettlementEntryRule is where entries of a kind go.
type SettlementEntryRule struct {
	// Kind is fee, tax_withheld, chargeback, reserve, adjustment, transfer, exchange or other. Required.
	Kind canonical.EntryKind `yaml:"kind"`
	// Raw is the provider's own word, or a pattern ("ItemFees/*"). Default: any. Of several that fit, the one with the most literal
	// characters wins.
	Raw string `yaml:"raw"`
	// Account is where the amount goes, without Tax. Required.
	Account Ref `yaml:"account"`
	// Tax is the purchase tax of a fee, by id or name. What the provider states of it counts. A tax that cancels itself out (reverse
	// charge) is booked on both sides.
	Tax Ref `yaml:"tax"`
	// Included computes the tax out of the amount where the provider states none. Default: false, then there is none.
	Included *bool `yaml:"included"`
}

// SettlementToleranceRule allows a difference.
type SettlementToleranceRule struct {
	// Kind is sale or refund. Required.
	Kind canonical.EntryKind `yaml:"kind"`
	// Currency of Most. Required.
	Currency canonical.Currency `yaml:"currency"`
	// Most is the largest difference either way, in major units. Required.
	Most decimal.Decimal `yaml:"most"`
}

// PayoutRule is where payouts go.
type PayoutRule struct {
	// Account is where the money is between provider and bank; it must allow reconciliation. Default: the company's account for
	// liquidity transfers.
	Account Ref `yaml:"account"`
	// Banks are the bank journals by currency, in which payouts arrive. Default: payouts are not looked for at the bank.
	Banks map[canonical.Currency]Ref `yaml:"banks"`
	// Days is how far the bank's date may be from the provider's where the bank does not state the payout's reference. 0: only the
	// reference counts.
	Days int `yaml:"days"`
}

func (r SettlementEntryRule) selector() string { return string(r.Kind) + " " + fold(r.Raw) }

func (r SettlementToleranceRule) selector() string { return string(r.Kind) + " " + string(r.Currency) }

// IsZero reports whether settlements are not booked.
func (r SettlementRules) IsZero() bool { return r.Journal.IsZero() }

// OrdersChannel is the channel of [SettlementRules.Orders], zero if there is none.
func (r SettlementRules) OrdersChannel() canonical.Channel {
	channel, _ := parseChannel(r.Orders)
	return channel
}

// Entry returns the rule for entries of a kind with the provider's word, the narrowest that fits.
func (r SettlementRules) Entry(kind canonical.EntryKind, raw string) (SettlementEntryRule, bool) {
	var of []SettlementEntryRule
	for _, rule := range r.Entries {
		if rule.Kind == kind {
			of = append(of, rule)
		}
	}
	return narrowest(of, SettlementEntryRule.pattern, raw)
}

func (r SettlementEntryRule) pattern() string {
	if r.Raw == "" {
		return "*"
	}
	return r.Raw
}

// settledDirectly are the kinds of [SettlementEntryRule].
func settledDirectly() []canonical.EntryKind {
	return []canonical.EntryKind{
		canonical.EntryFee, canonical.EntryTaxWithheld, canonical.EntryChargeback, canonical.EntryReserve, canonical.EntryAdjustment,
		canonical.EntryTransfer, canonical.EntryExchange, canonical.EntryOther,
	}
}

func (r SettlementRules) check(ps *problems, path string) {
	for _, named := range []struct {
		key string
		ref Ref
	}{{"journal", r.Journal}, {"account", r.Account}, {"difference_account", r.DifferenceAccount}, {"payout.account", r.Payout.Account}} {
		checkRef(ps, join(path, named.key), named.ref)
	}
	if r.Book != "" {
		knownWord(ps.add, join(path, "book"), r.Book, []BookSettlements{BookEntries, BookStatement})
	}
	if r.Orders != "" {
		if _, ok := parseChannel(r.Orders); !ok {
			ps.add(join(path, "orders"), fmt.Sprintf("%q is no channel", shorten(r.Orders)), "a channel is named \"name/account\", for example woocommerce/main")
		}
	}
	for i, rule := range r.Entries {
		inner := index(path, "entries", i)
		if rule.Kind == "" {
			ps.add(join(inner, "kind"), "kind is missing", "write fee, tax_withheld, chargeback, reserve, adjustment, transfer, exchange or other")
		} else {
			knownWord(ps.add, join(inner, "kind"), rule.Kind, settledDirectly())
		}
		checkPattern(ps, join(inner, "raw"), rule.Raw)
		required(ps, join(inner, "account"), rule.Account, "name the account by its code or id")
		checkRef(ps, join(inner, "tax"), rule.Tax)
		switch {
		case !rule.Tax.IsZero() && rule.Kind == canonical.EntryTaxWithheld:
			ps.add(join(inner, "tax"), "tax that the provider remits is not the seller's", "remove tax: it goes to its account alone")
		case rule.Tax.IsZero() && rule.Included != nil && *rule.Included:
			ps.add(join(inner, "tax"), "included needs a tax", "name the purchase tax, or remove included")
		}
	}
	for i, rule := range r.Tolerances {
		inner := index(path, "tolerances", i)
		if rule.Kind == "" {
			ps.add(join(inner, "kind"), "kind is missing", "write sale or refund")
		} else {
			knownWord(ps.add, join(inner, "kind"), rule.Kind, []canonical.EntryKind{canonical.EntrySale, canonical.EntryRefund})
		}
		if !validCurrency(rule.Currency) {
			ps.add(join(inner, "currency"), "not a currency", "write the ISO 4217 code in upper case, for example EUR")
		}
		if !rule.Most.IsPos() {
			ps.add(join(inner, "most"), "the amount is not above zero", "write the largest difference that is allowed, or remove the rule")
		}
	}
	for i, kind := range r.Partial {
		inner := index(path, "partial", i)
		knownWord(ps.add, inner, kind, []canonical.EntryKind{canonical.EntrySale, canonical.EntryRefund})
		for _, earlier := range r.Partial[:i] {
			if earlier == kind {
				ps.add(inner, "the kind is here twice", "keep one of them")
			}
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(r.Payout.Banks)) {
		inner := join(join(path, "payout.banks"), string(currency))
		if !validCurrency(currency) {
			ps.addKey(inner, "not a currency", "write the ISO 4217 code in upper case, for example EUR")
		}
		required(ps, inner, r.Payout.Banks[currency], "name the bank journal by its code or id")
	}
	if r.Payout.Days < 0 {
		ps.add(join(path, "payout.days"), "the number of days is negative", "write how far the bank's date may be off, or remove the key")
	}
}

// checkComplete checks what belongs together, after joining with the defaults.
func (r SettlementRules) checkComplete(ps *problems, path string) {
	if len(r.Tolerances) > 0 && r.DifferenceAccount.IsZero() {
		ps.add(join(path, "difference_account"), "tolerances need a difference_account", "name the account that takes the differences")
	}
	if r.Payout.Days > 0 && len(r.Payout.Banks) == 0 {
		ps.add(join(path, "payout.banks"), "days needs banks", "name the bank journal of each currency, or remove days")
	}
}
