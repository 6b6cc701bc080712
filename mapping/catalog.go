package mapping

import (
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/canonical"
)

// Products are the products of Odoo that the lines of some orders may refer to, as a look-up found
// them. A SKU may stand for several products, since Odoo does not keep default_code unique.
type Products struct {
	BySKU, ByBarcode map[string][]Product
	ByID             map[int64]Product
}

// Wanted are the keys of a look-up of products.
type Wanted struct {
	SKUs, Barcodes []string
	IDs            []int64
}

// AmbiguousSKUError says that several products of Odoo have one SKU or barcode.
type AmbiguousSKUError struct {
	Channel canonical.Channel
	// SKU is the SKU or barcode as it stands in Odoo, IDs the products that have it.
	SKU string
	IDs []int64
}

// Error implements error.
func (e *AmbiguousSKUError) Error() string {
	return fmt.Sprintf("mapping: the products %v of Odoo all have the SKU or barcode %q: give each its own, or archive all but one", e.IDs, e.SKU)
}

// errNoProduct says that nothing was found.
var errNoProduct = errors.New("no such product")

// Wanted returns what must be looked up before the orders can be planned, each key once.
func (p *Planner) Wanted(orders ...*canonical.Order) Wanted {
	w := wanting{skus: map[string]bool{}, barcodes: map[string]bool{}, ids: map[int64]bool{}}
	for _, ref := range []Ref{p.rules.Totals.Rounding.Product, p.rules.Products.Placeholder, p.rules.GiftCardsUsed.Product} {
		w.ref(ref)
	}
	for _, rule := range p.rules.Taxes {
		w.ref(rule.Product)
	}
	for _, rule := range p.rules.Lines {
		w.ref(rule.Product)
	}
	for _, rule := range p.rules.ShippingMethods {
		w.ref(rule.Product)
	}
	for _, carrier := range p.records.carriers {
		w.id(carrier.ProductID)
	}
	for _, order := range orders {
		for i := range order.Lines {
			if line := &order.Lines[i]; IsGoods(line.Kind) {
				w.sku(p.skuOf(line))
				w.barcode(line.Barcode)
			}
		}
	}
	return w.Wanted
}

// skuOf is the SKU of a line as Odoo has it.
func (p *Planner) skuOf(line *canonical.Line) string {
	if alias, ok := p.rules.Products.Aliases[line.SKU]; ok {
		return alias
	}
	return line.SKU
}

// wanting collects keys without repeating them.
type wanting struct {
	Wanted
	skus, barcodes map[string]bool
	ids            map[int64]bool
}

func (w *wanting) ref(ref Ref) {
	if !ref.IsNone() {
		w.sku(ref.Name)
		w.id(ref.ID)
	}
}

func (w *wanting) sku(sku string) {
	if sku != "" && !w.skus[sku] {
		w.skus[sku] = true
		w.SKUs = append(w.SKUs, sku)
	}
}

func (w *wanting) barcode(barcode string) {
	if barcode != "" && !w.barcodes[barcode] {
		w.barcodes[barcode] = true
		w.Barcodes = append(w.Barcodes, barcode)
	}
}

func (w *wanting) id(id int64) {
	if id != 0 && !w.ids[id] {
		w.ids[id] = true
		w.IDs = append(w.IDs, id)
	}
}

// byRef finds the product that a rule names.
func (p Products) byRef(ref Ref) (Product, error) {
	if ref.ID != 0 {
		if product, ok := p.ByID[ref.ID]; ok {
			return product, nil
		}
		return Product{}, errNoProduct
	}
	return only(ref.Name, p.BySKU[ref.Name])
}

func only(key string, found []Product) (Product, error) {
	switch len(found) {
	case 0:
		return Product{}, errNoProduct
	case 1:
		return found[0], nil
	default:
		e := &AmbiguousSKUError{SKU: key}
		for _, product := range found {
			e.IDs = append(e.IDs, product.ID)
		}
		return Product{}, e
	}
}

