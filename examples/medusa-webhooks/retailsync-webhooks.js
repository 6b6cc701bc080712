// Sends Medusa's order, product and stock events to retailsync. Medusa v2 has no webhooks of its own; a
// subscriber is the place for them. Copy this file into src/subscribers of your Medusa project and set
//
//   RETAILSYNC_WEBHOOK_URL      where to send to, https outside of this machine
//   RETAILSYNC_WEBHOOK_SECRET   the secret given to medusa.WithWebhookSecret
//
// Each delivery is a POST with the body {"name", "data", "metadata"} and the headers
//
//   x-medusa-event       the event's name
//   x-medusa-delivery    an id, the same when a delivery is tried again
//   x-medusa-signature   "sha256=" and the hex HMAC-SHA256 of the body under the secret
//
// A delivery is a hint and may be lost (Medusa's local event bus lives in memory): poll as well.
const crypto = require("crypto")

const WANTED = /^(order|order-edit|payment|shipment|delivery|inventory-level|product|product-variant)\.[a-z_]+$/
const ATTEMPTS = 5
const PAUSE_MS = Number(process.env.RETAILSYNC_WEBHOOK_PAUSE_MS || 1000)
const TIMEOUT_MS = 10_000

// Payment events hold the id of the payment, shipment and delivery events that of the fulfilment. What
// retailsync fetches is the order, or a refund of the payment.
const ORDER_OF = {
  payment: ["payment", ["payment_collection.order.id", "refunds.id"], (row) => row.payment_collection?.order?.id],
  shipment: ["fulfillment", ["order.id"], (row) => row.order?.id],
  delivery: ["fulfillment", ["order.id"], (row) => row.order?.id],
}

async function related(name, data, container) {
  const resource = name.split(".")[0]
  if (resource === "order") return { order_id: data.order_id ?? data.id }
  const path = ORDER_OF[resource]
  if (!path) return {}
  const [entity, fields, pick] = path
  const { data: rows } = await container.resolve("query").graph({ entity, fields, filters: { id: data.id } })
  if (!rows[0]) return {}
  const found = { order_id: data.order_id ?? pick(rows[0]) }
  if (rows[0].refunds?.length) found.refund_ids = rows[0].refunds.map((refund) => refund.id)
  return found
}

async function send(url, headers, body) {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, { method: "POST", headers, body, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) })
      if (response.ok) return true
      // 4xx says that the delivery itself is refused; only "slow down" is worth another try.
      if (response.status < 500 && response.status !== 429) return false
    } catch {
      // no answer: try again
    }
    if (attempt === ATTEMPTS) return false
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1)))
  }
}

module.exports.default = async function retailsyncWebhooks({ event, container }) {
  const url = process.env.RETAILSYNC_WEBHOOK_URL
  const secret = process.env.RETAILSYNC_WEBHOOK_SECRET
  if (!url || !secret || !WANTED.test(event.name)) return
  for (const item of Array.isArray(event.data) ? event.data : [event.data]) {
    const data = { ...item, at: new Date().toISOString() }
    try {
      Object.assign(data, await related(event.name, data, container))
    } catch {
      // Without the order's id the delivery is refused; polling finds the change.
    }
    const body = JSON.stringify({ name: event.name, data, metadata: event.metadata ?? null })
    const delivered = await send(url, {
      "content-type": "application/json",
      "x-medusa-event": event.name,
      "x-medusa-delivery": crypto.randomUUID(),
      "x-medusa-signature": "sha256=" + crypto.createHmac("sha256", secret).update(body).digest("hex"),
    }, body)
    if (!delivered) console.error(`retailsync: the event ${event.name} was not delivered`)
  }
}

module.exports.config = { event: "*", context: { subscriberId: "retailsync-webhooks" } }
