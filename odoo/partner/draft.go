package partner

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/retailsync/retailsync/odoo"
)

// Kind is the kind of a contact (res.partner.type).
type Kind string

// The kinds of contacts.
const (
	KindContact  Kind = "contact"
	KindInvoice  Kind = "invoice"
	KindDelivery Kind = "delivery"
)

// Draft is a contact to be inserted: a customer, or one of its addresses. All of it is personal data.
type Draft struct {
	ExternalID odoo.ExternalID
	// Parent is the customer that an address belongs to; its ParentID is used where the customer was
	// found in Odoo instead of inserted. Both empty: a customer of its own.
	Parent   odoo.ExternalID
	ParentID int64
	Kind     Kind
	// Company makes the contact a company (is_company).
	Company bool
	// Name must not be empty.
	Name string

	Email, Phone, VAT, Reference    string
	CompanyName                     string // of a person whose company is no contact of its own
	Street, Street2, City, Zip      string
	CountryID, StateID              int64
	Language                        string // an installed res.lang code such as "sv_SE"
	FiscalPositionID, PaymentTermID int64
	CompanyID                       int64
}

// columns are the fields of a draft. An address inherits what it does not set.
var columns = []struct {
	field string
	value func(*Draft) string
}{
	{"name", func(d *Draft) string { return d.Name }},
	{"type", func(d *Draft) string { return string(d.Kind) }},
	{"is_company", func(d *Draft) string { return strconv.FormatBool(d.Company) }},
	{"parent_id/id", func(d *Draft) string { return external(d.Parent) }},
	{"parent_id/.id", func(d *Draft) string { return id(d.ParentID) }},
	{"email", func(d *Draft) string { return d.Email }},
	{"phone", func(d *Draft) string { return d.Phone }},
	{"vat", func(d *Draft) string { return d.VAT }},
	{"company_name", func(d *Draft) string { return d.CompanyName }},
	{"ref", func(d *Draft) string { return d.Reference }},
	{"street", func(d *Draft) string { return d.Street }},
	{"street2", func(d *Draft) string { return d.Street2 }},
	{"city", func(d *Draft) string { return d.City }},
	{"zip", func(d *Draft) string { return d.Zip }},
	{"country_id/.id", func(d *Draft) string { return id(d.CountryID) }},
	{"state_id/.id", func(d *Draft) string { return id(d.StateID) }},
	{"lang", func(d *Draft) string { return d.Language }},
	{"property_account_position_id/.id", func(d *Draft) string { return id(d.FiscalPositionID) }},
	{"property_payment_term_id/.id", func(d *Draft) string { return id(d.PaymentTermID) }},
	{"company_id/.id", func(d *Draft) string { return id(d.CompanyID) }},
}

// Insert creates the contacts that do not exist yet and leaves the others untouched. There is one result per
// draft, in order.
func Insert(ctx context.Context, client *odoo.Client, drafts []Draft) ([]odoo.LoadResult, error) {
	results := make([]odoo.LoadResult, len(drafts))
	// Odoo refuses a row set that names one field both by External ID and by database id.
	var byExternalID, byID []int
	for i := range drafts {
		if drafts[i].ParentID != 0 {
			byID = append(byID, i)
		} else {
			byExternalID = append(byExternalID, i)
		}
	}
	for _, members := range [][]int{byGeneration(drafts, byExternalID), byID} {
		if len(members) == 0 {
			continue
		}
		loaded, err := client.Load(ctx, batch(drafts, members))
		if err != nil {
			return nil, err
		}
		for k, i := range members {
			results[i] = loaded[k]
		}
	}
	return results, nil
}

// byGeneration sorts the members so that all customers stand before all addresses. Odoo creates contacts many at
// once, but those before the first that refers to one of them are created first: customers and addresses in turns
// would be created one by one, which takes nearly three times as long.
func byGeneration(drafts []Draft, members []int) []int {
	parents := make(map[odoo.ExternalID]odoo.ExternalID, len(members))
	for _, i := range members {
		parents[drafts[i].ExternalID] = drafts[i].Parent
	}
	generation := func(i int) int {
		n := 0
		for parent, ok := parents[drafts[i].Parent]; ok && n < len(members); parent, ok = parents[parent] {
			n++
		}
		return n
	}
	return slices.SortedStableFunc(slices.Values(members), func(a, b int) int { return cmp.Compare(generation(a), generation(b)) })
}

// batch has the columns that any of the members sets.
func batch(drafts []Draft, members []int) odoo.LoadBatch {
	b := odoo.LoadBatch{Model: "res.partner", Mode: odoo.InsertMissing, Context: odoo.Unattended()}
	var values []func(*Draft) string
	for _, c := range columns {
		for _, i := range members {
			if c.value(&drafts[i]) != "" {
				b.Fields = append(b.Fields, c.field)
				values = append(values, c.value)
				break
			}
		}
	}
	for _, i := range members {
		row := make([]string, len(values))
		for k, value := range values {
			row[k] = value(&drafts[i])
		}
		b.Records = append(b.Records, odoo.LoadRecord{ExternalID: drafts[i].ExternalID, Rows: [][]string{row}})
	}
	return b
}

func external(x odoo.ExternalID) string {
	if x == (odoo.ExternalID{}) {
		return ""
	}
	return x.String()
}

func id(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
