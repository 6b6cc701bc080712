#!/usr/bin/env bash
# Opens Odoo's own Python shell on the database of a server that peers/odoo.sh started.
#
#   peers/odoo-shell.sh 19 <script.py
set -euo pipefail
peer=odoo${1:?usage: peers/odoo-shell.sh 14|19}
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
. "$(dirname "${BASH_SOURCE[0]}")/odoo-command.sh"

root=$home/odoo-$1
database=$(recall "$peer" DB)
[ -n "$database" ] || die "not started yet: make odoo$1"
start_postgres
odoo shell -d "$database" --no-http --log-level=error
