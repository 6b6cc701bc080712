#!/usr/bin/env bash
# Starts real Odoo Community servers on this Debian machine, on loopback.
#
#   peers/odoo.sh [--fresh] [19] [14]      both when none is named
#
# Each series runs from Debian's own package in a root folder of its own: Odoo 14 is in Debian 11, Odoo 19 in
# unstable and installs on Debian 13. The first call makes the root folders (minutes, about 2.3 GB each, side by side)
# and a template database with the modules below; later calls take seconds. A healthy server is left as it is.
# --fresh replaces its databases by new copies of the templates.
#
# Each server has a second database, named as the first with _kits behind it, which has the app Manufacturing too: kits.
# The server is not told of it, so that it serves JSON-RPC there and nothing else; the client's other transport is tested
# at the first one. It is described by .peers/odoo19kits.env and odoo14kits.env.
#
#   RETAILSYNC_PEERS_HOME                       where servers and state lie     /var/lib/retailsync-peers
#   RETAILSYNC_ODOO19_PORT, ..._ODOO14_PORT     fixed ports                     8019, 8014 or the next free
#   RETAILSYNC_ODOO19_DB, ..._ODOO14_DB         databases                       retailsync19, retailsync14
#   RETAILSYNC_ODOO_WORKERS                     worker processes of each        2
#   RETAILSYNC_ODOO_QUICK=1                     passwords and keys are cheap to check (odoo/retailsync_quick): no measure of Odoo's speed then
set -euo pipefail
peer=odoo
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
. "$(dirname "${BASH_SOURCE[0]}")/odoo-command.sh"

modules=sale_management,sale_stock,stock_account,delivery,l10n_us
modules_19=$modules,stock_delivery,sale_loyalty,rpc,api_doc
modules_kits=sale_mrp

