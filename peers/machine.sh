# shellcheck shell=bash
# Sourced by the scripts beside it: what every peer needs of the machine.
#
# Everything that a peer keeps lies under $home, outside the repository, so that all clones on a machine share it:
#
#   $home/odoo-19, odoo-14, medusa   the installed servers; made once, then only read
#   $home/run/<peer>.pid, .env       what runs now and how to reach it
#   $home/log/                       what the servers and their installers printed
#
# The repository gets one file per peer, .peers/<peer>.env, which internal/peer reads.

home=${RETAILSYNC_PEERS_HOME:-/var/lib/retailsync-peers}
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run=$home/run
logs=$home/log

say() { printf '%s: %s\n' "${peer:-peers}" "$*" >&2; }
die() { say "$*"; exit 1; }

require_debian_root() {
  [ "$(id -u)" = 0 ] || die "needs root; to test against a server of your own see CONTRIBUTING.md"
  command -v apt-get >/dev/null || die "needs Debian; to test against a server of your own see CONTRIBUTING.md"
  mkdir -p "$run" "$logs"
}

# install_packages NAME...: installs the Debian packages that are missing. The package lists are fetched only when
# the first try shows that they are absent or out of date.
install_packages() {
  local package missing=()
  for package; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$logs/apt.log" 2>&1 ||
    { "${apt[@]}" update >>"$logs/apt.log" 2>&1 &&
      "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$logs/apt.log" 2>&1; } ||
    die "apt-get could not install ${missing[*]}; see $logs/apt.log"
}

# exclusively NAME COMMAND...: one process at a time, over all clones. What COMMAND leaves running must not inherit
# descriptor 9, or it would hold the lock for ever.
exclusively() {
  local lock=$run/$1.lock
  shift
  (
    flock 9
    "$@"
  ) 9>"$lock"
}

# start_postgres brings up the machine's PostgreSQL, installing it when there is none, and sets pg_port.
start_postgres() {
  exclusively postgres start_cluster
  pg_port=$(cluster | awk '{ print $3 }')
}

# cluster prints "version name port" of the cluster that we use: one that is up, or else the first.
cluster() { pg_lsclusters --no-header | sort -k4,4r | awk '{ print $1, $2, $3; exit }'; }

start_cluster() {
  install_packages postgresql
  local version name port
  read -r version name port < <(cluster) || true
  if [ -z "$version" ]; then
    version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
    pg_createcluster "$version" main >&2
    read -r version name port < <(cluster)
  fi
  pg_isready -q -h 127.0.0.1 -p "$port" && return
  pg_ctlcluster --skip-systemctl-redirect "$version" "$name" start >&2 9>&-
  wait_until 30 pg_isready -q -h 127.0.0.1 -p "$port" || die "PostgreSQL $version/$name does not come up; see /var/log/postgresql"
  # Only a cluster that we started is ours to stop: see stop.sh.
  echo "$version $name" >"$run/postgres.started"
}

sql() { (cd / && PGOPTIONS=--client-min-messages=warning runuser -u postgres -- psql -p "$pg_port" -qtAX -v ON_ERROR_STOP=1 "$@" </dev/null); }
database_exists() { [ "$(sql -c "select 1 from pg_database where datname = '$1'")" = 1 ]; }

# ensure_role NAME [ATTRIBUTE...]: a role whose password is its name. The cluster listens on loopback only.
ensure_role() { exclusively postgres create_role "$@"; }
create_role() {
  local name=$1
  shift
  [ "$(sql -c "select 1 from pg_roles where rolname = '$name'")" = 1 ] ||
    sql -c "create role $name login password '$name' $*"
}

# hasten NAME: a role whose commits do not wait for the disk, which is most of what a small write of a server costs here. What is lost
# when the machine fails are tests' records. Nor are its queries compiled, which pays for millions of rows only.
hasten() { exclusively postgres sql -c "alter role $1 set synchronous_commit to off; alter role $1 set jit to off"; }

# wait_until SECONDS COMMAND...
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.2
  done
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port WANTED: WANTED, or the next one up by hundreds that nothing listens on.
free_port() {
  local port=$1
  while port_open "$port"; do port=$((port + 100)); done
  [ "$port" = "$1" ] || say "port $1 is taken, using $port"
  echo "$port"
}

# running PEER: whether the process that we started for PEER lives. A process id may have been given to another
# program since, after a restart of the machine for instance, so the command line must still be the recorded one.
running() {
  local pid mark
  read -r pid mark 2>/dev/null <"$run/$1.pid" || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$mark"
}

# record_process PEER PID MARK: MARK is a part of the command line that tells this server from all others.
record_process() { echo "$2 $3" >"$run/$1.pid"; }

stop_process() {
  running "$1" || return 0
  local pid
  read -r pid _ <"$run/$1.pid"
  kill "$pid"
  wait_until 20 gone "$1" || kill -KILL -- "-$pid" 2>/dev/null || true
  rm -f "$run/$1.pid"
}
gone() { ! running "$1"; }

# exited PEER: whether a server that we have just started is no more. Its command line tells nothing yet, since it
# passes through shells on its way.
exited() {
  local pid
  read -r pid _ <"$run/$1.pid"
  ! kill -0 "$pid" 2>/dev/null
}

# publish PEER: takes KEY=value lines, keeps them for the other clones and gives them to this one.
publish() {
  (umask 077 && cat >"$run/$1.env.new" && mv "$run/$1.env.new" "$run/$1.env")
  hand_over "$1"
}
hand_over() {
  mkdir -p "$repository/.peers"
  (umask 077 && cp "$run/$1.env" "$repository/.peers/$1.env.new")
  mv "$repository/.peers/$1.env.new" "$repository/.peers/$1.env"
}

# recall PEER KEY: the value that publish kept.
recall() { [ ! -f "$run/$1.env" ] || sed -n "s/^$2=//p" "$run/$1.env"; }
