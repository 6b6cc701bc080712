package retailsync

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// clearing is what the settlement rules of a provider come to in the database.
type clearing struct {
	channel canonical.Channel
	rules   mapping.SettlementRules
	company int64
	// home is the company's currency.
	home       canonical.Currency
	currencies map[canonical.Currency]mapping.CurrencyRecord
	// journal is the clearing journal, account the clearing account, transit where payouts are until the bank has them.
	journal, account, transit int64
	// own is the journal's currency, 0 if it has none of its own.
	own int64
	// difference is 0 if there is no tolerance.
	difference int64
	accounts   map[mapping.Ref]accountRecord
	// names are those of the accounts.
	names map[int64]string
	taxes map[mapping.Ref]feeTax
	banks map[canonical.Currency]journalRecord
}

// feeTax is a purchase tax: its rate, and on which accounts its amount goes.
type feeTax struct {
	id   int64
	rate decimal.Decimal
	// parts by whether it is given back.
	parts map[bool]taxParts
}

// taxParts are the lines by which Odoo spreads a tax.
type taxParts struct {
	baseTags []int64
	of       []taxPart
	// factor is the sum of the parts, in percent: 100, or 0 for a tax that cancels itself out.
	factor decimal.Decimal
}

type taxPart struct {
	id, account int64
	factor      decimal.Decimal
	tags        []int64
}

type accountRecord struct {
	ID        int64  `odoo:"id"`
	Code      string `odoo:"code"`
	Name      string `odoo:"name"`
	Reconcile bool   `odoo:"reconcile"`
}

type transferRecord struct {
	ID       int64         `odoo:"id"`
	Currency odoo.Many2One `odoo:"currency_id"`
	Account  odoo.Many2One `odoo:"transfer_account_id"`
}

type purchaseTaxRecord struct {
	ID     int64           `odoo:"id"`
	Name   string          `odoo:"name"`
	Type   string          `odoo:"amount_type"`
	Amount decimal.Decimal `odoo:"amount"`
}

func (accountRecord) OdooModel() string     { return "account.account" }
func (transferRecord) OdooModel() string    { return "res.company" }
func (purchaseTaxRecord) OdooModel() string { return "account.tax" }

// clearing returns what the settlement rules of a provider come to, reading it when it is not known or old.
func (c *Connector) clearing(ctx context.Context, provider canonical.Channel) (*clearing, error) {
	return c.clearings.get(provider, func() (*clearing, error) { return c.readClearing(ctx, provider) })
}

func (c *Connector) readClearing(ctx context.Context, provider canonical.Channel) (*clearing, error) {
	channel, err := c.rules.For(provider)
	if err != nil {
		return nil, err
	}
	b := &clearing{
		channel: provider, rules: channel.Settlements, company: channel.Company, currencies: map[canonical.Currency]mapping.CurrencyRecord{},
		accounts: map[mapping.Ref]accountRecord{}, names: map[int64]string{}, taxes: map[mapping.Ref]feeTax{}, banks: map[canonical.Currency]journalRecord{},
	}
	if b.rules.IsZero() {
		return nil, fmt.Errorf("rules of %s: settlements.journal is missing: name the provider's clearing journal by its code or id", provider)
	}
	if err := b.readCompany(ctx, c.erp); err != nil {
		return nil, err
	}
	journal, err := b.journalNamed(ctx, c.erp, "journal", b.rules.Journal)
	if err != nil {
		return nil, err
	}
	b.journal, b.account, b.own = journal.ID, journal.Account.ID, journal.Currency.ID
	b.names[b.account] = journal.Account.Name
	if err := b.nameAccounts(ctx, c.erp); err != nil {
		return nil, err
	}
	if b.statement() && b.account != journal.Account.ID {
		return nil, b.refuse("account", "the lines of a statement are on the default account of its journal: leave account out, or write book: entries")
	}
	for currency, ref := range b.rules.Payout.Banks {
		if b.banks[currency], err = b.journalNamed(ctx, c.erp, "payout.banks."+string(currency), ref); err != nil {
			return nil, err
		}
	}
	for i, rule := range b.rules.Entries {
		if rule.Tax.IsZero() {
			continue
		}
		if b.taxes[rule.Tax], err = b.taxNamed(ctx, c.erp, fmt.Sprintf("entries[%d].tax", i), rule.Tax); err != nil {
			return nil, err
		}
	}
	return b, b.guardTaxes(ctx, c.erp)
}