// noProduct is the error for a product that a rule names and Odoo does not have.
func (m *mapper) noProduct(rule string, ref Ref, err error) error {
	if errors.Is(err, errNoProduct) {
		return &UnknownRecordError{Channel: m.channel, Rule: rule, Model: "product.product", Ref: ref}
	}
	return err
}

// productOf finds the product of a line: goods by SKU and barcode, everything else by the rule for its kind.
func (m *mapper) productOf(at position) (Product, bool) {
	if !IsGoods(at.line.Kind) {
		return m.chargeProduct(at)
	}
	for _, by := range m.rules.Products.Match {
		key, found := m.skuOf(at.line), m.products.BySKU
		if by == ProductByBarcode {
			key, found = at.line.Barcode, m.products.ByBarcode
		}
		if key == "" {
			continue
		}
		product, err := only(key, found[key])
		if err == nil {
			return m.soldIn(at, product)
		}
		if !errors.Is(err, errNoProduct) {
			m.problem(fmt.Errorf("%s: %w", at.path, err))
			return Product{}, false
		}
	}
	return m.unknownProduct(at)
}

// soldIn gives goods the unit that the channel sells them in.
func (m *mapper) soldIn(at position, product Product) (Product, bool) {
	unit, err := m.units.Of(at.line.SKU, product.UoMID)
	if err != nil {
		m.problem(fmt.Errorf("%s: %w", at.path, err))
		return Product{}, false
	}
	product.UoMID = unit.in(product.UoMID)
	return product, true
}

// unknownProduct does what the rules say about goods that Odoo does not have.
func (m *mapper) unknownProduct(at position) (Product, bool) {
	if m.rules.Products.Unknown == UnknownBlock {
		m.problem(fmt.Errorf("%s: %w", at.path, m.rules.MissingSKU(at.line.SKU)))
		return Product{}, false
	}
	product, err := m.products.byRef(m.rules.Products.Placeholder)
	if err != nil {
		m.problem(m.noProduct("products.placeholder", m.rules.Products.Placeholder, err))
		return Product{}, false
	}
	m.held = m.held || m.rules.Products.Unknown == UnknownHold
	return product, true
}

// chargeProduct finds the product of shipping, fees and the like.
func (m *mapper) chargeProduct(at position) (Product, bool) {
	ref, rule := Ref{}, "lines."+string(at.line.Kind)+".product"
	if at.line.Kind == canonical.LineShipping {
		ref, rule = m.shippingProduct(at)
	}
	if ref.IsZero() {
		var err error
		if ref, err = m.rules.LineProduct(at.line.Kind); err != nil {
			m.problem(fmt.Errorf("%s: %w", at.path, err))
			return Product{}, false
		}
	}
	product, err := m.products.byRef(ref)
	if err != nil {
		m.problem(m.noProduct(rule, ref, err))
		return Product{}, false
	}
	return product, true
}

// shippingProduct is the product of a shipping line by its method: the rule's, or, where the rules name no product
// for shipping at all, the carrier's own.
func (m *mapper) shippingProduct(at position) (Ref, string) {
	rule, err := m.rules.ShippingMethod(methodOf(at.line))
	if err != nil {
		m.problem(fmt.Errorf("%s: %w", at.path, err))
		return Ref{}, ""
	}
	carrier := m.records.carriers[rule.Carrier]
	if carrier.ID != 0 && m.rules.Ownership.MayWrite(FieldOrderCarrier, false) {
		m.result.Order.CarrierID = carrier.ID
	}
	_, general := m.rules.Lines[canonical.LineShipping]
	switch {
	case !rule.Product.IsZero():
		return rule.Product, "shipping_methods.product"
	case !general && carrier.ProductID != 0:
		return ID(carrier.ProductID), "shipping_methods.carrier"
	default:
		return Ref{}, "lines.shipping.product"
	}
}

// methodOf is the channel's word for a shipping method: its code where the adapter has one, else its title.
func methodOf(line *canonical.Line) string {
	for _, word := range []string{line.Properties["method_id"], line.Title, line.ChannelProductID} {
		if word != "" {
			return word
		}
	}
	return ""
}
