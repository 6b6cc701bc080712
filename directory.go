package retailsync

import (
	"context"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// The records that rules refer to by name, as the directory reads them. Each is small; a database has
// hundreds of them, not millions.
type (
	companyRecord struct {
		ID       int64         `odoo:"id"`
		Currency odoo.Many2One `odoo:"currency_id"`
	}
	currencyRecord struct {
		ID     int64  `odoo:"id"`
		Name   string `odoo:"name"`
		Digits int    `odoo:"decimal_places"`
	}
	taxRecord struct {
		ID          int64           `odoo:"id"`
		Name        string          `odoo:"name"`
		Type        string          `odoo:"amount_type"`
		Amount      decimal.Decimal `odoo:"amount"`
		Included    bool            `odoo:"price_include"`
		AffectsBase bool            `odoo:"include_base_amount"`
	}
	pricelistRecord struct {
		ID       int64         `odoo:"id"`
		Name     string        `odoo:"name"`
		Currency odoo.Many2One `odoo:"currency_id"`
	}
	warehouseRecord struct {
		ID   int64  `odoo:"id"`
		Name string `odoo:"name"`
		Code string `odoo:"code"`
	}
	teamRecord struct {
		ID   int64  `odoo:"id"`
		Name string `odoo:"name"`
	}
	positionRecord struct {
		ID   int64  `odoo:"id"`
		Name string `odoo:"name"`
	}
	carrierRecord struct {
		ID      int64         `odoo:"id"`
		Name    string        `odoo:"name"`
		Product odoo.Many2One `odoo:"product_id"`
	}
	userRecord struct {
		ID    int64  `odoo:"id"`
		Name  string `odoo:"name"`
		Login string `odoo:"login"`
	}
	termRecord struct {
		ID   int64  `odoo:"id"`
		Name string `odoo:"name"`
	}
	tagRecord struct {
		ID   int64  `odoo:"id"`
		Name string `odoo:"name"`
	}
	partnerRecord struct {
		ID   int64  `odoo:"id"`
		Name string `odoo:"name"`
	}
	countryRecord struct {
		ID   int64  `odoo:"id"`
		Code string `odoo:"code"`
	}
	stateRecord struct {
		ID      int64         `odoo:"id"`
		Code    string        `odoo:"code"`
		Country odoo.Many2One `odoo:"country_id"`
	}
)

func (companyRecord) OdooModel() string   { return "res.company" }
func (currencyRecord) OdooModel() string  { return "res.currency" }
func (taxRecord) OdooModel() string       { return "account.tax" }
func (pricelistRecord) OdooModel() string { return "product.pricelist" }
func (warehouseRecord) OdooModel() string { return "stock.warehouse" }
func (teamRecord) OdooModel() string      { return "crm.team" }
func (positionRecord) OdooModel() string  { return "account.fiscal.position" }
func (carrierRecord) OdooModel() string   { return "delivery.carrier" }
func (userRecord) OdooModel() string      { return "res.users" }
func (termRecord) OdooModel() string      { return "account.payment.term" }
func (tagRecord) OdooModel() string       { return "crm.tag" }
func (partnerRecord) OdooModel() string   { return "res.partner" }
func (countryRecord) OdooModel() string   { return "res.country" }
func (stateRecord) OdooModel() string     { return "res.country.state" }

// readDirectory reads what mapping must know of the database to follow the rules of a channel.
// Models of apps that are not installed are left out: a rule that needs one is refused by name later.
func readDirectory(ctx context.Context, erp *odoo.Client, rules *mapping.Channel) (*mapping.Directory, error) {
	d := &mapping.Directory{
		Series:     erp.Version().Major,
		Currencies: map[canonical.Currency]mapping.CurrencyRecord{},
		Countries:  map[string]int64{},
		States:     map[[2]string]int64{},
	}
	if err := readLineFields(ctx, erp, d); err != nil {
		return nil, err
	}
	if err := readCompany(ctx, erp, d, rules); err != nil {
		return nil, err
	}
	ofCompany := odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", d.CompanyID))

	taxes, err := odoo.Find[taxRecord](ctx, erp, odoo.And(odoo.Eq("type_tax_use", "sale"), odoo.Eq("company_id", d.CompanyID)))
	if err != nil {
		return nil, err
	}
	for _, r := range taxes {
		d.Taxes = append(d.Taxes, mapping.Tax{
			Record: mapping.Record{ID: r.ID, Name: r.Name}, Type: mapping.TaxType(r.Type),
			Percent: r.Amount, Included: r.Included, AffectsBase: r.AffectsBase,
		})
	}
	pricelists, err := odoo.Find[pricelistRecord](ctx, erp, ofCompany)
	if err != nil {
		return nil, err
	}
	for _, r := range pricelists {
		d.Pricelists = append(d.Pricelists, mapping.Pricelist{
			Record: mapping.Record{ID: r.ID, Name: r.Name}, Currency: canonical.Currency(r.Currency.Name),
		})
	}
	countries, err := odoo.Find[countryRecord](ctx, erp, odoo.And())
	if err != nil {
		return nil, err
	}
	codes := map[int64]string{}
	for _, r := range countries {
		d.Countries[r.Code] = r.ID
		codes[r.ID] = r.Code
	}
	states, err := odoo.Find[stateRecord](ctx, erp, odoo.And())
	if err != nil {
		return nil, err
	}
	for _, r := range states {
		d.States[[2]string{codes[r.Country.ID], strings.ToUpper(r.Code)}] = r.ID
	}

	if err := readNamed(ctx, erp, rules, d, ofCompany); err != nil {
		return nil, err
	}
	if d.Units, err = readUnits(ctx, erp, rules); err != nil {
		return nil, err
	}
	return d, nil
}

// readUnits reads the units of measure, where the rules name any.
func readUnits(ctx context.Context, erp *odoo.Client, rules *mapping.Channel) ([]mapping.Unit, error) {
	if len(rules.Products.Units) == 0 {
		return nil, nil
	}
	measures, err := stock.Measures(ctx, erp)
	if err != nil {
		return nil, err
	}
	units := make([]mapping.Unit, len(measures))
	for i, m := range measures {
		units[i] = mapping.Unit{
			Record: mapping.Record{ID: m.ID, Name: m.Name, Code: m.ExternalID.String()},
			Active: m.Active, Kind: m.Kind, More: m.More, Less: m.Less,
		}
	}
	return units, nil
}

// readNamed reads the records of apps that may not be installed, as far as the rules name any.
func readNamed(ctx context.Context, erp *odoo.Client, rules *mapping.Channel, d *mapping.Directory, ofCompany odoo.Domain) (err error) {
	if !rules.Warehouse.IsZero() || !rules.ChannelWarehouse.IsZero() || len(rules.Warehouses) > 0 {
		if d.Warehouses, err = optional(ctx, erp, odoo.Eq("company_id", d.CompanyID), func(r warehouseRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name, Code: r.Code}
		}); err != nil {
			return err
		}
	}
	if !rules.Team.IsZero() {
		if d.Teams, err = optional(ctx, erp, ofCompany, func(r teamRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name}
		}); err != nil {
			return err
		}
	}
	if len(rules.FiscalPositions) > 0 {
		if d.FiscalPositions, err = optional(ctx, erp, odoo.Eq("company_id", d.CompanyID), func(r positionRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name}
		}); err != nil {
			return err
		}
	}
	if len(rules.ShippingMethods) > 0 {
		if d.Carriers, err = optional(ctx, erp, ofCompany, func(r carrierRecord) mapping.Carrier {
			return mapping.Carrier{Record: mapping.Record{ID: r.ID, Name: r.Name}, ProductID: r.Product.ID}
		}); err != nil {
			return err
		}
	}
	if !rules.Salesperson.IsZero() {
		if d.Users, err = optional(ctx, erp, odoo.And(), func(r userRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name, Code: r.Login}
		}); err != nil {
			return err
		}
	}
	if len(rules.PaymentMethods) > 0 {
		if d.PaymentTerms, err = optional(ctx, erp, ofCompany, func(r termRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name}
		}); err != nil {
			return err
		}
	}
	if len(rules.Tags) > 0 {
		if d.Tags, err = optional(ctx, erp, odoo.And(), func(r tagRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name}
		}); err != nil {
			return err
		}
	}
	if shared := rules.Customers.SharedPartner; !shared.IsZero() {
		named := odoo.Eq("name", shared.Name)
		if shared.ID != 0 {
			named = odoo.Eq("id", shared.ID)
		}
		if d.SharedPartners, err = optional(ctx, erp, named, func(r partnerRecord) mapping.Record {
			return mapping.Record{ID: r.ID, Name: r.Name}
		}); err != nil {
			return err
		}
	}
	return nil
}

