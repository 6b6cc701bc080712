#!/usr/bin/env bash
# Starts a real Medusa store on this Debian machine, on loopback, with the small catalogue of medusa/seed.mjs.
#
#   peers/medusa.sh [--fresh]      --fresh replaces the database by a new, seeded one
#
# Needs Node.js 20.19 or later. The first call installs about 700 MB of npm packages outside the repository and
# migrates a template database; later calls take seconds. A healthy server is left as it is.
#
#   RETAILSYNC_PEERS_HOME      where packages and state lie               /var/lib/retailsync-peers
#   RETAILSYNC_MEDUSA_PORT     fixed port                                 9000 or the next free
#   RETAILSYNC_MEDUSA_DB       database                                   retailsync_medusa
#   RETAILSYNC_MEDUSA_WEBHOOK  where the store posts its signed webhooks  http://127.0.0.1:<port + 100>/
set -euo pipefail
peer=medusa
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

source=$repository/peers/medusa
root=$home/medusa
database=${RETAILSYNC_MEDUSA_DB:-retailsync_medusa}
template=retailsync_medusa_template
email=admin@example.com password=supersecret

check_node() {
  command -v node >/dev/null || install_packages nodejs npm
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
    die "needs Node.js 20.19 or later, this is $(node --version)"
}

# install_store copies our part of the store, and the subscriber that users are given, beside the packages, and
# installs those when package.json has changed.
install_store() {
  rm -rf "$root/src"
  mkdir -p "$root/src/subscribers"
  cp -r "$source"/. "$root/"
  cp "$repository/examples/medusa-webhooks/retailsync-webhooks.js" "$root/src/subscribers/"
  cmp -s "$root/package.json" "$root/node_modules/.installed" && return
  say "installing the npm packages (about a minute, once)"
  # No package needs its install script. `npm ci` would refuse a lock file made on another platform.
  (cd "$root" && npm install --ignore-scripts --omit=optional --no-audit --no-fund) >"$logs/medusa-npm.log" 2>&1 ||
    die "npm install failed; see $logs/medusa-npm.log"
  cp "$root/package.json" "$root/node_modules/.installed"
}

# medusa DATABASE ARGUMENT...: Medusa's own command, in this process, in a session of its own: a server outlives the
# terminal and takes no interrupt meant for this script.
medusa() {
  export DATABASE_URL=postgres://medusa:medusa@127.0.0.1:$pg_port/$1 MEDUSA_DISABLE_TELEMETRY=true NODE_ENV=production
  shift
  cd "$root"
  exec setsid --wait node node_modules/@medusajs/cli/cli.js "$@"
}

# build_template makes a migrated, empty store with one administrator.
build_template() {
  local complete
  complete="$template $(sha256sum <"$root/package.json")"
  [ "$(cat "$run/medusa.template" 2>/dev/null)" = "$complete" ] && database_exists "$template" && return
  say "creating the template database"
  rm -f "$run/medusa.template"
  sql -c "drop database if exists $template with (force)"
  sql -c "create database $template owner medusa"
  (medusa "$template" db:migrate --execute-all-links --execute-all-search) >"$logs/medusa-migrate.log" 2>&1 ||
    die "the migration failed; see $logs/medusa-migrate.log"
  (medusa "$template" user -e "$email" -p "$password") >>"$logs/medusa-migrate.log" 2>&1 ||
    die "the administrator could not be made; see $logs/medusa-migrate.log"
  echo "$complete" >"$run/medusa.template"
}

healthy() { curl -sf --max-time 5 -o /dev/null "$1/health"; }
up_or_exited() { healthy "$1" || exited medusa; }

require_debian_root
install_packages curl
check_node
start_postgres
ensure_role medusa
hasten medusa

url=$(recall medusa URL)
if [ "${1:-}" != --fresh ] && [ "$(recall medusa DB)" = "$database" ] && running medusa && healthy "$url"; then
  say "already running at $url"
  hand_over medusa
  exit
fi

stop_process medusa
install_store
build_template
if [ "${1:-}" = --fresh ]; then sql -c "drop database if exists $database with (force)"; fi
database_exists "$database" || sql -c "create database $database template $template owner medusa"

port=${RETAILSYNC_MEDUSA_PORT:-$(free_port 9000)}
port_open "$port" && die "port $port is taken; choose another with RETAILSYNC_MEDUSA_PORT"
url=http://127.0.0.1:$port
webhook=${RETAILSYNC_MEDUSA_WEBHOOK:-http://127.0.0.1:$((port + 100))/}
# The secret guards nothing: only loopback reaches the store, and its one reader is the test that listens there.
secret=whsec
(
  export RETAILSYNC_WEBHOOK_URL=$webhook RETAILSYNC_WEBHOOK_SECRET=$secret NODE_OPTIONS=--max-old-space-size=512
  medusa "$database" start --host 127.0.0.1 --port "$port"
) >"$logs/medusa.log" 2>&1 </dev/null &
record_process medusa $! "--port $port"
wait_until 120 up_or_exited "$url" || true
healthy "$url" || die "the store does not answer; see $logs/medusa.log"

keys=$(MEDUSA_URL=$url ADMIN_EMAIL=$email ADMIN_PASSWORD=$password node "$root/seed.mjs") || die "seeding failed"
say "running at $url, database $database, webhooks to $webhook"
publish medusa <<ENV
URL=$url
DB=$database
$keys
WEBHOOK_URL=$webhook
WEBHOOK_SECRET=$secret
ENV
