# Runs inside `odoo shell` for the stock bench. The step is one of:
#   prepare  makes the company, its warehouse and 10,000 products with stock, unless they are there; prints "stock COMPANY WAREHOUSE"
#   read     reads SKU and free_qty of all of them, as the yardstick for a comparison over RPC; prints "inprocess PRODUCTS SECONDS"
import time

step, count = "__STEP__", __COUNT__
name = "Stock bench %d" % count
company = env["res.company"].search([("name", "=", name)], limit=1)
if not company:
    company = env["res.company"].create({"name": name})
    env.ref("base.user_admin").company_ids = [(4, company.id)]
env = env(context=dict(env.context, allowed_company_ids=[company.id], tracking_disable=True))
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], order="id", limit=1)
if not warehouse:
    warehouse = env["stock.warehouse"].create({"name": name, "code": "BENCH", "company_id": company.id})
products = env["product.product"].search([("company_id", "=", company.id), ("is_storable", "=", True)], order="id")


def prepare():
    for first in range(len(products), count, 1000):
        made = env["product.product"].create([
            {"name": "Article %d" % n, "default_code": "%s-%05d" % ("STB", n), "type": "consu", "is_storable": True, "company_id": company.id}
            for n in range(first, min(first + 1000, count))
        ])
        shelf = env["stock.location"].create({"name": "Shelf %d" % first, "location_id": warehouse.lot_stock_id.id, "company_id": company.id})
        # Nine in ten are in stock, one in five of those at a second place; some of it is reserved.
        quants = []
        for product in made:
            if product.id % 10:
                quants.append({"product_id": product.id, "location_id": warehouse.lot_stock_id.id, "quantity": 5 + product.id % 40, "reserved_quantity": product.id % 3})
            if product.id % 5 == 1:
                quants.append({"product_id": product.id, "location_id": shelf.id, "quantity": 1 + product.id % 7})
        env["stock.quant"].create(quants)
        # They were made long ago, as those of a shop were: what was made within the last minutes counts as changed.
        env.flush_all()
        env.cr.execute("UPDATE stock_quant SET write_date = write_date - interval '1 day' WHERE product_id IN %s", (tuple(made.ids),))
        env.cr.commit()


if step == "prepare":
    prepare()
    print("stock %d %d" % (company.id, warehouse.id))
elif step == "read":
    env.invalidate_all()
    started = time.time()
    # Products of no company are everybody's.
    found = env["product.product"].search([("company_id", "in", [False, company.id]), ("is_storable", "=", True)], order="id")
    rows = found.with_context(warehouse_id=warehouse.id).read(["default_code", "free_qty"])
    print("inprocess %d %.3f" % (len(rows), time.time() - started))
