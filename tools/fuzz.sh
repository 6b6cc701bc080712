#!/usr/bin/env bash
# Fuzzes every Fuzz target of every module, one after the other.
#
#   FUZZTIME     time for each target, 10s unless told
#   FUZZBUDGET   seconds for all together: each target gets its share where that is less than FUZZTIME, and where there are too many,
#                as many as fit are drawn
#
# What breaks a target is kept under its package's testdata/fuzz: commit it with the fix.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
go=${GO:-go}

# The files are those that the compiler takes. To ask each test binary for its targets instead would build all of them.
mapfile -t folders < <(git ls-files --cached --others --exclude-standard '*_test.go' |
  xargs -r grep -l '^func Fuzz' | grep -v '^tools/' | xargs -r -n 1 dirname | sort -u)
[ ${#folders[@]} -gt 0 ] || { echo "fuzz: no target"; exit 0; }
mapfile -t targets < <("$go" list -f '{{$dir := .Dir}}{{range .TestGoFiles}}{{$dir}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$dir}}/{{.}}
{{end}}' "${folders[@]/#/./}" | sed "/^\$/d; s|^$PWD/||" |
  xargs -r grep -H '^func Fuzz' | sed -E 's/^([^:]*):func (Fuzz[A-Za-z0-9_]*)\(.*/\1 \2/' |
  while read -r file name; do echo "$(dirname "$file") $name"; done)
[ ${#targets[@]} -gt 0 ] || { echo "fuzz: no target could be listed" >&2; exit 1; }

time=${FUZZTIME:-10s}
all=${#targets[@]}
if [ -n "${FUZZBUDGET:-}" ]; then
  # Building one takes some three seconds, and less than two of running find nothing.
  fit=$((FUZZBUDGET / 5 + 1))
  [ "$all" -le "$fit" ] || mapfile -t targets < <(printf '%s\n' "${targets[@]}" | shuf -n "$fit")
  share=$((FUZZBUDGET / ${#targets[@]} - 3))
  [ "$share" -ge 2 ] || share=2
  case $time in
    *[!0-9s]*) ;;
    *) [ "$share" -ge "${time%s}" ] || time=${share}s ;;
  esac
fi
echo "fuzz: ${#targets[@]} of $all targets, $time each"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
fuzz() { "$go" test -vet=off -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 5s "./$1" >"$log" 2>&1; }
failed=0
for target in "${targets[@]}"; do
  read -r folder name <<<"$target"
  # The go command at times reports its own deadline as a failure (go.dev/issue/48591): no input is at fault then.
  if fuzz "$folder" "$name" || { grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log" && fuzz "$folder" "$name"; }; then
    printf 'ok    %s %s  %s\n' "$folder" "$name" "$(grep -oE 'execs: [0-9]+' "$log" | tail -n 1)"
  else
    printf 'FAIL  %s %s\n' "$folder" "$name"
    cat "$log"
    failed=1
  fi
done
exit $failed
