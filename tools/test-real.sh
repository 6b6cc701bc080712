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
# One package at a time: they share the servers, and two cores have enough to do with one; its tests wait for servers most of the
# time. What needs none, `make test` has run.
"$go" test -race -json -count=1 -p 1 -parallel 4 -timeout 60m -skip 'TestInProcess|TestSQLite|/^in-process|/^sqlite$' "$@" "${packages[@]}" | tee .tmp/test-real.json |
  bin/testreport -forbid-skip 'here: start it with' -skips tools/skips.txt | tee .tmp/test-real.txt
