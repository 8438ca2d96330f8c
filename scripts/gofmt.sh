#!/usr/bin/env bash
# gofmt.sh [-w]: fail and list the Go files that gofmt would change; with -w change them.
set -euo pipefail
cd "$(dirname "$0")/.."

files() { find . \( -name node_modules -o -name .git \) -prune -o -name '*.go' -print0; }

if [ "${1:-}" = -w ]; then
  files | xargs -0 gofmt -w
  exit
fi
changed=$(files | xargs -0 gofmt -l)
[ -z "$changed" ] || { printf 'gofmt would change:\n%s\n(make fmt does it)\n' "$changed"; exit 1; }
