#!/usr/bin/env bash
# setup-pg.sh [--refresh]: a PostgreSQL with pgvector for trying, developing and testing.
#
# Installs nothing and needs no root. apt resolves, downloads and verifies the packages (the
# distribution's signatures, the machine's own sources) with private lists, and they are unpacked
# into the user's cache, so a second clone fetches nothing. dpkg's database, /usr, /etc and any
# PostgreSQL already running are not touched. Where the distribution has no pgvector (Debian 12) it
# is compiled from the next release's signed source package.
#
# Does nothing when DATABASE_URL is set or when a suitable PostgreSQL is already there.
# --refresh fetches again: the private copy gets no security updates by itself.
#
#   RECADO_PG_BIN        folder of the postgres and initdb to use; switches the fetching off
#   RECADO_PGVECTOR_SRC  unpacked pgvector source (>= 0.8) to compile instead of Debian's package
#
# internal/db/pgchild looks in the same places; change them together.
set -Eeuo pipefail

readonly PGVECTOR_FLOOR=0.8      # the first with iterative index scans, which filtered search needs
readonly PGVECTOR_SUITE=trixie   # Debian release whose pgvector source builds on PostgreSQL 15 to 17

say() { printf 'setup-pg: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
trap 'say "failed at line $LINENO: $BASH_COMMAND"' ERR

# Root's server runs as an unprivileged account, which may not walk into root's home.
cache_folder() {
  if [ "$(id -u)" = 0 ]; then printf /var/cache/recado
  else printf %s "${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/recado"; fi
}

triplet_libs() { find "$1/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu*' | head -n 1; }

# complete PREFIX: is an unpacked PostgreSQL there that starts and knows the vector type?
complete() {
  local bin
  bin=$(find "$1/usr/lib/postgresql" -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | head -n 1)
  [ -n "$bin" ] && compgen -G "$1/usr/share/postgresql/*/extension/vector.control" >/dev/null &&
    LD_LIBRARY_PATH=$(triplet_libs "$1") "$bin/postgres" --version 2>/dev/null
}

# One the machine already has. The program that will start it has the last word, but it must be
# compiled, so it is asked only where pgvector is to be seen.
already_here() {
  local places=(/usr/share/postgresql/*/extension /usr/pgsql-*/share/extension
    {/opt/homebrew,/usr/local,/home/linuxbrew/.linuxbrew}/share/postgresql@*/extension)
  command -v pg_config >/dev/null && places+=("$(pg_config --sharedir)/extension")
  find "${places[@]}" -maxdepth 1 -name vector.control 2>/dev/null | grep -q . &&
    command -v go >/dev/null &&
    (cd "$(dirname "${BASH_SOURCE[0]}")/.." && go run ./cmd/pgdev find 2>/dev/null)
}

candidate() { apt-cache "${apt[@]}" policy "$1" 2>/dev/null | awk '/Candidate:/ && $2 != "(none)" {print $2}'; }

packaged_pgvector() {
  local version
  version=$(candidate "postgresql-$1-pgvector")
  [ -n "$version" ] && dpkg --compare-versions "$version" ge "$PGVECTOR_FLOOR"
}

# The newest with pgvector beside it; else the newest that the source will compile against.
choose_major() {
  local major
  for major in 18 17 16 15; do
    if packaged_pgvector "$major"; then printf %s "$major"; return; fi
  done
  for major in 17 16 15; do
    if [ -n "$(candidate "postgresql-$major")" ]; then printf %s "$major"; return; fi
  done
}

# The shared libraries that this machine lacks for the server. Not the C library, which must be the
# machine's own; not LLVM (100 MB for a JIT that we switch off) nor Perl (for Debian's wrappers).
missing_libraries() {
  apt-get "${apt[@]}" -s --no-install-recommends install "postgresql-$1" |
    awk '$1 == "Inst" && $2 ~ /^lib/ {print $2}' |
    grep -vE '^lib(c6|c-l10n|llvm|z3|clang|perl|gdbm)|-perl$' || true
}

# apt_config DIR [MORE]: apt's settings for a private run in DIR, which read the machine's first.
# Its hooks go, since they tidy up the system's cache; its index of the lists is asked for, since
# containers switch it off and every question would read all lists anew.
apt_config() {
  mkdir -p "$1"/{lists,cache/archives}/partial
  cat >"$1/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::lists "$1/lists";
Dir::Cache "$1/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Debug::NoLocking "1";
APT::Sandbox::User "$(id -un)";
APT::Get::AllowUnauthenticated "0";
Acquire::Languages "none";
Acquire::Retries "3";
${2:-}
CONF
}

# fetch_source DIR: print where pgvector's source was unpacked, verified against Debian's keys.
fetch_source() {
  local dir=$1 uri key private
  uri=$(apt-get "${apt[@]}" indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && !found {found = 1; print $1}')
  for key in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do [ ! -e "$key" ] || break; done
  if [ -z "$uri" ] || [ ! -e "$key" ]; then
    die "this machine's sources have no pgvector >= $PGVECTOR_FLOOR." \
      "Set RECADO_PGVECTOR_SRC to its unpacked source, or DATABASE_URL to a server that has it."
  fi
  apt_config "$dir" "Dir::Etc::sourcelist \"$dir/pgvector.sources\"; Dir::Etc::sourceparts \"/dev/null\";"
  printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
    "$uri" "$PGVECTOR_SUITE" "$key" >"$dir/pgvector.sources"
  private=(-qq -c "$dir/apt.conf")
  apt-get "${private[@]}" update
  (cd "$dir" && apt-get "${private[@]}" source --download-only pgvector >/dev/null && tar xzf pgvector_*.orig.tar.gz)
  find "$dir" -maxdepth 1 -type d -name 'pgvector-*'
}

# compile_pgvector SRC ROOT MAJOR: what its Makefile does, without PGXS (which wants clang).
# No -march=native: a home may be shared by machines. No -fvisibility=hidden: PostgreSQL 15's
# module magic would be hidden too.
compile_pgvector() {
  local src=$1 root=$2 major=$3 objects version extension
  command -v "${CC:-cc}" >/dev/null || die "pgvector must be compiled and there is no C compiler (apt install gcc libc6-dev)"
  version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$src/vector.control")
  dpkg --compare-versions "$version" ge "$PGVECTOR_FLOOR" || die "$src is pgvector $version; Recado needs $PGVECTOR_FLOOR"
  say "compiling pgvector $version"
  objects=$root.objects
  mkdir "$objects"
  printf '%s\0' "$src"/src/*.c | xargs -0 -P "$(nproc)" -I{} sh -c '
    exec "$0" -O2 -fPIC -ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math \
      -fno-math-errno -D_GNU_SOURCE -I"$1" -c "$3" -o "$2/$(basename "$3" .c).o"' \
    "${CC:-cc}" "$root/usr/include/postgresql/$major/server" "$objects" {}
  "${CC:-cc}" -shared -o "$root/usr/lib/postgresql/$major/lib/vector.so" "$objects"/*.o -lm
  extension=$root/usr/share/postgresql/$major/extension
  cp "$src/vector.control" "$src"/sql/vector--*--*.sql "$extension"
  cp "$src/sql/vector.sql" "$extension/vector--$version.sql"
}

# build WORK: leave a finished prefix in WORK/root.
build() {
  local work=$1 root=$1/root major packages package source
  mkdir -p "$work/packages" "$root"
  apt_config "$work"
  apt=(-qq -c "$work/apt.conf")
  # A broken third-party source is not our business as long as PostgreSQL turns up.
  apt-get "${apt[@]}" update || say "apt could not read every source; going on with the others"
  major=$(choose_major)
  [ -n "$major" ] || die "apt offers no PostgreSQL >= 15 here. Set DATABASE_URL to one with pgvector >= $PGVECTOR_FLOOR."
  [ -d /usr/share/zoneinfo ] || die "Debian's PostgreSQL reads the machine's time zones: apt install tzdata"

  packages=("postgresql-$major" "postgresql-client-$major" libpq5)
  if packaged_pgvector "$major"; then packages+=("postgresql-$major-pgvector")
  else packages+=("postgresql-server-dev-$major" libpq-dev); fi # for the headers
  mapfile -t -O "${#packages[@]}" packages < <(missing_libraries "$major")
  say "fetching PostgreSQL $major into $PREFIX"
  (cd "$work/packages" && apt-get "${apt[@]}" download "${packages[@]}")
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
  [ ! -d "$root/lib" ] || { cp -a "$root/lib/." "$root/usr/lib/" && rm -rf "$root/lib"; }

  if ! packaged_pgvector "$major"; then
    source=${RECADO_PGVECTOR_SRC:-}
    [ -n "$source" ] || source=$(fetch_source "$work/source")
    compile_pgvector "$source" "$root" "$major"
  fi
  rm -rf "$root"/usr/{include,share/{doc,man,locale,lintian,doc-base}} \
    "$root/usr/lib/postgresql/$major/lib"/{bitcode,pgxs,llvmjit*}
  chmod -R a+rX "$root"
}

refresh=
[ "${1:-}" != --refresh ] || refresh=1
[ -z "${DATABASE_URL:-}" ] || { say "DATABASE_URL is set: nothing to do"; exit 0; }
[ -z "${RECADO_PG_BIN:-}" ] || [ -x "$RECADO_PG_BIN/initdb" ] || die "RECADO_PG_BIN=$RECADO_PG_BIN has no initdb"
[ -z "${RECADO_PG_BIN:-}" ] || exit 0

CACHE=$(cache_folder)
# One copy per release of the system: its libraries are the machine's own.
system=$(. /etc/os-release 2>/dev/null && printf '%s%s' "$ID" "${VERSION_ID:-}") || system=$(uname -s)
PREFIX=$CACHE/postgres-$system-$(uname -m)
if [ -z "$refresh" ]; then
  complete "$PREFIX" >/dev/null && exit 0
  already_here >/dev/null && exit 0
fi
if ! command -v apt-get >/dev/null; then
  case $(uname -s) in
    Darwin) die "run: brew install postgresql@17 pgvector" ;;
    *) die "no apt here: install PostgreSQL >= 15 and pgvector >= $PGVECTOR_FLOOR, or set DATABASE_URL" ;;
  esac
fi

umask 022
mkdir -p "$CACHE"
exec 9>"$PREFIX.lock"
flock 9 # two clones at once: the second waits and then finds the work done
if [ -z "$refresh" ]; then complete "$PREFIX" >/dev/null && exit 0; fi

# Everything happens beside the prefix and is renamed at the end, so a run that is killed leaves
# only a folder which the next one, holding the lock, may clear.
work=$PREFIX.partial
rm -rf "$work"
mkdir "$work"
trap 'rm -rf "$work"' EXIT
SECONDS=0
build "$work"
version=$(complete "$work/root") || die "the unpacked server does not start:" \
  "$(LD_LIBRARY_PATH=$(triplet_libs "$work/root") "$work"/root/usr/lib/postgresql/*/bin/postgres --version 2>&1)"
rm -rf "$PREFIX"
mv -T "$work/root" "$PREFIX"
say "ready in $SECONDS s: $version, $(du -sh "$PREFIX" | cut -f 1)"
