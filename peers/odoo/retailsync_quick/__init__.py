"""Makes an Odoo whose databases are thrown away cheaper to call. What it answers stays the same.

A password costs Odoo 19 some 0.4 s to check, again after each change that empties its caches; a key is checked at each call.
"""

import gc

from odoo.addons.base.models import res_users

res_users.MIN_ROUNDS = 1
res_users.KEY_CRYPT_CONTEXT.update(pbkdf2_sha512__rounds=1)

# Most of what a call makes is gone when it ends; to look for cycles each 700 objects costs more than they do.
gc.set_threshold(20_000, 20, 20)
