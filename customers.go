package retailsync

import (
	"context"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/partner"
	"github.com/retailsync/retailsync/odoo/sale"
)

// customers recognises or makes the customers and addresses of the orders that are about to be written, with one
// look-up and one insert for all of them.
func (b *batch) customers(ctx context.Context) error {
	open := b.still(func(i *item) bool {
		return i.plan.Target != mapping.TargetCancelled && (!i.known || i.odoo.Quotation())
	})
	if open = followed(open); len(open) == 0 {
		return nil
	}
	recognised, err := b.recognise(ctx, open)
	if err != nil {
		return err
	}
	var drafts []partner.Draft
	position := map[odoo.ExternalID]int{}
	for n, i := range open {
		for _, draft := range b.contacts(i.plan, recognised[n]) {
			if _, ok := position[draft.ExternalID]; !ok {
				position[draft.ExternalID] = len(drafts)
				drafts = append(drafts, draft)
			}
		}
	}
	results, err := partner.Insert(ctx, b.erp, drafts)
	if err != nil {
		return err
	}
	for n, i := range open {
		for _, draft := range b.contacts(i.plan, recognised[n]) {
			if err := results[position[draft.ExternalID]].Err; err != nil && i.err == nil {
				i.fail(StageCustomer, err)
			}
		}
		refer(i.plan, recognised[n])
	}
	return b.enforce(ctx, open, recognised, results, position)
}

// followed gives orders that stand for part of another one its customer and addresses, and returns the rest.
func followed(items []*item) []*item {
	var rest []*item
	for _, i := range items {
		if i.follows == nil {
			rest = append(rest, i)
			continue
		}
		i.plan.Order.Customer = sale.PartnerRef{ID: i.follows.Customer.ID}
		i.plan.Order.InvoiceAddress = sale.PartnerRef{ID: i.follows.InvoiceAddress.ID}
		i.plan.Order.DeliveryAddress = sale.PartnerRef{ID: i.follows.DeliveryAddress.ID}
	}
	return rest
}

// recognise finds the customers that Odoo has already; 0 means not found.
func (b *batch) recognise(ctx context.Context, items []*item) ([]int64, error) {
	var keys partner.Keys
	for _, i := range items {
		for _, match := range i.plan.Customer.Match {
			switch match.By {
			case mapping.CustomerByChannelID:
				keys.References = append(keys.References, i.plan.Customer.Reference)
			case mapping.CustomerByEmail:
				keys.Emails = append(keys.Emails, match.Value)
			case mapping.CustomerByVAT:
				keys.VATs = append(keys.VATs, match.Value)
			}
		}
	}
	found := make([]int64, len(items))
	candidates, err := partner.Find(ctx, b.erp, b.planner.Directory().CompanyID, keys)
	if err != nil {
		return nil, err
	}
	for n, i := range items {
		found[n] = choose(i.plan, candidates)
	}
	return found, nil
}

// choose takes the first way of the rules that recognises exactly one partner. Several of one kind recognise
// nobody: the order then goes to a customer of its own External ID.
func choose(plan *mapping.Plan, candidates []partner.Partner) int64 {
	for _, match := range plan.Customer.Match {
		var hits []int64
		for _, c := range candidates {
			if recognises(plan, match, c) {
				hits = append(hits, c.ID)
			}
		}
		if len(hits) == 1 {
			return hits[0]
		}
	}
	return 0
}

func recognises(plan *mapping.Plan, match mapping.CustomerMatch, c partner.Partner) bool {
	switch match.By {
	case mapping.CustomerByChannelID:
		return c.ExternalID == plan.Customer.Customer
	case mapping.CustomerByEmail:
		return mapping.NormalizeEmail(c.Email) == match.Value && strings.EqualFold(strings.Join(strings.Fields(c.Name), " "), match.Name)
	case mapping.CustomerByVAT:
		return mapping.NormalizeVAT(c.VAT) == match.Value
	default:
		return false
	}
}

// contacts are the contacts that the order needs: of a customer who was recognised only the addresses, below that one.
func (b *batch) contacts(plan *mapping.Plan, recognised int64) []partner.Draft {
	if recognised == 0 {
		return plan.Customer.Contacts
	}
	var addresses []partner.Draft
	for _, draft := range plan.Customer.Contacts {
		if draft.Kind == partner.KindContact {
			continue
		}
		draft.Parent, draft.ParentID = odoo.ExternalID{}, recognised
		addresses = append(addresses, draft)
	}
	return addresses
}

// refer points the order to its customer and addresses.
func refer(plan *mapping.Plan, recognised int64) {
	customer := sale.PartnerRef{ExternalID: plan.Customer.Customer}
	switch {
	case plan.Customer.SharedID != 0:
		customer = sale.PartnerRef{ID: plan.Customer.SharedID}
	case recognised != 0:
		customer = sale.PartnerRef{ID: recognised}
	}
	plan.Order.Customer, plan.Order.InvoiceAddress, plan.Order.DeliveryAddress = customer, customer, customer
	if plan.Customer.Invoice != (odoo.ExternalID{}) {
		plan.Order.InvoiceAddress = sale.PartnerRef{ExternalID: plan.Customer.Invoice}
	}
	if plan.Customer.Delivery != (odoo.ExternalID{}) {
		plan.Order.DeliveryAddress = sale.PartnerRef{ExternalID: plan.Customer.Delivery}
	}
}

// enforce writes the fields of customers that the rules give to the channel, where they differ.
func (b *batch) enforce(
	ctx context.Context, items []*item, recognised []int64,
	inserted []odoo.LoadResult, position map[odoo.ExternalID]int,
) error {
	wanted := map[int64]partner.Values{}
	owner := map[int64]*item{}
	for n, i := range items {
		if i.err != nil || len(i.plan.Customer.Owned) == 0 || i.plan.Customer.SharedID != 0 {
			continue
		}
		id := recognised[n]
		if id == 0 {
			id = inserted[position[i.plan.Customer.Customer]].ID
		}
		wanted[id], owner[id] = i.plan.Customer.Owned, i
	}
	changed, err := partner.Write(ctx, b.erp, wanted)
	if err != nil {
		return err
	}
	for id := range changed {
		owner[id].record(canonical.EventCustomerUpdated, "customer fields that the channel owns were written")
	}
	return nil
}