// optional reads records of a model that may be absent or closed to the user.
func optional[T odoo.Model, R any](ctx context.Context, erp *odoo.Client, domain odoo.Domain, convert func(T) R) ([]R, error) {
	records, err := odoo.Find[T](ctx, erp, domain)
	switch odoo.CodeOf(err) {
	case odoo.CodeUnknownModel, odoo.CodeAccess:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	result := make([]R, len(records))
	for i, record := range records {
		result[i] = convert(record)
	}
	return result, nil
}

func readLineFields(ctx context.Context, erp *odoo.Client, d *mapping.Directory) error {
	fields, err := erp.Fields(ctx, "sale.order.line")
	if err != nil {
		return err
	}
	_, d.StatedAmounts = fields["extra_tax_data"]
	d.PriceDigits = decimals(fields["price_unit"])
	d.DiscountDigits = decimals(fields["discount"])
	d.QuantityDigits = decimals(fields["product_uom_qty"])
	return nil
}

// decimals is how many decimals a float field keeps, −1 if Odoo does not round it.
func decimals(field odoo.FieldInfo) int {
	if len(field.Digits) < 2 {
		return -1
	}
	return field.Digits[1]
}

func readCompany(ctx context.Context, erp *odoo.Client, d *mapping.Directory, rules *mapping.Channel) error {
	company := rules.Company
	if company == 0 {
		var err error
		if company, err = ownCompany(ctx, erp); err != nil {
			return err
		}
	}
	companies, err := odoo.Read[companyRecord](ctx, erp, company)
	if odoo.CodeOf(err) == odoo.CodeMissingRecord && rules.Company != 0 {
		return &mapping.UnknownRecordError{Channel: rules.Name, Rule: "company", Model: "res.company", Ref: mapping.ID(company)}
	}
	if err != nil {
		return err
	}
	d.CompanyID = company
	d.CompanyCurrency = canonical.Currency(companies[0].Currency.Name)
	currencies, err := odoo.Find[currencyRecord](ctx, erp, odoo.Eq("active", true))
	if err != nil {
		return err
	}
	for _, r := range currencies {
		d.Currencies[canonical.Currency(r.Name)] = mapping.CurrencyRecord{ID: r.ID, Digits: r.Digits}
	}
	return nil
}

// ownCompany is the company that the connector's user works for.
func ownCompany(ctx context.Context, erp *odoo.Client) (int64, error) {
	user, err := erp.UserID(ctx)
	if err != nil {
		return 0, err
	}
	own, err := odoo.Read[ownRecord](ctx, erp, user)
	if err != nil {
		return 0, err
	}
	return own[0].Company.ID, nil
}

// ownRecord is the connector's own user.
type ownRecord struct {
	ID      int64         `odoo:"id"`
	Company odoo.Many2One `odoo:"company_id"`
}

func (ownRecord) OdooModel() string { return "res.users" }
