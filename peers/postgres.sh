#!/usr/bin/env bash
# Gives the tests of the PostgreSQL store a database of their own, retailsync, owned by the role retailsync, in this
# Debian machine's PostgreSQL, which is installed and started when needed.
#
#   peers/postgres.sh [--fresh]      --fresh empties it
set -euo pipefail
peer=postgres
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

database=${RETAILSYNC_POSTGRES_DB:-retailsync}
require_debian_root
start_postgres
ensure_role retailsync
if [ "${1:-}" = --fresh ]; then sql -c "drop database if exists $database with (force)"; fi
database_exists "$database" || sql -c "create database $database owner retailsync"
say "database $database on 127.0.0.1:$pg_port"
publish postgres <<<"URL=postgres://retailsync:retailsync@127.0.0.1:$pg_port/$database"