// statement reports whether settlements are statements.
func (b *clearing) statement() bool { return b.rules.Book == mapping.BookStatement }

func (b *clearing) refuse(field, reason string) error {
	return fmt.Errorf("rules of %s: settlements.%s: %s", b.channel, field, reason)
}

func (b *clearing) readCompany(ctx context.Context, erp *odoo.Client) (err error) {
	if b.company == 0 {
		if b.company, err = ownCompany(ctx, erp); err != nil {
			return err
		}
	}
	companies, err := odoo.Read[transferRecord](ctx, erp, b.company)
	if err != nil {
		return err
	}
	b.home, b.transit = canonical.Currency(companies[0].Currency.Name), companies[0].Account.ID
	b.names[b.transit] = companies[0].Account.Name
	currencies, err := odoo.Find[currencyRecord](ctx, erp, odoo.Eq("active", true))
	for _, r := range currencies {
		b.currencies[canonical.Currency(r.Name)] = mapping.CurrencyRecord{ID: r.ID, Digits: r.Digits}
	}
	return err
}

// ownAccounts is the domain of the company's accounts, which several may share from 18 on.
func (b *clearing) ownAccounts(erp *odoo.Client) odoo.Domain {
	if erp.Version().AtLeast(18) {
		return odoo.In("company_ids", []int64{b.company})
	}
	return odoo.Eq("company_id", b.company)
}

func (b *clearing) journalNamed(ctx context.Context, erp *odoo.Client, field string, ref mapping.Ref) (journalRecord, error) {
	journal, err := moneyJournal(ctx, erp, b.company, ref)
	if err != nil {
		return journalRecord{}, fmt.Errorf("rules of %s: settlements.%s: %w", b.channel, field, err)
	}
	return journal, nil
}

// ruledAccount is an account that the rules name.
type ruledAccount struct {
	field string
	ref   mapping.Ref
	// open: it must allow reconciliation.
	open bool
	into *int64
}

// nameAccounts finds the accounts that the rules name, all in one read.
func (b *clearing) nameAccounts(ctx context.Context, erp *odoo.Client) error {
	named := []ruledAccount{
		{"difference_account", b.rules.DifferenceAccount, false, &b.difference}, {"account", b.rules.Account, true, &b.account},
		{"payout.account", b.rules.Payout.Account, true, &b.transit},
	}
	for i, rule := range b.rules.Entries {
		named = append(named, ruledAccount{fmt.Sprintf("entries[%d].account", i), rule.Account, false, nil})
	}
	var ids []int64
	var names []string
	for _, n := range named {
		if n.ref.ID != 0 {
			ids = append(ids, n.ref.ID)
		} else if n.ref.Name != "" {
			names = append(names, n.ref.Name)
		}
	}
	found, err := odoo.Find[accountRecord](ctx, erp, odoo.And(b.ownAccounts(erp), odoo.Or(odoo.In("id", ids), odoo.In("code", names), odoo.In("name", names))))
	if err != nil {
		return err
	}
	for _, n := range named {
		if n.ref.IsZero() {
			continue
		}
		var fit []accountRecord
		for _, account := range found {
			if n.ref.ID != 0 && account.ID == n.ref.ID || n.ref.Name != "" && (account.Code == n.ref.Name || account.Name == n.ref.Name) {
				fit = append(fit, account)
			}
		}
		switch {
		case len(fit) != 1:
			return b.refuse(n.field, fmt.Sprintf("Odoo has %d accounts %s in company %d: correct the rule, or name the account by its id", len(fit), n.ref, b.company))
		case n.open && !fit[0].Reconcile:
			return b.refuse(n.field, fmt.Sprintf("account %s does not allow reconciliation: allow it in Odoo", n.ref))
		}
		b.accounts[n.ref], b.names[fit[0].ID] = fit[0], fit[0].Code+" "+fit[0].Name
		if n.into != nil {
			*n.into = fit[0].ID
		}
	}
	switch {
	case b.account == 0:
		return b.refuse("account", "the journal has no default account: give it one in Odoo, or name the clearing account")
	case b.transit == 0:
		return b.refuse("payout.account", "the company has no account for liquidity transfers: set it in Odoo, or name an account here")
	}
	return nil
}

