package partner

import (
	"context"
	"maps"
	"slices"

	"github.com/retailsync/retailsync/odoo"
)

// Partner is what the flow reads of a contact. It is personal data.
type Partner struct {
	ID        int64  `odoo:"id"`
	Name      string `odoo:"name"`
	Email     string `odoo:"email"`
	Phone     string `odoo:"phone"`
	VAT       string `odoo:"vat"`
	Reference string `odoo:"ref"`
	// ExternalID is filled by [Find].
	ExternalID odoo.ExternalID `odoo:"-"`
}

// OdooModel names the model.
func (Partner) OdooModel() string { return "res.partner" }

// Keys are what customers are looked for by. Emails are normalised (trimmed, lower case).
type Keys struct{ References, Emails, VATs []string }

// Find returns the customers, never their addresses, that have one of the keys and belong to the company or to
// all, by id. It only reads. One key may fit several partners: the caller decides.
func Find(ctx context.Context, client *odoo.Client, company int64, keys Keys) ([]Partner, error) {
	var any []odoo.Domain
	for _, key := range []struct {
		field  string
		values []string
	}{{"ref", keys.References}, {"email_normalized", keys.Emails}, {"vat", keys.VATs}} {
		if values := distinct(key.values); len(values) > 0 {
			any = append(any, odoo.In(key.field, values))
		}
	}
	if len(any) == 0 {
		return nil, nil
	}
	partners, err := odoo.Find[Partner](ctx, client, odoo.And(
		odoo.Or(any...), odoo.NotIn("type", []string{string(KindInvoice), string(KindDelivery)}),
		odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", company)),
	))
	if err != nil || len(partners) == 0 {
		return nil, err
	}
	ids := make([]int64, len(partners))
	for i, p := range partners {
		ids[i] = p.ID
	}
	names, err := client.Lookup(ctx, "res.partner", ids)
	if err != nil {
		return nil, err
	}
	for i := range partners {
		partners[i].ExternalID = names[partners[i].ID]
	}
	return partners, nil
}

func distinct(values []string) []string {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return slices.DeleteFunc(slices.Compact(sorted), func(s string) bool { return s == "" })
}

// Values are fields of a contact to be written, by Odoo's name: name, email, phone, vat.
type Values map[string]string

// Write writes the values that differ from what is there, by contact, and returns the contacts that it changed. It
// touches nothing that is right already and is safe to repeat.
func Write(ctx context.Context, client *odoo.Client, wanted map[int64]Values) (map[int64]bool, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	ids := slices.Sorted(maps.Keys(wanted))
	partners, err := odoo.Read[Partner](ctx, client, ids...)
	if err != nil {
		return nil, err
	}
	changed := map[int64]bool{}
	for _, p := range partners {
		there := Values{"name": p.Name, "email": p.Email, "phone": p.Phone, "vat": p.VAT}
		differ := map[string]any{}
		for field, value := range wanted[p.ID] {
			if there[field] != value {
				differ[field] = value
			}
		}
		if len(differ) == 0 {
			continue
		}
		if err := client.Call(ctx, odoo.Call{
			Model: "res.partner", Method: "write", IDs: []int64{p.ID}, Args: odoo.Args{"vals": differ}, Effect: odoo.EffectIdempotent,
		}, nil); err != nil {
			return nil, err
		}
		changed[p.ID] = true
	}
	return changed, nil
}