# build_root SUITE PACKAGE: a minimal Debian with Odoo in $root.
build_root() {
  local suite=$1 package=$2 part=$root.part log=$logs/$peer-build.log
  say "installing Debian $suite with $package under $root (minutes, once)"
  rm -rf "$part"
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$part" >"$log" 2>&1 || die "debootstrap failed; see $log"
  # The Release file of an archived suite is past its date.
  cat >"$part/etc/apt/apt.conf.d/99peer" <<'CONF'
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Install-Recommends "false";
CONF
  case $package in
    */sid) # Unstable is known to apt, but only what is asked for by name comes from there.
      sed -n "s/^deb \([^ ]*\) $suite main.*/deb \1 sid main/p" "$part/etc/apt/sources.list" >"$part/etc/apt/sources.list.d/sid.list"
      printf 'Package: *\nPin: release n=sid\nPin-Priority: 50\n' >"$part/etc/apt/preferences.d/sid"
      ;;
  esac
  cp /etc/resolv.conf /etc/hosts "$part/etc/"
  # No package may start a service inside the folder.
  printf '#!/bin/sh\nexit 101\n' >"$part/usr/sbin/policy-rc.d"
  chmod +x "$part/usr/sbin/policy-rc.d"
  chroot "$part" apt-get update >>"$log" 2>&1 || die "apt-get update failed in $part; see $log"
  DEBIAN_FRONTEND=noninteractive chroot "$part" apt-get install -y "$package" >>"$log" 2>&1 ||
    die "$package could not be installed in $part; see $log"
  mkdir -p "$part/var/lib/odoo"
  chroot "$part" chown odoo:odoo /var/lib/odoo
  rm -rf "$part"/var/cache/apt/archives/*.deb
  mv "$part" "$root"
}

# build_template PEER NAME MODULES [FROM HAS]: makes a template database unless a complete one with just these modules is
# there, from another if one is named, which has the first of the modules already.
build_template() {
  local complete="$2 $3" name=$2 install=$3 files=$root/var/lib/odoo/filestore log=$logs/$1-template.log
  if [ "$(cat "$run/$1.template" 2>/dev/null)" = "$complete" ] && database_exists "$name" && [ -d "$files/$name" ]; then
    return
  fi
  say "creating the template database $name (up to a minute, once)"
  rm -f "$run/$1.template"
  if [ $# -gt 3 ]; then
    copy_database "$4" "$name"
    install=${install#"$5,"}
  else
    sql -c "drop database if exists $name with (force)"
    rm -rf "${files:?}/$name"
  fi
  (odoo -d "$name" -i "$install" --without-demo=True --stop-after-init --no-http) >"$log" 2>&1 ||
    die "the template database could not be made; see $log"
  if grep -q 'CRITICAL' "$log"; then die "the template database is not whole; see $log"; fi
  [ -d "$files/$name" ] || install -d -o "$(stat -c %u "$root/var/lib/odoo")" -g "$(stat -c %g "$root/var/lib/odoo")" "$files/$name"
  echo "$complete" >"$run/$1.template"
}

# copy_database FROM TO: TO is replaced by a copy of FROM, which nobody may be connected to.
copy_database() {
  local files=$root/var/lib/odoo/filestore
  sql -c "drop database if exists $2 with (force)"
  rm -rf "${files:?}/$2"
  cp -a "$files/$1" "$files/$2"
  sql -c "create database $2 template $1 owner odoo"
}

# make_databases makes those of the server that are missing, or all when fresh.
make_databases() {
  local missing_kits=$fresh
  database_exists "$kits" || missing_kits=yes
  if [ -n "$fresh" ] || [ -n "$missing_kits" ] || ! database_exists "$database"; then build_template "$peer" "$template" "$wanted"; fi
  if [ -n "$fresh" ] || ! database_exists "$database"; then copy_database "$template" "$database"; fi
  if [ -n "$missing_kits" ]; then
    build_template "${peer}kits" "$kits_template" "$wanted,$modules_kits" "$template" "$wanted"
    copy_database "$kits_template" "$kits"
  fi
}

# quicken sets the options that load retailsync_quick with the server, where that is wanted. Odoo looks for modules in its data too.
quicken() {
  local modules=$root/var/lib/odoo/addons/$series.0
  quick=()
  rm -rf "$modules/retailsync_quick"
  [ -n "${RETAILSYNC_ODOO_QUICK:-}" ] || return 0
  mkdir -p "$modules"
  cp -r "$repository/peers/odoo/retailsync_quick" "$modules/"
  quick=(--load base,web,retailsync_quick)
  [ "$series" -lt 19 ] || quick=(--load base,rpc,web,retailsync_quick)
}

start_server() {
  local port=$1 long=--gevent-port
  [ "$series" -ge 16 ] || long=--longpolling-port
  (
    odoo_args=(-d "$database" --db-filter "^$database\$" --http-interface 127.0.0.1 --http-port "$port" "$long" "$((port + 1000))"
      --workers "${RETAILSYNC_ODOO_WORKERS:-2}" --max-cron-threads 0 "${quick[@]}") # nothing here waits for a scheduled action
    # A session of its own: the server outlives the terminal and takes no interrupt meant for this script.
    export -f odoo
    export root pg_port
    exec setsid bash -c 'odoo "$@"' bash "${odoo_args[@]}"
  ) >"$logs/$peer.log" 2>&1 </dev/null 9>&- &
  record_process "$peer" $! "-d $database "
  wait_until 120 up_or_exited "http://127.0.0.1:$port" || true
  logs_in "http://127.0.0.1:$port" "$database" || die "the server does not answer; see $logs/$peer.log"
}

# logs_in URL DATABASE: whether the server has the database loaded and lets the administrator in.
logs_in() {
  curl -sf --max-time 30 -H 'Content-Type: application/json' "$1/jsonrpc" -d @- <<JSON | grep -q '"result": *[1-9]'
{"jsonrpc":"2.0","method":"call","id":1,"params":{"service":"common","method":"authenticate","args":["$2","admin","admin",{}]}}
JSON
}

up_or_exited() { logs_in "$1" "$database" || exited "$peer"; }

# takes_key URL KEY
takes_key() {
  [ -n "$2" ] && curl -sf --max-time 30 -o /dev/null -H "Authorization: bearer $2" -H "X-Odoo-Database: $database" \
    -H 'Content-Type: application/json' -d '{}' "$1/json/2/res.users/context_get"
}

# new_key prints a new API key of the administrator. A key can be made in a browser or inside Odoo, not by RPC with a password.
new_key() {
  (odoo shell -d "$database" --no-http "${quick[@]}" 2>>"$logs/$peer.log") <<PYTHON | sed -n 's/^API_KEY=//p'
from datetime import datetime, timedelta
key = env(user=2)['res.users.apikeys']._generate('rpc', 'tests', datetime.now() + timedelta(days=30))
env.cr.commit()
print('API_KEY=' + key)
PYTHON
}

up() {
  local series=$1 suite package wanted
  case $series in
    19) suite=trixie package=odoo-19/sid wanted=$modules_19 ;;
    14) suite=bullseye package=odoo-14 wanted=$modules ;;
    *) die "no recipe for Odoo $series: use 19 or 14" ;;
  esac
  peer=odoo$series
  local root=$home/odoo-$series database_variable=RETAILSYNC_ODOO${series}_DB port_variable=RETAILSYNC_ODOO${series}_PORT
  local database=${!database_variable:-retailsync$series} port url key=
  local kits=${database}_kits template=retailsync${series}_template kits_template=retailsync${series}_kits_template
  local -a quick

  url=$(recall "$peer" URL)
  if [ -z "$fresh" ] && [ "$(recall "$peer" DB)" = "$database" ] && running "$peer" && logs_in "$url" "$database"; then
    port=${url##*:}
    quick=()
    make_databases # those that a server of an older recipe lacks
    say "already running at $url"
  else
    stop_process "$peer"
    [ -d "$root" ] || build_root "$suite" "$package"
    make_databases
    port=${!port_variable:-$(free_port "80$series")}
    port_open "$port" && die "port $port is taken; choose another with $port_variable"
    quicken
    start_server "$port"
    url=http://127.0.0.1:$port
    say "running at $url, database $database, admin/admin"
  fi
  if [ "$series" -ge 19 ]; then
    key=$(recall "$peer" API_KEY)
    takes_key "$url" "$key" || key=$(new_key) || true
    takes_key "$url" "$key" || die "Odoo refuses the API key made for it; see $logs/$peer.log"
  fi
  publish "$peer" <<ENV
URL=$url
DB=$database
LOGIN=admin
PASSWORD=admin
${key:+API_KEY=$key}
ENV
  logs_in "$url" "$kits" || die "the server does not serve $kits; see $logs/$peer.log"
  publish "${peer}kits" <<ENV
URL=$url
DB=$kits
LOGIN=admin
PASSWORD=admin
ENV
}

fresh=
series_wanted=()
for argument; do
  case $argument in
    --fresh) fresh=yes ;;
    *) series_wanted+=("$argument") ;;
  esac
done
[ ${#series_wanted[@]} -gt 0 ] || series_wanted=(19 14)

require_debian_root
install_packages debootstrap curl util-linux
start_postgres
ensure_role odoo superuser
hasten odoo

# Side by side: half the time is spent waiting for packages and for PostgreSQL.
children=()
for series in "${series_wanted[@]}"; do
  exclusively "odoo$series" up "$series" &
  children+=($!)
done
failed=0
for child in "${children[@]}"; do wait "$child" || failed=1; done
exit $failed
