// Brings a running Medusa to the state that the tests expect, through its own HTTP API, and prints the keys:
//
//   SECRET_KEY=sk_...         admin API
//   PUBLISHABLE_KEY=pk_...    store API, sales channel "Web"
//
// It finds before it makes, so it may run again; only the secret key is new each time, since Medusa shows one once.
//
//   channel   Web, shipped from "Store Stockholm"
//   regions   Sweden (eur, prices without tax, VAT 25 %), UK (gbp, prices with tax, VAT 20 %)
//   products  T-shirt TS-S, TS-M, TS-L, 1,000,000 of each in stock
//   shipping  Standard (5), Return by post (0)
//   other     promotion TENOFF (10 % off the items), return reason wrong-size, refund reason customer_return
const base = process.env.MEDUSA_URL ?? "http://127.0.0.1:9000"
const stock = 1_000_000 // more than any number of test runs sells

let authorization
async function call(method, path, body) {
  const headers = { "content-type": "application/json", ...(authorization && { authorization }) }
  const reply = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`)
  return JSON.parse(text)
}
const get = (path) => call("GET", path)
const post = (path, body = {}) => call("POST", path, body)

// ensure answers the first row of a list that fits, or what make makes.
async function ensure(path, key, make, fits = () => true) {
  return (await get(path))[key].find(fits) ?? make()
}

const { token } = await post("/auth/user/emailpass", { email: process.env.ADMIN_EMAIL, password: process.env.ADMIN_PASSWORD })
authorization = `Bearer ${token}`
const { api_key: secret } = await post("/admin/api-keys", { title: `retailsync ${new Date().toISOString()}`, type: "secret" })
authorization = "Basic " + Buffer.from(`${secret.token}:`).toString("base64")

// Whether a plain currency price includes tax is the currency's preference; the region's flag alone does not decide.
const { stores: [store] } = await get("/admin/stores")
await post(`/admin/stores/${store.id}`, { supported_currencies: [
  { currency_code: "eur", is_default: true, is_tax_inclusive: false },
  { currency_code: "gbp", is_tax_inclusive: true },
] })

const channel = await ensure("/admin/sales-channels?name=Web", "sales_channels",
  async () => (await post("/admin/sales-channels", { name: "Web", description: "web store" })).sales_channel)

const location = await ensure("/admin/stock-locations?name=Store+Stockholm", "stock_locations",
  async () => (await post("/admin/stock-locations", { name: "Store Stockholm",
    address: { address_1: "Drottninggatan 1", city: "Stockholm", country_code: "SE", postal_code: "11151" } })).stock_location)
// Adding what is there already changes nothing.
await post(`/admin/stock-locations/${location.id}/sales-channels`, { add: [channel.id] })
await post(`/admin/stock-locations/${location.id}/fulfillment-providers`, { add: ["manual_manual"] })

const sets = async () => (await get(
  `/admin/stock-locations/${location.id}?fields=*fulfillment_sets,*fulfillment_sets.service_zones`)).stock_location.fulfillment_sets
if (!(await sets()).length) await post(`/admin/stock-locations/${location.id}/fulfillment-sets`, { name: "Shipping", type: "shipping" })
const [set] = await sets()
const zone = set.service_zones?.[0] ?? (await post(`/admin/fulfillment-sets/${set.id}/service-zones`, { name: "Europe",
  geo_zones: [{ type: "country", country_code: "se" }, { type: "country", country_code: "gb" }] })).fulfillment_set.service_zones[0]
const profile = await ensure("/admin/shipping-profiles?name=Default", "shipping_profiles",
  async () => (await post("/admin/shipping-profiles", { name: "Default", type: "default" })).shipping_profile)

for (const [name, currency_code, country, is_tax_inclusive] of [["Sweden", "eur", "se", false], ["UK", "gbp", "gb", true]])
  await ensure("/admin/regions", "regions", () => post("/admin/regions", { name, currency_code, countries: [country],
    payment_providers: ["pp_system_default"], automatic_taxes: true, is_tax_inclusive }), (region) => region.name === name)

for (const [country_code, rate] of [["se", 25], ["gb", 20]])
  await ensure("/admin/tax-regions", "tax_regions", () => post("/admin/tax-regions", { country_code, provider_id: "tp_system",
    default_tax_rate: { rate, code: `${country_code.toUpperCase()}${rate}`, name: `VAT ${rate}`, is_default: true } }),
  (region) => region.country_code === country_code)

for (const [name, code, amount, isReturn] of [["Standard", "standard", 5, false], ["Return by post", "return", 0, true]])
  await ensure("/admin/shipping-options?limit=50", "shipping_options", () => post("/admin/shipping-options", { name,
    service_zone_id: zone.id, shipping_profile_id: profile.id, provider_id: "manual_manual", price_type: "flat",
    type: { label: name, description: name, code },
    prices: [{ currency_code: "eur", amount }, { currency_code: "gbp", amount }],
    rules: [{ attribute: "enabled_in_store", operator: "eq", value: String(!isReturn) },
      { attribute: "is_return", operator: "eq", value: String(isReturn) }] }), (option) => option.name === name)

const variants = [["S", "7310000000017", 20, 24], ["M", "7310000000024", 19.99, 23.99], ["L", "7310000000031", 22.5, 27]]
await ensure("/admin/products?handle=t-shirt", "products", () => post("/admin/products", { title: "T-shirt", handle: "t-shirt",
  status: "published", shipping_profile_id: profile.id, sales_channels: [{ id: channel.id }], external_id: "ext-tshirt",
  options: [{ title: "Size", values: variants.map(([size]) => size) }],
  variants: variants.map(([size, ean, eur, gbp]) => ({ title: size, sku: `TS-${size}`, ean, manage_inventory: true,
    allow_backorder: false, options: { Size: size },
    prices: [{ currency_code: "eur", amount: eur }, { currency_code: "gbp", amount: gbp }] })) }))
for (const [size] of variants) {
  const [item] = (await get(`/admin/inventory-items?sku=TS-${size}&fields=id,*location_levels`)).inventory_items
  if (!item.location_levels?.length)
    await post(`/admin/inventory-items/${item.id}/location-levels`, { location_id: location.id, stocked_quantity: stock })
}

await ensure("/admin/promotions?code=TENOFF", "promotions", () => post("/admin/promotions", { code: "TENOFF", type: "standard",
  status: "active", is_automatic: false,
  application_method: { type: "percentage", target_type: "items", allocation: "across", value: 10, currency_code: "gbp" } }))
await ensure("/admin/return-reasons?value=wrong-size", "return_reasons",
  () => post("/admin/return-reasons", { value: "wrong-size", label: "Wrong size" }))
await ensure("/admin/refund-reasons?q=customer_return", "refund_reasons",
  () => post("/admin/refund-reasons", { label: "Customer return", code: "customer_return" }))

const publishable = await ensure("/admin/api-keys?type=publishable&title=Web", "api_keys",
  async () => (await post("/admin/api-keys", { title: "Web", type: "publishable" })).api_key)
await post(`/admin/api-keys/${publishable.id}/sales-channels`, { add: [channel.id] })

console.log(`SECRET_KEY=${secret.token}\nPUBLISHABLE_KEY=${publishable.token}`)
