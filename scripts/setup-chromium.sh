#!/usr/bin/env bash
# setup-chromium.sh: print the path of a Chromium that the browser tests can drive.
#
# In this order: $CHROMIUM_PATH, one that is installed, one that apt can install (as root only:
# a browser needs some forty shared libraries, so unlike PostgreSQL it is not unpacked privately).
# Only the path goes to standard output, so a caller writes CHROMIUM_PATH=$(scripts/setup-chromium.sh).
set -euo pipefail

say() { printf 'setup-chromium: %s\n' "$*" >&2; }

# A name in PATH proves little: Ubuntu's chromium-browser is a stub that asks for a snap.
runs() { "$1" --version >/dev/null 2>&1; }

installed() {
  local name path
  for name in chromium chromium-browser google-chrome-stable google-chrome \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    path=$(command -v "$name") && runs "$path" && { printf '%s\n' "$path"; return; }
  done
  return 1
}

if [ -n "${CHROMIUM_PATH:-}" ]; then
  runs "$CHROMIUM_PATH" || { say "CHROMIUM_PATH=$CHROMIUM_PATH does not run"; exit 1; }
  printf '%s\n' "$CHROMIUM_PATH"
  exit 0
fi
installed && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  say "no Chromium found. Install it (Debian: sudo apt install chromium fonts-noto-color-emoji;"
  say "macOS: brew install --cask chromium), or set CHROMIUM_PATH to the program."
  exit 1
fi

# The emoji font because messages are full of them; DejaVu so that a bare machine has letters
# (Latin and Arabic) at all.
say "installing Chromium with apt"
export DEBIAN_FRONTEND=noninteractive
wait_for_lock=(-o DPkg::Lock::Timeout=300)
{
  # A broken third-party source must not stop us; a missing package will, in the next line.
  apt-get -qq "${wait_for_lock[@]}" update || true
  apt-get -qq -y "${wait_for_lock[@]}" install --no-install-recommends \
    chromium fonts-noto-color-emoji fonts-dejavu-core
} >&2
installed || { say "apt installed Chromium but it does not start: run 'chromium --version' to see why"; exit 1; }
