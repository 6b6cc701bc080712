// Calls the subscriber as Medusa does, with events from the command line and a query that answers as
// Medusa's query.graph.
const { default: subscriber } = require("../retailsync-webhooks.js")

const graph = async ({ entity, filters }) => ({
  data: entity === "payment"
    ? [{ payment_collection: { order: { id: "order_of_" + filters.id } } }]
    : [{ order: { id: "order_of_" + filters.id } }],
})
const container = { resolve: () => ({ graph }) }

;(async () => {
  for (const event of JSON.parse(process.argv[2])) await subscriber({ event, container })
})()
