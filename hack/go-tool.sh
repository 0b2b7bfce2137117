#!/usr/bin/env bash
# Builds a Go module of tests/ once, caches the binary, and prints its folder.
#
#   hack/go-tool.sh MODULE NAME PACKAGE LDFLAGS NOTE [ALIAS…]
#
# MODULE is a folder, NAME the binary, PACKAGE the package to build; each ALIAS becomes a link to the binary. The
# cache is outside target/, so that `cargo clean` does not delete it. Its key is a hash of the module's files.
set -euo pipefail

module=$1 name=$2 package=$3 ldflags=$4 note=$5
shift 5
cache=${XDG_CACHE_HOME:-$HOME/.cache}/workflow-schedule-operator

key=$({
    cd "$module"
    find . -type f \( -name '*.go' -o -name go.mod -o -name go.sum \) -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    echo "$package $ldflags $*"
} | sha256sum | cut -c1-16)
home=$cache/$name-$key

if [[ -x $home/$name ]]; then
    echo "$home"
    exit
fi

wanted=$(awk '$1 == "go" { print $2 }' "$module/go.mod")
if ! command -v go >/dev/null; then
    echo "error: Go $wanted or newer is required to build $name, and go is not on the PATH; see https://go.dev/dl" >&2
    exit 1
fi
# An older Go downloads the toolchain of go.mod, if this is allowed.
if ! found=$(cd "$module" && go version 2>&1); then
    echo "error: Go $wanted or newer is required to build $name: $found" >&2
    exit 1
fi

echo "building $name once ($note), into $home" >&2
mkdir -p "$cache"
next=$(mktemp -d "$cache/.$name.XXXXXX")
trap 'rm -rf "$next"' EXIT
# Shows a count of packages instead of their names; all other output is shown unchanged.
(cd "$module" && CGO_ENABLED=0 go build -v -mod=readonly -trimpath -ldflags "$ldflags" -o "$next/$name" "$package") 2>&1 | awk '
    /^go: downloading / { if (++modules % 50 == 0) { print "  " modules " modules fetched"; fflush() } next }
    /^[^ ]+$/ { if (++packages % 200 == 0) { print "  " packages " packages compiled"; fflush() } next }
    { print; fflush() }' >&2
for alias in "$@"; do ln -s "$name" "$next/$alias"; done
# If another process built the same in the meantime, its result is used.
mv -T "$next" "$home" 2>/dev/null || [[ -x $home/$name ]]
echo "$home"
