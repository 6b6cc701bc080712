# shellcheck shell=bash
# Sourced by the scripts that run Odoo's own command; see odoo.sh.

# odoo ARGUMENT...: runs Odoo in $root as its own user, in this process. To the database beside it it talks without TLS, which would be a
# quarter of what a small query costs the two. It needs /proc, which is mounted in a mount namespace of its own: nothing is left behind, and
# the root folder can be removed at any time.
odoo() {
  # shellcheck disable=SC2016 # for the inner shell
  exec unshare --mount sh -c 'mountpoint -q "$0/proc" || mount -t proc proc "$0/proc"
    exec chroot --userspec=odoo:odoo "$0" env HOME=/var/lib/odoo LANG=C.UTF-8 odoo "$@"' \
    "$root" "$@" --db_host 127.0.0.1 --db_port "$pg_port" --db_sslmode disable -r odoo -w odoo --data-dir /var/lib/odoo
}
