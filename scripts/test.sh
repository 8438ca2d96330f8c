#!/usr/bin/env bash
# test.sh: all that must pass, as named steps with their seconds. The first failure ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

# Where goroutines meet over shared state; the race detector on everything would take several times as long.
readonly RACY="./internal/dispatch/... ./internal/outbox/... ./internal/realtime/... ./internal/inbox/... ./internal/session/... ./internal/media/... ./internal/health/... ./internal/sim/... ./channels/..."

passed=0

# step NAME COMMAND...
step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  if ! "$@"; then
    printf '\n=== FAILED: %s, after %d s. %d steps passed, 1 failed.\n' "$name" $((SECONDS - began)) "$passed"
    exit 1
  fi
  passed=$((passed + 1))
  printf -- '--- %s: passed in %d s\n' "$name" $((SECONDS - began))
}

chromium() { CHROMIUM_PATH=$(scripts/setup-chromium.sh) && export CHROMIUM_PATH; }

# What is committed must be what the code generates, or the panel is typed against an older server.
generated_is_current() {
  local files=(internal/api/openapi.json internal/panel/src/lib/api/schema.d.ts) before
  before=$(cksum "${files[@]}") && make --no-print-directory gen || return
  [ "$before" = "$(cksum "${files[@]}")" ] ||
    { printf 'these were out of date and have been regenerated; commit them: %s\n' "${files[*]}"; return 1; }
}

step "set up PostgreSQL and npm packages" make --no-print-directory setup
step "set up Chromium" chromium
step "gofmt" scripts/gofmt.sh
step "go vet" go vet ./...
step "staticcheck" go tool -modfile=scripts/tools/go.mod staticcheck ./...
step "panel and widget: lint, types, words, unit tests" npm run check
step "generated files are current" generated_is_current
step "build" make --no-print-directory build bin/pgdev
step "panel and widget: size budgets" npm run budget
step "go test" bin/pgdev exec go test ./...
# shellcheck disable=SC2086 # a list of patterns
step "go test -race" bin/pgdev exec go test -race $RACY
step "browser tests: panel" npm run e2e -w panel
step "browser tests: widget" npm run e2e -w widget

printf '\n=== %d steps passed, 0 failed, in %d s\n' "$passed" "$SECONDS"
