#!/usr/bin/env bash
# Runs the tests of every package that talks to real peers, with the peers that are up; a missing one is a failure.
#
#   tools/test-real.sh [go test flags]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
go=${GO:-go}
export RETAILSYNC_REQUIRE_PEERS=1
mkdir -p .tmp bin

# The packages whose test binary holds internal/peer, that is, whose tests ask for a server.
mapfile -t packages < <("$go" list -test -f '{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}' \
  ./... ./idempotency/sqlite/... ./idempotency/postgres/... ./payments/stripe/... ./worker/cloudevents/... ./worker/river/... ./examples/... ./examples/hub/... |
  sed -n 's|^\([^ ]*\)\.test .*/internal/peer\b.*|\1|p' | grep -v '/internal/peer$')
[ ${#packages[@]} -gt 0 ] || { echo "test-real: no test asks for a peer" >&2; exit 1; }

GOWORK=off "$go" -C tools build -o ../bin/testreport ./testreport
# Two packages at a time, since tests wait for servers most of the time and two cores have enough to do with two. Those that sell in the one
# Medusa follow each other: they share its articles, and the one address that it delivers webhooks to.
sellers=() others=()
for package in "${packages[@]}"; do
  case $package in
    */retailsync | */marketplace/medusa | */worker/river | */examples/hub) sellers+=("$package") ;;
    *) others+=("$package") ;;
  esac
done

# What needs no server, `make test` has run.
run() {
  exec "$go" test -json -count=1 -p 1 -parallel 4 -timeout 60m \
    -skip 'TestInProcess|TestSQLite|TestStreamInBoundedMemory|TestThreatsAreProven|^TestDemonstration$|^TestRestart$|^TestEvents$|^TestFollow|/^in-process|/^sqlite$' "$@"
}
both() {
  local failed=0 beside=.tmp/test-real-beside.json
  run "$@" "${others[@]}" >"$beside" &
  other=$!
  trap 'kill -INT "$other" 2>/dev/null || true' EXIT # no longer there, unless this one is interrupted
  (run "$@" "${sellers[@]}") || failed=1
  wait "$other" || failed=1
  cat "$beside"
  return $failed
}
both "$@" | tee .tmp/test-real.json |
  bin/testreport -forbid-skip 'here: start it with' -skips tools/skips.txt | tee .tmp/test-real.txt
