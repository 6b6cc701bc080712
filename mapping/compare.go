package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/odoo/sale"
)

// ComparePlans lists what differs between two plans of one order, such as by the rules in service and by others: what Odoo would be told. Of
// customers and contacts it says which they are, and not what they hold; lines are told by their External IDs.
func ComparePlans(from, to Plan) []Change { return Compare(from.values(), to.values()) }

// values are what Odoo is told by a plan, by name.
func (p Plan) values() map[string]string {
	all := map[string]string{
		"target": string(p.Target), "currency": string(p.Currency), "untaxed": p.Untaxed.String(), "tax": p.Tax.String(), "total": p.Total.String(),
		"reference": p.Order.Reference, "date": p.Order.Date.UTC().Format("2006-01-02 15:04:05"),
		"customer": who(p.Order.Customer), "invoice address": who(p.Order.InvoiceAddress), "delivery address": who(p.Order.DeliveryAddress),
		"tags": fmt.Sprint(slices.Sorted(slices.Values(p.Order.TagIDs))),
	}
	for name, id := range map[string]int64{
		"pricelist": p.Order.PricelistID, "fiscal position": p.Order.FiscalPositionID, "warehouse": p.Order.WarehouseID, "team": p.Order.TeamID,
		"salesperson": p.Order.UserID, "payment term": p.Order.PaymentTermID, "carrier": p.Order.CarrierID, "company": p.Order.CompanyID,
	} {
		all[name] = strconv.FormatInt(id, 10)
	}
	var matches, contacts []string
	for _, match := range p.Customer.Match {
		matches = append(matches, string(match.By))
	}
	for _, contact := range p.Customer.Contacts {
		contacts = append(contacts, contact.ExternalID.String())
	}
	all["customers are recognised by"] = strings.Join(matches, ", ")
	all["contacts"] = strings.Join(contacts, ", ")
	for _, shipped := range p.Shipped {
		all["shipped of "+shipped.ExternalID.String()] = shipped.Quantity.String()
	}
	for _, line := range p.Order.Lines {
		name := "line " + line.ExternalID.String() + " "
		all[name+"product"], all[name+"unit"] = strconv.FormatInt(line.ProductID, 10), strconv.FormatInt(line.UoMID, 10)
		all[name+"quantity"], all[name+"price"], all[name+"discount"] = line.Quantity.String(), line.Price.String(), line.Discount.String()
		all[name+"taxes"] = fmt.Sprint(slices.Sorted(slices.Values(line.TaxIDs)))
		all[name+"net"], all[name+"tax"], all[name+"delivery"] = line.Net.String(), line.Tax.String(), strconv.FormatBool(line.Delivery)
		if line.Stated != nil {
			stated := map[int64]string{}
			for _, tax := range line.Stated.Taxes {
				stated[tax.TaxID] = tax.Amount.String()
			}
			all[name+"stated"] = line.Stated.Net.String()
			for _, tax := range slices.Sorted(maps.Keys(stated)) {
				all[name+"stated"] += fmt.Sprintf(" %d:%s", tax, stated[tax])
			}
		}
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

func who(ref sale.PartnerRef) string {
	if ref.ID != 0 {
		return strconv.FormatInt(ref.ID, 10)
	}
	return ref.ExternalID.String()
}
