// Package canonicaltest makes orders for tests: random valid ones with [Orders], and fixed ones with
// [Order].
//
// Every order passes [canonical.Order.Validate]: its lines, taxes, discounts and totals agree to the
// minor unit. Nobody in them exists.
//
// # What the orders use
//
//   - Currencies: EUR, USD, SEK, GBP, JPY and KWD, or those asked for.
//   - Tax rates in percent: see [Rates]. A tax's code is "VAT-" and its rate ("VAT-7.125"), or "MKT-" and
//     its rate where the channel collects it; see [TaxCode]. A line of rate 0 has a tax of 0; tips, duties,
//     donations, gift cards and bundle members have no tax.
//   - Products: SKU-1 to SKU-12, or those asked for; kits have the SKU "KIT-1". Other lines have no SKU.
//   - Prices with and without tax; taxes rounded per unit, per line, or per order and then shared out.
//   - Channel {Name: "test", Account: "main"} and an ID "R" with a random number, or what is asked for.
package canonicaltest
