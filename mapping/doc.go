// Package mapping says what a channel's order means in Odoo: rules, and pure functions that apply
// them. It does no I/O beyond reading a rules file.
//
// # Rules
//
// [Rules] hold, for each channel, how taxes, products, charges, shipping and payment methods,
// locations, currencies, customers and states map to one Odoo database. They are YAML ([LoadFile],
// [Load]; docs/rules.md lists every key) or Go values ([Rules.Validate]). Loading is strict: what is not
// understood or contradicts itself is refused as a [*RulesError], which lists all problems with line and
// column. [Rules.For] gives the complete rules of one channel; [Rules.Digest] and [Diff] tell versions apart.
//
// # Matching
//
// The methods of [Channel] answer one question each: [Channel.Tax],
// [Channel.ShippingMethod], [Channel.WarehouseAt], [Channel.Customer] and so on. The most
// specific rule wins and the order of rules means nothing. What has no rule is an [*UnmappedError],
// whose text shows the YAML to add; nothing is guessed. [Unmapped] finds all of them in an error.
//
// # Customers
//
// [Channel.Customer] names the buyer, the company and the addresses of an order
// deterministically, so that the same buyer is the same partner in every process. An empty name, an empty e-mail
// and a marketplace's relay address identify nobody.
//
// # Ownership
//
// [Ownership] says who owns a field after its record was created. A field that Odoo owns is never
// overwritten from a channel.
package mapping
