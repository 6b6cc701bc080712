#!/usr/bin/env bash
# Stops the peers that the scripts beside it started, and PostgreSQL if they started that too. Databases and installed
# servers stay, so the next start takes seconds.
#
#   peers/stop.sh [odoo19] [odoo14] [medusa] [postgres]      all when none is named
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

[ $# -gt 0 ] || set -- odoo19 odoo14 medusa postgres
for peer; do
  if [ "$peer" = postgres ]; then
    [ -f "$run/postgres.started" ] || continue
    read -r version name <"$run/postgres.started"
    pg_ctlcluster --skip-systemctl-redirect "$version" "$name" stop --mode fast || true
    rm -f "$run/postgres.started"
    say stopped
  elif running "$peer"; then
    stop_process "$peer"
    say stopped
  fi
done
