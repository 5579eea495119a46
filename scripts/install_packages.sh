#!/bin/sh
# install_packages.sh SECTION...: installs the packages of these sections of packages.txt.
# Asks apt (and root, or sudo) only when dpkg says that something is missing.
set -eu

list=$(dirname "$0")/packages.txt
wanted=
for section in "$@"; do
    names=$(sed -n "/^# $section\$/,/^\$/{/^[^#]/p}" "$list")
    if [ -z "$names" ]; then
        echo "$0: $list has no section '$section'" >&2
        exit 2
    fi
    wanted="$wanted $names"
done
if [ -z "$wanted" ]; then
    echo "usage: $0 SECTION...   (sections: build, test, fuzz, tidy)" >&2
    exit 2
fi

missing=
for name in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || :)
    [ "$state" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "$0: needs root or sudo to install:$missing" >&2
        exit 1
    fi
}

echo "installing:$missing"
as_root apt-get update -q
# shellcheck disable=SC2086 # a list of names
as_root apt-get install -q -y --no-install-recommends $missing