// repartition is a line by which Odoo spreads a tax.
type repartition struct {
	ID      int64           `odoo:"id"`
	Kind    string          `odoo:"repartition_type"`
	Factor  decimal.Decimal `odoo:"factor_percent"`
	Account odoo.Many2One   `odoo:"account_id"`
	Tags    []int64         `odoo:"tag_ids"`
}

// OdooModel names the model.
func (repartition) OdooModel() string { return "account.tax.repartition.line" }

func (b *clearing) taxNamed(ctx context.Context, erp *odoo.Client, field string, ref mapping.Ref) (feeTax, error) {
	if known, ok := b.taxes[ref]; ok {
		return known, nil
	}
	named := odoo.Eq("id", ref.ID)
	if ref.ID == 0 {
		named = odoo.Eq("name", ref.Name)
	}
	found, err := odoo.Find[purchaseTaxRecord](ctx, erp, odoo.And(odoo.Eq("company_id", b.company), odoo.Eq("type_tax_use", "purchase"), named))
	if err != nil {
		return feeTax{}, err
	}
	switch {
	case len(found) != 1:
		return feeTax{}, b.refuse(field, fmt.Sprintf("Odoo has %d purchase taxes %s in company %d: correct the rule, or name the tax by its id", len(found), ref, b.company))
	case found[0].Type != "percent":
		return feeTax{}, b.refuse(field, fmt.Sprintf("tax %s is computed as %s: name one in percent", ref, found[0].Type))
	}
	tax := feeTax{id: found[0].ID, rate: found[0].Amount, parts: map[bool]taxParts{}}
	for _, back := range []bool{false, true} {
		if tax.parts[back], err = b.readParts(ctx, erp, tax.id, back); err != nil {
			return feeTax{}, err
		}
	}
	return tax, nil
}

// partsOf is the domain of the lines of a tax for invoices, or for what is given back.
func partsOf(ctx context.Context, erp *odoo.Client, back bool, field func(name string) odoo.Domain) (odoo.Domain, error) {
	fields, err := erp.Fields(ctx, "account.tax.repartition.line")
	if err != nil {
		return odoo.Domain{}, err
	}
	kind := map[bool]string{false: "invoice", true: "refund"}[back]
	if _, ok := fields["document_type"]; ok {
		return odoo.And(field("tax_id"), odoo.Eq("document_type", kind)), nil
	}
	return field(kind + "_tax_id"), nil
}

func (b *clearing) readParts(ctx context.Context, erp *odoo.Client, tax int64, back bool) (taxParts, error) {
	domain, err := partsOf(ctx, erp, back, func(name string) odoo.Domain { return odoo.Eq(name, tax) })
	if err != nil {
		return taxParts{}, err
	}
	lines, err := odoo.Find[repartition](ctx, erp, domain)
	if err != nil {
		return taxParts{}, err
	}
	var parts taxParts
	for _, line := range lines {
		if line.Kind == "base" {
			parts.baseTags = line.Tags
			continue
		}
		b.names[line.Account.ID] = line.Account.Name
		parts.of = append(parts.of, taxPart{id: line.ID, account: line.Account.ID, factor: line.Factor, tags: line.Tags})
		if parts.factor, err = parts.factor.Add(line.Factor); err != nil {
			return taxParts{}, err
		}
	}
	return parts, nil
}

// guardTaxes refuses rules by which tax that the provider remits would go where the seller owes tax.
func (b *clearing) guardTaxes(ctx context.Context, erp *odoo.Client) error {
	for i, rule := range b.rules.Entries {
		if rule.Kind != canonical.EntryTaxWithheld {
			continue
		}
		account := b.accounts[rule.Account]
		for _, back := range []bool{false, true} {
			domain, err := partsOf(ctx, erp, back, func(name string) odoo.Domain { return odoo.Eq(name+".type_tax_use", "sale") })
			if err != nil {
				return err
			}
			lines, err := odoo.Find[repartition](ctx, erp, odoo.And(domain, odoo.Eq("repartition_type", "tax"), odoo.Eq("account_id", account.ID)), odoo.Limit(1))
			if err != nil {
				return err
			}
			if len(lines) > 0 {
				return b.refuse(fmt.Sprintf("entries[%d].account", i),
					fmt.Sprintf("account %s takes the seller's own tax, which the provider does not remit: name an account for tax that the channel collects", rule.Account))
			}
		}
	}
	return nil
}
