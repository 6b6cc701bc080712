# Runs inside `odoo shell`: makes the same customers, addresses and sale orders by the ORM and confirms them, one process,
# batches of 50, as the yardstick for orders that come over RPC. Prints "inprocess ORDERS SECONDS".
import time

count, size, tag = __COUNT__, 50, "__TAG__"
products = env["product.product"].search([("default_code", "in", __SKUS__)], order="default_code")
taxes = env["account.tax"].search([("name", "=", "__TAX__"), ("type_tax_use", "=", "sale")], limit=1)
country = env["res.country"].search([("code", "=", "US")], limit=1)


def place(n):
    return {"name": "Buyer %d" % n, "street": "Main Street %d" % n, "city": "Springfield", "zip": "62701", "country_id": country.id}


def order(n, customer, address):
    return {
        "partner_id": customer.id,
        "partner_invoice_id": address.id,
        "partner_shipping_id": address.id,
        "origin": "%s/%d" % (tag, n),
        "client_order_ref": "%d" % n,
        "order_line": [
            (0, 0, {
                "product_id": product.id,
                "name": product.name,
                "product_uom_qty": k + 1,
                "product_uom_id": product.uom_id.id,
                "price_unit": 10.0 + k,
                "tax_ids": [(6, 0, taxes.ids)],
            })
            for k, product in enumerate(products)
        ],
    }


started = time.time()
for first in range(0, count, size):
    numbers = range(first, min(first + size, count))
    customers = env["res.partner"].create([dict(place(n), email="%s-%d@example.com" % (tag, n)) for n in numbers])
    addresses = env["res.partner"].create([
        dict(place(n), type="invoice", parent_id=customer.id) for n, customer in zip(numbers, customers)
    ])
    orders = env["sale.order"].create([order(*one) for one in zip(numbers, customers, addresses)])
    orders.action_confirm()
    env.cr.commit()
print("inprocess %d %.3f" % (count, time.time() - started))
