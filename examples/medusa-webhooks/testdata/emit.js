// Calls the subscriber as Medusa does, with events from the command line and a query that answers as
// Medusa's query.graph.
const { default: subscriber } = require("../retailsync-webhooks.js")

const graph = async ({ entity, filters }) => ({
  data: entity === "payment"
    ? [{ payment_collection: { order: { id: "order_of_" + filters.id } }, refunds: [{ id: "ref_5" }, { id: "ref_6" }] }]
    : [{ order: { id: "order_of_" + filters.id } }],
})
const container = { resolve: () => ({ graph }) }

;(async () => {
  for (const event of JSON.parse(process.argv[2])) await subscriber({ event, container })
})()
